"""What the world is told of a name, beside what this network is told: the two differ where a private zone stands in.

The world's view is found as resolvers find it (RFC 1034 §5.3.3), from the top: the servers of the top-level domain
refer to those of the zone below, and so on. Private zones hide public ones of the same name for a whole network, the
names that they lack included: Route 53's developer guide, "Considerations when working with a private hosted zone".
"""

import asyncio
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from codemie.checks.sources import Unobservable
from codemie.plugins.diagnosis.lookup import Answer, Lookup, Outcome

_SECONDS = 6.0
"""For all servers on the way together: where outgoing DNS is dropped, each of them would be waited for."""
_DEEPEST, _LONGEST_CHAIN, _MOST_SERVERS = 8, 6, 4
_KNOWS_NOTHING = {Outcome.SILENT, Outcome.BROKEN, Outcome.REFUSED}
_INSIDE = tuple(
    map(
        ipaddress.ip_network,
        ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "fc00::/7", "fe80::/10"),
    )
)


@dataclass(frozen=True)
class Told:
    """What the servers say that the world asks.

    Attributes:
        addresses: of the name, after any CNAME, sorted.
        outcome: how the question ended.
        server: address of the one that answered.
        servers: names of those that the world is sent to.
    """

    addresses: tuple[str, ...]
    outcome: Outcome
    server: str
    servers: tuple[str, ...]


@dataclass(frozen=True)
class Views:
    """Both views of a name.

    Attributes:
        here: addresses that this network is told, sorted.
        zone: the private zone that tells them; empty where it is the public one.
    """

    name: str
    here: tuple[str, ...]
    world: Told
    zone: str = ""

    @property
    def split(self) -> str:
        """How the two differ on purpose, or by what was left over; empty where they do not, or in time only."""
        if set(self.here) & set(self.world.addresses) or not (self.zone or not outside(self.here)):
            return ""
        by = f", by the private zone {self.zone}" if self.zone else ""
        if not self.world.addresses:
            return f"Only this network finds {self.name}{by}: the world is told that there is none"
        return f"This network is led to {', '.join(self.here)}{by}, the world to {', '.join(self.world.addresses)}"

    @property
    def seen(self) -> dict[str, str]:
        """For the evidence of a finding."""
        told = ", ".join(self.world.addresses) or str(self.world.outcome)
        return {"here": ", ".join(self.here) or "nothing", "world": told, "world asked at": self.world.server}


async def both(lookup: Lookup, name: str, here: Iterable[str]) -> Views:
    """What this network is told, beside what the world is.

    Args:
        lookup: asks.
        name: of the host.
        here: the addresses that were found for it.

    Raises:
        Unobservable: the world's view cannot be seen from here.
    """
    own, told = tuple(sorted(set(here))), await world(lookup, name)
    zone = "" if set(own) & set(told.addresses) else await private_zone(lookup, name, told)
    return Views(name, own, told, zone)


async def world(lookup: Lookup, name: str) -> Told:
    """What the world is told of a name.

    Raises:
        Unobservable: none of the servers on the way answers from here in time, or the name belongs to no public zone.
    """
    try:
        async with asyncio.timeout(_SECONDS):
            return await _told(lookup, name)
    except TimeoutError:
        raise _no_way() from None


async def _told(lookup: Lookup, name: str) -> Told:
    seen = await _from_the_top(lookup, name)
    for _ in range(_LONGEST_CHAIN):
        last = seen[0].names[-1] if seen[0].names else name
        if seen[0].values or last == name:
            break
        name, seen = last, await _from_the_top(lookup, last)
    first, servers = seen
    more = await lookup.ask_at(first.server, name, "AAAA")
    addresses = tuple(sorted({*first.values, *more.values}))
    return Told(addresses, Outcome.FOUND if addresses else first.outcome, first.server, servers)


async def private_zone(lookup: Lookup, name: str, told: Told) -> str:
    """The zone by which this network's resolver answers in place of the public one; empty: it asks the public one.

    A zone whose servers the world is sent to, or that answer to the world, is none: what differs then is only late.

    Raises:
        Unobservable: nobody answers which zone the name belongs to.
    """
    zone = await lookup.zone_of(name)
    own = set((await lookup.ask(zone, "NS")).values) if zone else set[str]()
    if zone is None or own & set(told.servers):
        return ""
    addresses = [await lookup.addresses(server) for server in sorted(own)[:_MOST_SERVERS]]
    public = outside(address for each in addresses for address in each)
    answers = await asyncio.gather(*(lookup.ask_at(address, zone, "SOA") for address in public))
    return "" if any(answer.is_authoritative for answer in answers) else zone


def outside(addresses: Iterable[str]) -> tuple[str, ...]:
    """Those that do not belong to private networks (RFC 1918, RFC 6598, RFC 4193)."""
    return tuple(each for each in addresses if not any(ipaddress.ip_address(each) in network for network in _INSIDE))


async def _from_the_top(lookup: Lookup, name: str) -> tuple[Answer, tuple[str, ...]]:
    labels = name.split(".")
    is_public = False
    for depth in range(len(labels) - 1, -1, -1):
        servers = (await lookup.ask(".".join(labels[depth:]), "NS")).values
        is_public |= bool(servers)
        if (found := await _descended(lookup, servers, name)) is not None:
            return found
    if is_public:
        raise _no_way()
    raise Unobservable(f"No zone above {name} names its servers", "Ask another resolver with --resolver")


def _no_way() -> Unobservable:
    return Unobservable("No public name server answers from here", "Outgoing DNS may be kept to a resolver")


async def _descended(lookup: Lookup, servers: tuple[str, ...], name: str) -> tuple[Answer, tuple[str, ...]] | None:
    """The first answer of authority, and whose it is; None where nobody on the way gives one."""
    for _ in range(_DEEPEST):
        answer = await _first(lookup, servers, name)
        if answer is None or answer.is_authoritative:
            return (answer, servers) if answer else None
        servers = answer.delegated
    return None


async def _first(lookup: Lookup, servers: tuple[str, ...], name: str) -> Answer | None:
    """What the first server says that either knows, or knows who does."""
    for server in servers[:_MOST_SERVERS]:
        for address in outside(await lookup.addresses(server))[:2]:
            answer = await lookup.ask_at(address, name, "A")
            if answer.outcome not in _KNOWS_NOTHING and (answer.is_authoritative or answer.delegated):
                return answer
    return None
