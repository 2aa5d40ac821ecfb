"""May one pod reach another? What the NetworkPolicies of a cluster together allow, by the rules of Kubernetes."""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from codemie.operations.kubernetes.kinds import Manifest
from codemie.operations.kubernetes.manifest import name_of, namespace_of, selects, spec_of

Labels = Mapping[str, str]


@dataclass(frozen=True)
class End:
    """One end of a connection: a pod, or an address outside the cluster.

    Attributes:
        namespace: empty for an address outside.
        ports: names of the pod's ports → their numbers.
    """

    namespace: str = ""
    labels: Labels = field(default_factory=dict[str, str])
    address: str = ""
    ports: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True)
class Verdict:
    """Whether a connection is allowed; else which side forbids it, and the policies that select the pod there."""

    allowed: bool
    side: str = ""
    policies: tuple[str, ...] = ()


class Policies:
    """The network policies of a cluster.

    Args:
        policies: all of them.
        namespaces: namespace → its labels.
    """

    def __init__(self, policies: Iterable[Manifest], namespaces: Mapping[str, Labels]) -> None:
        self._policies = list(policies)
        self._namespaces = namespaces

    def judge(self, source: End, target: End, port: int, protocol: str = "TCP") -> Verdict:
        """Whether `source` may open a connection to a port of `target`."""
        for side, here, there, rules, peers in (
            ("egress", source, target, "egress", "to"),
            ("ingress", target, source, "ingress", "from"),
        ):
            chosen = self._isolating(here, side)
            if chosen and not any(
                self._permits(rule, policy, there, peers) and _port(rule, port, protocol, target)
                for policy in chosen
                for rule in spec_of(policy).get(rules) or ()
            ):
                return Verdict(allowed=False, side=side, policies=tuple(sorted(name_of(each) for each in chosen)))
        return Verdict(allowed=True)

    def outward(self, source: End, port: int, protocol: str = "TCP") -> Verdict:
        """Whether `source` may open a connection to this port of any address outside the cluster."""
        chosen = self._isolating(source, "egress")
        rules = [rule for policy in chosen for rule in spec_of(policy).get("egress") or ()]
        outside = [rule for rule in rules if not rule.get("to") or any(each.get("ipBlock") for each in rule["to"])]
        if not chosen or any(_port(rule, port, protocol, End()) for rule in outside):
            return Verdict(allowed=True)
        return Verdict(allowed=False, side="egress", policies=tuple(sorted(name_of(each) for each in chosen)))

    def _isolating(self, end: End, side: str) -> list[Manifest]:
        if not end.namespace:
            return []
        return [
            policy
            for policy in self._policies
            if namespace_of(policy) == end.namespace
            and side in _sides(policy)
            and selects(spec_of(policy).get("podSelector") or {}, end.labels)
        ]

    def _permits(self, rule: dict[str, Any], policy: Manifest, end: End, peers: str) -> bool:
        named = rule.get(peers)
        return not named or any(self._is_peer(peer, policy, end) for peer in named)

    def _is_peer(self, peer: dict[str, Any], policy: Manifest, end: End) -> bool:
        if block := peer.get("ipBlock"):
            return _within(end.address, block)
        if not end.namespace:
            return False
        namespaces, pods = peer.get("namespaceSelector"), peer.get("podSelector")
        if namespaces is None:
            in_namespace = end.namespace == namespace_of(policy)
        else:
            in_namespace = selects(namespaces, self._namespaces.get(end.namespace, {}))
        return in_namespace and (pods is None or selects(pods, end.labels))


def _sides(policy: Manifest) -> set[str]:
    spec = spec_of(policy)
    types = spec.get("policyTypes") or ["Ingress", *(["Egress"] if spec.get("egress") is not None else [])]
    return {str(each).lower() for each in types}


def _port(rule: dict[str, Any], port: int, protocol: str, target: End) -> bool:
    named = rule.get("ports")
    return not named or any(_is_port(each, port, protocol, target) for each in named)


def _is_port(allowed: dict[str, Any], port: int, protocol: str, target: End) -> bool:
    if (allowed.get("protocol") or "TCP") != protocol:
        return False
    first = allowed.get("port")
    if first is None:
        return True
    if isinstance(first, str):
        return target.ports.get(first) == port
    return int(first) <= port <= int(allowed.get("endPort") or first)


def _within(address: str, block: dict[str, Any]) -> bool:
    if not address:
        return False
    ip = ipaddress.ip_address(address)
    if ip not in ipaddress.ip_network(str(block.get("cidr")), strict=False):
        return False
    return all(ip not in ipaddress.ip_network(each, strict=False) for each in block.get("except") or ())
