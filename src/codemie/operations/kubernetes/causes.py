"""Why a pod does not work: one cause for each, and which check reports it."""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from codemie.operations.kubernetes.images import pull_failure
from codemie.operations.kubernetes.kinds import Manifest
from codemie.operations.kubernetes.manifest import (
    condition,
    labels_of,
    moment,
    namespace_of,
    owner_of,
    spec_of,
    status_of,
)
from codemie.operations.kubernetes.scheduling import claims_of
from codemie.operations.kubernetes.start_errors import meaning
from codemie.operations.kubernetes.surroundings import Surroundings

PATIENCE = dt.timedelta(minutes=2)


@dataclass(frozen=True)
class Cause:
    """Why one pod does not work.

    Attributes:
        check: the check that reports it.
        sentence: what is wrong, to be read behind the pod's name.
        remedy: what to do.
        evidence: what was seen, by its source.
        container: the one whose log tells more; empty where none does.
    """

    check: str
    sentence: str
    remedy: tuple[str, ...] = ()
    evidence: dict[str, str] = field(default_factory=dict[str, str])
    container: str = ""


def cause_of(pod: Manifest, around: Surroundings) -> Cause | None:
    """The cause, or None where the pod works, has done its work, or has only just started."""
    if is_well(pod):
        return _killed_before(pod, around)
    if _is_over(pod, around):
        return None
    return next((found for look in _LOOKS if (found := look(pod, around))), None)


def is_well(pod: Manifest) -> bool:
    """Whether it has done its work, or does it."""
    phase = status_of(pod).get("phase")
    leaving = (pod.get("metadata") or {}).get("deletionTimestamp")
    return phase == "Succeeded" or (
        phase == "Running" and not leaving and condition(pod, "Ready").get("status") == "True"
    )


def _is_over(pod: Manifest, around: Surroundings) -> bool:
    """Whether it failed, and another has done its work since: its job is done, or it was evicted long ago."""
    status = status_of(pod)
    if status.get("phase") != "Failed":
        return False
    kind, _, name = owner_of(pod).partition("/")
    if kind == "Job" and f"{namespace_of(pod)}/{name}" in around.jobs_done:
        return True
    changes = [moment(each.get("lastTransitionTime")) for each in status.get("conditions") or ()]
    last = max((each for each in changes if each), default=None)
    return status.get("reason") == "Evicted" and last is not None and around.now - last >= around.window


def containers(pod: Manifest) -> Iterator[Manifest]:
    """How its containers are, those that prepare it first."""
    yield from status_of(pod).get("initContainerStatuses") or ()
    yield from status_of(pod).get("containerStatuses") or ()


def _waiting(pod: Manifest, *reasons: str) -> Iterator[tuple[Manifest, str, str]]:
    for each in containers(pod):
        state = (each.get("state") or {}).get("waiting") or {}
        if state.get("reason") in reasons:
            yield each, str(state["reason"]), str(state.get("message") or "")


def _ended(container: Manifest) -> dict[str, Any]:
    """How it ended last."""
    states = (container.get("state") or {}, container.get("lastState") or {})
    return next((state["terminated"] for state in states if state.get("terminated")), {})


def _killed_before(pod: Manifest, around: Surroundings) -> Cause | None:
    if status_of(pod).get("phase") == "Succeeded":
        return None
    found = _memory(pod, around)
    finished = [moment(_ended(each).get("finishedAt")) for each in containers(pod)]
    return found if found and any(each and around.now - each < around.window for each in finished) else None


def _node(pod: Manifest, around: Surroundings) -> Cause | None:
    node = spec_of(pod).get("nodeName")
    if node not in around.nodes_down:
        return None
    return Cause("k8s.nodes.ready", f"its node {node} is not ready", (f"kubectl describe node {node}",))


def _evicted(pod: Manifest, _: Surroundings) -> Cause | None:
    status = status_of(pod)
    if status.get("reason") != "Evicted":
        return None
    return Cause(
        "k8s.pods.oom",
        f"was evicted: {status.get('message', 'its node ran out of something')}",
        ("Ask for what it uses: raise resources.requests", "Use larger nodes, or more of them"),
    )


