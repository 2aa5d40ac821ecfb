"""Checks of what the cluster has for the chart: room, volumes, a way in, certificates and measurements."""

from decimal import Decimal

from codemie.checks.check import Check, Severity, check
from codemie.checks.report import Finding, Status, failed, passed, skipped, unknown, warned
from codemie.operations.kubernetes.cluster import Cluster
from codemie.operations.kubernetes.kinds import (
    INGRESS_CLASSES,
    ISSUERS,
    NODE_METRICS,
    NODES,
    PODS,
    QUOTAS,
    SERVICES,
    STORAGE_CLASSES,
    Manifest,
)  # fmt: skip
from codemie.operations.kubernetes.manifest import (
    condition,
    name_of,
    namespace_of,
    quantity,
    shown,
    spec_of,
    status_of,
)  # fmt: skip
from codemie.operations.kubernetes.nodes import is_ready
from codemie.operations.kubernetes.scheduling import Node, nodes_with_room, place, requests_of
from codemie.operations.kubernetes.storage import DEFAULT_CLASS
from codemie.operations.preflight.chart import Chart
from codemie.operations.preflight.planned_nodes import planned
from codemie.operations.preflight.value_checks import Inputs

DEFAULT_INGRESS_CLASS = "ingressclass.kubernetes.io/is-default-class"
_NEEDS = ("cluster.api", "chart.renders")
_CLOUDS = ("aws://", "azure://", "gce://", "openstack://", "digitalocean://")
_NLB = "service.k8s.aws/nlb"
_LB_QUOTA = "services.loadbalancers"


@check(
    "cluster.capacity",
    title="The nodes have room for all pods of the chart",
    symptom="Pods stay Pending, with the event FailedScheduling.",
    remedy=(
        "Add a node, or use larger ones; or lower resources.requests in the values",
        "Where an autoscaler adds nodes, see that its limit and its kinds of machines allow for what is missing",
    ),
    faq=("F43",),
    needs=_NEEDS,
)
async def capacity(cluster: Cluster, chart: Chart) -> Finding:
    """No node has enough left of what a pod asks for, or the rules of nodes and pods exclude each other."""
    nodes = [each for each in await cluster.everywhere(NODES) if is_ready(each)]
    others = [each for each in await cluster.everywhere(PODS) if not chart.is_ours(each)]
    return _placed(chart.pods(), nodes_with_room(nodes, others))


@check(
    "cluster.planned_room",
    title="The nodes that Terraform would make have room for all pods of the chart",
    symptom="The cluster is there, and pods stay Pending.",
    remedy=(
        "Plan more or larger nodes in the values for Terraform, or lower resources.requests in those of the chart",
    ),
    faq=("F43",),
    needs=("chart.renders",),
)
async def planned_room(inputs: Inputs, chart: Chart) -> Finding:
    """The kind or the number of nodes in the values does not fit to what the chart asks for."""
    judged = inputs.judgement
    nodes, strange = planned(judged.cloud, judged.final)
    if strange:
        return unknown(
            f"How large {', '.join(strange)} is, is not known here", "Compare the pods with its size yourself"
        )
    if not nodes:
        return skipped("the stack is not one of ours")
    found = _placed(chart.pods(), nodes)
    kinds = ", ".join(dict.fromkeys(node.name.partition(" ")[0] for node in nodes))
    if found.status is Status.FAIL:
        return failed(
            f"Of {len(nodes)} planned nodes ({kinds}): {found.detail}", *planned_room.remedy, **found.evidence
        )
    return passed(f"{found.detail}, as they are planned ({kinds})")


def _placed(pods: list[Manifest], nodes: list[Node]) -> Finding:
    placed = place(pods, nodes)
    if without := [each for each in placed if each.node is None]:
        seen = {name_of(each.pod): each.reason for each in without[:10]}
        first = without[0]
        reason = f"{len(without)} of {len(pods)} pods fit on no node: {name_of(first.pod)}: {first.reason}"
        return failed(reason, *capacity.remedy, **seen)
    asked = _asked(pods)
    told = ", ".join(f"{shown(each, asked.get(each, Decimal(0)))} of {each}" for each in ("cpu", "memory"))
    return passed(f"All {len(pods)} pods fit on {len(nodes)} nodes: they ask for {told}")


