"""A server as an assistant names it becomes a server that can be connected to."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Literal
from urllib.parse import urlsplit

from codemie.integrations.vault import Credential
from codemie.kernel.errors import Unprocessable
from codemie.mcp import commands
from codemie.mcp.asking import Asking
from codemie.mcp.placeholders import Values, mentioned, names_in_host, names_place
from codemie.mcp.settings import McpSettings

Json = dict[str, Any]
Transport = Literal["streamable-http", "sse", "stdio"]

_HTTP_TYPES = {"streamable-http", "streamable_http", "http"}
# Ours to set: what the connection is, where it goes.
_RESERVED_HEADERS = {"host", "content-length", "transfer-encoding", "connection", "accept-encoding", "mcp-session-id"}


class ServerUnusable(Unprocessable):
    """The server's entry cannot be connected to."""

    title = "MCP server cannot be used"


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """What administrators wrote down about a server."""

    id: str
    name: str
    config: Json = field(repr=False)
    declared: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Target:
    """One server, every placeholder replaced.

    Args:
        name: as the assistant calls it.
        config_id: entry of the catalogue; empty for a server of the assistant's own.
        tools: names of the tools that are wanted; None means all.
        output_tokens: longest result of a tool.
        single_use: a connection for every use.
        auth: what the catalogue says about signing in.
        credential: of an integration, whose values are in the above.
        is_secret_address: whether they are in the address, so that it is written down and shown nowhere.
    """

    name: str
    transport: Transport
    url: str = ""
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    command: tuple[str, ...] = field(default=(), repr=False)
    environment: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    tools: frozenset[str] | None = None
    output_tokens: int = 30_000
    single_use: bool = False
    config_id: str = ""
    config_name: str = ""
    auth: Mapping[str, Any] | None = field(default=None, repr=False)
    credential: Credential | None = field(default=None, repr=False)
    is_secret_address: bool = False

    def key(self, owner: str) -> bytes:
        """Equal for what may share a connection: the same server, asked in the same way by the same person."""
        parts = (owner, self.transport, self.url, self.headers, self.command, self.environment)
        return sha256(repr(parts).encode()).digest()

    @property
    def has_authorization(self) -> bool:
        """Whether the entry brings its own credential."""
        return any(name.lower() == "authorization" for name, _ in self.headers)

    def with_token(self, token: str) -> "Target":
        """The same, signed in."""
        return replace(self, headers=(*self.headers, ("Authorization", f"Bearer {token}")))


def is_fixed(server: Json, entry: CatalogueEntry | None) -> bool:
    """Whether administrators alone decided where everything goes that the server is sent.

    A program goes where its variables say, and a server may do what a header says, so nobody else may have added any.
    """
    entry = _used(server, entry)
    return entry is not None and not _given(entry, server.get("config") or {})


def audience_of(server: Json, entry: CatalogueEntry | None) -> str | None:
    """For whom the caller's token must be that the server is sent; None if it is sent none, or the one there is."""
    entry = _used(server, entry)
    if entry is None or not mentioned(json.dumps(entry.config), frozenset({"user.token"})):
        return None
    return entry.config.get("audience") or None


