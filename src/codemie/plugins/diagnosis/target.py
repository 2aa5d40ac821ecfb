"""Where an agent would connect, with which key, and through what."""

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from codemie.embedded.nats_access import NatsAccess
from codemie.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from codemie.plugins.diagnosis.lookup import Lookup

DEFAULT_PORTS = {"nats": 4222, "tls": 4222, "ws": 80, "wss": 443}
"""Scheme of an agent's URI → its port when the URI names none."""

_FORMS = "nats://host:4222, tls://host:4222, ws://host/path or wss://host/path"


@dataclass(frozen=True)
class Target:
    """An address as agents write it.

    Attributes:
        path: of a WebSocket, with its query; `/` for the others.
    """

    scheme: str
    host: str
    port: int
    path: str = "/"

    @classmethod
    def parsed(cls, uri: str) -> "Target":
        """The address that a URI names.

        Raises:
            InvalidInput: it is none, or none that an agent understands.
        """
        parts, port = _split(uri)
        if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
            raise InvalidInput("That is no address of a plugin engine", help=f"Write {_FORMS}")
        if parts.username is not None:
            raise InvalidInput("The address holds a user or a key", help="Give the key with --key or PLUGIN_KEY")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return cls(parts.scheme, parts.hostname, port or DEFAULT_PORTS[parts.scheme], path)

    @property
    def uri(self) -> str:
        """The address in words."""
        return f"{self.scheme}://{self.authority}{self.path if self.is_websocket else ''}"

    @property
    def authority(self) -> str:
        """Host and port; an IPv6 address in brackets."""
        return authority(self.host, self.port)

    @property
    def is_websocket(self) -> bool:
        """Whether NATS is spoken inside WebSocket frames."""
        return self.scheme in {"ws", "wss"}

    @property
    def is_tls_first(self) -> bool:
        """Whether an agent begins with a TLS handshake; it does so in `tls://` and `wss://`."""
        return self.scheme in {"tls", "wss"}

    def with_scheme(self, scheme: str) -> str:
        """The same place by another scheme, for a remedy; the platform's WebSocket has a path of its own."""
        if scheme in {"nats", "tls"}:
            return f"{scheme}://{self.authority}"
        return f"{scheme}://{self.authority}{self.path if self.path != '/' else '/v1/plugin-engine/ws'}"


@dataclass(frozen=True)
class Proxy:
    """An HTTP proxy that opens tunnels (RFC 9110 §9.3.6).

    Attributes:
        credentials: `user:password`; empty when it wants none.
    """

    host: str
    port: int
    credentials: str = ""

    @classmethod
    def parsed(cls, uri: str) -> "Proxy":
        """The proxy that a URI names.

        Raises:
            InvalidInput: it is no `http://` address.
        """
        parts, port = _split(uri)
        if parts.scheme != "http" or not parts.hostname:
            raise InvalidInput("That is no address of an HTTP proxy", help="Write http://host:3128")
        credentials = f"{parts.username}:{parts.password or ''}" if parts.username else ""
        return cls(parts.hostname, port or 3128, credentials)

    @property
    def authority(self) -> str:
        """Host and port, without credentials."""
        return authority(self.host, self.port)


@dataclass(frozen=True)
class Options:
    """What a walk needs to know beyond the address.

    Attributes:
        key: the plugin key; never part of a report.
        ca: authorities to trust instead of the machine's.
        certificate: of the client, with its key or with `certificate_key` beside it.
        idle: seconds to keep a quiet connection for; 0 leaves that step out.
        timeout: seconds that one step may take.
        lookup: asks what the world is told of the name; None: that is not compared.
        access: the broker's, where the platform itself looks: its audit log then knows whose wrong keys these are.
    """

    key: str
    ca: Path | None = None
    certificate: Path | None = None
    certificate_key: Path | None = None
    proxy: Proxy | None = None
    idle: float = 0.0
    timeout: float = 10.0
    lookup: "Lookup | None" = None
    access: NatsAccess | None = None


def authority(host: str, port: int) -> str:
    """`host:port`; an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_address(host: str) -> bool:
    """Whether this is the number of a machine rather than its name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _split(uri: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(uri.strip())
        return parts, parts.port
    except ValueError as error:
        raise InvalidInput("The address cannot be read", details=str(error), help=f"Write {_FORMS}") from error
