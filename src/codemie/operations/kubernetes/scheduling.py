"""Would a pod fit on a node, and if not, what exactly is missing? A first-fit simulation over what nodes have left."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from codemie.operations.kubernetes.kinds import Manifest
from codemie.operations.kubernetes.manifest import (
    expressed,
    labels_of,
    name_of,
    namespace_of,
    quantity,
    selects,
    shown,
    spec_of,
    status_of,
)  # fmt: skip

Amounts = dict[str, Decimal]
ZONE = "topology.kubernetes.io/zone"


@dataclass
class Node:
    """A node and what it has left; `pods` are those that count for affinity."""

    name: str
    free: Amounts
    labels: dict[str, str] = field(default_factory=dict[str, str])
    taints: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    closed: bool = False
    pods: list[Manifest] = field(default_factory=list[Manifest])


@dataclass(frozen=True)
class Obstacle:
    """Why a node does not take a pod.

    Attributes:
        kind: `resource`, or the rule that keeps it out.
        text: for people.
        missing: for a resource: how much is missing, as a share of what is asked.
    """

    kind: str
    text: str
    missing: Decimal = Decimal(0)


@dataclass(frozen=True)
class Placement:
    """Where a pod would go, or what keeps it from every node."""

    pod: Manifest
    node: str | None
    obstacles: dict[str, Obstacle]

    @property
    def reason(self) -> str:
        """One clause: the resource that is nearest to be enough, else the rule that keeps most nodes out."""
        if not self.obstacles:
            return "there are no nodes"
        short = [each for each in self.obstacles.items() if each[1].kind == "resource"]
        if short:
            name, nearest = min(short, key=lambda each: each[1].missing)
            return f"{nearest.text} on {name}, the node that comes nearest"
        kinds = [each.kind for each in self.obstacles.values()]
        most = max(dict.fromkeys(kinds), key=kinds.count)
        return next(each.text for each in self.obstacles.values() if each.kind == most)


def place(pods: Iterable[Manifest], nodes: Sequence[Node], zones: dict[str, str] | None = None) -> list[Placement]:
    """Put each pod on the first node that takes it, in order; what one takes the next does not find any more.

    Args:
        pods: that wait for a node.
        nodes: with what they have left; taken from here.
        zones: claim, as `namespace/name` → the zone its volume is in.
    """
    placements: list[Placement] = []
    for pod in pods:
        obstacles: dict[str, Obstacle] = {}
        for node in nodes:
            hindered = obstacle(pod, node, nodes, zones or {})
            if hindered is None:
                _take(pod, node)
                placements.append(Placement(pod, node.name, obstacles))
                break
            obstacles[node.name] = hindered
        else:
            placements.append(Placement(pod, None, obstacles))
    return placements


def _take(pod: Manifest, node: Node) -> None:
    for resource, amount in requests_of(pod).items():
        node.free[resource] = node.free.get(resource, Decimal(0)) - amount
    node.pods.append(pod)


def obstacle(pod: Manifest, node: Node, nodes: Sequence[Node], zones: dict[str, str]) -> Obstacle | None:
    """What keeps this pod from this node; None where nothing does."""
    return (
        _closed(node)
        or _selector(pod, node)
        or _node_affinity(pod, node)
        or _taint(pod, node)
        or _zone(pod, node, zones)
        or _neighbours(pod, node, nodes)
        or _resources(pod, node)
    )


def requests_of(pod: Manifest) -> Amounts:
    """What a pod takes of a node: its containers together, or its largest init container, and one place."""
    if status_of(pod).get("phase") in {"Succeeded", "Failed"}:
        return {}
    spec = spec_of(pod)
    total: Amounts = {}
    for container in spec.get("containers") or ():
        for resource, amount in _requests(container).items():
            total[resource] = total.get(resource, Decimal(0)) + amount
    for container in spec.get("initContainers") or ():
        for resource, amount in _requests(container).items():
            total[resource] = max(total.get(resource, Decimal(0)), amount)
    for resource, amount in (spec.get("overhead") or {}).items():
        total[resource] = total.get(resource, Decimal(0)) + quantity(amount)
    return {**total, "pods": Decimal(1)}


def _requests(container: Manifest) -> Amounts:
    resources = container.get("resources") or {}
    # The API server fills in limits where requests are missing; a planned pod has not been there yet.
    asked = {**(resources.get("limits") or {}), **(resources.get("requests") or {})}
    return {resource: quantity(amount) for resource, amount in asked.items()}


def nodes_with_room(nodes: Iterable[Manifest], pods: Iterable[Manifest]) -> list[Node]:
    """The nodes that are ready, with what the pods on them leave."""
    made: dict[str, Node] = {}
    for node in nodes:
        free = {each: quantity(amount) for each, amount in (status_of(node).get("allocatable") or {}).items()}
        spec = spec_of(node)
        taints: list[dict[str, Any]] = [*(spec.get("taints") or ())]
        made[name_of(node)] = Node(name_of(node), free, labels_of(node), taints, bool(spec.get("unschedulable")))
    for pod in pods:
        node = made.get(str(spec_of(pod).get("nodeName")))
        if node and status_of(pod).get("phase") not in {"Succeeded", "Failed"}:
            _take(pod, node)
    return list(made.values())


def _closed(node: Node) -> Obstacle | None:
    return Obstacle("closed", f"{node.name} takes no new pods: it is cordoned") if node.closed else None


def _selector(pod: Manifest, node: Node) -> Obstacle | None:
    for key, value in (spec_of(pod).get("nodeSelector") or {}).items():
        if node.labels.get(key) != value:
            return Obstacle("selector", f"no node has the label {key}={value} of its nodeSelector")
    return None


def _node_affinity(pod: Manifest, node: Node) -> Obstacle | None:
    rule = ((spec_of(pod).get("affinity") or {}).get("nodeAffinity") or {}).get(
        "requiredDuringSchedulingIgnoredDuringExecution"
    )
    if not rule:
        return None
    terms = rule.get("nodeSelectorTerms") or []
    fields = {"metadata.name": node.name}
    if any(_term_holds(term, node.labels, fields) for term in terms):
        return None
    wanted = [each for term in terms for each in (term.get("matchExpressions") or term.get("matchFields") or ())]
    text = ", ".join(
        f"{each.get('key')} {each.get('operator')} {','.join(each.get('values') or ())}" for each in wanted
    )
    return Obstacle("affinity", f"no node holds its node affinity: {text.strip() or 'no term'}")


def _term_holds(term: dict[str, Any], labels: dict[str, str], fields: dict[str, str]) -> bool:
    expressions, named = term.get("matchExpressions") or (), term.get("matchFields") or ()
    if not expressions and not named:
        return False
    return all(expressed(each, labels) for each in expressions) and all(expressed(each, fields) for each in named)


def _taint(pod: Manifest, node: Node) -> Obstacle | None:
    tolerations = spec_of(pod).get("tolerations") or ()
    for taint in node.taints:
        if taint.get("effect") != "PreferNoSchedule" and not any(_tolerates(each, taint) for each in tolerations):
            value = f"={taint['value']}" if taint.get("value") else ""
            text = f"{taint.get('key')}{value}:{taint.get('effect')}"
            return Obstacle("taint", f"it does not tolerate the taint {text} of {node.name}")
    return None


def _tolerates(toleration: dict[str, Any], taint: dict[str, Any]) -> bool:
    if toleration.get("effect") not in {None, "", taint.get("effect")}:
        return False
    if toleration.get("operator") == "Exists":
        return not toleration.get("key") or toleration["key"] == taint.get("key")
    return toleration.get("key") == taint.get("key") and (toleration.get("value") or "") == (taint.get("value") or "")


def _zone(pod: Manifest, node: Node, zones: dict[str, str]) -> Obstacle | None:
    for claim in claims_of(pod):
        zone = zones.get(claim)
        if zone and node.labels.get(ZONE) != zone:
            return Obstacle("zone", f"the volume of {claim} is in zone {zone}, where no node has room for it")
    return None


def claims_of(pod: Manifest) -> list[str]:
    """The claims it mounts, as `namespace/name`."""
    volumes = spec_of(pod).get("volumes") or ()
    named = [(each.get("persistentVolumeClaim") or {}).get("claimName") for each in volumes]
    return [f"{namespace_of(pod)}/{name}" for name in named if name]


def _neighbours(pod: Manifest, node: Node, nodes: Sequence[Node]) -> Obstacle | None:
    affinity = spec_of(pod).get("affinity") or {}
    for rule, wanted in (("podAntiAffinity", False), ("podAffinity", True)):
        required = (affinity.get(rule) or {}).get("requiredDuringSchedulingIgnoredDuringExecution") or ()
        for term in required:
            key = str(term.get("topologyKey"))
            near = [each for other in nodes if _together(node, other, key) for each in other.pods]
            chosen = term.get("namespaces") or [namespace_of(pod)]
            there = any(
                namespace_of(each) in chosen and selects(term.get("labelSelector"), labels_of(each)) for each in near
            )
            # The first of a group that wants to be together has nobody to join.
            if wanted and not there and selects(term.get("labelSelector"), labels_of(pod)):
                continue
            if there is not wanted:
                verb = "must stand beside" if wanted else "must not stand beside"
                return Obstacle(rule, f"it {verb} certain pods in one {key} ({rule}), and no node is left for that")
    return None


def _together(one: Node, other: Node, key: str) -> bool:
    return one is other or (key in one.labels and one.labels[key] == other.labels.get(key))


def _resources(pod: Manifest, node: Node) -> Obstacle | None:
    lacking: list[tuple[Decimal, str]] = []
    for resource, amount in requests_of(pod).items():
        free = node.free.get(resource, Decimal(0))
        if amount > free:
            text = f"{resource}: {shown(resource, amount)} asked, {shown(resource, max(free, Decimal(0)))} free"
            lacking.append(((amount - free) / amount, f"{text}, {shown(resource, amount - free)} missing"))
    if not lacking:
        return None
    return Obstacle("resource", "; ".join(text for _, text in lacking), max(share for share, _ in lacking))
