"""What network policies allow, by the rules of Kubernetes; the platform's own allow what it needs."""

import ipaddress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemie.operations.kubernetes.policies import End, Policies

NAMESPACES = {"ours": {"team": "a"}, "other": {"team": "b"}}
API = End("ours", {"app": "api"}, "10.0.0.1", {"http": 8080})
NATS = End("ours", {"app": "nats"}, "10.0.0.2", {"client": 4222})
PROXY = End("other", {"app": "proxy"}, "10.0.1.1")
OUTSIDE = End(address="203.0.113.7")


def a_policy(name: str = "p", namespace: str = "ours", **spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": namespace}, "spec": {"podSelector": {}, **spec}}


def judge(*policies: dict[str, Any], source: End = API, target: End = NATS, port: int = 4222) -> bool:
    return Policies(policies, NAMESPACES).judge(source, target, port).allowed


labels = st.sampled_from([{}, {"app": "api"}, {"app": "nats"}, {"app": "proxy"}])
selectors = labels.map(lambda each: {"matchLabels": each} if each else {})
ports = st.lists(st.fixed_dictionaries({"port": st.sampled_from([80, 4222, 8080])}), max_size=2)
peers = st.lists(
    st.one_of(
        selectors.map(lambda each: {"podSelector": each}),
        st.sampled_from([{"namespaceSelector": {}}, {"namespaceSelector": {"matchLabels": {"team": "b"}}}]),
        st.sampled_from(
            [{"ipBlock": {"cidr": "10.0.0.0/8"}}, {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}}]
        ),
    ),
    max_size=3,
)


def rules(key: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(st.fixed_dictionaries({key: peers, "ports": ports}), max_size=3)


specs = st.fixed_dictionaries(
    {
        "podSelector": selectors,
        "policyTypes": st.lists(st.sampled_from(["Ingress", "Egress"]), min_size=1, unique=True),
        "ingress": rules("from"),
        "egress": rules("to"),
    }
)
many = st.lists(
    st.builds(lambda spec, namespace: a_policy(namespace=namespace, **spec), specs, st.sampled_from(list(NAMESPACES))),
    max_size=4,
)
ends = st.sampled_from([API, NATS, PROXY, OUTSIDE])


@given(many, ends, ends, st.sampled_from([80, 4222, 8080]))
def test_the_judgement_is_that_of_the_definition(
    policies: list[dict[str, Any]], source: End, target: End, port: int
) -> None:
    def open_at(end: End, peer: End, side: str, key: str) -> bool:
        chosen = [
            each["spec"]
            for each in policies
            if each["metadata"]["namespace"] == end.namespace
            and side.capitalize() in each["spec"]["policyTypes"]
            and each["spec"]["podSelector"].get("matchLabels", {}).items() <= dict(end.labels).items()
        ]
        listed = [rule for spec in chosen for rule in spec[side]]
        return not chosen or any(
            (not rule["ports"] or port in [each["port"] for each in rule["ports"]])
            and (not rule[key] or any(is_peer(each, end, peer) for each in rule[key]))
            for rule in listed
        )

    def is_peer(named: dict[str, Any], end: End, peer: End) -> bool:
        if block := named.get("ipBlock"):
            ip = ipaddress.ip_address(peer.address)
            inside = ip in ipaddress.ip_network(block["cidr"])
            return inside and not any(ip in ipaddress.ip_network(each) for each in block.get("except", ()))
        if "namespaceSelector" in named:
            wanted = named["namespaceSelector"].get("matchLabels", {})
            return bool(peer.namespace) and wanted.items() <= NAMESPACES[peer.namespace].items()
        wanted = named["podSelector"].get("matchLabels", {})
        return peer.namespace == end.namespace and wanted.items() <= dict(peer.labels).items()

    expected = open_at(source, target, "egress", "to") and open_at(target, source, "ingress", "from")

    assert judge(*policies, source=source, target=target, port=port) is expected


@given(many, ends, ends, specs)
def test_one_more_policy_for_pods_that_are_isolated_already_never_forbids(
    policies: list[dict[str, Any]], source: End, target: End, spec: dict[str, Any]
) -> None:
    isolating = [a_policy(f"all-{each}", each, policyTypes=["Ingress", "Egress"]) for each in NAMESPACES]
    before = judge(*isolating, *policies, source=source, target=target)

    assert judge(*isolating, *policies, a_policy(**spec), source=source, target=target) or not before


@given(many, ends, ends)
def test_the_order_of_policies_does_not_matter(policies: list[dict[str, Any]], source: End, target: End) -> None:
    assert judge(*policies, source=source, target=target) is judge(*reversed(policies), source=source, target=target)


def test_without_policies_everything_is_allowed() -> None:
    assert judge()


def test_the_side_that_forbids_is_named_with_its_policies() -> None:
    deny = a_policy("deny", policyTypes=["Ingress"])

    found = Policies([deny], NAMESPACES).judge(API, NATS, 4222)

    assert (found.allowed, found.side, found.policies) == (False, "ingress", ("deny",))


@pytest.mark.parametrize(
    ("allowed", "port", "expected"),
    [
        ({"port": "client"}, 4222, True),
        ({"port": "client"}, 4223, False),
        ({"port": 4000, "endPort": 5000}, 4222, True),
        ({"port": 4000, "endPort": 4100}, 4222, False),
        ({"protocol": "UDP", "port": 4222}, 4222, False),
        ({}, 9, True),
    ],
)
def test_ports_are_names_numbers_or_ranges(allowed: dict[str, Any], port: int, *, expected: bool) -> None:
    assert judge(a_policy(policyTypes=["Ingress"], ingress=[{"ports": [allowed]}]), port=port) is expected


def test_a_policy_without_types_isolates_for_what_it_has_rules_for() -> None:
    assert not judge(a_policy())
    assert judge(a_policy(namespace="other"), source=PROXY, target=OUTSIDE)
    assert not judge(a_policy(namespace="other", egress=[]), source=PROXY, target=OUTSIDE)


def test_pods_of_another_namespace_need_both_selectors_to_hold() -> None:
    both = {"namespaceSelector": {"matchLabels": {"team": "b"}}, "podSelector": {"matchLabels": {"app": "proxy"}}}
    other = {"namespaceSelector": {"matchLabels": {"team": "b"}}, "podSelector": {"matchLabels": {"app": "else"}}}

    assert judge(a_policy(ingress=[{"from": [both]}]), source=PROXY)
    assert not judge(a_policy(ingress=[{"from": [other]}]), source=PROXY)
