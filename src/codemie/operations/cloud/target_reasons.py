"""What AWS means with the reason that a target is not healthy, and what to do.

The words are those of the API of Elastic Load Balancing, `TargetHealth`.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """What it means, and what to do about it."""

    text: str
    remedy: tuple[str, ...]


_PODS = "Look at the pods and their service: codemiectl doctor --cluster"
_GROUPS = "Look at security groups and network ACLs between load balancer and nodes: codemiectl doctor --cloud aws"
_ATTACHED = "Look at what binds the targets: target_binding of the stack, the node groups, or the TargetGroupBinding"
_WAIT = Reason("it is being registered or asked for the first time", ("Wait a minute, and look again",))
_OTHER = Reason("AWS does not say why", ("Look at the target group in the console",))

_KNOWN = {
    "Target.Timeout": Reason(
        "it does not answer in time: a security group, a network ACL, the NodePort, or a pod that hangs",
        (_GROUPS, "Compare the NodePort of the service with the group's port: node_ports of the stack", _PODS),
    ),
    "Target.FailedHealthChecks": Reason(
        "nothing listens at its port, or the connection is cut: no such NodePort, or no ready pod there",
        ("Compare the NodePort of the service with the group's port: node_ports of the stack", _PODS),
    ),
    "Target.ResponseCodeMismatch": Reason(
        "it answers with another code than the group's matcher takes",
        ("Ask the path of the group's health check on a node, and compare path and matcher with the stack", _PODS),
    ),
    "Target.NotRegistered": Reason("it is not registered", (_ATTACHED,)),
    "Target.NotInUse": Reason(
        "no listener forwards to its group, or its zone is not one of the load balancer's",
        ("Look what Terraform would mend: codemiectl tf plan", "Compare zones of nodes with those of the subnets"),
    ),
    "Target.InvalidState": Reason("its machine is stopped or gone", ("Look at the node groups", _ATTACHED)),
    "Target.IpUnusable": Reason("its address is used by a load balancer", ("Take it out of the group",)),
    "Target.HealthCheckDisabled": Reason("it is not asked: health checks are off", ("Turn them on for the group",)),
    "Target.DeregistrationInProgress": Reason("it is being taken out", ("Wait a minute, and look again", _ATTACHED)),
    "Elb.RegistrationInProgress": _WAIT,
    "Elb.InitialHealthChecking": _WAIT,
    "Elb.InternalError": Reason("AWS itself has an error", ("See health.aws.amazon.com, and wait",)),
}

NOBODY = Reason("nothing is registered", (_ATTACHED, "Look whether nodes are there: codemiectl doctor --cluster"))
"""For a group without targets."""


def of(reason: str) -> Reason:
    """What it means."""
    return _KNOWN.get(reason, _OTHER)
