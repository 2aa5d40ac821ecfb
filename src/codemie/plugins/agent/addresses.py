"""Where the platform is and how the agent gets there: the address, and the proxy on the way."""

import base64
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, cast
from urllib.parse import unquote, urlsplit

from codemie.plugins.agent.configuration import Misconfigured

Scheme = Literal["nats", "tls", "ws", "wss"]
_PORTS: Mapping[Scheme, int] = {"nats": 4222, "tls": 4222, "ws": 80, "wss": 443}
_LOOPBACK = ("127.", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class Address:
    """Where the platform listens.

    `nats`: TCP, with TLS if the server asks for it after its greeting. `tls`: TCP, always with TLS, before or after the
    greeting. `ws`, `wss`: a WebSocket.
    """

    scheme: Scheme
    host: str
    port: int
    path: str = ""

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}"

    @property
    def is_web(self) -> bool:
        return self.scheme in {"ws", "wss"}

    @property
    def shows_key(self) -> bool:
        """Whether the key may cross a network that others read."""
        return self.scheme in {"nats", "ws"} and not self.host.startswith(_LOOPBACK)


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy that opens tunnels; `authorization` is the value of its header."""

    scheme: Literal["http", "https"]
    host: str
    port: int
    authorization: str = field(default="", repr=False)

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def parse_address(uri: str) -> Address:
    """Read the platform's address; without a scheme it is `nats://`.

    Raises:
        Misconfigured: it cannot be one.
    """
    parts = urlsplit(uri if "://" in uri else f"nats://{uri}")
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in _PORTS or not parts.hostname or port == -1:
        raise Misconfigured(
            "The address of the platform cannot be read",
            details="PLUGIN_ENGINE_URI",
            help="It begins with wss://, ws://, tls:// or nats:// and names a host.",
        )
    if parts.username is not None:
        raise Misconfigured("PLUGIN_ENGINE_URI holds a password", help="The key belongs into PLUGIN_KEY.")
    scheme = cast("Scheme", parts.scheme)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Address(scheme, parts.hostname, port or _PORTS[scheme], path if scheme in {"ws", "wss"} else "")


def proxy_for(address: Address, setting: str) -> Proxy | None:
    """The proxy on the way to the platform.

    Args:
        address: of the platform.
        setting: what the configuration says: a proxy, `none`, or nothing, which leaves it to HTTPS_PROXY, ALL_PROXY
            and NO_PROXY.

    Raises:
        Misconfigured: it cannot be read or is of a kind that is not spoken.
    """
    if setting.lower() == "none":
        return None
    if not setting:
        known = urllib.request.getproxies()
        setting = known.get("https") or known.get("all") or ""
        if not setting or urllib.request.proxy_bypass(f"{address.host}:{address.port}"):
            return None
    parts = urlsplit(setting if "://" in setting else f"http://{setting}")
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == -1:
        raise Misconfigured(
            "The proxy cannot be used",
            details="It has to be an HTTP proxy that opens tunnels (CONNECT).",
            help="Set PLUGIN_PROXY to http://host:port, or to none.",
        )
    scheme = cast("Literal['http', 'https']", parts.scheme)
    return Proxy(
        scheme,
        parts.hostname,
        port or (443 if scheme == "https" else 80),
        _basic(parts.username, parts.password or "") if parts.username else "",
    )


def _basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{unquote(name)}:{unquote(password)}".encode()).decode()
