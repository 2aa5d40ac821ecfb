"""The check of network policies: every connection that the platform needs is allowed."""

from collections.abc import Iterator
from dataclasses import dataclass

from codemie.checks.check import check
from codemie.checks.report import Finding, failed, passed, unknown
from codemie.checks.sources import Unobservable
from codemie.operations.kubernetes.cluster import Cluster
from codemie.operations.kubernetes.database import Database, database
from codemie.operations.kubernetes.kinds import NAMESPACES, PODS, POLICIES, Manifest
from codemie.operations.kubernetes.manifest import labels_of, name_of, namespace_of, spec_of, status_of
from codemie.operations.kubernetes.policies import End, Policies

COMPONENT, NAME = "app.kubernetes.io/component", "app.kubernetes.io/name"
OF_PLATFORM = ("api", "worker")
DNS = "dns"

FLOWS: tuple[tuple[str, str, int, str], ...] = (
    *((who, DNS, 53, "UDP") for who in ("api", "worker", "nats", "migrate", "keycloak", "oauth2-proxy")),
    *((who, "nats", 4222, "TCP") for who in OF_PLATFORM),
    *((who, "postgresql", 5432, "TCP") for who in (*OF_PLATFORM, "migrate", "keycloak")),
    ("api", "keycloak", 8080, "TCP"),
    ("oauth2-proxy", "keycloak", 8080, "TCP"),
    ("ingress", "api", 8080, "TCP"),
    ("ingress", "oauth2-proxy", 4180, "TCP"),
    ("ingress", "keycloak", 8080, "TCP"),
    ("prometheus", "api", 8080, "TCP"),
)
"""From, to, port, protocol. A flow whose ends are not both in the cluster is left out."""


@dataclass(frozen=True)
class Forbidden:
    """A connection that is needed and not allowed."""

    source: str
    target: str
    port: int
    side: str
    policies: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """For people."""
        return f"{self.source} may not reach {self.target} at {self.port}: no {self.side} rule allows it"


def role_of(pod: Manifest, ours: tuple[str, ...]) -> str:
    """What a pod is in the matrix; empty where it has no part in it."""
    labels = labels_of(pod)
    if labels.get("k8s-app") in {"kube-dns", "coredns"}:
        return DNS
    name = labels.get(NAME, "")
    if name in {"ingress-nginx", "traefik"} and labels.get(COMPONENT, "controller") == "controller":
        return "ingress"
    if name in {"prometheus", "oauth2-proxy", "keycloak"}:
        return name
    return labels.get(COMPONENT, "") if namespace_of(pod) in ours else ""


def _ports(pod: Manifest) -> dict[str, int]:
    return {
        str(port["name"]): int(port["containerPort"])
        for container in spec_of(pod).get("containers") or ()
        for port in container.get("ports") or ()
        if port.get("name")
    }


def _ends(pods: list[Manifest], ours: tuple[str, ...]) -> dict[str, End]:
    """One pod for each role: those of a role have the same labels."""
    ends: dict[str, End] = {}
    for pod in pods:
        role = role_of(pod, ours)
        if role and role not in ends:
            ends[role] = End(namespace_of(pod), labels_of(pod), str(status_of(pod).get("podIP") or ""), _ports(pod))
    return ends


def forbidden(policies: Policies, ends: dict[str, End]) -> Iterator[Forbidden]:
    """The flows that are not allowed."""
    for source, target, port, protocol in FLOWS:
        if source in ends and target in ends:
            verdict = policies.judge(ends[source], ends[target], port, protocol)
            if not verdict.allowed:
                yield Forbidden(source, target, port, verdict.side, verdict.policies)


def cut_off(policies: Policies, ends: dict[str, End], place: Database) -> Iterator[Forbidden]:
    """Who may not reach a database outside the cluster."""
    for source in (*OF_PLATFORM, "migrate"):
        if source not in ends:
            continue
        if place.address:
            verdict = policies.judge(ends[source], End(address=place.address), place.port)
        else:
            verdict = policies.outward(ends[source], place.port)
        if not verdict.allowed:
            yield Forbidden(source, "the database outside the cluster", place.port, verdict.side, verdict.policies)


@check(
    "k8s.netpol",
    title="Network policies allow what the platform needs",
    symptom="Pods wait for each other: names do not resolve, or connections time out.",
    remedy=(
        "Set networkPolicy.ingressFrom, .dns and .extraEgress in the values for what your cluster does otherwise",
        "See them: kubectl get networkpolicy",
    ),
    faq=("F46",),
    needs=("k8s.namespace",),
)
async def netpol(cluster: Cluster) -> Finding:
    """A policy of the namespace denies all by default, and none of the others names this connection."""
    policies = await cluster.ours(POLICIES)
    pods = await cluster.everywhere(PODS)
    namespaces = {name_of(each): labels_of(each) for each in await cluster.everywhere(NAMESPACES)}
    ends = _ends(pods, cluster.namespaces)
    others, hidden = await _of_others(cluster, {end.namespace for end in ends.values()})
    rules = Policies([*policies, *others], namespaces)
    place = None if "postgresql" in ends else await database(cluster)
    outside = list(cut_off(rules, ends, place)) if place else []
    blocked = [*forbidden(rules, ends), *(outside if place and place.is_known else ())]
    if outside and place and not blocked:
        return unknown(
            f"No policy lets the pods out to port {place.port}, and where the database is may not be read",
            "Compare database.port and database.cidrs of the values with the address in the secret",
        )
    if not blocked:
        return _allowed(len(policies), ends, hidden)
    first = next((each for each in blocked if each.target == DNS), blocked[0])
    remedy = f"Add a rule for it beside {', '.join(first.policies)}"
    if first.target == DNS:
        remedy = "Allow egress to UDP and TCP 53 of kube-system, as the chart does with networkPolicy.dns"
    elif first in outside:
        remedy = "Set database.cidrs and database.port of the values to where the database is"
    why = "; a default-deny without a rule for DNS stops everything" if first.target == DNS else ""
    evidence = {f"{each.source} → {each.target}:{each.port}": ", ".join(each.policies) for each in blocked}
    return failed(f"{first.sentence}{why}", remedy, *netpol.remedy, **evidence)


def _allowed(policies: int, ends: dict[str, End], hidden: list[str]) -> Finding:
    if hidden:
        return unknown(
            f"Our own policies allow every connection; those of {', '.join(hidden)} may not be read",
            *(f"kubectl -n {each} get networkpolicy" for each in hidden),
        )
    if not policies:
        return passed("No network policy restricts the pods")
    return passed(f"{policies} policies allow every connection between {', '.join(sorted(ends))}")


async def _of_others(cluster: Cluster, namespaces: set[str]) -> tuple[list[Manifest], list[str]]:
    """Policies at the other end, and the namespaces whose policies may not be read."""
    found: list[Manifest] = []
    hidden: list[str] = []
    for namespace in sorted(namespaces - set(cluster.namespaces)):
        try:
            found += await cluster.within(POLICIES, namespace)
        except Unobservable:
            hidden.append(namespace)
    return found, hidden


CHECKS = (netpol,)
