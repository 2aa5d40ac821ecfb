"""What a credential is bound to: the origin of an address."""

from urllib.parse import urlsplit

Origin = tuple[str, str | None, int | None]
"""Scheme, host and port."""

_PORTS = {"http": 80, "https": 443}


def origin_of(url: str) -> Origin:
    """Scheme, host and port of an address; without a host if it is none."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return "", None, None
    return parts.scheme, parts.hostname, port


def shown(url: str) -> str:
    """The origin as people write it; no user, no password, no path."""
    scheme, host, port = origin_of(url)
    if host is None:
        return "no server"
    place = f"[{host}]" if ":" in host else host
    return f"{scheme}://{place}" if port == _PORTS.get(scheme) else f"{scheme}://{place}:{port}"
