"""Checks of the load balancers: they are there, somebody well stands behind each of them, and they keep a log."""

import re
from collections import Counter

from codemie.checks.check import Check, Severity, check
from codemie.checks.report import Finding, Status, failed, passed, skipped, warned
from codemie.operations.cloud import target_reasons
from codemie.operations.cloud.aws import DENIED, MISSING, Refused
from codemie.operations.cloud.balancers import (
    Balancer,
    Role,
    Target,
    agents_ports,
    ends_tls,
    find,
    node_port,
    there,
)
from codemie.operations.cloud.made import Made, Thing

_PLAN = "Look at what Terraform would make again: codemiectl tf plan"
_WELL, _COMING = "healthy", "initial"
_NOT_FOUND = 404
_TURN_ON = (
    "aws elbv2 modify-load-balancer-attributes --load-balancer-arn ARN "
    "--attributes Key=access_logs.s3.enabled,Value=true Key=access_logs.s3.bucket,Value=BUCKET"
)
_MOST_SHOWN = 10


@check(
    "lb.state",
    title="Both load balancers are there and at work",
    symptom="The domain leads nowhere, or agents cannot connect.",
    remedy=(_PLAN, "One that is provisioning is ready after some minutes"),
    faq=("F25", "F61"),
    needs=("cloud.stack",),
    timeout=20,
)
async def state(made: Made) -> Finding:
    """Somebody deleted one, the stack was applied in part, or AWS could not start it, mostly for want of addresses."""
    found = {role: await find(made, role) for role in Role}
    seen = {f"{made.name}-{role}": each.state if each else "not there" for role, each in found.items()}
    missing = [name for name, told in seen.items() if told == "not there"]
    if missing:
        return failed(f"There is no load balancer {' and no '.join(missing)}", *state.remedy, **seen)
    if broken := {name: told for name, told in seen.items() if told not in {"active", "provisioning"}}:
        return failed(f"{', '.join(broken)}: {', '.join(broken.values())}", *state.remedy, **seen)
    if coming := [name for name, told in seen.items() if told == "provisioning"]:
        return warned(f"{', '.join(coming)} is being made", *reversed(state.remedy), **seen)
    web = found[Role.WEB]
    if web and not web.is_public:
        return warned(f"{web.name} is internal: only the network of the stack reaches it", _PLAN, **seen)
    return passed("Both are active", **seen)


@check(
    "lb.targets",
    title="A target for people is healthy",
    symptom="Browsers show 502, 503 or 504.",
    remedy=("The reason of each target says where to look: codemiectl doctor --cloud aws --only lb.targets",),
    faq=("F61",),
    needs=("lb.state",),
    timeout=20,
)
async def targets(made: Made) -> Finding:
    """A security group or a port between load balancer and nodes, no ready pod, or nothing that registers the nodes.

    That a target is healthy says that it gives the code that is asked for, not that the application works: a group
    whose matcher takes 404 is content with an ingress that knows no host.
    """
    balancer = await there(made, Role.WEB)
    groups = await balancer.groups()
    if not groups:
        return failed(f"{balancer.name} has no group of targets", _PLAN)
    findings = [await _group(balancer, group) for group in groups]
    return next((each for each in findings if each.status is not Status.PASS), findings[0])


async def _group(balancer: Balancer, group: Thing) -> Finding:
    registered = await balancer.targets(group)
    name, seen = str(group["TargetGroupName"]), _told(registered)
    if (finding := _without_healthy(name, registered)) is not None:
        return finding
    matcher, path = str((group.get("Matcher") or {}).get("HttpCode") or ""), str(group.get("HealthCheckPath") or "")
    if _takes(matcher, _NOT_FOUND):
        return warned(
            f"{name} takes 404 for healthy, which an ingress without any rule says",
            "Set the matcher to 200, and the path to one of the platform: /health/ready",
            **{"matcher": matcher, "path": path, **seen},
        )
    ill = [each for each in registered if each.state not in {_WELL, _COMING, "draining"}]
    count = f"{sum(each.state == _WELL for each in registered)} of {len(registered)}"
    if ill:
        reason = target_reasons.of(ill[0].reason)
        return warned(f"{name}: {count} healthy; {ill[0].id}: {reason.text}", *reason.remedy, **seen)
    return passed(f"{name}: {count} healthy", **seen)


def _without_healthy(name: str, registered: list[Target]) -> Finding | None:
    """What to say of a group where nothing is healthy; None where something is."""
    if any(each.state == _WELL for each in registered):
        return None
    seen = _told(registered)
    if any(each.state == _COMING for each in registered):
        return warned(f"{name}: nothing is healthy yet", *target_reasons.of("Elb.InitialHealthChecking").remedy, **seen)
    usual = Counter(each.reason for each in registered).most_common(1)
    reason = target_reasons.of(usual[0][0]) if usual else target_reasons.NOBODY
    return failed(f"{name}: no target is healthy: {reason.text}", *reason.remedy, **seen)