@check(
    "cluster.quota",
    title="The quota of the namespace allows for all pods of the chart",
    symptom="Deployments stay at 0 pods: exceeded quota.",
    remedy=("Let an administrator raise the quota, or lower replicas and resources in the values",),
    faq=("F44",),
    needs=_NEEDS,
)
async def quota(cluster: Cluster, chart: Chart) -> Finding:
    """A ResourceQuota of the namespace leaves less than what the pods ask for together."""
    asked = _asked(chart.pods()) | {_LB_QUOTA: Decimal(len(_balanced(chart)))}
    # What runs of this release makes room for what comes.
    freed = _asked([each for each in await cluster.within(PODS, chart.namespace) if chart.is_ours(each)])
    lacking: dict[str, str] = {}
    for each in await cluster.within(QUOTAS, chart.namespace):
        hard, used = status_of(each).get("hard") or {}, status_of(each).get("used") or {}
        for name in hard.keys() & asked.keys():
            left = quantity(hard[name]) - max(quantity(used.get(name, 0)) - freed.get(name, Decimal(0)), Decimal(0))
            if asked[name] > left:
                resource = name.removeprefix("requests.")
                said = f"{shown(resource, asked[name])} asked, {shown(resource, left)} left"
                lacking[f"{name_of(each)}: {name}"] = said
    if lacking:
        name, said = min(lacking.items())
        return failed(f"The quota {name}: {said}", *quota.remedy, **lacking)
    return passed("No quota is in the way")


def _asked(pods: list[Manifest]) -> dict[str, Decimal]:
    """What pods ask for together, by the names that quotas have for it."""
    found: dict[str, Decimal] = {}
    for pod in pods:
        for resource, amount in requests_of(pod).items():
            names = {resource, f"requests.{resource}"} if resource != "pods" else {resource}
            found |= {name: found.get(name, Decimal(0)) + amount for name in names}
    return found


@check(
    "cluster.storage",
    title="Volumes of the chart have a storage class",
    symptom="Pods with a disk stay Pending: no persistent volumes available.",
    remedy=(
        f"Mark the default: kubectl annotate storageclass NAME {DEFAULT_CLASS}=true",
        "Or name one in postgresql.storage.className",
    ),
    faq=("F52",),
    needs=_NEEDS,
)
async def storage(cluster: Cluster, chart: Chart) -> Finding:
    """The class that the values name is not there, or they name none and the cluster has no default."""
    claims = chart.claims()
    if not claims:
        return skipped("the chart asks for no volume")
    classes = {name_of(each): each for each in await cluster.everywhere(STORAGE_CLASSES)}
    default = [name for name, each in classes.items() if _is_marked(each, DEFAULT_CLASS)]
    there = ", ".join(classes) or "none"
    for claim, wanted in claims:
        if wanted and wanted not in classes:
            return failed(f"There is no storage class {wanted} for {claim}; there are: {there}", *storage.remedy[::-1])
        if not wanted and not default:
            said = f"No storage class is the default, and {claim} names none; there are: {there}"
            return failed(said, *storage.remedy)
    return passed(", ".join(f"{claim}: {wanted or default[0]}" for claim, wanted in claims))


def _is_marked(each: Manifest, annotation: str) -> bool:
    return ((each.get("metadata") or {}).get("annotations") or {}).get(annotation) == "true"


@check(
    "cluster.ingress_class",
    title="Somebody serves the ingress of the chart",
    symptom="The ingress gets no address, and the name leads nowhere.",
    remedy=("Install an ingress controller, or name one of the classes in ingress.className",),
    faq=("F62",),
    needs=_NEEDS,
)
async def ingress_class(cluster: Cluster, chart: Chart) -> Finding:
    """There is no ingress controller, or it goes by another class than the values name."""
    ingresses = chart.of("Ingress")
    if not ingresses:
        return skipped("the chart makes no ingress")
    classes = {name_of(each): each for each in await cluster.everywhere(INGRESS_CLASSES)}
    mark = "ingressclass.kubernetes.io/is-default-class"
    default = [
        name for name, each in classes.items() if (each["metadata"].get("annotations") or {}).get(mark) == "true"
    ]
    for each in ingresses:
        wanted = str(spec_of(each).get("ingressClassName") or "")
        if (wanted and wanted not in classes) or not (wanted or default):
            none = "The ingress names no class, and none is the default"
            said = f"There is no ingress class {wanted}" if wanted else none
            return failed(f"{said}; there are: {', '.join(classes) or 'none'}", *ingress_class.remedy)
    return passed(", ".join(sorted({str(spec_of(each).get("ingressClassName") or default[0]) for each in ingresses})))