def _unscheduled(pod: Manifest, around: Surroundings) -> Cause | None:
    state = condition(pod, "PodScheduled")
    if state.get("status") != "False":
        return None
    message = str(state.get("message") or around.told(pod, "FailedScheduling") or state.get("reason"))
    waiting = [each for each in claims_of(pod) if each in around.claims_waiting]
    if waiting:
        return Cause("k8s.pvc", f"waits for the volume of its claim {waiting[0]}", (), {"scheduler": message})
    return Cause("k8s.pods.schedulable", "fits on no node", (), {"scheduler": message})


def _image(pod: Manifest, around: Surroundings) -> Cause | None:
    for container, reason, message in _waiting(
        pod, "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError"
    ):
        # Behind "Back-off pulling image" only the event still says why.
        told = f"{reason} {message} {around.told(pod, 'Failed')}"
        failure = pull_failure(told)
        image = container.get("image")
        return Cause(
            "image.pull", f"the image {image} {failure.sentence}", (failure.remedy,), {reason: message or told}
        )
    return None


_KEY = re.compile(r"couldn't find key (?P<key>\S+) in (?P<kind>Secret|ConfigMap) (?P<name>\S+)")
_OBJECT = re.compile(r"(?P<kind>secret|configmap)s? \"(?P<name>[^\"]+)\" not found", re.IGNORECASE)


def _configuration(pod: Manifest, _: Surroundings) -> Cause | None:
    for container, reason, message in _waiting(pod, "CreateContainerConfigError"):
        seen, where = {reason: message}, f"its container {container.get('name')}"
        namespace = pod["metadata"].get("namespace")
        if hit := _KEY.search(message):
            name = hit["name"].rpartition("/")[2]
            look = f"kubectl -n {namespace} describe {hit['kind'].lower()} {name}"
            sentence = f"{where} wants the key {hit['key']}, which the {hit['kind'].lower()} {name} does not have"
            return Cause("k8s.pods.config", sentence, (f"Add the key {hit['key']}; see which there are: {look}",), seen)
        if hit := _OBJECT.search(message):
            kind = hit["kind"].lower()
            sentence = f"{where} wants the {kind} {hit['name']}, which is not there"
            return Cause("k8s.pods.config", sentence, (f"Make it: kubectl -n {namespace} create {kind} …",), seen)
        return Cause(
            "k8s.pods.config", f"{where} cannot be configured: {message}", ("Correct what the message names",), seen
        )
    return None


def _mount(pod: Manifest, around: Surroundings) -> Cause | None:
    message = around.told(pod, "FailedMount", "FailedAttachVolume", "FailedMapVolume")
    if not message or not list(_waiting(pod, "ContainerCreating", "PodInitializing")):
        return None
    remedy = "Look at the volume's claim and its driver: kubectl get pvc,volumeattachments"
    if hit := _OBJECT.search(message):
        remedy = f"Make the {hit['kind'].lower()} {hit['name']}, or correct the volume that names it"
    elif "Multi-Attach" in message:
        remedy = "The volume is still at another node: delete the old pod, or wait six minutes for the detach"
    return Cause("k8s.pods.mount", f"a volume cannot be mounted: {message}", (remedy,), {"event": message})


def _memory(pod: Manifest, _: Surroundings) -> Cause | None:
    for each in containers(pod):
        if _ended(each).get("reason") == "OOMKilled":
            name = each.get("name")
            limit = _limit(pod, str(name))
            sentence = f"its container {name} was killed for its memory (exit code 137, limit {limit})"
            return Cause("k8s.pods.oom", sentence, (f"Raise resources.limits.memory of {name}, now {limit}",))
    return None


def _limit(pod: Manifest, name: str) -> str:
    spec = spec_of(pod)
    for each in [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]:
        if each.get("name") == name:
            return str(((each.get("resources") or {}).get("limits") or {}).get("memory") or "none")
    return "none"


