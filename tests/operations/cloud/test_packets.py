"""What security groups and network ACLs let through, against the definition applied to one packet after the other."""

from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemie.operations.cloud.packets import EVERYWHERE, Packets, closed, dropped

NETWORKS = ["10.0.0.0/29", "10.0.0.0/30", "10.0.0.4/30", "10.0.0.6/32", "10.0.0.0/28", "0.0.0.0/0"]
OWN, OTHER = "sg-own", "sg-other"
WANTED = Packets(IPv4Network("10.0.0.0/28"), 20, 29)
ALL_PACKETS = [(address, port) for address in IPv4Network("10.0.0.0/28") for port in range(20, 30)]

spans = st.tuples(st.integers(18, 31), st.integers(18, 31)).map(lambda pair: (min(pair), max(pair)))
networks = st.sampled_from(NETWORKS)
protocols = st.sampled_from(["tcp", "udp", "6", "-1", "icmp"])


def a_rule(protocol: str, span: tuple[int, int], cidrs: list[str], groups: list[str]) -> dict[str, Any]:
    ports = {} if protocol == "-1" else {"FromPort": span[0], "ToPort": span[1]}
    pairs = [{"GroupId": each} for each in groups]
    return {
        "IpProtocol": protocol,
        **ports,
        "IpRanges": [{"CidrIp": each} for each in cidrs],
        "UserIdGroupPairs": pairs,
    }


group_rules = st.lists(
    st.builds(
        a_rule, protocols, spans, st.lists(networks, max_size=2), st.lists(st.sampled_from([OWN, OTHER]), max_size=1)
    ),
    max_size=5,
)


def held(parts: list[Packets], address: IPv4Address, port: int) -> bool:
    return any(address in each.network and each.first <= port <= each.last for each in parts)


def _is_for(rule: dict[str, Any], port: int) -> bool:
    every = rule["IpProtocol"] == "-1"
    return every or (rule["IpProtocol"] in {"tcp", "6"} and rule["FromPort"] <= port <= rule["ToPort"])


@given(group_rules, st.sampled_from([frozenset[str](), frozenset({OWN})]))
def test_a_group_admits_what_any_of_its_rules_admits(rules: list[dict[str, Any]], groups: frozenset[str]) -> None:
    left = list(closed(rules, "tcp", WANTED, groups).packets)

    for address, port in ALL_PACKETS:
        admitted = any(
            _is_for(rule, port)
            and (
                any(address in IPv4Network(each["CidrIp"]) for each in rule["IpRanges"])
                or any(each["GroupId"] in groups for each in rule["UserIdGroupPairs"])
            )
            for rule in rules
        )
        assert held(left, address, port) is not admitted


def an_entry(number: int, action: str, protocol: str, span: tuple[int, int], cidr: str, side: str) -> dict[str, Any]:
    ports = {} if protocol == "-1" else {"PortRange": {"From": span[0], "To": span[1]}}
    return {
        "RuleNumber": number,
        "RuleAction": action,
        "Protocol": protocol,
        "CidrBlock": cidr,
        "Egress": side == "out",
        **ports,
    }


acl_entries = st.lists(
    st.builds(
        an_entry,
        st.integers(1, 32766),
        st.sampled_from(["allow", "deny"]),
        st.sampled_from(["6", "17", "-1"]),
        spans,
        networks,
        st.sampled_from(["in", "out"]),
    ),
    max_size=6,
    unique_by=lambda each: (each["RuleNumber"], each["Egress"]),
)


@given(acl_entries, st.booleans())
def test_of_an_acl_the_first_rule_that_a_packet_meets_decides(entries: list[dict[str, Any]], outbound: bool) -> None:  # noqa: FBT001
    lost = dropped(entries, "tcp", WANTED, outbound=outbound)

    for address, port in ALL_PACKETS:
        met = [
            each
            for each in entries
            if each["Egress"] is outbound
            and address in IPv4Network(each["CidrBlock"])
            and (
                each["Protocol"] == "-1"
                or (each["Protocol"] == "6" and each["PortRange"]["From"] <= port <= each["PortRange"]["To"])
            )
        ]
        first = min(met, key=lambda each: each["RuleNumber"], default={"RuleAction": "deny", "RuleNumber": "*"})
        deciding = [each.rule for each in lost if held([each.packets], address, port)]
        assert deciding == ([str(first["RuleNumber"])] if first["RuleAction"] == "deny" else [])


@given(st.builds(Packets, networks.map(IPv4Network), st.integers(18, 24), st.integers(24, 31)))
def test_what_is_taken_away_and_what_is_left_are_the_whole(taken: Packets) -> None:
    left = WANTED.without(taken)
    common = WANTED.within(taken)

    for address, port in ALL_PACKETS:
        assert held(left, address, port) is not held([taken], address, port)
        assert held([common] if common else [], address, port) is held([taken], address, port)


@pytest.mark.parametrize(("port", "certain"), [(443, False), (80, True)])
def test_a_list_of_networks_may_hold_it(port: int, certain: bool) -> None:  # noqa: FBT001
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListIds": [{"PrefixListId": "pl-1"}]}

    found = closed([rule], "tcp", Packets(EVERYWHERE, port, port), frozenset())

    assert (bool(found.packets), found.is_certain) == (True, certain)


def test_rules_for_ipv6_say_nothing_of_ipv4() -> None:
    entry = {"RuleNumber": 1, "RuleAction": "allow", "Protocol": "-1", "Ipv6CidrBlock": "::/0", "Egress": False}
    group = {"IpProtocol": "-1", "Ipv6Ranges": [{"CidrIpv6": "::/0"}], "UserIdGroupPairs": []}

    assert [each.rule for each in dropped([entry], "tcp", WANTED, outbound=False)] == ["*"]
    assert closed([group], "tcp", WANTED, frozenset()).packets == (WANTED,)