def _told(registered: list[Target]) -> dict[str, str]:
    return {
        f"{each.id} port {each.port}": " ".join(part for part in (each.state, each.reason, each.text) if part)
        for each in registered[:_MOST_SHOWN]
    }


def _takes(matcher: str, code: int) -> bool:
    """Whether a list of codes and ranges such as `200,301-303` holds a code."""
    pairs = re.findall(r"(\d{3})(?:-(\d{3}))?", matcher)
    return any(int(first) <= code <= int(last or first) for first, last in pairs)


@check(
    "nats.lb.health",
    title="Agents find a listener that leads to a healthy target",
    symptom="Agents of the plugin engine cannot connect from outside.",
    remedy=(_PLAN, "The way of an agent, step by step: codemiectl nats test"),
    phase="nats",
    faq=("F25",),
    needs=("lb.state",),
    timeout=20,
)
async def agents(made: Made) -> Finding:
    """The load balancer is internal, does not listen at the port that agents are told, or no node has the pod.

    A node without a pod of NATS is unhealthy on purpose: the service keeps agents' addresses, and answers only there.
    """
    balancer = await there(made, Role.AGENTS)
    seen = {balancer.name: f"{balancer.thing.get('Scheme')}, {balancer.address}"}
    if not balancer.is_public:
        return failed(f"{balancer.name} is internal: agents outside cannot reach it", *agents.remedy, **seen)
    listeners = await balancer.listeners()
    seen |= {f"port {port}": str(each["Protocol"]) for port, each in sorted(listeners.items())}
    if silent := [port for port in agents_ports(made) if port not in listeners]:
        return failed(f"{balancer.name} does not listen at {_listed(silent)}", *agents.remedy, **seen)
    groups = await balancer.groups()
    if not groups:
        return failed(f"{balancer.name} has no group of targets", *agents.remedy, **seen)
    wanted = node_port(made, Role.AGENTS)
    for group in groups:
        if wanted and int(group.get("Port") or 0) != wanted:
            detail = f"{group['TargetGroupName']} goes to port {group.get('Port')} of the nodes, not to {wanted}"
            return failed(detail, *agents.remedy, **seen)
        registered = await balancer.targets(group)
        if (finding := _without_healthy(str(group["TargetGroupName"]), registered)) is not None:
            return finding
        seen |= _told(registered)
    return passed(f"{balancer.name} listens at {_listed(agents_ports(made))}, and a target is healthy", **seen)


def _listed(numbers: list[int]) -> str:
    return ", ".join(str(number) for number in numbers)


@check(
    "lb.accesslog.enabled",
    title="The load balancers keep a log",
    symptom="People report errors of yesterday, and nobody can say which of 502, 503 and 504 they were, and why.",
    remedy=(
        "Let Terraform make the bucket and turn the log on: access_logs = true, and codemiectl tf apply",
        f"Or make a bucket whose policy lets load balancers write: {_TURN_ON}",
        "See which code has which cause: codemiectl lb logs --balancer NAME",
    ),
    severity=Severity.MINOR,
    faq=("F63",),
    needs=("lb.state",),
    timeout=20,
)
async def access_log(made: Made) -> Finding:
    """Somebody turned it off, or the bucket that it is written to was deleted.

    The load balancer of agents logs TLS only, so where TLS ends behind it there is nothing to write.
    """
    seen, off, gone = dict[str, str](), list[str](), list[str]()
    for balancer in [await there(made, role) for role in Role if ends_tls(made, role)]:
        facts = await balancer.attributes()
        bucket = facts.get("access_logs.s3.bucket", "")
        if facts.get("access_logs.s3.enabled") != "true" or not bucket:
            off.append(balancer.name)
        elif not await _is_there(made, bucket):
            gone.append(bucket)
        seen[balancer.name] = f"s3://{bucket}" if bucket and balancer.name not in off else "off"
    if gone:
        return failed(f"The bucket {gone[0]} is gone, so that nothing is written", *access_log.remedy, **seen)
    if off and made.values.get("access_logs") is False:
        return skipped("access_logs = false: the stack of this installation keeps none")
    if off:
        return warned(f"{' and '.join(off)} {'keep' if len(off) > 1 else 'keeps'} none", *access_log.remedy, **seen)
    return passed("They do" if len(seen) > 1 else "It does", **seen)


async def _is_there(made: Made, bucket: str) -> bool:
    try:
        await made.aws.ask("s3", "head_bucket", Bucket=bucket)
    except Refused as error:
        # A bucket that others may not look at, and that load balancers may well write to.
        return error.code in DENIED or error.code not in MISSING
    return True


CHECKS: tuple[Check, ...] = (state, targets, agents, access_log)
