"""Checks of what a cluster itself needs: names, the network of pods, disks."""

from dataclasses import dataclass

from codemie.checks.check import check
from codemie.checks.report import Finding, failed, passed, skipped, unknown, warned
from codemie.operations.kubernetes.cluster import Cluster
from codemie.operations.kubernetes.kinds import (
    CLAIMS,
    CSI_DRIVERS,
    DAEMON_SETS,
    DEPLOYMENTS,
    PODS,
    SERVICES,
    STORAGE_CLASSES,
    Manifest,
)  # fmt: skip
from codemie.operations.kubernetes.manifest import condition, labels_of, name_of, namespace_of, spec_of, status_of

SYSTEM = "kube-system"
_PLACES = {SYSTEM, "calico-system", "cilium", "kube-flannel"}
"""Namespaces where the network of pods is installed."""


@dataclass(frozen=True)
class Addon:
    """A part of the cluster: how its workloads are called, and what stops without it."""

    what: str
    names: tuple[str, ...]
    without: str


ADDONS = (
    Addon("DNS", ("coredns", "kube-dns", "rke2-coredns"), "no pod can resolve a name"),
    Addon("kube-proxy", ("kube-proxy",), "services lead nowhere"),
    Addon(
        "pod network",
        (
            "aws-node",
            "azure-cni",
            "azure-npm",
            "cilium",
            "calico-node",
            "kindnet",
            "kube-flannel",
            "weave-net",
            "antrea",
        ),
        "new pods get no address",
    ),
    Addon("disks", ("ebs-csi", "csi-azuredisk", "pdcsi-node", "csi-"), "claims get no volume"),
)


def _ready(workload: Manifest) -> tuple[int, int]:
    """Ready and wanted."""
    status = status_of(workload)
    if "desiredNumberScheduled" in status:
        return status.get("numberReady", 0), status["desiredNumberScheduled"]
    return status.get("readyReplicas", 0), spec_of(workload).get("replicas", 1)


@check(
    "k8s.addons",
    title="DNS, pod network and disks of the cluster work",
    symptom="New pods hang in ContainerCreating, or names do not resolve.",
    remedy=(
        "See them: kubectl -n kube-system get pods",
        "Look at the state of the add-ons in the console of your cloud, and at free addresses in the subnets",
    ),
    faq=("F47",),
    needs=("k8s.nodes.ready",),
)
async def addons(cluster: Cluster) -> Finding:
    """An add-on was upgraded to a version that does not fit, has no room on the nodes, or lacks rights in the cloud."""
    daemons = [each for each in await cluster.everywhere(DAEMON_SETS) if namespace_of(each) in _PLACES]
    workloads = [*daemons, *await cluster.within(DEPLOYMENTS, SYSTEM)]
    seen: dict[str, str] = {}
    for addon in ADDONS:
        for each in workloads:
            if not name_of(each).startswith(addon.names):
                continue
            ready, wanted = _ready(each)
            seen[name_of(each)] = f"{ready} of {wanted} ready"
            # All pods of DNS being away is what dns.incluster reports.
            if ready < wanted and not (addon.what == "DNS" and not ready):
                return failed(
                    f"{addon.what}: {name_of(each)} has {ready} of {wanted} pods ready, so {addon.without}",
                    f"kubectl -n {namespace_of(each)} describe pods{_selecting(each)}",
                    addons.remedy[1],
                    **seen,
                )
    if not seen:
        return unknown("None of the add-ons that are known here was found", *addons.remedy)
    return await _drivers(cluster) or passed(f"{len(seen)} add-ons are ready", **seen)


def _selecting(workload: Manifest) -> str:
    labels = (spec_of(workload).get("selector") or {}).get("matchLabels") or {}
    return f" -l {','.join(f'{key}={value}' for key, value in labels.items())}" if labels else ""


async def _drivers(cluster: Cluster) -> Finding | None:
    """A class whose driver is not installed, where a claim asks for it."""
    drivers = {name_of(each) for each in await cluster.everywhere(CSI_DRIVERS)}
    asked = {spec_of(each).get("storageClassName") for each in await cluster.ours(CLAIMS)}
    for each in await cluster.everywhere(STORAGE_CLASSES):
        provisioner = str(each.get("provisioner"))
        if name_of(each) in asked and provisioner not in drivers and not provisioner.startswith("kubernetes.io/"):
            return warned(
                f"The class {name_of(each)} needs the driver {provisioner}, which is not installed",
                f"Install the driver {provisioner} as an add-on of the cluster",
            )
    return None


@check(
    "dns.incluster",
    title="The cluster's own DNS answers",
    symptom="Pods end with `Name or service not known`.",
    remedy=(
        "See its pods: kubectl -n kube-system get pods -l k8s-app=kube-dns",
        "Read: kubectl -n kube-system logs -l k8s-app=kube-dns",
    ),
    faq=("F47",),
    needs=("k8s.nodes.ready",),
)
async def incluster(cluster: Cluster) -> Finding:
    """Its pods are not ready, or the service that all pods ask selects none of them."""
    services = [each for each in await cluster.within(SERVICES, SYSTEM) if name_of(each) in {"kube-dns", "coredns"}]
    if not services:
        return skipped("The cluster has no service kube-dns: it resolves names in another way")
    selector = spec_of(services[0]).get("selector") or {}
    pods = [
        each
        for each in await cluster.everywhere(PODS)
        if namespace_of(each) == SYSTEM and selector and selector.items() <= labels_of(each).items()
    ]
    ready = [each for each in pods if condition(each, "Ready").get("status") == "True"]
    if ready:
        return passed(f"{len(ready)} of {len(pods)} pods behind {name_of(services[0])} answer")
    labels = ",".join(f"{key}={value}" for key, value in selector.items())
    return failed(
        f"None of {len(pods)} pods behind the service {name_of(services[0])} is ready",
        f"kubectl -n {SYSTEM} describe pods -l {labels}",
        f"kubectl -n {SYSTEM} rollout restart deployment {name_of(services[0])}",
    )


CHECKS = (addons, incluster)