def resolve(
    settings: McpSettings,
    server: Json,
    entry: CatalogueEntry | None,
    asking: Asking,
    credential: Credential | None = None,
) -> Target:
    """The server to connect to.

    Args:
        settings: what is allowed.
        server: an assistant's entry, secrets in the clear.
        entry: the catalogue's, when the assistant refers to it.
        asking: for whom.
        credential: whose values join the environment.

    Raises:
        ServerUnusable: neither command nor address, both, an address that is none, or one whose host would be a secret.
        CommandRefused: a command that no administrator allowed.
        PlaceholderEmpty: a value is missing.
    """
    name = str(server["name"])
    own = server.get("config") or {}
    entry = _used(server, entry)
    if entry is None and not settings.custom_servers:
        raise ServerUnusable(details=f"'{name}' is not in the catalogue.", help="Use a server of the catalogue.")
    config = own if entry is None else _merged(entry, own)
    environment = {key: str(value) for key, value in (config.get("env") or {}).items() if value is not None}
    lent = _lent(entry, own, credential)
    environment |= lent
    command, url = config.get("command") or server.get("command"), config.get("url")
    given = frozenset(_given(entry, own)) if entry else frozenset[str]()
    trusted = entry is not None and not names_place(str(url or ""), given)
    values = Values(name, environment, asking, trusted, given, frozenset(lent))
    target = replace(_named(settings, server, config, entry), credential=credential)
    if bool(command) == bool(url):
        raise ServerUnusable(details=f"'{name}' must have either a command or an address.")
    if url:
        http: Transport = "streamable-http" if (config.get("type") or "").lower() in _HTTP_TYPES else "sse"
        if names_in_host(str(url), values.lent):
            raise ServerUnusable(
                details=f"In the host of the address of '{name}' stands a value of an integration.",
                help="Write the host into the address: integrations hold what a server is sent, not where it is.",
            )
        address, headers = _address(name, str(url), values), _headers(config, asking, values)
        is_secret = mentioned(str(url), values.lent)
        return replace(target, transport=http, url=address, headers=headers, is_secret_address=is_secret)
    try:
        line = _command(server, config, str(command), values)
    except ValueError as error:
        raise ServerUnusable(details=f"The arguments of '{name}' cannot be read: {error}.") from error
    commands.require_allowed(settings, line)
    commands.require_environment(settings, environment, frozenset(environment) if entry else frozenset())
    return replace(target, command=tuple(line), environment=tuple(sorted(environment.items())))


def _used(server: Json, entry: CatalogueEntry | None) -> CatalogueEntry | None:
    return None if server.get("use_custom_config") and server.get("config") else entry


def _lent(entry: CatalogueEntry | None, own: Json, credential: Credential | None) -> dict[str, str]:
    """What an integration adds; to the catalogue's entry only values that it asks for.

    What an author wrote stands: who chooses an integration must not lead the author's secrets elsewhere.
    """
    values = credential.values if credential else {}
    written = own.get("env") or {}
    return {
        key: str(value)
        for key, value in values.items()
        if value not in (None, "") and not written.get(key) and (entry is None or key in entry.declared)
    }


def _named(settings: McpSettings, server: Json, config: Json, entry: CatalogueEntry | None) -> Target:
    """What does not depend on how the server is reached."""
    chosen = server.get("tools") if server.get("tools") is not None else config.get("tools")
    return Target(
        name=str(server["name"]),
        transport="stdio",
        tools=None if chosen is None else frozenset(chosen),
        output_tokens=server.get("tools_tokens_size_limit") or settings.tool_output_tokens,
        single_use=bool(server.get("single_usage") or config.get("single_usage")),
        config_id=entry.id if entry else "",
        config_name=entry.name if entry else "",
        auth=config.get("auth_config") if entry else None,
    )


def _merged(entry: CatalogueEntry, own: Json) -> Json:
    """The catalogue decides where the server is; people add values for what the entry asks them, and nothing else."""
    config = entry.config
    return {**config, "env": {**(config.get("env") or {}), **_given(entry, own)}}


def _given(entry: CatalogueEntry, own: Json) -> Json:
    """The values that people add."""
    return {key: value for key, value in (own.get("env") or {}).items() if key in entry.declared and value}


def _command(server: Json, config: Json, command: str, values: Values) -> list[str]:
    arguments = list(config.get("args") or ()) or shlex.split(server.get("arguments") or "")
    if server.get("resolve_dynamic_values_in_arguments"):
        arguments = [values.fill(argument) for argument in arguments]
    return [values.fill(command), *arguments]


def _address(name: str, url: str, values: Values) -> str:
    filled = values.fill_url(url)
    try:
        parts = urlsplit(filled)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
        _ = parts.port
    except ValueError:
        usable = False
    if not usable:
        raise ServerUnusable(
            details=f"The address of '{name}' must start with http:// or https:// and hold no password."
        )
    return filled


def _headers(config: Json, asking: Asking, values: Values) -> tuple[tuple[str, str], ...]:
    """Those of the entry, then the request's that the entry does not set."""
    headers = {
        key: values.fill_header(value)
        for key, value in (config.get("headers") or {}).items()
        if key.lower() not in _RESERVED_HEADERS
    }
    if (token := config.get("auth_token")) and not any(key.lower() == "authorization" for key in headers):
        headers["Authorization"] = f"Bearer {values.fill_header(token)}"
    own = {key.lower() for key in headers}
    passed = {key: value for key, value in asking.headers.items() if key not in own}
    return tuple(sorted({**passed, **headers}.items()))
