"""Checks of the limits of a project of Google Cloud: what the stack needs still fits."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from codemie.checks.check import Check, check
from codemie.checks.report import Finding, Status, failed, skipped
from codemie.checks.sources import Unobservable
from codemie.operations.cloud.google.way import Thing
from codemie.operations.preflight.google.project import Project
from codemie.operations.preflight.quota_checks import weighed

_ZONES = 3
"""Of a regional cluster, each with as many nodes."""
_DISK_GB = 100
_SHARED = {"e2", "n1", "f1", "g1"}
"""Families of machines that count for the quota CPUS; the others have one each."""


@dataclass(frozen=True)
class Part:
    """One quota that something counts for.

    Attributes:
        metric: as Compute Engine calls it.
        needed: how much the stack takes.
        is_regional: whether it is the region's, else the project's.
    """

    metric: str
    needed: int
    is_regional: bool = True


@dataclass(frozen=True)
class Quota:
    """What is limited.

    Attributes:
        id: of the check.
        what: in words.
        parts: the quotas that it counts for, and what of each.
    """

    id: str
    what: str
    parts: Callable[[Project], Awaitable[Iterable[Part]]]


def nodes(project: Project) -> int:
    """How many there may be at most."""
    return int(project.decided("max_nodes")) * (_ZONES if project.is_production else 1)


async def _processors(project: Project) -> list[Part]:
    kind = str(project.decided("machine_type"))
    path = f"projects/{project.id}/zones/{project.region}-b/machineTypes/{kind}"
    told = await project.google.one("compute", path, "compute.machineTypes.get")
    if told is None:
        raise NoSuchMachine(f"{project.region}-b has no machine of the type {kind}")
    needed, family = nodes(project) * int(told["guestCpus"]), kind.partition("-")[0]
    metric = "CPUS" if family in _SHARED else f"{family.upper()}_CPUS"
    return [Part(metric, needed), Part("CPUS_ALL_REGIONS", needed, is_regional=False)]


async def _disks(project: Project) -> list[Part]:
    return [Part("SSD_TOTAL_GB", nodes(project) * _DISK_GB)]


async def _networks(_: Project) -> list[Part]:
    return [Part("NETWORKS", 1, is_regional=False)]


async def _addresses(project: Project) -> list[Part]:
    """Those of Cloud NAT and of the load balancer of agents; that for people has one of the whole world."""
    needed = int(project.decided("nat_addresses")) + 1
    return [
        Part("STATIC_ADDRESSES", needed),
        Part("IN_USE_ADDRESSES", needed),
        Part("STATIC_ADDRESSES", 1, is_regional=False),
    ]


async def _web(_: Project) -> list[Part]:
    """One rule for HTTPS and one for HTTP, a backend of the platform and the one for everything else."""
    return [
        Part("FORWARDING_RULES", 2, is_regional=False),
        Part("BACKEND_SERVICES", 2, is_regional=False),
        Part("SECURITY_POLICIES", 1, is_regional=False),
    ]


async def _agents(_: Project) -> list[Part]:
    return [Part("EXTERNAL_NETWORK_LB_FORWARDING_RULES", 1)]


class NoSuchMachine(Exception):
    """The zone does not offer the type."""


_QUOTAS = (
    Quota("tf.quota.vcpus", "processors of nodes (vCPU)", _processors),
    Quota("tf.quota.disks", "gigabytes of disks of nodes (SSD)", _disks),
    Quota("tf.quota.vpcs", "networks", _networks),
    Quota("tf.quota.addresses", "public addresses", _addresses),
    Quota("tf.quota.web_balancers", "rules and backends of load balancers for people", _web),
    Quota("tf.quota.agent_balancers", "load balancers for agents", _agents),
)
_WITHOUT = {"tf.quota.clusters": "clusters", "tf.quota.databases": "databases"}


async def _told(project: Project, *, is_regional: bool) -> dict[str, Thing]:
    """Quotas by their metric, of the region or of the whole project."""
    path, right = f"projects/{project.id}", "compute.projects.get"
    if is_regional:
        path, right = f"{path}/regions/{project.region}", "compute.regions.get"
    told = await project.google.one("compute", path, right)
    return {str(each["metric"]): each for each in (told or {}).get("quotas") or ()}


async def _judged(project: Project, quota: Quota) -> Finding:
    try:
        parts = list(await quota.parts(project))
    except NoSuchMachine as error:
        return failed(str(error), "Choose another machine_type, or another region", region=project.region)
    is_made = await project.is_made()
    found = [await _part(project, each, is_made=is_made) for each in parts]
    order = (Status.FAIL, Status.WARN, Status.PASS)
    worst = min(found, key=lambda each: order.index(each.status))
    evidence = {key: value for each in reversed(found) for key, value in each.evidence.items()} | worst.evidence
    return Finding(worst.status, worst.detail, evidence, worst.remedy)


async def _part(project: Project, part: Part, *, is_made: bool) -> Finding:
    told = (await _told(project, is_regional=part.is_regional)).get(part.metric)
    where = project.region if part.is_regional else "the project"
    if told is None:
        raise Unobservable(
            f"Google tells no limit {part.metric} of {where}",
            "Look at it in the console: IAM & Admin, Quotas & System Limits",
        )
    used, limit = round(float(told["usage"])), float(told["limit"])
    needed = 0 if is_made else part.needed

    def ask(wanted: int) -> str:
        scope, dimension = ("-region", f" --dimensions=region={project.region}") if part.is_regional else ("", "")
        return (
            f"gcloud beta quotas preferences create --project={project.id} --service=compute.googleapis.com "
            f"--quota-id={part.metric.replace('_', '-')}-per-project{scope}{dimension} --preferred-value={wanted}"
        )

    found = weighed(used, needed, limit, ask, region=project.region)
    shown = {f"{part.metric} of {where}": f"{used} used, {needed} needed, {limit:g} allowed"}
    return Finding(found.status, f"{part.metric}: {found.detail}", {**found.evidence, **shown}, found.remedy)


def _check(quota: Quota) -> Check:
    async def look(project: Project) -> Finding:
        return await _judged(project, quota)

    look.__doc__ = f"The project already has nearly as many {quota.what} as Google allows it, and the stack makes more."
    return _as_check(quota.id, quota.what)(look)


def _without(id: str, what: str) -> Check:
    async def look(project: Project) -> Finding:
        _ = project
        return skipped(f"does not apply to gcp: the quotas of Compute Engine know no limit of {what}")

    look.__doc__ = f"Google tells no quota of {what} that the stack could come near."
    return _as_check(id, what)(look)


def _as_check(id: str, what: str) -> Callable[[Callable[[Project], Awaitable[Finding]]], Check]:
    return check(
        id,
        title=f"The project may have as many {what} as the stack needs",
        symptom="The apply stops in the middle with QUOTA_EXCEEDED, or nodes never come.",
        remedy=("Ask Google for more, in the region of the stack", "Take away what is not used any more"),
        phase="quota",
        faq=("F32", "F33"),
        needs=("tf.account.region",),
        timeout=60,
    )


CHECKS: tuple[Check, ...] = (*map(_check, _QUOTAS), *(_without(*each) for each in _WITHOUT.items()))
