"""Nodes that are not there, add-ons that do not work, and subnets without addresses."""

from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

from codemie.checks.report import Status
from tests.fakes.aws_account import REGION
from tests.operations.cloud.injecting import CloudFault
from tests.operations.cloud.world import ACCOUNT, AUTO_SCALING, NAME, ZONES, CloudWorld


def _to_nothing(world: CloudWorld) -> None:
    world.client("autoscaling").update_auto_scaling_group(
        AutoScalingGroupName=AUTO_SCALING, MinSize=0, DesiredCapacity=0
    )


def _schedule(world: CloudWorld, name: str, recurrence: str, size: int) -> None:
    world.client("autoscaling").put_scheduled_update_group_action(
        AutoScalingGroupName=AUTO_SCALING,
        ScheduledActionName=name,
        Recurrence=recurrence,
        MinSize=size,
        MaxSize=size,
        DesiredCapacity=size,
    )


def nightly(world: CloudWorld) -> None:
    """It is night: a schedule has taken the nodes away, and another will bring them back."""
    _schedule(world, "evening", "0 20 * * *", 0)
    _schedule(world, "morning", "0 6 * * 1-5", 3)
    _to_nothing(world)


def _short(world: CloudWorld) -> None:
    """More nodes are wanted than there are; moto would start them at once."""
    from moto.autoscaling.models import autoscaling_backends

    autoscaling_backends[ACCOUNT][REGION].autoscaling_groups[AUTO_SCALING].desired_capacity = 5


def failing(said: str) -> Callable[[CloudWorld], None]:
    """Nodes are missing, and AWS says this of the last launch."""

    def inject(world: CloudWorld) -> None:
        _short(world)
        activity = (
            f"<member><ActivityId>1</ActivityId><AutoScalingGroupName>{AUTO_SCALING}</AutoScalingGroupName>"
            "<Cause>An instance was started in response to a difference between desired and actual capacity.</Cause>"
            "<StartTime>2026-01-01T00:00:00Z</StartTime><StatusCode>Failed</StatusCode>"
            f"<StatusMessage>{escape(said)}</StatusMessage></member>"
        )
        world.account.answers["DescribeScalingActivities"] = (
            '<DescribeScalingActivitiesResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/">'
            f"<DescribeScalingActivitiesResult><Activities>{activity}</Activities></DescribeScalingActivitiesResult>"
            "</DescribeScalingActivitiesResponse>"
        )

    return inject


def _suspended(world: CloudWorld) -> None:
    world.client("autoscaling").suspend_processes(AutoScalingGroupName=AUTO_SCALING, ScalingProcesses=["Launch"])


def _suspended_and_short(world: CloudWorld) -> None:
    _short(world)
    _suspended(world)


def _told(kind: str, name: str, **facts: Any) -> Callable[[CloudWorld], None]:
    return lambda world: world.eks.change(kind, name, **facts)


def _issue(code: str, message: str) -> dict[str, Any]:
    return {"issues": [{"code": code, "message": message, "resourceIds": []}]}


def _no_group(world: CloudWorld) -> None:
    world.client("eks").delete_nodegroup(clusterName=NAME, nodegroupName="default")


def _no_addon(world: CloudWorld) -> None:
    world.client("eks").delete_addon(clusterName=NAME, addonName="coredns")


def _left(subnet: str, addresses: int) -> Callable[[CloudWorld], None]:
    def inject(world: CloudWorld) -> None:
        from moto.ec2.models import ec2_backends

        found = ec2_backends[ACCOUNT][REGION].get_subnet(world.ids[f"subnet/{subnet}"])
        found._available_ip_addresses -= found.available_ip_address_count - addresses

    return inject


QUOTA = (
    "You have requested more vCPU capacity than your current vCPU limit of 16 allows for the instance bucket that the "
    "specified instance type belongs to. Launching EC2 instance failed."
)
CAPACITY = (
    "We currently do not have sufficient m7i.xlarge capacity in the Availability Zone you requested (eu-central-1a). "
    "Launching EC2 instance failed."
)
SPOT = "Could not launch Spot Instances. UnfulfillableCapacity - Unable to fulfill capacity due to your request."

_NODES, _ADDONS, _SUBNETS, _ZONE = "cloud.nodegroup", "cloud.addons", "cloud.subnets", next(iter(ZONES))
_DEGRADED = _told("node-groups", "default", status="DEGRADED", health=_issue("AsgInstanceLaunchFailures", "No room."))
_SICK = _told("addons", "vpc-cni", status="DEGRADED", health=_issue("InsufficientNumberOfReplicas", "No node."))

FAULTS: tuple[CloudFault, ...] = (
    CloudFault(
        _NODES, "a schedule has taken all nodes away", inject=nightly, says="by the schedule evening (0 20 * * *)"
    ),
    CloudFault(_NODES, "somebody scaled the group to nothing", inject=_to_nothing, says="scaled to nothing"),
    CloudFault(_NODES, "the quota of processors is full", inject=failing(QUOTA), says="no more processors"),
    CloudFault(_NODES, "the zone has no machines left", inject=failing(CAPACITY), says="no machine of this type"),
    CloudFault(_NODES, "nobody sells spot capacity", inject=failing(SPOT), says="no spot capacity"),
    CloudFault(_NODES, "nodes are missing, for a reason nobody knows", inject=failing("Odd."), says="Odd."),
    CloudFault(_NODES, "nodes are still to come", Status.WARN, _short, "3 of 5 nodes"),
    CloudFault(_NODES, "starting nodes is suspended", Status.WARN, _suspended, "suspended Launch"),
    CloudFault(_NODES, "nodes are missing, and starting them is suspended", inject=_suspended_and_short, says="Launch"),
    CloudFault(_NODES, "the group is degraded", inject=_DEGRADED, says="AsgInstanceLaunchFailures"),
    CloudFault(_NODES, "the group was deleted", inject=_no_group, says="no node group"),
    CloudFault(_ADDONS, "an add-on is degraded", inject=_SICK, says="InsufficientNumberOfReplicas"),
    CloudFault(_ADDONS, "an add-on was taken away", inject=_no_addon, says="coredns"),
    CloudFault(
        _ADDONS, "an add-on is being updated", Status.WARN, _told("addons", "coredns", status="UPDATING"), "coredns"
    ),
    CloudFault(_SUBNETS, "a private subnet is full", inject=_left(f"private-{_ZONE}", 3), says="no further node"),
    CloudFault(_SUBNETS, "a private subnet is nearly full", Status.WARN, _left(f"private-{_ZONE}", 90), "90 of 4091"),
    CloudFault(_SUBNETS, "a public subnet is full", inject=_left(f"public-{_ZONE}", 4), says="load balancers"),
)
