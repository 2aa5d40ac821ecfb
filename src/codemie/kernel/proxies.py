"""The HTTP proxy that the environment names, as everywhere: HTTPS_PROXY, HTTP_PROXY, NO_PROXY."""

from functools import lru_cache
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass


@lru_cache(maxsize=256)
def proxy_for(url: str) -> str | None:
    """The proxy for `url`; None where it is reached directly. Asked once an address: the look costs 20 µs and more."""
    parts = urlsplit(url)
    if parts.hostname is None or proxy_bypass(parts.hostname):
        return None
    proxy = getproxies().get(parts.scheme)
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"


def shown(proxy: str) -> str:
    """Its host and port: the address may hold a password."""
    parts = urlsplit(proxy)
    return f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
