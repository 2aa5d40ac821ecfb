"""Where a request comes from: browsers attach cookies to requests that other sites started; those must not count."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from codemie.kernel.errors import AccessDenied

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def is_foreign(headers: Mapping[str, str], trusted_origins: frozenset[str]) -> bool:
    """Did a page of another origin send this?

    ``Sec-Fetch-Site`` is set by every current browser and cannot be forged by a page. Older browsers send ``Origin``
    with unsafe requests, to compare with ``Host``. A request with neither comes from no browser, and only browsers
    attach cookies on behalf of others.

    Args:
        headers: request headers, looked up in lower case.
        trusted_origins: origins such as ``https://ai.example.com`` that host our own web UI.
    """
    origin = headers.get("origin")
    if origin is not None and origin in trusted_origins:
        return False
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    return origin is not None and _authority(origin) != headers.get("host")


def refuse_foreign(method: str, headers: Mapping[str, str], trusted_origins: frozenset[str]) -> None:
    """Protect requests that change something against cross-site forgery.

    Raises:
        AccessDenied: an unsafe request that another site started.
    """
    if method not in SAFE_METHODS:
        require_own_page(headers, trusted_origins)


def require_own_page(headers: Mapping[str, str], trusted_origins: frozenset[str]) -> None:
    """Refuse what another site started, whatever the method.

    Raises:
        AccessDenied: a page of another origin sent this.
    """
    if is_foreign(headers, trusted_origins):
        raise AccessDenied(
            "Cross-site request refused",
            details="The request was started by a page of another origin.",
            help="Set CODEMIE_FRONTEND_URL when the web UI is served from another address.",
        )


def _authority(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None


def origin_of(url: str | None) -> str | None:
    """``https://host:port`` of an address; None when it is not one."""
    parts = urlsplit(url or "")
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else None
