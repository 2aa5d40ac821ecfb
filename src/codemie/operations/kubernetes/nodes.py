"""Checks of the nodes: they work, have room, and fit to the control plane."""

from collections import defaultdict
from decimal import Decimal

from codemie.checks.check import Severity, check
from codemie.checks.report import Finding, failed, passed, unknown, warned
from codemie.operations.kubernetes.client import ApiFailed
from codemie.operations.kubernetes.cluster import Cluster
from codemie.operations.kubernetes.kinds import NODE_METRICS, NODES, PODS, Manifest
from codemie.operations.kubernetes.manifest import condition, name_of, quantity, shown, spec_of, status_of
from codemie.operations.kubernetes.scheduling import requests_of

PRESSURES = {
    "MemoryPressure": "memory",
    "DiskPressure": "disk space",
    "PIDPressure": "process numbers",
    "NetworkUnavailable": "network",
}
BUSY = Decimal("0.9")
SKEW = 3


@check(
    "k8s.nodes.ready",
    title="Every node is ready",
    symptom="Pods stay Pending, or go away and do not come back.",
    remedy=(
        "See what the node says: kubectl describe node NAME",
        "Look at the node group in the console of your cloud: desired size, activity, a schedule that scales it to 0",
    ),
    faq=("F42",),
    needs=("k8s.api",),
)
async def ready(cluster: Cluster) -> Finding:
    """The machine is off, its kubelet has stopped, its network is not set up, or the group has no machines at all."""
    nodes = await cluster.everywhere(NODES)
    if not nodes:
        return failed("The cluster has no nodes", ready.remedy[1])
    down = {name_of(node): condition(node, "Ready") for node in nodes if not is_ready(node)}
    if down:
        name = next(iter(down))
        seen = {each: state.get("message") or state.get("reason") or "no condition" for each, state in down.items()}
        return failed(
            f"{len(down)} of {len(nodes)} nodes are not ready: {', '.join(down)}",
            f"kubectl describe node {name}",
            ready.remedy[1],
            **seen,
        )
    closed = [name_of(node) for node in nodes if spec_of(node).get("unschedulable")]
    if closed:
        return warned(
            f"All nodes are ready, but {', '.join(closed)} takes no new pods",
            f"After the maintenance: kubectl uncordon {closed[0]}",
        )
    return passed(f"{len(nodes)} nodes are ready")


def is_ready(node: Manifest) -> bool:
    """Whether its kubelet says so."""
    return condition(node, "Ready").get("status") == "True"


@check(
    "k8s.nodes.pressure",
    title="No node runs out of memory, disk or processes",
    symptom="Pods are evicted, or images cannot be unpacked.",
    remedy=("See what the node says: kubectl describe node NAME", "Use larger nodes, or more of them"),
    severity=Severity.MAJOR,
    faq=("F42", "F44"),
    needs=("k8s.nodes.ready",),
)
async def pressure(cluster: Cluster) -> Finding:
    """What runs on the node takes more than was planned, or old images and logs fill its disk."""
    pressed = {
        name_of(node): f"{what}: {condition(node, name).get('message', '')}"
        for node in await cluster.everywhere(NODES)
        for name, what in PRESSURES.items()
        if condition(node, name).get("status") == "True"
    }
    if pressed:
        name, what = next(iter(pressed.items()))
        short = what.partition(":")[0]
        return failed(f"{name} lacks {short}", f"kubectl describe node {name}", pressure.remedy[1], **pressed)
    return passed("No node reports pressure")


@check(
    "k8s.nodes.version_skew",
    title="Nodes fit to the control plane",
    symptom="After an upgrade pods behave oddly, or new features are missing.",
    remedy=("Upgrade the node groups after the control plane, one minor version at a time",),
    severity=Severity.MINOR,
    faq=("F42",),
    needs=("k8s.api",),
)
async def version_skew(cluster: Cluster) -> Finding:
    """A kubelet may be three minor versions behind the API server at most, and never ahead of it."""
    try:
        version = await cluster.api.version()
    except ApiFailed as error:
        return unknown(f"The API does not say its version: {error}", "Run again")
    control = _minor(str(version.get("gitVersion")))
    off: dict[str, str] = {}
    for node in await cluster.everywhere(NODES):
        kubelet = str((status_of(node).get("nodeInfo") or {}).get("kubeletVersion"))
        if not 0 <= control - _minor(kubelet) <= SKEW:
            off[name_of(node)] = kubelet
    if off:
        return failed(
            f"{', '.join(off)} does not fit to the control plane {version.get('gitVersion')}",
            *version_skew.remedy,
            **off,
        )
    return passed(f"Every kubelet is within {SKEW} versions of {version.get('gitVersion')}")


def _minor(version: str) -> int:
    part = version.split(".")[1] if version.count(".") else "0"
    return int("".join(filter(str.isdigit, part)) or 0)


@check(
    "k8s.nodes.usage",
    title="Nodes have processor and memory to spare",
    symptom="Everything is slow, or pods are killed.",
    remedy=("See who uses it: kubectl top pods --all-namespaces --sort-by=memory", "Use larger nodes, or more of them"),
    severity=Severity.MAJOR,
    faq=("F44",),
    needs=("k8s.nodes.ready",),
)
async def usage(cluster: Cluster) -> Finding:
    """More runs on the node than it was made for; what counts is use, not what pods asked for."""
    measured = await cluster.offered(NODE_METRICS)
    requested = await _requested(cluster)
    if not measured:
        return unknown(
            "The cluster measures no use: it has no metrics API",
            "Install metrics-server: https://github.com/kubernetes-sigs/metrics-server",
            **requested,
        )
    room = {name_of(node): status_of(node).get("allocatable") or {} for node in await cluster.everywhere(NODES)}
    busy: dict[str, str] = {}
    for each in measured:
        for resource, used in (each.get("usage") or {}).items():
            limit = quantity(room.get(name_of(each), {}).get(resource))
            if limit and quantity(used) > BUSY * limit:
                share = f"{quantity(used) / limit:.0%} of its {resource}"
                busy[name_of(each)] = f"{share} ({shown(resource, quantity(used))} of {shown(resource, limit)})"
    if busy:
        name, most = next(iter(busy.items()))
        return warned(f"{name} uses {most.partition(' (')[0]}", *usage.remedy, **busy)
    return passed(f"No node uses more than {BUSY:.0%}", **requested)


async def _requested(cluster: Cluster) -> dict[str, str]:
    """Node → what its pods asked for, as a share of what it has."""
    asked: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for pod in await cluster.everywhere(PODS):
        for resource, amount in requests_of(pod).items():
            asked[str(spec_of(pod).get("nodeName"))][resource] += amount
    said: dict[str, str] = {}
    for node in await cluster.everywhere(NODES):
        has = {each: quantity(most) for each, most in (status_of(node).get("allocatable") or {}).items()}
        shares = [f"{each} {asked[name_of(node)][each] / has[each]:.0%}" for each in ("cpu", "memory") if has.get(each)]
        said[f"requested on {name_of(node)}"] = ", ".join(shares)
    return said


CHECKS = (ready, pressure, version_skew, usage)
