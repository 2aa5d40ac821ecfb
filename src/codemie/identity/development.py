"""Development identities: an unverified header, believed only from this very machine and only when switched on."""

import re
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from codemie.identity.settings import IdentitySettings
from codemie.kernel.errors import ConfigurationError, NotAuthenticated

SDK_LITERAL = "dev-codemie-user"
"""What the official SDK sends as ``Authorization`` to a local address when it has no credentials."""

_IDENTITY = re.compile(r"[A-Za-z0-9._@+-]{1,50}")
_PROXY_HEADERS = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


def claimed_identity(headers: Mapping[str, str]) -> str | None:
    """The identity a header claims without proof: ``user-id``, or a raw ``Authorization: dev-…``."""
    authorization = headers.get("authorization", "")
    return headers.get("user-id") or (authorization if authorization.startswith("dev-") else None)


def require_allowed(identity: str, headers: Mapping[str, str], peer: str | None, settings: IdentitySettings) -> None:
    """Refuse a claimed identity unless it is switched on and the client sits on this machine.

    A proxy on this machine would make every client look local, so its traces are refused; so is a host name that is
    not this machine's, which is what a web page abusing DNS would send.

    Raises:
        NotAuthenticated: development identities are off, or the request may come from elsewhere.
    """
    if not settings.dev_identities:
        raise NotAuthenticated(
            "Development identities are switched off",
            help="Sign in with user name and password (POST /v1/local-auth/login; the SDK does it when given "
            "username and password), or set CODEMIE_IDENTITY_DEV_IDENTITIES=true on a development machine.",
        )
    if not (is_loopback(peer) and _names_loopback(headers.get("host")) and _unproxied(headers)):
        raise NotAuthenticated(
            "Development identities are accepted from this machine only",
            details="The request came from another address, by another host name, or through a proxy.",
        )
    if not _IDENTITY.fullmatch(identity):
        raise NotAuthenticated("The development identity is malformed")


def is_loopback(address: str | None) -> bool:
    """True for an address of this machine; False for names, sockets and anything unknown."""
    try:
        return ip_address(address or "").is_loopback
    except ValueError:
        return False


def _names_loopback(host: str | None) -> bool:
    try:
        return urlsplit(f"//{host or ''}").hostname in _LOOPBACK_NAMES
    except ValueError:
        return False


def _unproxied(headers: Mapping[str, str]) -> bool:
    return not any(name in headers for name in _PROXY_HEADERS)


def refuse_exposed(settings: IdentitySettings, host: str) -> None:
    """Start-up check.

    Raises:
        ConfigurationError: development identities are on while the server listens to other machines.
    """
    if settings.dev_identities and not (host in _LOOPBACK_NAMES or is_loopback(host)):
        raise ConfigurationError(
            "identity.dev_identities must be off unless the server listens on this machine only",
            details=f"kernel.host is {host}.",
            help="Set CODEMIE_HOST=127.0.0.1, or CODEMIE_IDENTITY_DEV_IDENTITIES=false.",
        )
