"""Whether the agent could run here, and if not, why: its settings, its folder, its programs, its connection."""

import shutil
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from codemie.checks.report import Checked, Finding, Status, failed, passed, skipped, warned, without
from codemie.kernel.errors import CodeMieError
from codemie.plugins.agent.addresses import parse_address, proxy_for
from codemie.plugins.agent.configuration import Configuration
from codemie.plugins.agent.connection import Connection, Door
from codemie.plugins.agent.consent import Terminal
from codemie.plugins.agent.jail import Jail
from codemie.plugins.agent.mcp_entries import entries
from codemie.plugins.agent.mcp_servers import McpServer
from codemie.plugins.agent.trust import tls_context

SETTINGS_CHECK, CONNECTION_CHECK = "plugin.settings", "plugin.connection"


@dataclass(frozen=True, slots=True)
class Examined:
    """What is looked at.

    Args:
        configuration: of the agent.
        variables: of the environment, for MCP servers: server → names.
    """

    configuration: Configuration
    variables: Mapping[str, str]


Look = Callable[[Examined], Awaitable[Finding]]


async def examine(examined: Examined, seen: Callable[[Checked], None]) -> list[Checked]:
    """Make every check; `seen` is told of each as soon as it is made."""
    checks: list[Checked] = []
    for name, title, look in _CHECKS:
        started = time.monotonic()
        try:
            blocked = name == CONNECTION_CHECK and not _holds(checks, SETTINGS_CHECK)
            finding = skipped(f"blocked by {SETTINGS_CHECK}") if blocked else await look(examined)
        except CodeMieError as error:
            told = [text.rstrip(".") for text in (error.message, error.details) if isinstance(text, str)]
            finding = failed(". ".join(told) + ".", *([error.help] if error.help else []))
        finding = without((examined.configuration.key,), finding)
        checks.append(Checked(name, title, finding, round((time.monotonic() - started) * 1000)))
        seen(checks[-1])
    return checks


async def _settings(examined: Examined) -> Finding:
    configuration = examined.configuration
    configuration.require_connection()
    where = f"read from {configuration.file} and the environment" if configuration.file else "from the environment"
    if configuration.warnings:
        return warned(configuration.warnings[0], "Do as it says, and renew the key if others use this machine")
    return passed(f"Key and address are set, {where}")


async def _folder(examined: Examined) -> Finding:
    jail = Jail(Path(examined.configuration.root))
    try:
        count = len(jail.names("."))
    finally:
        jail.close()
    return passed(f"{jail.root} can be read: {count} names")


async def _programs(examined: Examined) -> Finding:
    wanted = {"shell": "sh", "git": "git"}
    tools = examined.configuration.tools
    missing = [program for group, program in wanted.items() if group in tools and shutil.which(program) is None]
    if missing:
        return failed(f"Not installed: {', '.join(missing)}", "Install it, or leave its tools out with --tools")
    return passed(f"Installed is what these groups of tools need: {', '.join(tools) or 'none'}")


async def _servers(examined: Examined) -> Finding:
    configuration = examined.configuration
    wanted = entries(configuration.servers, configuration.mcp_servers, examined.variables)
    if not wanted:
        return skipped("no MCP server was asked for")
    counts: list[str] = []
    for entry in wanted:
        server = McpServer(entry, Path(configuration.root), lambda: None)
        try:
            counts.append(f"{entry.name}: {len(await server.tools())} tools")
        finally:
            await server.close()
    return passed(", ".join(counts))


async def _consent(examined: Examined) -> Finding:
    if examined.configuration.allow:
        return passed(f"Allowed beforehand: {', '.join(examined.configuration.allow)}")
    if examined.configuration.non_interactive or Terminal.here() is None:
        return warned(
            "Nobody can be asked, and nothing is allowed beforehand: commands and pushes will be refused",
            "Allow what assistants need, such as --allow 'shell:npm test*'",
        )
    return passed("Whoever sits at this terminal is asked before anything dangerous")


async def _connection(examined: Examined) -> Finding:
    configuration = examined.configuration
    address = parse_address(configuration.uri)
    proxy = proxy_for(address, configuration.proxy)
    door = Door(address, proxy, tls_context(configuration), configuration.connect_seconds)
    connection = Connection(configuration.key, "codemie-agent-doctor", lambda _: None)
    started = time.monotonic()
    await connection.open(door)
    await connection.close()
    through = f" through {proxy.url}" if proxy else ""
    took = round((time.monotonic() - started) * 1000)
    if address.shows_key:
        return warned(
            f"Connected to {address.url}{through} after {took} ms, but others may read what is said",
            "Use wss:// or tls://",
        )
    return passed(f"Connected to {address.url}{through} after {took} ms; the key is admitted")


_CHECKS: tuple[tuple[str, str, Look], ...] = (
    (SETTINGS_CHECK, "key and address are set", _settings),
    ("plugin.folder", "the folder can be served", _folder),
    ("plugin.programs", "the programs of the tools are there", _programs),
    ("plugin.mcp", "the MCP servers start", _servers),
    ("plugin.consent", "dangerous calls can be agreed to", _consent),
    (CONNECTION_CHECK, "the platform is there and admits the key", _connection),
)


def is_connected(checks: list[Checked]) -> bool:
    """Whether the check of the connection did not fail."""
    return _holds(checks, CONNECTION_CHECK)


def _holds(checks: list[Checked], name: str) -> bool:
    return all(check.status is not Status.FAIL for check in checks if check.id == name)
