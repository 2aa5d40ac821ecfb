"""Checks of the node groups: the nodes that are wanted are there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

from codemie.checks.check import Check, check
from codemie.checks.report import Finding, Status
from codemie.operations.cloud.launches import LAUNCHES, Launch
from codemie.operations.cloud.made import Made, Thing

_MOST_ACTIVITIES = 20
_BROKEN = {"DEGRADED", "CREATE_FAILED", "DELETE_FAILED"}
_AT_WORK = {"CREATING", "UPDATING", "DELETING"}
_ANY_LAUNCH = Launch(re.compile(""), "a node could not be started", "Look at what AWS says of it")


@dataclass(frozen=True)
class Group:
    """A node group as it is now.

    Attributes:
        cluster: name of its cluster.
        status: as EKS tells.
        issues: what EKS complains of.
        desired: nodes that are wanted.
        running: those that are in service and healthy.
        suspended: processes of scaling that somebody stopped.
        failures: what AWS says of launches that failed, the newest first.
        schedules: actions that scale it at a time.
    """

    cluster: str
    name: str
    status: str
    issues: tuple[str, ...] = ()
    desired: int = 0
    running: int = 0
    suspended: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    schedules: tuple[Thing, ...] = ()

    @property
    def emptying(self) -> list[Thing]:
        """Schedules that take all nodes away."""
        return [each for each in self.schedules if 0 in {each.get("DesiredCapacity"), each.get("MaxSize")}]

    @property
    def filling(self) -> list[Thing]:
        """Schedules that bring nodes back, the next one first."""
        found = [each for each in self.schedules if (each.get("DesiredCapacity") or each.get("MinSize") or 0) > 0]
        return sorted(found, key=lambda each: str(each.get("StartTime") or "9"))


@dataclass(frozen=True)
class Trouble:
    """What is wrong with a group."""

    status: Status
    text: str
    remedy: tuple[str, ...] = ()
    seen: dict[str, str] = field(default_factory=dict[str, str])


def troubles(group: Group, *, is_only: bool) -> Iterator[Trouble]:
    """What is wrong with it, the gravest first.

    Args:
        group: as it is.
        is_only: no other group has nodes.
    """
    if group.status in _BROKEN:
        yield Trouble(Status.FAIL, f"{group.name} is {group.status}", group.issues, dict(map(_halves, group.issues)))
    if group.desired == 0:
        yield _empty(group, is_only=is_only)
    if group.running < group.desired:
        yield _short(group)
    elif "Launch" in group.suspended:
        text = f"{group.name} may start no node: somebody suspended Launch"
        yield Trouble(Status.WARN, text, (_resume(group),))
    if group.status in _AT_WORK:
        yield Trouble(Status.WARN, f"{group.name} is {group.status}", ("Wait until it is ACTIVE",))


def _empty(group: Group, *, is_only: bool) -> Trouble:
    status = Status.FAIL if is_only else Status.WARN
    of = f"--cluster-name {group.cluster} --nodegroup-name {group.name}"
    start = f"Start some: aws eks update-nodegroup-config {of} --scaling-config minSize=1,desiredSize=1"
    if not group.emptying:
        return Trouble(status, f"{group.name} is scaled to nothing", (start,))
    action = group.emptying[0]
    back = group.filling[0] if group.filling else None
    comes = f"; {_at(back)} brings nodes back" if back else "; nothing brings nodes back"
    seen = {f"schedule {each['ScheduledActionName']}": _plan(each) for each in group.schedules}
    remedy = (start, "Or let the schedule be another: aws autoscaling delete-scheduled-action")
    return Trouble(status, f"{group.name} is scaled to nothing by the schedule {_at(action)}{comes}", remedy, seen)


def _short(group: Group) -> Trouble:
    text = f"{group.name} has {group.running} of {group.desired} nodes"
    if "Launch" in group.suspended:
        return Trouble(Status.FAIL, f"{text}: somebody suspended Launch", (_resume(group),))
    if not group.failures:
        return Trouble(Status.WARN, f"{text}; none failed to start", ("Wait some minutes, and look again",))
    said = group.failures[0]
    launch = next((each for each in LAUNCHES if each.pattern.search(said)), _ANY_LAUNCH)
    return Trouble(Status.FAIL, f"{text}: {launch.cause}", (launch.remedy,), {"AWS says": said})


def _resume(group: Group) -> str:
    return f"aws autoscaling resume-processes --scaling-processes Launch, of the Auto Scaling group of {group.name}"


def _at(action: Thing) -> str:
    when = action.get("Recurrence") or action.get("StartTime")
    return f"{action['ScheduledActionName']} ({when})" if when else str(action["ScheduledActionName"])


def _plan(action: Thing) -> str:
    sizes = {"min": "MinSize", "desired": "DesiredCapacity", "max": "MaxSize"}
    told = [f"{word} {action[key]}" for word, key in sizes.items() if action.get(key) is not None]
    return f"{action.get('Recurrence') or action.get('StartTime') or 'once'}: {', '.join(told)}"


def _halves(issue: str) -> tuple[str, str]:
    code, _, message = issue.partition(": ")
    return code, message


async def groups(made: Made) -> list[Group]:
    """Every node group of the cluster, with what its Auto Scaling groups tell.

    Raises:
        Unobservable: AWS does not tell.
    """
    return [await _group(made, each) for each in await made.node_groups()]


async def _group(made: Made, told: Thing) -> Group:
    names = [str(each["name"]) for each in (told.get("resources") or {}).get("autoScalingGroups") or []]
    scaling = await made.every(
        "autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups", AutoScalingGroupNames=names
    ) if names else []  # fmt: skip
    machines = [machine for each in scaling for machine in each.get("Instances") or []]
    in_service = [
        each for each in machines if (each["LifecycleState"], each["HealthStatus"]) == ("InService", "Healthy")
    ]
    return Group(
        cluster=made.name,
        name=str(told["nodegroupName"]),
        status=str(told["status"]),
        issues=tuple(f"{each['code']}: {each.get('message', '')}" for each in told.get("health", {}).get("issues", [])),
        desired=sum(int(each["DesiredCapacity"]) for each in scaling),
        running=len(in_service),
        suspended=tuple(str(one["ProcessName"]) for each in scaling for one in each.get("SuspendedProcesses") or []),
        failures=tuple([said for name in names for said in await _failures(made, name)]),
        schedules=tuple([action for name in names for action in await _schedules(made, name)]),
    )


async def _failures(made: Made, name: str) -> list[str]:
    told = await made.one(
        "autoscaling", "describe_scaling_activities", AutoScalingGroupName=name, MaxRecords=_MOST_ACTIVITIES
    )
    activities = cast("list[Thing]", (told or {}).get("Activities") or [])
    return [str(each.get("StatusMessage") or "") for each in activities if each["StatusCode"] == "Failed"]


async def _schedules(made: Made, name: str) -> list[Thing]:
    return await made.every(
        "autoscaling", "describe_scheduled_actions", "ScheduledUpdateGroupActions", AutoScalingGroupName=name
    )


@check(
    "cloud.nodegroup",
    title="The nodes that are wanted are there",
    symptom="Pods stay Pending; kubectl get nodes lists fewer nodes than the group should have.",
    remedy=(
        "See why none starts: aws autoscaling describe-scaling-activities --auto-scaling-group-name NAME",
        "Ask for more where a quota is full: codemiectl preflight --cloud aws --phase quota",
    ),
    faq=("F42",),
    needs=("cloud.stack",),
    timeout=30,
)
async def nodes(made: Made) -> Finding:
    """A schedule or a person scaled the group to nothing, or AWS starts no more nodes.

    It starts none where a quota is full, a zone has no machines of the type, nobody sells spot capacity, a subnet has
    no address left, or the key of the disks cannot be used.
    """
    found = await groups(made)
    if not found:
        return Finding(Status.FAIL, "The cluster has no node group", remedy=("See codemiectl tf plan",))
    others = {each.name: any(one.desired for one in found if one is not each) for each in found}
    wrong = [trouble for each in found for trouble in troubles(each, is_only=not others[each.name])]
    seen = {each.name: f"{each.running} of {each.desired} in service" for each in found}
    for group in found:
        seen |= {f"schedule {each['ScheduledActionName']}": _plan(each) for each in group.emptying}
    if not wrong:
        return Finding(Status.PASS, f"{sum(each.running for each in found)} nodes are in service", seen)
    worst = min(wrong, key=lambda each: each.status is not Status.FAIL)
    for each in wrong:
        seen |= each.seen
    return Finding(worst.status, "; ".join(each.text for each in wrong), seen, (*worst.remedy, *nodes.remedy))


CHECKS: tuple[Check, ...] = (nodes,)
