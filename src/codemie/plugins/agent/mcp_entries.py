"""`mcpServers` of the configuration file: which MCP servers there are and how each is reached."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from codemie.plugins.agent.configuration import Misconfigured


@dataclass(frozen=True, slots=True)
class ServerEntry:
    """One entry of `mcpServers`: a command, or an address."""

    name: str
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    url: str = ""
    transport: str = "streamable-http"
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


def entries(servers: Mapping[str, Any], wanted: Iterable[str], variables: Mapping[str, str]) -> list[ServerEntry]:
    """The servers to start.

    Args:
        servers: `mcpServers` of the configuration.
        wanted: their names; `all` for every one.
        variables: more of the environment: server → names of variables, separated by commas.

    Raises:
        Misconfigured: one is not there or cannot be read.
    """
    names = list(servers) if "all" in wanted else list(wanted)
    return [_entry(name, servers.get(name), variables.get(name, "")) for name in names]


def _entry(name: str, written: object, variables: str) -> ServerEntry:
    if not isinstance(written, dict):
        raise Misconfigured(
            f"There is no MCP server '{name}'",
            help="Add it to `mcpServers` of the configuration file, or leave it out.",
        )
    known = cast("dict[str, Any]", written)
    command, url = str(known.get("command") or ""), str(known.get("url") or "")
    if bool(command) == bool(url):
        raise Misconfigured(f"MCP server '{name}' needs either a command or a url")
    try:
        arguments = [str(one) for one in known.get("args") or ()]
        environment = {str(key): str(value) for key, value in (known.get("env") or {}).items() if value is not None}
        headers = {str(key): str(value) for key, value in (known.get("headers") or {}).items()}
    except (TypeError, AttributeError) as error:
        raise Misconfigured(
            f"MCP server '{name}' cannot be read", details="`args` is a list, `env` an object."
        ) from error
    passed = {one: os.environ[one] for one in variables.split(",") if one in os.environ}
    transport = str(known.get("transport") or known.get("type") or "streamable-http").lower()
    line = (command, *arguments) if command else ()
    return ServerEntry(name, line, {**passed, **environment}, url, transport, headers)
