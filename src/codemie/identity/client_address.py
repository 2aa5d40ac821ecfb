"""From which address a request comes: what limits count by, and what the audit log names."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.requests import HTTPConnection

UNKNOWN = "unknown"
_MAX_HOPS = 20
_SHARED_PREFIX = 64
"""An IPv6 subscriber owns at least this network and can send from every address in it."""


class ClientAddresses:
    """Finds client addresses. They come from the socket; only a proxy that is trusted by name may tell another.

    Args:
        trusted_proxies: addresses or networks of proxies whose ``X-Forwarded-For`` is believed.
    """

    def __init__(self, trusted_proxies: Iterable[str]) -> None:
        self._trusted: tuple[IPv4Network | IPv6Network, ...] = tuple(map(ip_network, trusted_proxies))

    def of(self, request: HTTPConnection) -> str:
        """The client's address; an IPv6 one as the network that its owner has for itself."""
        peer = request.client.host if request.client else ""
        address = _parsed(peer)
        if address is None:
            return peer or UNKNOWN
        if self._is_trusted(address):
            address = self._forwarded(address, ",".join(request.headers.getlist("x-forwarded-for")))
        return _shown(address)

    def _forwarded(self, proxy: IPv4Address | IPv6Address, hops: str) -> IPv4Address | IPv6Address:
        """The nearest hop that is no proxy of ours. What stands further left could be written by the client."""
        nearest = proxy
        for hop in reversed(hops.rsplit(",", _MAX_HOPS)[-_MAX_HOPS:]):
            address = _parsed(hop)
            if address is None:
                return nearest
            nearest = address
            if not self._is_trusted(address):
                return nearest
        return nearest

    def is_trusted(self, request: HTTPConnection) -> bool:
        """Does the request come from a proxy of ours?"""
        address = _parsed(request.client.host) if request.client else None
        return address is not None and self._is_trusted(address)

    def _is_trusted(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self._trusted)


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """An address, with a port or not; an IPv4 address in IPv6 clothes is the IPv4 address."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _shown(address: IPv4Address | IPv6Address) -> str:
    if isinstance(address, IPv4Address) or address.is_loopback:
        return str(address)
    return str(ip_network((address, _SHARED_PREFIX), strict=False))
