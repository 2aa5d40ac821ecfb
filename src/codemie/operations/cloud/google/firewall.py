"""What the firewall rules of a VPC network let through: pure, asks nobody.

Rules have a priority, and the lowest number decides; of two with the same a denial does. A rule counts for machines by
their network tags or service accounts. What no rule meets may leave, and may not come in. Answers to what was let
through need no rule (cloud.google.com/firewall/docs/firewalls).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

from codemie.operations.cloud.packets import EVERYWHERE, Packets

IMPLIED = "the implied rule"
_NUMBERS = {"tcp": "6", "udp": "17"}
_USUAL_PRIORITY, _LAST_PORT = 1000, 65535


@dataclass(frozen=True)
class Place:
    """One end of a connection.

    Attributes:
        networks: its addresses.
        tags: network tags of its machines; none of what is no machine of the network.
        account: their service account; empty likewise.
    """

    networks: tuple[IPv4Network, ...]
    tags: frozenset[str] = frozenset()
    account: str = ""


@dataclass(frozen=True)
class Stopped:
    """What does not get through, and the name of the rule that stops it."""

    packets: Packets
    rule: str


def stopped(
    rules: Iterable[dict[str, Any]], protocol: str, port: int, here: Place, there: Place, *, inbound: bool
) -> list[Stopped]:
    """What of a connection the rules of one side do not let through.

    Args:
        rules: all of the network, as Compute Engine tells them.
        protocol: tcp or udp.
        port: where it goes to.
        here: the machines that the rules count for: who answers where it comes in, else who opens it.
        there: the other end.
        inbound: it comes in here.
    """
    direction = "INGRESS" if inbound else "EGRESS"
    of_side = [each for each in rules if (each.get("direction") or "INGRESS") == direction and _counts(each, here)]
    lost = list[Stopped]()
    for network in here.networks:
        own = [each for each in of_side if _is_about(each, network, inbound=inbound)]
        lost += _lost(own, protocol, port, there, inbound=inbound)
    return list(dict.fromkeys(lost))


def _lost(rules: list[dict[str, Any]], protocol: str, port: int, there: Place, *, inbound: bool) -> list[Stopped]:
    """What rules of one side that all count for it stop."""
    undecided, lost = [Packets(network, port, port) for network in there.networks], list[Stopped]()
    for rule in sorted(rules, key=_order):
        is_denial = bool(rule.get("denied"))
        for covered in _covered(rule, protocol, there, inbound=inbound):
            if is_denial:
                lost += [Stopped(met, str(rule["name"])) for each in undecided if (met := each.within(covered))]
            undecided = [part for each in undecided for part in each.without(covered)]
    return lost + ([Stopped(each, IMPLIED) for each in undecided] if inbound else [])


def _is_about(rule: dict[str, Any], network: IPv4Network, *, inbound: bool) -> bool:
    """Whether a rule is about addresses of this end: a permission about all of them, a denial about some."""
    texts = [str(each) for each in rule.get("destinationRanges" if inbound else "sourceRanges") or ()]
    ranges = [IPv4Network(each, strict=False) for each in texts if ":" not in each]
    if rule.get("denied"):
        return not texts or any(network.overlaps(each) for each in ranges)
    return not texts or any(network.subnet_of(each) for each in ranges)


def _order(rule: dict[str, Any]) -> tuple[int, bool]:
    priority = rule.get("priority")
    return _USUAL_PRIORITY if priority is None else int(priority), not rule.get("denied")


def _counts(rule: dict[str, Any], here: Place) -> bool:
    """Whether a rule is for these machines."""
    if rule.get("disabled"):
        return False
    tags, accounts = set(rule.get("targetTags") or ()), set(rule.get("targetServiceAccounts") or ())
    return (not tags and not accounts) or bool(tags & here.tags) or here.account in accounts


def _covered(rule: dict[str, Any], protocol: str, there: Place, *, inbound: bool) -> list[Packets]:
    """What a rule is about, of this protocol."""
    texts = list(rule.get("sourceRanges" if inbound else "destinationRanges") or ())
    tags, accounts = set(rule.get("sourceTags") or ()), set(rule.get("sourceServiceAccounts") or ())
    ranges = [IPv4Network(each, strict=False) for each in texts if ":" not in each]
    # Without any filter a rule is about everybody; one with networks of IPv6 alone is not.
    if not texts and not tags and not accounts:
        ranges = [EVERYWHERE]
    if inbound and (tags & there.tags or (there.account and there.account in accounts)):
        ranges = [*ranges, *there.networks]
    ports = [
        _ports(text)
        for each in rule.get("denied") or rule.get("allowed") or ()
        if str(each.get("IPProtocol")).lower() in {"all", protocol, _NUMBERS[protocol]}
        for text in each.get("ports") or [f"0-{_LAST_PORT}"]
    ]
    return [Packets(network, *span) for network in ranges for span in ports]


def _ports(text: str) -> tuple[int, int]:
    first, _, last = str(text).partition("-")
    return int(first), int(last or first)
