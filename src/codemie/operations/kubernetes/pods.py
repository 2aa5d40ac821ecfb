"""Checks of pods: each names the pods with one kind of cause, so that a pod is told of once."""

from collections import Counter
from dataclasses import replace

from codemie.checks.check import check
from codemie.checks.report import Finding, failed, passed, skipped, warned
from codemie.checks.sources import Unobservable
from codemie.operations.kubernetes.cluster import Cluster
from codemie.operations.kubernetes.kinds import CLAIMS, DEPLOYMENTS, NODES, PODS, STATEFUL_SETS, VOLUMES, Manifest
from codemie.operations.kubernetes.manifest import moment, name_of, namespace_of, spec_of, status_of
from codemie.operations.kubernetes.refusals import is_quota, refusal
from codemie.operations.kubernetes.scheduling import ZONE, nodes_with_room, place
from codemie.operations.kubernetes.surroundings import surroundings
from codemie.operations.kubernetes.troubles import Trouble, blocked_by, finding, reported_by, troubles, with_logs


@check(
    "k8s.pods.schedulable",
    title="Every pod has a node that takes it",
    symptom="Pods stay Pending, with the event FailedScheduling.",
    remedy=(
        "Add a node, or use larger ones; or lower resources.requests in the values",
        "Compare nodeSelector, tolerations and affinity with the labels and taints of the nodes",
    ),
    faq=("F43",),
    needs=("k8s.nodes.ready", "k8s.namespace"),
)
async def schedulable(cluster: Cluster) -> Finding:
    """No node has enough left of what the pod asks for, or its rules and those of the nodes exclude each other."""
    waiting = await reported_by("k8s.pods.schedulable", cluster)
    if not waiting:
        return passed("Every pod has a node")
    nodes = nodes_with_room(await cluster.everywhere(NODES), await cluster.everywhere(PODS))
    placements = place([each.pod for each in waiting], nodes, await _zones(cluster))
    told: list[Trouble] = []
    for trouble, placed in zip(waiting, placements, strict=True):
        scheduler = trouble.cause.evidence["scheduler"]
        reason = f"fits on no node: {placed.reason}" if placed.node is None else f"has no node yet: {scheduler}"
        seen = {**trouble.cause.evidence, **{node: each.text for node, each in list(placed.obstacles.items())[:5]}}
        cause = replace(trouble.cause, sentence=reason, remedy=schedulable.remedy, evidence=seen)
        told.append(replace(trouble, cause=cause))
    found = finding(told, "")
    around = await surroundings(cluster)
    if all(around.told(each.pod, "TriggeredScaleUp") for each in told):
        return warned(f"{found.detail}; a node is on its way", *found.remedy, **found.evidence)
    return found


async def _zones(cluster: Cluster) -> dict[str, str]:
    volumes = {name_of(each): _zone_of(each) for each in await cluster.everywhere(VOLUMES)}
    claims = await cluster.ours(CLAIMS)
    zones = {
        f"{namespace_of(each)}/{name_of(each)}": volumes.get(spec_of(each).get("volumeName", "")) for each in claims
    }
    return {claim: zone for claim, zone in zones.items() if zone}


def _zone_of(volume: Manifest) -> str:
    required = (spec_of(volume).get("nodeAffinity") or {}).get("required") or {}
    for term in required.get("nodeSelectorTerms") or ():
        for each in term.get("matchExpressions") or ():
            if "zone" in str(each.get("key")) and each.get("values"):
                return str(each["values"][0])
    return str(((volume.get("metadata") or {}).get("labels") or {}).get(ZONE) or "")


@check(
    "k8s.pods.config",
    title="Pods find the secrets and config maps they name",
    symptom="Pods stay in CreateContainerConfigError.",
    remedy=("Add the key to the secret or config map that the message names",),
    faq=("F52",),
    needs=("k8s.namespace",),
)
async def config(cluster: Cluster) -> Finding:
    """An environment variable of the pod comes from a secret or a key that was not made, or has another name."""
    return finding(await reported_by("k8s.pods.config", cluster), "Every secret and config map is there")


@check(
    "k8s.pods.mount",
    title="Volumes of pods are mounted",
    symptom="Pods stay in ContainerCreating, with the event FailedMount.",
    remedy=(
        "Make what the message names, or correct the volume",
        "Look at the driver: kubectl get pods -n kube-system",
    ),
    faq=("F52",),
    needs=("k8s.namespace",),
)
async def mount(cluster: Cluster) -> Finding:
    """The secret or config map of a volume is not there, a disk hangs at another node, or its driver does not work."""
    return finding(await reported_by("k8s.pods.mount", cluster), "Every volume is mounted")


