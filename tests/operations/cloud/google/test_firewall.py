"""The reckoning with sets of packets against one that looks at a single packet, rule by rule."""

from ipaddress import IPv4Address, IPv4Network
from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from codemie.operations.cloud.google.firewall import IMPLIED, Place, stopped

_NETWORKS = ("0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/16", "10.64.0.0/14", "10.0.1.7/32", "192.0.2.0/24", "2001:db8::/32")
_TAGS, _ACCOUNTS = ("node", "web", "other"), ("nodes@acme.test", "others@acme.test")
_PORTS = ("443", "10250", "1-65535", "8000-11000")
_HERE = "10.0.3.9"
_WITH_PORTS = {"tcp", "udp", "6"}


def _several(values: tuple[str, ...]) -> some.SearchStrategy[list[str]]:
    return some.lists(some.sampled_from(values), max_size=2, unique=True)


@some.composite
def rules(draw: some.DrawFn) -> dict[str, Any]:
    """A rule as Compute Engine tells it."""
    protocol = draw(some.sampled_from(["tcp", "udp", "6", "all", "icmp"]))
    ports = draw(_several(_PORTS)) if protocol in _WITH_PORTS else []
    part = {"IPProtocol": protocol, **({"ports": ports} if ports else {})}
    inbound = draw(some.booleans())
    facts: dict[str, Any] = {
        "name": f"rule-{draw(some.integers(0, 10**6))}",
        "direction": "INGRESS" if inbound else "EGRESS",
        "priority": draw(some.sampled_from([0, 900, 1000, 65534])),
        "disabled": draw(some.integers(0, 9)) == 0,
        "allowed" if draw(some.booleans()) else "denied": [part],
        "sourceRanges" if inbound else "destinationRanges": draw(_several(_NETWORKS)),
        "destinationRanges" if inbound else "sourceRanges": draw(_several(_NETWORKS)),
    }
    # Tags and accounts exclude each other in a rule.
    kind = draw(some.sampled_from(["", "Tags", "ServiceAccounts"]))
    values = _TAGS if kind == "Tags" else _ACCOUNTS
    if kind:
        facts[f"target{kind}"] = draw(_several(values))
        if inbound:
            facts[f"source{kind}"] = draw(_several(values))
    return facts


def _passes(given: list[dict[str, Any]], port: int, here: Place, there: Place, source: str, *, inbound: bool) -> bool:
    """One packet of TCP, met with one rule after the other."""
    met: list[tuple[int, bool]] = []
    for rule in given:
        if rule["disabled"] or rule["direction"] != ("INGRESS" if inbound else "EGRESS"):
            continue
        tags, accounts = rule.get("targetTags") or [], rule.get("targetServiceAccounts") or []
        if (tags or accounts) and not (set(tags) & here.tags or here.account in accounts):
            continue
        ranges = rule.get("sourceRanges" if inbound else "destinationRanges") or []
        own = rule.get("destinationRanges" if inbound else "sourceRanges") or []
        if own and not any(":" not in each and IPv4Address(_HERE) in IPv4Network(each) for each in own):
            continue
        by_tag, by_account = rule.get("sourceTags") or [], rule.get("sourceServiceAccounts") or []
        fits = any(":" not in each and IPv4Address(source) in IPv4Network(each) for each in ranges)
        fits |= bool(set(by_tag) & there.tags) or there.account in by_account
        fits |= not ranges and not by_tag and not by_account
        is_denial = "denied" in rule
        (part,) = rule["denied" if is_denial else "allowed"]
        spans = [each.split("-") for each in part.get("ports", ["0-65535"])]
        fits &= part["IPProtocol"] in {"tcp", "6", "all"}
        fits &= any(int(span[0]) <= port <= int(span[-1]) for span in spans)
        if fits:
            met.append((rule["priority"], not is_denial))
    return min(met)[1] if met else not inbound


@given(
    some.lists(rules(), max_size=6),
    some.sampled_from([443, 8443, 10250]),
    some.sampled_from(["10.0.1.7", "10.0.2.1", "10.65.0.1", "192.0.2.9"]),
    some.sampled_from(["INGRESS", "EGRESS"]),
)
def test_a_set_of_one_packet_passes_as_the_packet_does(
    given: list[dict[str, Any]], port: int, source: str, direction: str
) -> None:
    here = Place((IPv4Network(f"{_HERE}/32"),), frozenset({"node"}), "nodes@acme.test")
    there = Place((IPv4Network(f"{source}/32"),), frozenset({"web"}), "others@acme.test")

    inbound = direction == "INGRESS"

    told = stopped(given, "tcp", port, here, there, inbound=inbound)

    assert (told == []) is _passes(given, port, here, there, source, inbound=inbound)


def _rule(name: str, priority: int, **facts: Any) -> dict[str, Any]:
    return {"name": name, "priority": priority, "direction": "INGRESS", **facts}


NODES = Place((IPv4Network("10.0.0.0/20"),), frozenset({"gke-node"}))
PODS = Place((IPv4Network("10.64.0.0/16"),), frozenset({"gke-node"}))
EVERY_TCP = [{"IPProtocol": "tcp"}]


def test_a_denial_before_the_permission_is_named() -> None:
    allow = _rule("gke-all", 1000, sourceRanges=["10.64.0.0/16"], allowed=EVERY_TCP)
    deny = _rule("quarantine", 900, sourceRanges=["10.64.7.0/24"], denied=EVERY_TCP, targetTags=["gke-node"])

    (told,) = stopped([allow, deny], "tcp", 8080, NODES, PODS, inbound=True)

    assert (told.rule, str(told.packets.network)) == ("quarantine", "10.64.7.0/24")
    assert stopped([allow, {**deny, "priority": 1001}], "tcp", 8080, NODES, PODS, inbound=True) == []
    assert stopped([allow, {**deny, "targetTags": ["other"]}], "tcp", 8080, NODES, PODS, inbound=True) == []


def test_of_the_same_priority_the_denial_decides() -> None:
    allow = _rule("a", 1000, sourceRanges=["0.0.0.0/0"], allowed=EVERY_TCP)
    deny = _rule("b", 1000, sourceRanges=["0.0.0.0/0"], denied=EVERY_TCP)

    assert [each.rule for each in stopped([allow, deny], "tcp", 443, NODES, PODS, inbound=True)] == ["b"]


def test_nothing_comes_in_and_everything_leaves_where_there_is_no_rule() -> None:
    assert [each.rule for each in stopped([], "tcp", 443, NODES, PODS, inbound=True)] == [IMPLIED]
    assert stopped([], "tcp", 443, NODES, PODS, inbound=False) == []


def test_a_rule_about_another_address_of_this_end_lets_nothing_in() -> None:
    rule = _rule(
        "k8s-fw-a1", 1000, sourceRanges=["0.0.0.0/0"], destinationRanges=["203.0.113.20/32"], allowed=EVERY_TCP
    )
    balancer = Place((IPv4Network("203.0.113.20/32"),), NODES.tags)

    assert stopped([rule], "tcp", 443, balancer, PODS, inbound=True) == []
    assert [each.rule for each in stopped([rule], "tcp", 443, NODES, PODS, inbound=True)] == [IMPLIED]