@check(
    "cluster.load_balancer",
    title="The cluster makes a load balancer for agents",
    symptom="The service of agents stays without an external address.",
    remedy=(
        "On AWS: install the AWS Load Balancer Controller; elsewhere the cloud's controller, or MetalLB",
        "Or leave plugins.loadBalancer out: agents connect as a WebSocket through the ingress",
    ),
    severity=Severity.MAJOR,
    faq=("F25", "F62"),
    needs=_NEEDS,
)
async def load_balancer(cluster: Cluster, chart: Chart) -> Finding:
    """Nothing in the cluster makes load balancers, as on machines of one's own, or not of the class that is wanted."""
    wanted = _balanced(chart)
    if not wanted:
        return skipped("the chart asks for no load balancer")
    if any(spec_of(each).get("loadBalancerClass") == _NLB for each in wanted):
        if await cluster.knows("elbv2.k8s.aws/v1beta1"):
            return passed("The AWS Load Balancer Controller is there")
        return failed("The service is for the AWS Load Balancer Controller, which is not there", *load_balancer.remedy)
    services = [each for each in await cluster.everywhere(SERVICES) if spec_of(each).get("type") == "LoadBalancer"]
    if maker := await _maker(cluster, services):
        return passed(maker)
    waiting = ", ".join(f"{namespace_of(each)}/{name_of(each)}" for each in services)
    if waiting:
        return failed(f"Nothing makes load balancers: {waiting} waits for one", *load_balancer.remedy)
    return warned("Nothing is to be seen that makes load balancers", *load_balancer.remedy)


async def _maker(cluster: Cluster, services: list[Manifest]) -> str:
    """By what it is seen that load balancers are made; empty where nothing shows it."""
    for each in services:
        if (status_of(each).get("loadBalancer") or {}).get("ingress"):
            return f"{namespace_of(each)}/{name_of(each)} has one already"
    if await cluster.knows("metallb.io/v1beta1"):
        return "MetalLB makes load balancers"
    machines = [str(spec_of(each).get("providerID") or "") for each in await cluster.everywhere(NODES)]
    return "The cloud of the nodes makes load balancers" if any(map(_is_of_a_cloud, machines)) else ""


def _is_of_a_cloud(machine: str) -> bool:
    return machine.startswith(_CLOUDS)


def _balanced(chart: Chart) -> list[Manifest]:
    return [each for each in chart.of("Service") if spec_of(each).get("type") == "LoadBalancer"]


@check(
    "cluster.issuer",
    title="The issuer of certificates is there and ready",
    symptom="The certificate stays without its secret, and browsers warn.",
    remedy=("List them: kubectl get clusterissuers", "Name one of them in tls.cluster_issuer"),
    faq=("F58",),
    needs=("cluster.kinds",),
)
async def issuer(cluster: Cluster, chart: Chart) -> Finding:
    """The values name an issuer of cert-manager that nobody made, or one that cannot sign."""
    wanted = sorted(chart.issuers())
    if not wanted:
        return skipped("the values name no issuer")
    there = {name_of(each): each for each in await cluster.everywhere(ISSUERS)}
    for name in wanted:
        if name not in there:
            return failed(f"There is no ClusterIssuer {name}; there are: {', '.join(there) or 'none'}", *issuer.remedy)
        state = condition(there[name], "Ready")
        if state.get("status") != "True":
            said = state.get("message") or "it does not say why"
            return failed(f"The ClusterIssuer {name} is not ready: {said}", f"kubectl describe clusterissuer {name}")
    return passed(f"{', '.join(wanted)} is ready")


@check(
    "cluster.metrics",
    title="The cluster measures what replicas are scaled by",
    symptom="The number of replicas never changes: failed to get cpu utilization.",
    remedy=("Install metrics-server: https://github.com/kubernetes-sigs/metrics-server",),
    severity=Severity.MINOR,
    faq=("F44",),
    needs=_NEEDS,
)
async def metrics(cluster: Cluster, chart: Chart) -> Finding:
    """The chart scales by processor time, and the cluster has no metrics API."""
    scaled = [
        name_of(each)
        for each in chart.of("HorizontalPodAutoscaler")
        if any(one.get("type") == "Resource" for one in spec_of(each).get("metrics") or ())
    ]
    if not scaled:
        return skipped("nothing is scaled by processor time")
    if await cluster.offered(NODE_METRICS) is None:
        return warned(f"There is no metrics API, which {', '.join(scaled)} needs", *metrics.remedy)
    return passed("It has a metrics API")


CHECKS: tuple[Check, ...] = (capacity, planned_room, quota, storage, ingress_class, load_balancer, issuer, metrics)
