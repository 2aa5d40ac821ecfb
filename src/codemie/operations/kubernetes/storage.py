"""Checks of volumes and of the limits that a namespace has."""

from decimal import Decimal

from codemie.checks.check import check
from codemie.checks.report import Finding, failed, passed, warned
from codemie.operations.kubernetes.cluster import Cluster
from codemie.operations.kubernetes.kinds import (
    CLAIMS,
    DEPLOYMENTS,
    LIMITS,
    PODS,
    QUOTAS,
    STORAGE_CLASSES,
    Manifest,
)  # fmt: skip
from codemie.operations.kubernetes.manifest import name_of, namespace_of, quantity, spec_of, status_of
from codemie.operations.kubernetes.refusals import is_quota, refusal
from codemie.operations.kubernetes.scheduling import claims_of
from codemie.operations.kubernetes.surroundings import Surroundings, surroundings

FULL = Decimal("0.9")
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


@check(
    "k8s.pvc",
    title="Every claim has its volume",
    symptom="Pods with a disk stay Pending.",
    remedy=("See why: kubectl describe pvc NAME", "List the classes: kubectl get storageclass"),
    faq=("F52",),
    needs=("k8s.namespace",),
)
async def pvc(cluster: Cluster) -> Finding:
    """The storage class does not exist or is not the default, its driver does not work, or no zone has the volume."""
    classes = {name_of(each): each for each in await cluster.everywhere(STORAGE_CLASSES)}
    around = await surroundings(cluster)
    mounted = {claim for pod in await cluster.ours(PODS) for claim in claims_of(pod)}
    waiting = [
        each
        for each in await cluster.ours(CLAIMS)
        if status_of(each).get("phase") != "Bound"
        and not (_waits_for_pod(each, classes) and f"{namespace_of(each)}/{name_of(each)}" not in mounted)
    ]
    if not waiting:
        return passed("Every claim has its volume")
    first = waiting[0]
    name, namespace = name_of(first), namespace_of(first)
    why, remedy = _why(first, classes, around)
    evidence = {f"{namespace_of(each)}/{name_of(each)}": str(status_of(each).get("phase")) for each in waiting}
    return failed(
        f"The claim {name} has no volume: {why}", remedy, f"kubectl -n {namespace} describe pvc {name}", **evidence
    )


def _waits_for_pod(claim: Manifest, classes: dict[str, Manifest]) -> bool:
    chosen = classes.get(str(spec_of(claim).get("storageClassName")), {})
    return chosen.get("volumeBindingMode") == "WaitForFirstConsumer"


def _why(claim: Manifest, classes: dict[str, Manifest], around: Surroundings) -> tuple[str, str]:
    wanted = spec_of(claim).get("storageClassName")
    there = ", ".join(classes) or "none"
    if status_of(claim).get("phase") == "Lost":
        return "its volume is lost", "Restore it from a backup"
    if not wanted:
        return (
            f"it names no storage class, and none is the default (there are: {there})",
            f"Mark one: kubectl annotate storageclass NAME {DEFAULT_CLASS}=true",
        )
    if wanted not in classes:
        return f"there is no storage class {wanted} (there are: {there})", "Name one of these in storage.className"
    message = around.told(
        claim, "ProvisioningFailed", "FailedBinding", "ExternalProvisioning", kind="PersistentVolumeClaim"
    )
    zones = classes[wanted].get("allowedTopologies")
    where = f", whose zones are {zones}" if zones else ""
    provisioner = classes[wanted].get("provisioner")
    return (
        f"the class {wanted}{where} gives none: {message or 'nothing says why'}",
        f"Look at the driver {provisioner}, its pods and its rights in the cloud: kubectl get pods -n kube-system",
    )


@check(
    "k8s.quota",
    title="Quotas and limits leave room for the pods",
    symptom="Fewer pods are made than asked for, and no pod says why.",
    remedy=("See them: kubectl describe resourcequota,limitrange", "Raise the quota, or lower resources in the values"),
    faq=("F44",),
    needs=("k8s.namespace",),
)
async def quota(cluster: Cluster) -> Finding:
    """A ResourceQuota is used up or wants requests that pods do not name; a LimitRange allows less than they ask."""
    for deployment in await cluster.ours(DEPLOYMENTS):
        if status_of(deployment).get("replicas", 0) >= spec_of(deployment).get("replicas", 1):
            continue
        message = await refusal(cluster, deployment)
        if is_quota(message):
            return failed(
                f"Pods of {name_of(deployment)} are refused: {message}",
                f"kubectl -n {namespace_of(deployment)} describe resourcequota,limitrange",
                quota.remedy[1],
            )
    full = {
        f"{name_of(each)} {resource}": f"{(status_of(each).get('used') or {}).get(resource)} of {hard}"
        for each in await cluster.ours(QUOTAS)
        for resource, hard in (status_of(each).get("hard") or {}).items()
        if quantity(hard) and quantity((status_of(each).get("used") or {}).get(resource)) >= FULL * quantity(hard)
    }
    if full:
        name, share = next(iter(full.items()))
        return warned(f"The quota {name} is almost used up: {share}", *quota.remedy, **full)
    limits = len(await cluster.ours(LIMITS))
    return passed(f"Quotas leave room, and {limits} limit ranges refuse nothing")


CHECKS = (pvc, quota)
