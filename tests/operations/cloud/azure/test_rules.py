"""What network security groups let through, against the definition applied to one packet after the other."""

from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemie.operations.cloud.azure.rules import PROBES, Reach, Rule, admitted, lost, rules_of
from codemie.operations.cloud.packets import EVERYWHERE, Packets
from tests.operations.cloud.azure.world import defaults, rule

INSIDE = IPv4Network("10.0.0.0/29")
REACH = Reach((INSIDE,))
HERE = IPv4Network("10.0.0.1/32")
WANTED = Packets(IPv4Network("10.0.0.0/28"), 20, 29)
ALL_PACKETS = [(address, port) for address in WANTED.network for port in range(20, 30)]
MEANING = {
    "*": EVERYWHERE,
    "VirtualNetwork": INSIDE,
    "AzureLoadBalancer": PROBES,
    "10.0.0.0/30": IPv4Network("10.0.0.0/30"),
    "10.0.0.6": IPv4Network("10.0.0.6/32"),
    "10.0.0.8/29": IPv4Network("10.0.0.8/29"),
}

spans = st.tuples(st.integers(18, 31), st.integers(18, 31)).map(lambda pair: (min(pair), max(pair)))
rules = st.lists(
    st.builds(
        Rule,
        name=st.just("-"),
        priority=st.integers(100, 200),
        is_inbound=st.booleans(),
        is_allowing=st.booleans(),
        protocol=st.sampled_from(["*", "tcp", "udp"]),
        remote=st.lists(st.sampled_from(list(MEANING)), min_size=1, max_size=2).map(tuple),
        local=st.sampled_from([("*",), ("10.0.0.1",), ("10.0.0.2",), ("VirtualNetwork",)]),
        ports=st.lists(spans, min_size=1, max_size=2).map(tuple),
    ),
    max_size=6,
    unique_by=lambda each: each.priority,
).map(lambda made: sorted(made, key=lambda each: each.priority))


def _lets(rules: list[Rule], address: IPv4Address, port: int) -> bool:
    """By the first rule that one packet meets."""
    for each in rules:
        if (
            each.is_inbound
            and each.protocol in {"*", "tcp"}
            and each.local != ("10.0.0.2",)
            and any(address in MEANING[name] for name in each.remote)
            and any(first <= port <= last for first, last in each.ports)
        ):
            return each.is_allowing
    return False


@given(rules)
def test_the_first_rule_that_a_packet_meets_decides(rules: list[Rule]) -> None:
    found = lost(rules, "tcp", WANTED, HERE, REACH, inbound=True)

    assert all(each.is_certain for each in found)
    for address, port in ALL_PACKETS:
        is_lost = any(
            address in each.packets.network and each.packets.first <= port <= each.packets.last for each in found
        )
        assert is_lost is not _lets(rules, address, port)


PUBLIC = Packets(IPv4Network("8.8.8.8/32"), 20, 29)


def _of_a_tag(*, is_allowing: bool) -> Rule:
    """A rule for a service of Azure, whose addresses only Azure knows."""
    return Rule("tag", 1, True, is_allowing, "*", ("Storage.WestEurope",), ("*",), ((0, 65535),))


@given(rules, st.integers(0, 6))
def test_what_a_tag_may_admit_is_not_certainly_lost(rules: list[Rule], place: int) -> None:
    before, behind = rules[:place], rules[place:]

    found = lost([*before, _of_a_tag(is_allowing=True), *behind], "tcp", PUBLIC, HERE, REACH, inbound=True)

    assert [each.packets for each in found] == [
        each.packets for each in lost(rules, "tcp", PUBLIC, HERE, REACH, inbound=True)
    ]
    certain = [each.packets for each in found if each.is_certain]
    denied = [each for each in lost(before, "tcp", PUBLIC, HERE, REACH, inbound=True) if each.rule != "no rule"]
    assert certain == [each.packets for each in denied]


@given(rules)
def test_what_a_tag_may_shut_out_is_not_certainly_admitted(rules: list[Rule]) -> None:
    found = lost([_of_a_tag(is_allowing=False), *rules], "tcp", PUBLIC, HERE, REACH, inbound=True)

    assert (found[0].packets, found[0].is_certain) == (PUBLIC, False)


def _group(*own: dict[str, Any]) -> list[Rule]:
    return rules_of({"name": "-", "properties": {"securityRules": list(own), "defaultSecurityRules": defaults()}})


@pytest.mark.parametrize(
    ("network", "inbound", "is_open"),
    [
        ("10.0.0.4/32", True, True),
        ("168.63.129.16/32", True, True),
        ("8.8.8.8/32", True, False),
        ("8.8.8.8/32", False, True),
        ("10.0.0.4/32", False, True),
    ],
)
def test_every_group_ends_with_the_same_rules(network: str, *, inbound: bool, is_open: bool) -> None:
    wanted = Packets(IPv4Network(network), 443, 443)

    assert (lost(_group(), "tcp", wanted, HERE, REACH, inbound=inbound) == []) is is_open


def test_a_rule_for_some_source_ports_is_no_promise() -> None:
    admits = rule("by-source", 100, ports=["443"])
    admits["properties"]["sourcePortRange"] = "1000-2000"
    denies = rule("by-source", 100, access="Deny", source=["VirtualNetwork"], ports=["443"])
    denies["properties"]["sourcePortRange"] = "1000-2000"
    stranger, neighbour = (Packets(IPv4Network(each), 443, 443) for each in ("8.8.8.8/32", "10.0.0.4/32"))

    assert [each.is_certain for each in lost(_group(admits), "tcp", stranger, HERE, REACH, inbound=True)] == [False]
    assert [each.is_certain for each in lost(_group(denies), "tcp", neighbour, HERE, REACH, inbound=True)] == [False]


def test_who_is_admitted_is_told_as_the_rules_name_them() -> None:
    group = _group(rule("a", 100, source=["Internet"], ports=["443"]), rule("b", 200, source=["10.1.0.0/16"]))

    assert admitted(group, 443) == ["Internet", "10.1.0.0/16", "VirtualNetwork", "AzureLoadBalancer"]
    assert admitted([rule for rule in group if rule.name != "a"], 443)[0] == "10.1.0.0/16"
