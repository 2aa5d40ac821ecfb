"""The pods that do not work, each with its one cause, found once for all checks of a run."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from codemie.checks.report import Finding, failed, passed, skipped
from codemie.operations.kubernetes.causes import Cause, cause_of
from codemie.operations.kubernetes.cluster import Cluster
from codemie.operations.kubernetes.kinds import PODS, Manifest
from codemie.operations.kubernetes.manifest import name_of, namespace_of, owner_of
from codemie.operations.kubernetes.start_errors import known, telling
from codemie.operations.kubernetes.surroundings import surroundings

SHOWN = 8
"""So many pods are named; the rest are counted."""


@dataclass(frozen=True)
class Trouble:
    """A pod that does not work, and why."""

    pod: Manifest
    cause: Cause

    @property
    def sentence(self) -> str:
        """For people."""
        return f"{name_of(self.pod)}: {self.cause.sentence}"


async def troubles(cluster: Cluster) -> list[Trouble]:
    """All of them."""
    around = await surroundings(cluster)
    found = [(pod, cause_of(pod, around)) for pod in await cluster.ours(PODS)]
    return [Trouble(pod, cause) for pod, cause in found if cause]


async def reported_by(check: str, cluster: Cluster) -> list[Trouble]:
    """Those whose cause this check reports."""
    return [each for each in await troubles(cluster) if each.cause.check == check]


def finding(found: list[Trouble], well: str) -> Finding:
    """What a check says of the pods that it reports: the first in full, the others by name."""
    if not found:
        return passed(well)
    first = found[0]
    evidence = dict(first.cause.evidence)
    evidence |= {f"{namespace_of(each.pod)}/{name_of(each.pod)}": each.cause.sentence for each in found[:SHOWN]}
    if len(found) > SHOWN:
        evidence["and"] = f"{len(found) - SHOWN} more"
    others = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return failed(f"{first.sentence}{others}", *first.cause.remedy, **evidence)


def blocked_by(found: Iterable[Trouble]) -> Finding | None:
    """Where another check reports the cause already: nothing but its name."""
    return next((skipped(f"blocked by {each.cause.check}") for each in found), None)


async def with_log(trouble: Trouble, cluster: Cluster) -> Trouble:
    """The same with what the container wrote last, and with what that means where it is known."""
    cause, pod = trouble.cause, trouble.pod
    if not cause.container:
        return trouble
    lines = await cluster.log(namespace_of(pod), name_of(pod), cause.container)
    shown = telling(lines)
    error = known([*cause.evidence.values(), *lines])
    evidence = cause.evidence | ({"log": " | ".join(shown)} if shown else {})
    if error is None:
        return replace(trouble, cause=replace(cause, evidence=evidence))
    sentence = f"{cause.sentence}: {error.sentence}"
    return replace(
        trouble, cause=replace(cause, sentence=sentence, remedy=(error.remedy, *cause.remedy), evidence=evidence)
    )


async def with_logs(found: list[Trouble], cluster: Cluster) -> list[Trouble]:
    """The same, reading the log of one pod for each of their owners: replicas fail alike."""
    read: dict[str, Trouble] = {}
    for each in found:
        owner = owner_of(each.pod) or name_of(each.pod)
        if owner not in read and len(read) < SHOWN:
            read[owner] = await with_log(each, cluster)
    return [*read.values(), *(each for each in found if each.pod not in [one.pod for one in read.values()])]
