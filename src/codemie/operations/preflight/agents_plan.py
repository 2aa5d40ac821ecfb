"""A check of a plan of Terraform: the load balancer that agents of the plugin engine are to use.

Only the AWS stack makes one. In other clouds, and where a controller in the cluster makes it, the chart's service does.
"""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from codemie.checks.check import check
from codemie.checks.report import Finding, skipped
from codemie.operations.preflight.plan_checks import ACCEPT, JudgedPlan
from codemie.operations.terraform.plan import Change

PORTS = {443, 4222, 30422}
"""Where agents may be told to connect."""

_NODE_PORTS = range(30000, 32768)
_BALANCER, _LISTENER, _GROUP = "aws_lb", "aws_lb_listener", "aws_lb_target_group"
_OF_AGENTS = {"TCP", "TLS"}


@check(
    "nats.lb.plan",
    title="The plan lets agents in from outside",
    symptom="Agents of the plugin engine cannot connect, though the platform runs.",
    remedy=(
        "Agents need a public network load balancer that listens at 443 or 4222 and leads to the service's NodePort",
        ACCEPT,
    ),
    phase="plan",
    faq=("F25",),
    needs=("tf.plan.whole",),
)
async def agents_balancer(judging: JudgedPlan) -> Finding:
    """The load balancer is internal, nobody listens there or without a certificate, or it leads to another port.

    A load balancer that the chart's service makes, in other clouds or by a controller, is none of a plan.
    """
    changes = [change for change in judging.plan.changes if change.after]
    meant = [change for change in changes if _is_of_agents(change)]
    if not meant:
        return skipped("the plan changes no load balancer of agents")
    listening = {_module(change) for change in meant if change.kind == _LISTENER}

    def wrong(change: Change) -> Iterator[str]:
        if change not in meant:
            return
        if change.kind == _BALANCER:
            yield from _balancer(change, is_heard=_module(change) in listening)
        elif change.kind == _LISTENER:
            yield from _listener(change, str(judging.plan.variables.get("nats_tls") or ""))
        else:
            yield from _group(change, judging.plan.variables)

    return judging.found(_well(meant), agents_balancer.remedy, wrong)


def _is_of_agents(change: Change) -> bool:
    if change.kind == _BALANCER:
        return change.after.get("load_balancer_type") == "network"
    return change.kind in {_LISTENER, _GROUP} and change.after.get("protocol") in _OF_AGENTS


def _module(change: Change) -> str:
    """What stands in front of the resource's own name: the plan does not tell the ARN that will link them."""
    return change.address.rpartition(f"{change.kind}.")[0]


def _balancer(change: Change, *, is_heard: bool) -> Iterator[str]:
    if change.is_on("internal"):
        yield "It is internal: agents outside cannot reach it"
    if change.actions == ("create",) and not is_heard:
        yield "Nothing listens on it"


def _listener(change: Change, ends_at: str) -> Iterator[str]:
    port, protocol = change.after.get("port"), change.after.get("protocol")
    if port is not None and int(port) not in PORTS:
        yield f"It listens at {port}; agents connect at 443 or 4222"
    has_certificate = bool(change.after.get("certificate_arn")) or change.unknown.get("certificate_arn") is True
    if protocol == "TLS" and not has_certificate:
        yield "It has no certificate"
    if protocol == "TCP" and ends_at == "load_balancer":
        yield "It passes TLS on, though nats_tls says that TLS ends here"


def _group(change: Change, variables: Mapping[str, Any]) -> Iterator[str]:
    wanted = cast("Mapping[str, Any]", variables.get("node_ports") or {}).get("nats")
    port = change.after.get("port")
    if port is None or change.after.get("target_type") != "instance":
        return
    if wanted is not None and int(port) != int(wanted):
        yield f"It leads to port {port} of the nodes; node_ports says {wanted}"
    elif int(port) not in _NODE_PORTS:
        yield f"It leads to port {port} of the nodes, which is none of a service (30000 to 32767)"


def _well(meant: list[Change]) -> str:
    ports = sorted({int(change.after["port"]) for change in meant if change.kind == _LISTENER})
    return f"Agents are let in at {', '.join(map(str, ports))}" if ports else "Agents are let in as before"