def _probe(pod: Manifest, around: Surroundings) -> Cause | None:
    message = around.told(pod, "Unhealthy")
    started = _waiting(pod, "CrashLoopBackOff", "ContainerCreating", "PodInitializing")
    if not message or (next(started, None) and not message.startswith(("Liveness", "Startup"))):
        return None
    kind = message.partition(" ")[0].lower()
    failing = next((each for each in containers(pod) if not each.get("ready")), {})
    name = str(failing.get("name") or "")
    asked = _asked(pod, name, kind)
    log = f"kubectl -n {pod['metadata'].get('namespace')} logs {pod['metadata']['name']} -c {name}"
    return Cause(
        "k8s.pods.probes",
        f"the {kind} probe of {name} fails: {message.partition(': ')[2] or message}",
        (
            f"See why it does not answer: {log}",
            f"Compare the {kind}Probe with what the program offers: {asked}",
        ),
        {"event": message, "probe": asked},
        name,
    )


def _asked(pod: Manifest, name: str, kind: str) -> str:
    for each in spec_of(pod).get("containers") or ():
        probe = each.get(f"{kind}Probe") or {}
        if each.get("name") == name and probe:
            http = probe.get("httpGet")
            if http:
                return f"GET {http.get('path', '/')} at port {http.get('port')}"
            program = (probe.get("exec") or {}).get("command")
            return " ".join(program) if program else f"TCP at port {(probe.get('tcpSocket') or {}).get('port')}"
    return "none"


def _crash(pod: Manifest, _: Surroundings) -> Cause | None:
    for each in containers(pod):
        waiting = ((each.get("state") or {}).get("waiting") or {}).get("reason")
        ended = _ended(each)
        broken = waiting in {"CrashLoopBackOff", "RunContainerError", "CreateContainerError", "StartError"}
        if not broken and not ended.get("exitCode"):
            continue
        name, message = str(each.get("name")), str(ended.get("message") or "")
        code = meaning(ended.get("exitCode"))
        seen = {waiting or "ended": code} | ({"message": message} if message else {})
        is_migration = labels_of(pod).get("app.kubernetes.io/component") == "migrate"
        check = "k8s.migration_job" if is_migration and owner_of(pod).startswith("Job/") else "k8s.pods.crash"
        look = f"kubectl -n {pod['metadata'].get('namespace')} logs {pod['metadata']['name']} -c {name} --previous"
        times = each.get("restartCount", 0)
        return Cause(
            check, f"its container {name} ends again and again ({code}, {times} restarts)", (look,), seen, name
        )
    return None


def _leaving(pod: Manifest, around: Surroundings) -> Cause | None:
    since = moment((pod.get("metadata") or {}).get("deletionTimestamp"))
    if not since or around.now - since < PATIENCE:
        return None
    held = ", ".join(pod["metadata"].get("finalizers") or ()) or "its node does not confirm the end"
    return Cause(
        "k8s.pods", f"is Terminating since {since:%H:%M} UTC: {held}", ("See what holds it: kubectl describe pod",)
    )


def _anything(pod: Manifest, around: Surroundings) -> Cause | None:
    metadata, status = pod.get("metadata") or {}, status_of(pod)
    began = moment(status.get("startTime") or metadata.get("creationTimestamp"))
    if metadata.get("deletionTimestamp") or (
        began and around.now - began < PATIENCE and status.get("phase") != "Failed"
    ):
        return None
    node = spec_of(pod).get("nodeName")
    # What the scheduler said is over once the pod has a node.
    warnings = [
        str(each.get("message"))
        for each in around.events_of(pod)
        if each.get("type") == "Warning" and not (node and each.get("reason") == "FailedScheduling")
    ]
    if node and not warnings and not status.get("startTime"):
        return Cause(
            "k8s.pods",
            f"is to run on {node}, whose kubelet has not begun with it",
            (f"kubectl describe node {node}", "Look at the kubelet of that node: journalctl -u kubelet"),
        )
    told = next(iter(warnings), "")
    reason = told or status.get("message") or condition(pod, "Ready").get("message") or status.get("reason") or ""
    phase = status.get("phase", "Unknown")
    return Cause("k8s.pods", f"is {phase} and not ready: {reason or 'nothing says why'}", ("kubectl describe pod",))


_LOOKS: tuple[Callable[[Manifest, Surroundings], Cause | None], ...] = (
    _node, _leaving, _evicted, _unscheduled, _image, _configuration, _mount, _memory, _probe, _crash, _anything,
)  # fmt: skip
"""The order matters: what comes first makes what follows."""
