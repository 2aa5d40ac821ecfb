"""Who may reach whom, by the rules of Kubernetes' network policies."""

from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any

Policy = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """A pod, or an address outside; `namespace` is empty for the latter."""

    address: str
    namespace: str = ""
    labels: dict[str, str] = field(default_factory=dict[str, str])


def allowed(policies: list[Policy], source: Place, target: Place, port: int, protocol: str = "TCP") -> bool:
    """Whether a connection comes about: the source may leave, and the target may be reached."""
    return _one_way(policies, "Egress", source, target, port, protocol) and _one_way(
        policies, "Ingress", target, source, port, protocol
    )


def _one_way(policies: list[Policy], way: str, subject: Place, other: Place, port: int, protocol: str) -> bool:
    applying = [
        one
        for one in policies
        if subject.namespace == one["metadata"].get("namespace", "codemie")
        and _selects(one["spec"]["podSelector"], subject.labels)
        and way in one["spec"]["policyTypes"]
    ]
    # Whom no policy selects may do everything.
    if not applying:
        return True
    peers, rules = ("to", "egress") if way == "Egress" else ("from", "ingress")
    return any(
        _names(rule.get(peers), one, other) and _opens(rule.get("ports"), port, protocol)
        for one in applying
        for rule in one["spec"].get(rules) or []
    )


def _names(peers: list[Any] | None, policy: Policy, other: Place) -> bool:
    return not peers or any(_is(peer, policy, other) for peer in peers)


def _is(peer: Any, policy: Policy, other: Place) -> bool:
    if block := peer.get("ipBlock"):
        address = ip_address(other.address)
        return address in ip_network(block["cidr"]) and not any(
            address in ip_network(left_out) for left_out in block.get("except", [])
        )
    if not other.namespace:
        return False
    if (spaces := peer.get("namespaceSelector")) is not None:
        if not _selects(spaces, {"kubernetes.io/metadata.name": other.namespace}):
            return False
    elif other.namespace != policy["metadata"].get("namespace", "codemie"):
        return False
    return _selects(peer.get("podSelector") or {}, other.labels)


def _selects(selector: Any, labels: dict[str, str]) -> bool:
    return all(labels.get(key) == value for key, value in (selector.get("matchLabels") or {}).items()) and all(
        (labels.get(one["key"]) in one["values"]) is (one["operator"] == "In")
        for one in selector.get("matchExpressions") or []
    )


def _opens(ports: list[Any] | None, port: int, protocol: str) -> bool:
    return not ports or any(one["port"] == port and one.get("protocol", "TCP") == protocol for one in ports)