@check(
    "k8s.pods.oom",
    title="No container is killed for its memory",
    symptom="Replies break off and pods restart, with OOMKilled or Evicted.",
    remedy=("Raise resources.limits.memory in the values",),
    faq=("F44", "F52"),
    needs=("k8s.namespace",),
)
async def oom(cluster: Cluster) -> Finding:
    """The limit is lower than what the work needs, or the node promised more memory than it has."""
    return finding(await reported_by("k8s.pods.oom", cluster), "Nothing was killed for its memory in the last hour")


@check(
    "k8s.pods.probes",
    title="Pods answer their probes",
    symptom="Pods run but are not ready, or are restarted again and again.",
    remedy=("See why it does not answer: kubectl logs POD", "Compare the probe's path and port with the program's"),
    faq=("F52",),
    needs=("k8s.namespace",),
)
async def probes(cluster: Cluster) -> Finding:
    """The program starts too slowly, waits for something itself, or the probe asks at another path or port."""
    found = await with_logs(await reported_by("k8s.pods.probes", cluster), cluster)
    return finding(found, "Every probe is answered")


@check(
    "k8s.pods.crash",
    title="Containers stay up",
    symptom="Pods are in CrashLoopBackOff.",
    remedy=("Read why: kubectl logs POD --previous",),
    faq=("F52", "F53"),
    needs=("k8s.namespace",),
)
async def crash(cluster: Cluster) -> Finding:
    """The program refuses to start: a setting is wrong, a server does not answer, or a migration is missing."""
    found = await with_logs(await reported_by("k8s.pods.crash", cluster), cluster)
    return finding(found, "No container ends again and again")


@check(
    "k8s.pods",
    title="All pods of the installation work",
    symptom="Parts of the platform do not answer.",
    remedy=("See each with its cause: codemiectl doctor --cluster --pod '*'", "kubectl get pods"),
    faq=("F51", "F52"),
    needs=("k8s.namespace", "k8s.nodes.ready"),
)
async def pods(cluster: Cluster) -> Finding:
    """A pod does not become ready for a reason that no other check knows, or too few pods were made."""
    all_pods = await cluster.ours(PODS)
    if not all_pods:
        return failed(
            f"There are no pods in {', '.join(cluster.namespaces)}",
            "Install the chart, or name its namespace with --namespace",
        )
    found = await troubles(cluster)
    own = [each for each in found if each.cause.check == "k8s.pods"]
    if own:
        return replace(finding(own, ""), evidence=await table(cluster))
    if elsewhere := blocked_by(found):
        return elsewhere
    if missing := await _too_few(cluster):
        return missing
    phases = Counter(str(status_of(each).get("phase")) for each in all_pods)
    counted = ", ".join(f"{number} {phase}" for phase, number in phases.items())
    return passed(f"{len(all_pods)} pods: {counted}", **await table(cluster))


async def _too_few(cluster: Cluster) -> Finding | None:
    for kind, each in [
        *(("deployment", each) for each in await cluster.ours(DEPLOYMENTS)),
        *(("statefulset", each) for each in await cluster.ours(STATEFUL_SETS)),
    ]:
        wanted, there = spec_of(each).get("replicas", 1), status_of(each).get("replicas", 0)
        if there >= wanted:
            continue
        message = await refusal(cluster, each)
        if is_quota(message):
            return skipped("blocked by k8s.quota")
        return failed(
            f"The {kind} {name_of(each)} has {there} of {wanted} pods: {message or 'nothing says why'}",
            f"kubectl -n {namespace_of(each)} describe {kind} {name_of(each)}",
        )
    return None


async def table(cluster: Cluster) -> dict[str, str]:
    """Pod → phase, ready containers, restarts, age, and the cause where it does not work."""
    try:
        causes = {id(each.pod): each.cause.sentence for each in await troubles(cluster)}
        listed = sorted(await cluster.ours(PODS), key=lambda each: (namespace_of(each), name_of(each)))
    except Unobservable:
        return {}
    rows: dict[str, str] = {}
    for pod in listed:
        states = status_of(pod).get("containerStatuses") or []
        up = f"{sum(bool(each.get('ready')) for each in states)}/{len(spec_of(pod).get('containers') or ())}"
        restarts = sum(each.get("restartCount", 0) for each in states)
        began = moment((pod.get("metadata") or {}).get("creationTimestamp"))
        age = f"{(cluster.now() - began).total_seconds() // 60:.0f} min" if began else "?"
        row = f"{status_of(pod).get('phase')}, {up} ready, {restarts} restarts, {age}"
        why = causes.get(id(pod))
        rows[f"{namespace_of(pod)}/{name_of(pod)}"] = f"{row}: {why}" if why else row
    return rows


CHECKS = (pods, schedulable, config, mount, oom, probes, crash)
