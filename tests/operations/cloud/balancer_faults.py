"""Load balancers that are gone, stand before nobody, or keep no log."""

from collections.abc import Callable

from codemie.checks.report import Status
from tests.operations.cloud.balancer_part import (
    LOGS,
    NODES,
    emptied,
    listener,
    set_attributes,
    told_of_balancer,
    told_of_group,
    told_of_targets,
)
from tests.operations.cloud.injecting import CloudFault
from tests.operations.cloud.world import PEOPLE, ZONES, CloudWorld, admit, forbid


def _deleted(role: str) -> Callable[[CloudWorld], object]:
    def inject(world: CloudWorld) -> None:
        world.client("elbv2").delete_load_balancer(LoadBalancerArn=world.ids[f"balancer/{role}"])

    return inject


def _in_state(state: str) -> Callable[[CloudWorld], object]:
    # moto makes it active when it is first asked.
    return lambda world: told_of_balancer(world, "web", state=state, activate=lambda: None)


def _internal(role: str) -> Callable[[CloudWorld], object]:
    return lambda world: told_of_balancer(world, role, scheme="internal")


def _targets(role: str, state: str, reason: str, *nodes: str) -> Callable[[CloudWorld], object]:
    return lambda world: told_of_targets(world, role, state, reason, *nodes)


def _nobody(role: str) -> Callable[[CloudWorld], object]:
    return lambda world: emptied(world, role)


def _content_with_404(world: CloudWorld) -> None:
    world.client("elbv2").modify_target_group(
        TargetGroupArn=world.ids["targets/web"], Matcher={"HttpCode": "200-404"}, HealthCheckPath="/"
    )


def _deaf(world: CloudWorld) -> None:
    world.client("elbv2").delete_listener(ListenerArn=world.ids["listener/nats/443"])


def _other_node_port(world: CloudWorld) -> None:
    told_of_group(world, "nats", port=31111)


def _unlogged(role: str) -> Callable[[CloudWorld], object]:
    return lambda world: set_attributes(world, role, {"access_logs.s3.enabled": "false"})


def _without_bucket(world: CloudWorld) -> None:
    world.client("s3").delete_bucket(Bucket=LOGS)


def _agents_gone(world: CloudWorld) -> None:
    forbid(world, "nats", 443, cidr=PEOPLE)


def _agents_elsewhere(world: CloudWorld) -> None:
    world.values["nats_allowed_cidrs"] = ["192.0.2.0/24"]


def _visiting_agent(world: CloudWorld) -> None:
    world.visitors = ["203.0.113.0/25"]
    for port in (80, 443):
        admit(world, "web", port, cidr="203.0.113.0/24")


def _not_itself(world: CloudWorld) -> None:
    forbid(world, "nats", 443, cidr=f"{world.ids[f'address/{next(iter(ZONES))}']}/32")


def _second_port(world: CloudWorld) -> None:
    world.values["nats_ports"] = [443, 4222]
    listener(world, "nats", 4222, "TLS")


def _everybody(world: CloudWorld) -> None:
    admit(world, "nats", 443, cidr="0.0.0.0/0")


_ILL, _SG = "unhealthy", "nats.lb.sg"

FAULTS: tuple[CloudFault, ...] = (
    CloudFault("lb.state", "the load balancer for people was deleted", inject=_deleted("web"), says="no load balancer"),
    CloudFault("lb.state", "the load balancer has failed", inject=_in_state("failed"), says="codemie-web: failed"),
    CloudFault("lb.state", "the load balancer is being made", Status.WARN, _in_state("provisioning"), "being made"),
    CloudFault("lb.state", "the load balancer for people is internal", Status.WARN, _internal("web"), "is internal"),
    CloudFault(
        "lb.targets", "no node answers in time", inject=_targets("web", _ILL, "Target.Timeout"), says="security group"
    ),
    CloudFault(
        "lb.targets",
        "nothing listens at the NodePort",
        inject=_targets("web", _ILL, "Target.FailedHealthChecks"),
        says="no such NodePort",
    ),
    CloudFault(
        "lb.targets",
        "the path of the health check answers 503",
        inject=_targets("web", _ILL, "Target.ResponseCodeMismatch"),
        says="matcher",
    ),
    CloudFault("lb.targets", "no node is registered", inject=_nobody("web"), says="target_binding"),
    CloudFault(
        "lb.targets", "all nodes are new", Status.WARN, _targets("web", "initial", "Elb.InitialHealthChecking"), "yet"
    ),
    CloudFault(
        "lb.targets",
        "one of two nodes is unhealthy",
        Status.WARN,
        _targets("web", _ILL, "Target.Timeout", NODES[0]),
        "1 of 2 healthy",
    ),
    CloudFault("lb.targets", "a page that is not found counts as healthy", Status.WARN, _content_with_404, "404"),
    CloudFault("nats.lb.health", "the load balancer of agents is internal", inject=_internal("nats"), says="internal"),
    CloudFault("nats.lb.health", "nothing listens at the agents' port", inject=_deaf, says="does not listen at 443"),
    CloudFault("nats.lb.health", "the NodePort is another one", inject=_other_node_port, says="goes to port 31111"),
    CloudFault(
        "nats.lb.health",
        "no node has a pod of NATS",
        inject=_targets("nats", _ILL, "Target.FailedHealthChecks"),
        says="no ready pod",
    ),
    CloudFault("nats.lb.health", "no node is registered for agents", inject=_nobody("nats"), says="nothing is regis"),
    CloudFault(_SG, "agents are not admitted", inject=_agents_gone, says=f"{PEOPLE}, of allowed_cidrs"),
    CloudFault(_SG, "agents come from elsewhere", inject=_agents_elsewhere, says="192.0.2.0/24, of nats_allowed_cidrs"),
    CloudFault(_SG, "an agent's network is not admitted", inject=_visiting_agent, says="203.0.113.0/25, of --from"),
    CloudFault(_SG, "pods are not admitted by the public name", inject=_not_itself, says="the platform itself comes"),
    CloudFault(_SG, "the second port admits nobody", inject=_second_port, says="Port 4222 does not admit"),
    CloudFault(_SG, "every agent of the internet is admitted, unasked", Status.WARN, _everybody, "whole internet"),
    CloudFault("lb.accesslog.enabled", "nobody turned the log on", Status.WARN, _unlogged("web"), "codemie-web keeps"),
    CloudFault("lb.accesslog.enabled", "the bucket of the log was deleted", inject=_without_bucket, says="is gone"),
)
