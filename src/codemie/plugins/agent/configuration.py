"""How the agent is set up: option, else environment, else `~/.codemie/config.json`, else default.

The names are those of the official agent, so that its configuration works as it is; what it does not know, ours adds.
"""

import json
import os
import socket
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from codemie.kernel.errors import ConfigurationError
from codemie.plugins.agent.tools import GROUPS
from codemie.plugins.wire.subjects import is_key, token_of

CONFIG_FILE = Path(".codemie") / "config.json"
"""Below the home folder of the person."""
_LONGEST = 86_400.0


class Misconfigured(ConfigurationError):
    """A value of the agent's configuration cannot be used."""

    title = "The agent's configuration is not usable"


def _text(value: object) -> str:
    return str(value).strip()


def _yes_or_no(value: object) -> bool:
    said = str(value).strip().lower()
    if said in {"true", "1", "yes", "on"}:
        return True
    if said in {"false", "0", "no", "off", ""}:
        return False
    raise ValueError("say true or false")


def _seconds(value: object) -> float:
    seconds = float(str(value))
    if not 0 <= seconds <= _LONGEST:
        raise ValueError(f"say a number of seconds from 0 to {_LONGEST:.0f}")
    return seconds


def _bytes(value: object) -> int:
    return max(0, int(str(value)))


def _several(value: object) -> tuple[str, ...]:
    """Separated by commas or line breaks, or a list of JSON."""
    given = cast("list[object]", value) if isinstance(value, list) else str(value).replace("\n", ",").split(",")
    return tuple(text for one in given if (text := str(one).strip()))


def _groups(value: object) -> tuple[str, ...]:
    groups = _several(value)
    if unknown := sorted(set(groups) - set(GROUPS)):
        raise ValueError(f"{', '.join(unknown)}: known are {', '.join(GROUPS)}")
    return groups


def _strategy(value: object) -> str:
    strategy = str(value).strip().lower()
    if strategy not in {"", "diff", "write"}:
        raise ValueError("say write or diff")
    return strategy or "write"


@dataclass(frozen=True, slots=True)
class Setting:
    """One value: its variable, how it is read, what it is when nobody says, and what for."""

    variable: str
    read: Callable[[object], Any]
    default: object
    help: str


SETTINGS: Mapping[str, Setting] = {
    "key": Setting("PLUGIN_KEY", _text, "", "The plugin key; never an option in scripts, others see those."),
    "uri": Setting("PLUGIN_ENGINE_URI", _text, "", "Address of the platform: wss://, ws://, tls:// or nats://."),
    "label": Setting("PLUGIN_LABEL", _text, "", "What tells this agent from others; the folder's name when empty."),
    "root": Setting("REPO_FILE_PATH", _text, ".", "The folder that is served."),
    "tools": Setting("PLUGIN_TOOLS", _groups, "files,shell,git", "Groups of tools: files, shell, git, http."),
    "http_hosts": Setting("PLUGIN_HTTP_HOSTS", _several, "", "Hosts the HTTP tool may call; none: no HTTP tool."),
    "mcp_servers": Setting("PLUGIN_MCP_SERVERS", _several, "", "MCP servers of the file to start; `all` for all."),
    "read_only": Setting("PLUGIN_READ_ONLY", _yes_or_no, False, "Offer only tools that change nothing."),
    "allow": Setting("PLUGIN_ALLOW", _several, "", "Dangerous calls that need no consent."),
    "non_interactive": Setting("PLUGIN_NON_INTERACTIVE", _yes_or_no, False, "Never ask: refuse what needs consent."),
    "consent_seconds": Setting("PLUGIN_CONSENT_SECONDS", _seconds, 60, "How long a question waits; then: no."),
    "write_strategy": Setting("WRITE_FILE_STRATEGY", _strategy, "write", "`diff`: change files by blocks."),
    "connect_seconds": Setting("PLUGIN_TIMEOUT", _seconds, 20, "How long one try to connect may take."),
    "tool_seconds": Setting("TOOL_EXECUTION_TIMEOUT", _seconds, 60, "A call's time where the platform says none."),
    "command_seconds": Setting("COMMAND_LINE_TOOL_TIMEOUT", _seconds, 300, "The most a command may take."),
    "live_seconds": Setting("LIVE_UPDATE_INTERVAL", _seconds, 60, "Between signs of life."),
    "live_reply_seconds": Setting("LIVE_REPLY_TIMEOUT", _seconds, 5, "How soon the platform answers one."),
    "debug_updates": Setting("DEBUG_UPDATES", _yes_or_no, False, "Print every sign of life."),
    "max_payload": Setting("NATS_MAX_PAYLOAD", _bytes, 0, "Largest message, if less than the platform's."),
    "drain_seconds": Setting("PLUGIN_DRAIN_SECONDS", _seconds, 20, "How long running calls may go on at the end."),
    "give_up_seconds": Setting("PLUGIN_GIVE_UP_SECONDS", _seconds, 0, "End when unconnected so long; 0: never."),
    "serve_seconds": Setting("PLUGIN_SERVE_SECONDS", _seconds, 0, "End after so long; 0: when told to."),
    "ca_file": Setting("SSL_CERT_FILE", _text, "", "Certificates to trust instead of the system's."),
    "client_cert": Setting("PLUGIN_CLIENT_CERT", _text, "", "Certificate to show, as PEM."),
    "client_key": Setting("PLUGIN_CLIENT_KEY", _text, "", "Its private key, when in a file of its own."),
    "proxy": Setting("PLUGIN_PROXY", _text, "", "HTTP proxy; `none` ignores HTTPS_PROXY and the like."),
}


