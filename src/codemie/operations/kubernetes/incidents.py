"""The check of events: warnings that no other check explains, each once."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from codemie.checks.check import Severity, check
from codemie.checks.report import Finding, passed, warned
from codemie.operations.kubernetes.cluster import Cluster
from codemie.operations.kubernetes.kinds import CLAIMS, DEPLOYMENTS, EVENTS, JOBS, PODS, SCALERS, Manifest
from codemie.operations.kubernetes.manifest import condition, moment, name_of, namespace_of, spec_of, status_of
from codemie.operations.kubernetes.surroundings import about, is_done, when
from codemie.operations.kubernetes.troubles import SHOWN, troubles

Key = tuple[str, str, str]


@check(
    "k8s.events",
    title="No warnings are left to explain",
    symptom="Something happens now and then that nobody can name.",
    remedy=("Read them in their order: kubectl get events --sort-by=.lastTimestamp",),
    severity=Severity.MINOR,
    faq=("F54",),
    needs=("k8s.namespace",),
)
async def events(cluster: Cluster) -> Finding:
    """The cluster reported it in the last hour, of something that works now or that no other check looks at."""
    explained = await _explained(cluster)
    since = await _well_since(cluster)
    groups: dict[tuple[str, str], list[Manifest]] = defaultdict(list)
    for event in await cluster.ours(EVENTS):
        key, at = about(event), when(event)
        is_over = cluster.now() - at > cluster.window or (key in since and at <= since[key])
        if event.get("type") != "Warning" or is_over or key in explained:
            continue
        groups[str(event.get("reason")), f"{key[0]}/{key[2]}"].append(event)
    if not groups:
        return passed(f"No warning of {_span(cluster.window)} is left")
    latest = sorted(groups.items(), key=lambda each: max(map(when, each[1])), reverse=True)
    shown = {f"{reason} {of}": _told(found) for (reason, of), found in latest[:SHOWN]}
    (reason, of), found = latest[0]
    newest = f"{reason} of {of}: {found[-1].get('message')}"
    return warned(
        f"{len(groups)} kinds of warnings in {_span(cluster.window)}, the newest: {newest}",
        f"kubectl -n {cluster.namespaces[0]} get events --field-selector type=Warning --sort-by=.lastTimestamp",
        **shown,
    )


def _span(window: dt.timedelta) -> str:
    hours = window.total_seconds() / 3600
    return "the last hour" if hours == 1 else f"the last {hours:g} hours"


def _told(found: list[Manifest]) -> str:
    newest = max(found, key=when)
    times = sum(int((each.get("series") or {}).get("count") or each.get("count") or 1) for each in found)
    return f"{times} times, last {when(newest):%H:%M} UTC: {newest.get('message')}"


async def _explained(cluster: Cluster) -> set[Key]:
    """Objects that other checks report, and what made them."""
    known: set[Key] = set()
    for each in await troubles(cluster):
        known |= {("Pod", namespace_of(each.pod), name_of(each.pod)), *_makers(each.pod)}
    known |= _keys("PersistentVolumeClaim", (each for each in await cluster.ours(CLAIMS) if _phase(each) != "Bound"))
    known |= _keys("Job", (each for each in await cluster.ours(JOBS) if not is_done(each)))
    known |= _keys("HorizontalPodAutoscaler", (each for each in await cluster.ours(SCALERS) if _is_idle(each)))
    short = [each for each in await cluster.ours(DEPLOYMENTS) if _lacks(each)]
    for event in await cluster.ours(EVENTS):
        kind, namespace, name = about(event)
        if any(namespace == namespace_of(each) and name.startswith(f"{name_of(each)}-") for each in short):
            known.add((kind, namespace, name))
    return known | _keys("Deployment", short)


def _makers(pod: Manifest) -> set[Key]:
    owners = pod["metadata"].get("ownerReferences") or ()
    return {(str(each.get("kind")), namespace_of(pod), str(each.get("name"))) for each in owners}


def _keys(kind: str, manifests: Iterable[Manifest]) -> set[Key]:
    return {(kind, namespace_of(each), name_of(each)) for each in manifests}


def _phase(manifest: Manifest) -> str:
    return str(status_of(manifest).get("phase"))


def _lacks(deployment: Manifest) -> bool:
    return status_of(deployment).get("replicas", 0) < spec_of(deployment).get("replicas", 1)


def _is_idle(scaler: Manifest) -> bool:
    states = condition(scaler, "AbleToScale"), condition(scaler, "ScalingActive")
    return any(each.get("status") == "False" for each in states)


async def _well_since(cluster: Cluster) -> dict[Key, dt.datetime]:
    """Pods that are ready → since when: what was said before is over."""
    found: dict[Key, dt.datetime] = {}
    for pod in await cluster.ours(PODS):
        state = condition(pod, "Ready")
        at = moment(state.get("lastTransitionTime"))
        if at and (state.get("status") == "True" or status_of(pod).get("phase") == "Succeeded"):
            found["Pod", namespace_of(pod), name_of(pod)] = at
    return found


CHECKS = (events,)
