"""Which network addresses may a user make us connect to?

The address of a repository or an MCP server is typed by a user and resolved by our machines, so it is checked before
anything connects:
every address the name resolves to must be public, or lie in a network that an administrator listed. The caller
then connects to exactly the addresses returned here, so a second DNS answer cannot move the target.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from codemie.kernel.errors import Unprocessable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_UNICAST = ipaddress.ip_network("2000::/3")
"""All that is given out for the Internet (IANA IPv6 address space). is_global is true beyond it for ranges that lead
inside: site-local addresses, and those that embed an IPv4 address (NAT64, also with a prefix of one's own)."""
_INSIDE = (
    ipaddress.ip_network("2002::/16"),  # 6to4 embeds an IPv4 address, too
    ipaddress.ip_network("168.63.129.16/32"),  # a public address by which Azure serves each machine its own secrets
)


class AddressRefused(Unprocessable):
    """The address points at a network this installation does not let users reach."""

    title = "Address not allowed"


class HostUnknown(Unprocessable):
    """The host name does not resolve."""

    title = "Host not found"


@dataclass(frozen=True, slots=True)
class EgressPolicy:
    """What an administrator allows beyond public addresses."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()
    setting: str = "knowledge.egress_allow"
    """Where it was allowed, for the one who reads the refusal."""
    timeout_seconds: float = 10

    @classmethod
    def of(cls, entries: Iterable[str], setting: str = "knowledge.egress_allow") -> "EgressPolicy":
        """Build a policy from host names and CIDR networks. Raises ValueError for an entry that is neither."""
        hosts: set[str] = set()
        networks: list[Network] = []
        for entry in entries:
            try:
                networks.append(ipaddress.ip_network(entry, strict=False))
            except ValueError as error:
                if "/" in entry or not entry:
                    raise ValueError(
                        f"must be host names and networks such as 10.0.0.0/8; '{entry}' is neither"
                    ) from error
                hosts.add(_normal(entry))
        return cls(frozenset(hosts), tuple(networks), setting)

    def allows(self, host: str, address: Address) -> bool:
        """Tell whether a connection to this address, asked for by this name, may be made."""
        mapped = getattr(address, "ipv4_mapped", None) or address
        if _normal(host) in self.hosts or any(mapped in network for network in self.networks):
            return True
        return _is_public(mapped)

    async def resolve(self, host: str, port: int) -> list[str]:
        """Return the addresses to connect to, all of them allowed.

        Raises HostUnknown when the name does not resolve and AddressRefused when any answer is not allowed: a name
        with one public and one private address is refused as a whole, because the client would choose.
        """
        addresses = await self._lookup(host, port)
        refused = [address for address in addresses if not self.allows(host, address)]
        if refused:
            place = host if host == str(refused[0]) else f"{host} is at {refused[0]}, which"
            raise AddressRefused(
                f"{place} is a private, loopback or reserved address",
                details="Only public addresses may be connected to.",
                help=f"An administrator can allow a host or network with the setting {self.setting}.",
            )
        return [str(address) for address in addresses]

    async def admit(self, host: str, port: int) -> None:
        """Return if a proxy may be asked to connect there; a name that only the proxy knows must be listed.

        Raises HostUnknown and AddressRefused as ``resolve`` does.
        """
        try:
            await self.resolve(host, port)
        except HostUnknown:
            if _normal(host) not in self.hosts:
                raise

    async def _lookup(self, host: str, port: int) -> list[Address]:
        loop = asyncio.get_running_loop()
        try:
            answers = await asyncio.wait_for(
                loop.getaddrinfo(host, port, type=socket.SOCK_STREAM), timeout=self.timeout_seconds
            )
        except (OSError, UnicodeError, TimeoutError) as error:
            raise HostUnknown(f"The host {host} could not be found", help="Check the address for typos.") from error
        # A link-local IPv6 answer carries its zone ("fe80::1%eth0"), which ip_address refuses on some versions.
        return list(dict.fromkeys(ipaddress.ip_address(str(answer[4][0]).partition("%")[0]) for answer in answers))


def _listed(entries: Any) -> Any:
    return [part.strip() for part in entries.split(",") if part.strip()] if isinstance(entries, str) else entries


def _readable(entries: tuple[str, ...]) -> tuple[str, ...]:
    EgressPolicy.of(entries)
    return entries


EgressEntries = Annotated[tuple[str, ...], BeforeValidator(_listed), AfterValidator(_readable)]
"""A setting that lists hosts and networks, comma-separated where it is one text."""


def _normal(host: str) -> str:
    return host.strip().rstrip(".").lower()


def _is_public(address: Address) -> bool:
    if address.version == 6 and address not in _UNICAST:
        return False
    return address.is_global and not address.is_multicast and not any(address in network for network in _INSIDE)