@dataclass(frozen=True, slots=True)
class Configuration:
    """All of it; field names as in `SETTINGS`, where each is explained. Printed, it holds no key."""

    key: str = field(repr=False)
    uri: str
    label: str
    root: str
    tools: tuple[str, ...]
    http_hosts: tuple[str, ...]
    mcp_servers: tuple[str, ...]
    read_only: bool
    allow: tuple[str, ...]
    non_interactive: bool
    consent_seconds: float
    write_strategy: str
    connect_seconds: float
    tool_seconds: float
    command_seconds: float
    live_seconds: float
    live_reply_seconds: float
    debug_updates: bool
    max_payload: int
    drain_seconds: float
    give_up_seconds: float
    serve_seconds: float
    ca_file: str
    client_cert: str
    client_key: str
    proxy: str
    servers: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
    """`mcpServers` of the file."""
    file: Path | None = None
    warnings: tuple[str, ...] = ()

    @property
    def address_label(self) -> str:
        """The label as a part of a subject."""
        return token_of(self.label or Path(self.root).resolve().name)

    def require_connection(self) -> None:
        """Check what only a connection needs.

        Raises:
            Misconfigured: key or address is missing or cannot be one.
        """
        if not self.key:
            raise Misconfigured(
                "There is no plugin key",
                help="Create one in the web UI under Plugins and set PLUGIN_KEY, in the environment or the file.",
            )
        if not is_key(self.key):
            raise Misconfigured(
                "The plugin key cannot be one",
                details="It is shorter than 16 characters, or has a blank, `.`, `*` or `>` in it.",
            )
        if not self.uri:
            raise Misconfigured(
                "There is no address of the platform",
                help="Set PLUGIN_ENGINE_URI to the one that the web UI shows under Plugins.",
            )


def load(options: Mapping[str, object], environment: Mapping[str, str], file: Path | None = None) -> Configuration:
    """The configuration.

    Args:
        options: by field name; what is None was not given.
        environment: variables.
        file: instead of the usual one; then it has to exist.

    Raises:
        Misconfigured: the file or a value cannot be read.
    """
    path = file or Path(environment.get("HOME") or Path.home()) / CONFIG_FILE
    written, warnings = _read_file(path, required=file is not None)
    if _is_on(environment.get("LEGACY_PROTOCOL") or written.get("LEGACY_PROTOCOL")):
        raise Misconfigured("LEGACY_PROTOCOL is not spoken by this agent", help="Remove it: the platform needs it not.")
    values: dict[str, Any] = {}
    for name, setting in SETTINGS.items():
        values[name] = _value(setting, options.get(name), environment.get(setting.variable), written)
    servers = written.get("mcpServers") or {}
    if not isinstance(servers, dict):
        raise Misconfigured("mcpServers cannot be read", details=f"In {path} it is not an object of JSON.")
    return Configuration(
        **values, servers=cast("dict[str, Any]", servers), file=path if written else None, warnings=warnings
    )


def _value(setting: Setting, option: object, variable: str | None, written: Mapping[str, Any]) -> object:
    known = (("an option", option), ("the environment", variable), ("the file", written.get(setting.variable)))
    where, value = next(((where, value) for where, value in known if value is not None), ("", setting.default))
    try:
        return setting.read(value)
    except ValueError as error:
        said = f"In {where}: " if where else ""
        raise Misconfigured(f"{setting.variable} cannot be read", details=f"{said}{error}") from error


def _is_on(value: object) -> bool:
    return str(value or "").strip().lower() in {"true", "1", "yes", "on"}


def _read_file(path: Path, *, required: bool) -> tuple[dict[str, Any], tuple[str, ...]]:
    try:
        content = path.read_bytes()
        mode = path.stat().st_mode
    except OSError as error:
        if required or not isinstance(error, FileNotFoundError | NotADirectoryError):
            raise Misconfigured("The configuration cannot be read", details=f"{path}: {error.strerror}") from error
        return {}, ()
    try:
        found = json.loads(content)
    except ValueError as error:
        raise Misconfigured("The configuration is not JSON", details=f"{path}: {error}") from error
    if not isinstance(found, dict):
        raise Misconfigured("The configuration is not an object of JSON", details=str(path))
    written = cast("dict[str, Any]", found)
    if written.get("PLUGIN_KEY") and mode & (stat.S_IRWXG | stat.S_IRWXO):
        return written, (f"{path} holds the plugin key, and others can read it. Run: chmod 600 {path}",)
    return written, ()


def child_environment(key: str) -> dict[str, str]:
    """The variables that programs of a call see: all but those that hold secrets of the agent."""
    return {name: value for name, value in os.environ.items() if not _is_secret(name) and not (key and key in value)}


def _is_secret(name: str) -> bool:
    return name.startswith(("PLUGIN_", "CODEMIE_", "SMTP_")) or name == "LLM_SERVICE_API_KEY"


def host_name() -> str:
    return socket.gethostname()[:255]
