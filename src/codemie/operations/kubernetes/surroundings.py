"""What stands around pods: their events, nodes and claims, read once for all checks of pods."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from codemie.checks.sources import Unobservable
from codemie.operations.kubernetes.cluster import Cluster
from codemie.operations.kubernetes.kinds import CLAIMS, EVENTS, JOBS, NODES, Kind, Manifest
from codemie.operations.kubernetes.manifest import condition, moment, name_of, namespace_of, status_of
from codemie.operations.kubernetes.nodes import is_ready


@dataclass(frozen=True)
class Surroundings:
    """What a pod's cause may be found in.

    Attributes:
        now: the time.
        window: how long ago what happened still counts.
        nodes_down: names of nodes that are not ready.
        claims_waiting: claims without a volume, as `namespace/name`.
        jobs_done: jobs that ended well, likewise.
    """

    now: dt.datetime
    window: dt.timedelta
    events: dict[tuple[str, str, str], list[Manifest]]
    nodes_down: frozenset[str]
    claims_waiting: frozenset[str]
    jobs_done: frozenset[str]

    def events_of(self, manifest: Manifest, kind: str = "Pod") -> list[Manifest]:
        """What was reported of an object, the newest first."""
        return self.events.get((kind, namespace_of(manifest), name_of(manifest)), [])

    def told(self, manifest: Manifest, *reasons: str, kind: str = "Pod") -> str:
        """The newest message with one of these reasons; empty where there is none."""
        found = (each for each in self.events_of(manifest, kind) if each.get("reason") in reasons)
        return str(next(found, {}).get("message") or "")


def when(event: Manifest) -> dt.datetime:
    """When it was seen last."""
    series = (event.get("series") or {}).get("lastObservedTime")
    text = series or event.get("lastTimestamp") or event.get("eventTime") or event["metadata"].get("creationTimestamp")
    return moment(text) or dt.datetime.min.replace(tzinfo=dt.UTC)


def about(event: Manifest) -> tuple[str, str, str]:
    """The object it is about: kind, namespace, name."""
    regarding = event.get("involvedObject") or event.get("regarding") or {}
    return str(regarding.get("kind")), str(regarding.get("namespace") or ""), str(regarding.get("name"))


async def surroundings(cluster: Cluster) -> Surroundings:
    """Read them; what may not be read is left out, as it only makes causes less exact."""
    events: dict[tuple[str, str, str], list[Manifest]] = defaultdict(list)
    for event in sorted(await _or_nothing(cluster, EVENTS), key=when, reverse=True):
        if cluster.now() - when(event) <= cluster.window:
            events[about(event)].append(event)
    nodes = await _or_nothing(cluster, NODES)
    claims = await _or_nothing(cluster, CLAIMS)
    return Surroundings(
        now=cluster.now(),
        window=cluster.window,
        events=dict(events),
        nodes_down=frozenset(name_of(node) for node in nodes if not is_ready(node)),
        claims_waiting=frozenset(
            f"{namespace_of(each)}/{name_of(each)}" for each in claims if status_of(each).get("phase") != "Bound"
        ),
        jobs_done=frozenset(
            f"{namespace_of(each)}/{name_of(each)}" for each in await _or_nothing(cluster, JOBS) if is_done(each)
        ),
    )


def is_done(job: Manifest) -> bool:
    """Whether it ended well."""
    return bool(status_of(job).get("succeeded")) or condition(job, "Complete").get("status") == "True"


async def _or_nothing(cluster: Cluster, kind: Kind) -> Sequence[Manifest]:
    try:
        return await cluster.ours(kind) if kind.namespaced else await cluster.everywhere(kind)
    except Unobservable:
        return ()
