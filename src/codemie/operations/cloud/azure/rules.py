"""What the rules of network security groups let through. Pure; asks nobody.

Groups know connections, so answers need no rule. The rule with the lowest priority that a packet meets decides, and
every group on its way must let it through, that of the subnet and that of the machine
(https://learn.microsoft.com/azure/virtual-network/network-security-group-how-it-works).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, collapse_addresses
from typing import Any, cast

from codemie.operations.cloud.packets import EVERYWHERE, Packets

PROBES = IPv4Network("168.63.129.16/32")
"""From here load balancers of Azure look whether somebody is well."""
_LAST_PORT = 65535
_ANY = {"*", "any", "0.0.0.0/0"}


@dataclass(frozen=True)
class Rule:
    """One rule, of one direction.

    Attributes:
        priority: the lowest counts first.
        is_inbound: it is for what comes.
        is_allowing: it lets through; else it denies.
        protocol: tcp, udp, or another word of Azure; `*` is any.
        remote: networks and tags of the other end.
        local: networks and tags of this end.
        ports: of whom it is for, first and last.
        is_partial: it is for connections from some ports only, which nobody chooses.
    """

    name: str
    priority: int
    is_inbound: bool
    is_allowing: bool
    protocol: str
    remote: tuple[str, ...]
    local: tuple[str, ...]
    ports: tuple[tuple[int, int], ...]
    is_partial: bool = False


@dataclass(frozen=True)
class Lost:
    """What a group does not let through.

    Attributes:
        packets: them.
        rule: name of the rule that denies them.
        is_certain: no rule before it might let them through that names what is not known here.
    """

    packets: Packets
    rule: str
    is_certain: bool


@dataclass(frozen=True)
class Reach:
    """What tags mean in a network.

    Attributes:
        networks: of the virtual network, of its subnets and pods.
    """

    networks: tuple[IPv4Network, ...]

    def of(self, names: Iterable[str]) -> tuple[list[IPv4Network], bool]:
        """The networks that names mean, and whether that is all of them."""
        found, is_whole = list[IPv4Network](), True
        for name in names:
            known = self._one(name)
            if known is None:
                is_whole = False
            else:
                found += known
        return found, is_whole

    def _one(self, name: str) -> list[IPv4Network] | None:
        word = name.lower()
        if word in _ANY:
            return [EVERYWHERE]
        if word == "virtualnetwork":
            return list(self.networks)
        if word == "azureloadbalancer":
            return [PROBES]
        if word == "internet":
            return self._outside()
        try:
            return [IPv4Network(name, strict=False)]
        except ValueError:
            # Of IPv6, which is none of ours; or a tag of some service, whose addresses only Azure knows.
            return [] if ":" in name else None

    def _outside(self) -> list[IPv4Network]:
        left = [EVERYWHERE]
        for network in collapse_addresses(self.networks):
            left = [
                part for each in left for part in (each.address_exclude(network) if network.subnet_of(each) else [each])
            ]
        return left


def rules_of(group: dict[str, Any]) -> list[Rule]:
    """All rules of a group, those that every group has at their end.

    Args:
        group: as the Azure Resource Manager tells it.
    """
    told = cast("dict[str, Any]", group.get("properties") or {})
    listed = [*(told.get("securityRules") or ()), *(told.get("defaultSecurityRules") or ())]
    return sorted(map(_rule, listed), key=lambda each: each.priority)


def lost(
    rules: Sequence[Rule], protocol: str, wanted: Packets, local: IPv4Network, reach: Reach, *, inbound: bool
) -> list[Lost]:
    """What of some packets the rules of one group deny.

    Args:
        rules: in their order.
        protocol: tcp or udp.
        wanted: what should go through, by the network of the other end.
        local: the network of this end.
        reach: what tags mean.
        inbound: it comes; else it leaves.
    """
    undecided, found, doubtful = [wanted], list[Lost](), list[Packets]()
    for rule in rules:
        if rule.is_inbound is not inbound or rule.protocol not in {"*", protocol}:
            continue
        here, is_whole_here = reach.of(rule.local)
        if is_whole_here and not any(each.overlaps(local) for each in here):
            continue
        networks, is_whole = reach.of(rule.remote)
        applies = any(local.subnet_of(each) for each in here) and not rule.is_partial
        for first, last in rule.ports:
            unknown = Packets(EVERYWHERE, first, last)
            if rule.is_allowing and not (is_whole and applies):
                # Whom it is for is not known wholly: it may let through what a later rule denies.
                doubtful.append(unknown)
            if not rule.is_allowing and (not applies or (not is_whole and _is_public(wanted))):
                found += [Lost(each, rule.name, False) for part in undecided if (each := part.within(unknown))]
            for network in networks if applies else ():
                covered = Packets(network, first, last)
                if not rule.is_allowing:
                    met = [each.within(covered) for each in undecided]
                    found += [Lost(each, rule.name, not _any_within(each, doubtful)) for each in met if each]
                undecided = [part for each in undecided for part in each.without(covered)]
    return found + [Lost(each, "no rule", not _any_within(each, doubtful)) for each in undecided]


def _is_public(packets: Packets) -> bool:
    """Whether a tag of some service of Azure may name the other end; of the whole internet each is a small part."""
    return packets.network != EVERYWHERE and packets.network.is_global


def admitted(rules: Sequence[Rule], port: int) -> list[str]:
    """Who may come to a port, as the rules name them; those behind a denial of everybody are left out."""
    found = list[str]()
    for rule in rules:
        if not rule.is_inbound or rule.protocol not in {"*", "tcp"} or not _has(rule.ports, port):
            continue
        if not rule.is_allowing:
            if set(rule.remote) & _ANY:
                break
            continue
        found += rule.remote
    return list(dict.fromkeys(found))


def _has(ports: Iterable[tuple[int, int]], port: int) -> bool:
    return any(first <= port <= last for first, last in ports)


def _any_within(packets: Packets, others: Iterable[Packets]) -> bool:
    return any(packets.within(each) for each in others)


def _rule(told: dict[str, Any]) -> Rule:
    own = cast("dict[str, Any]", told.get("properties") or {})
    is_inbound = own["direction"] == "Inbound"
    sides = ("source", "destination")
    remote, local = sides if is_inbound else reversed(sides)
    return Rule(
        name=str(told["name"]),
        priority=int(own["priority"]),
        is_inbound=is_inbound,
        is_allowing=own["access"] == "Allow",
        protocol=str(own["protocol"]).lower(),
        remote=_peers(own, remote),
        local=_peers(own, local),
        ports=tuple(_span(each) for each in _either(own, "destinationPortRange")),
        is_partial=bool({*_either(own, "sourcePortRange")} - {"*", "0-65535"}),
    )


def _peers(own: dict[str, Any], side: str) -> tuple[str, ...]:
    groups = [str(each["id"]) for each in own.get(f"{side}ApplicationSecurityGroups") or ()]
    return (*_either(own, f"{side}AddressPrefix"), *groups)


def _either(own: dict[str, Any], field: str) -> list[str]:
    """A field that Azure tells as one or, with another ending, as a list."""
    plural = f"{field}es" if field.endswith("x") else f"{field}s"
    many = cast("list[str]", own.get(plural) or [])
    return many or [str(each) for each in (own.get(field),) if each]


def _span(text: str) -> tuple[int, int]:
    if text == "*":
        return 0, _LAST_PORT
    first, _, last = text.partition("-")
    return int(first), int(last or first)
