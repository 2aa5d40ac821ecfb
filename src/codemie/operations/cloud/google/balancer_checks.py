"""Checks of the load balancers: they are there, somebody well stands behind each of them, and they keep a log."""

from codemie.checks.check import Check, Severity, check
from codemie.checks.report import Finding, Status, failed, passed, warned
from codemie.operations.cloud.google.balancers import (
    HEALTHY,
    Target,
    agent_targets,
    front_of_agents,
    listens,
    ports_of,
    services,
    web_targets,
)
from codemie.operations.cloud.google.deployed import AGENTS, WEB, Deployed
from codemie.operations.cloud.google.way import Thing

_EVENTS = (
    "See what GKE says of it: kubectl describe ingress, or kubectl describe service, in the namespace of the chart"
)
_PLAN = "Look at what Terraform would make again: codemiectl tf plan"
_MOST_SHOWN = 10
_EXTERNAL = {"EXTERNAL", "EXTERNAL_MANAGED"}


@check(
    "lb.state",
    title="Both load balancers are there, at their reserved addresses",
    symptom="The domain leads nowhere, or agents cannot connect.",
    remedy=(
        _EVENTS,
        "Compare ingress.gce.addressName and the annotation of the service with the names of the addresses",
    ),
    faq=("F25", "F61"),
    needs=("cloud.stack",),
    timeout=20,
)
async def state(deployed: Deployed) -> Finding:
    """GKE could not make one, the chart does not name the reserved address, or somebody released the address."""
    seen, missing, idle, deaf = dict[str, str](), list[str](), list[str](), False
    for role in (WEB, AGENTS):
        name, address = f"{deployed.name}-{role}", await deployed.address(role)
        fronts = await deployed.fronts(role)
        told = ", ".join("{}-{}".format(*ports_of(each)) for each in fronts)
        seen[name] = f"{address or 'no address'}; ports {told or 'none'}"
        if not address:
            missing.append(name)
        elif not fronts:
            idle.append(name)
        elif role == WEB and not any(listens(each, 443) for each in fronts):
            deaf = True
    if missing:
        return failed(f"There is no address {' and no '.join(missing)}", _PLAN, **seen)
    if idle:
        return failed(f"No load balancer uses the address {' and '.join(idle)}", *state.remedy, **seen)
    if deaf:
        return failed("Nobody listens at 443: GKE makes that with the secret of the ingress", _EVENTS, **seen)
    return passed("Both are there", **seen)


@check(
    "lb.targets",
    title="A pod behind the load balancer for people is healthy",
    symptom="Browsers show 502 or 503.",
    remedy=(
        "Look at the pods, and at what they say at /health/ready: codemiectl doctor --cluster",
        "Let the probes in: net.sg.required looks whether 130.211.0.0/22 and 35.191.0.0/16 are admitted",
    ),
    faq=("F61",),
    needs=("lb.state",),
    timeout=20,
)
async def targets(deployed: Deployed) -> Finding:
    """No pod is ready, its port is another one, or a firewall or network policy keeps Google's probes out."""
    found: list[Finding] = []
    for service in await services(deployed):
        registered = await web_targets(deployed, service)
        found.append(_judged(str(service["name"]), registered, targets.remedy))
    if not found:
        return failed("Nothing is behind the name of the platform", _EVENTS)
    return min(found, key=lambda each: (Status.FAIL, Status.WARN, Status.PASS).index(each.status))


def _judged(name: str, registered: list[Target], remedy: tuple[str, ...]) -> Finding:
    well = sum(each.state == HEALTHY for each in registered)
    seen = {each.id: each.state for each in registered[:_MOST_SHOWN]}
    if not registered:
        return failed(f"{name}: nobody is registered", _EVENTS, *remedy)
    if not well:
        return failed(f"{name}: none of {len(registered)} is healthy", *remedy, **seen)
    if well < len(registered):
        return warned(f"{name}: {well} of {len(registered)} healthy", *remedy, **seen)
    return passed(f"{name}: {well} of {len(registered)} healthy", **seen)


@check(
    "nats.lb.health",
    title="Agents find a port that leads to a healthy node",
    symptom="Agents of the plugin engine cannot connect from outside.",
    remedy=(_EVENTS, "The way of an agent, step by step: codemiectl nats test"),
    phase="nats",
    faq=("F25",),
    needs=("lb.state",),
    timeout=20,
)
async def agents(deployed: Deployed) -> Finding:
    """The load balancer is internal, does not listen at the port that agents are told, or no node has the pod.

    A node without a pod of NATS is unhealthy on purpose: the service keeps agents' addresses, and answers only there.
    """
    front = await front_of_agents(deployed)
    name, scheme = str(front["name"]), str(front.get("loadBalancingScheme"))
    fronts = await deployed.fronts(AGENTS)
    seen = {name: f"{scheme}, {front.get('IPAddress')}, ports {'-'.join(map(str, ports_of(front)))}"}
    if scheme not in _EXTERNAL:
        return failed(f"{name} is {scheme}: agents outside cannot reach it", *agents.remedy, **seen)
    if silent := [port for port in deployed.agents_ports if not any(listens(each, port) for each in fronts)]:
        return failed(f"Nobody listens at {', '.join(map(str, silent))}", *agents.remedy, **seen)
    registered = await agent_targets(deployed, front)
    well = sum(each.state == HEALTHY for each in registered)
    seen |= {each.id: each.state for each in registered[:_MOST_SHOWN]}
    if not well:
        return failed(f"{name}: none of {len(registered)} nodes is healthy", *agents.remedy, **seen)
    ports = ", ".join(map(str, deployed.agents_ports))
    return passed(f"{name} listens at {ports}, and {well} of {len(registered)} nodes answer", **seen)


@check(
    "lb.accesslog.enabled",
    title="The load balancer for people keeps a log",
    symptom="People report errors of yesterday, and nobody can say which of 502, 503 and 504 they were, and why.",
    remedy=(
        "Turn it on in the BackendConfig: logging: {enable: true, sampleRate: 1.0}",
        'Read it: gcloud logging read resource.type="http_load_balancer"',
    ),
    severity=Severity.MINOR,
    faq=("F63",),
    needs=("lb.state",),
    timeout=20,
)
async def access_log(deployed: Deployed) -> Finding:
    """Somebody turned it off to save money, or only a part of the requests is written.

    The load balancer of agents passes TCP on and has no such log; flow logs of the subnet tell of its connections.
    """
    told = {str(each["name"]): _share(each) for each in await services(deployed)}
    seen = {name: f"{share:.0%}" for name, share in told.items()}
    if off := [name for name, share in told.items() if not share]:
        return warned(f"{', '.join(off)} keeps none", *access_log.remedy, **seen)
    if partly := [name for name, share in told.items() if share < 1]:
        return warned(f"{partly[0]} writes {told[partly[0]]:.0%} of the requests", *access_log.remedy, **seen)
    return passed("It does", **seen)


def _share(service: Thing) -> float:
    """The part of the requests that is logged."""
    config = service.get("logConfig") or {}
    return float(config.get("sampleRate", 1.0)) if config.get("enable") else 0.0


CHECKS: tuple[Check, ...] = (state, targets, agents, access_log)
