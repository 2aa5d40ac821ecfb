"""What the rules of a VPC let through: sets of packets, security groups, and network ACLs. Pure; asks nobody.

Security groups know connections: any rule that admits is enough, and answers need none. Network ACLs know packets: the
first rule by its number that a packet meets decides, and answers need rules of their own
(docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any, cast

EVERYWHERE = IPv4Network("0.0.0.0/0")
_ALL = "-1"
_NUMBERS = {"tcp": "6", "udp": "17"}
_LAST_PORT = 65535


@dataclass(frozen=True)
class Packets:
    """Packets of one protocol.

    Attributes:
        network: where the other end is.
        first: the lowest port they may be for.
        last: the highest.
    """

    network: IPv4Network
    first: int
    last: int

    def within(self, other: "Packets") -> "Packets | None":
        """Those that are among the others, too."""
        first, last = max(self.first, other.first), min(self.last, other.last)
        if first > last or not self.network.overlaps(other.network):
            return None
        smaller = max(self.network, other.network, key=lambda network: network.prefixlen)
        return Packets(smaller, first, last)

    def without(self, other: "Packets") -> "list[Packets]":
        """Those that are not among the others."""
        taken = self.within(other)
        if taken is None:
            return [self]
        left = [] if taken.network == self.network else list(self.network.address_exclude(taken.network))
        kept = [Packets(network, self.first, self.last) for network in left]
        sides = ((self.first, taken.first - 1), (taken.last + 1, self.last))
        return kept + [Packets(taken.network, first, last) for first, last in sides if first <= last]


@dataclass(frozen=True)
class Closed:
    """What security groups do not let through.

    Attributes:
        packets: the least of it; empty where all goes through.
        is_certain: no rule names a list of networks, which may hold them.
    """

    packets: tuple[Packets, ...]
    is_certain: bool = True


def closed(rules: Iterable[dict[str, Any]], protocol: str, wanted: Packets, groups: frozenset[str]) -> Closed:
    """What none of the rules admits.

    Args:
        rules: `IpPermissions` of all groups of this end, or `IpPermissionsEgress`.
        protocol: tcp or udp.
        wanted: what should go through.
        groups: ids of the groups that the other end is in.
    """
    left, is_certain = [wanted], True
    for rule in rules:
        if rule["IpProtocol"] not in {_ALL, protocol, _NUMBERS[protocol]}:
            continue
        first, last = ports_of(rule)
        networks = [IPv4Network(each["CidrIp"]) for each in rule.get("IpRanges", ())]
        if any(each.get("GroupId") in groups for each in rule.get("UserIdGroupPairs", ())):
            networks.append(EVERYWHERE)
        if rule.get("PrefixListIds") and wanted.within(Packets(EVERYWHERE, first, last)):
            is_certain = False
        for network in networks:
            left = [part for each in left for part in each.without(Packets(network, first, last))]
    return Closed(tuple(left), is_certain)


@dataclass(frozen=True)
class Dropped:
    """What a network ACL drops, and the number of the rule that does; the last of all is `*`."""

    packets: Packets
    rule: str


def dropped(entries: Iterable[dict[str, Any]], protocol: str, wanted: Packets, *, outbound: bool) -> list[Dropped]:
    """What the first rule that it meets denies.

    Args:
        entries: `Entries` of the ACL; those for IPv6 are passed over.
        protocol: tcp or udp.
        wanted: what should go through.
        outbound: it leaves the subnet; else it comes in.
    """
    undecided, lost = [wanted], list[Dropped]()
    of_side = [each for each in entries if bool(each["Egress"]) is outbound and each.get("CidrBlock")]
    for entry in sorted(of_side, key=lambda each: int(each["RuleNumber"])):
        if str(entry["Protocol"]) not in {_ALL, _NUMBERS[protocol]}:
            continue
        covered = Packets(IPv4Network(entry["CidrBlock"]), *ports_of(entry.get("PortRange") or {}))
        if entry["RuleAction"] == "deny":
            met = [each.within(covered) for each in undecided]
            lost += [Dropped(each, _number(entry)) for each in met if each]
        undecided = [part for each in undecided for part in each.without(covered)]
    return lost + [Dropped(each, "*") for each in undecided]


def _number(entry: dict[str, Any]) -> str:
    return "*" if int(entry["RuleNumber"]) == 32767 else str(entry["RuleNumber"])


def ports_of(told: dict[str, Any]) -> tuple[int, int]:
    """The first and the last port of a rule, or of a range of an ACL; all of them where none is told."""
    first, last = told.get("FromPort", told.get("From")), told.get("ToPort", told.get("To"))
    if first is None or last is None:
        return 0, _LAST_PORT
    return cast("int", first), cast("int", last)
