"""A check of who may come to the load balancer of agents."""

from ipaddress import IPv4Network
from typing import cast

from codemie.checks.check import Check, Severity, check
from codemie.checks.report import Finding, failed, passed, unknown, warned
from codemie.operations.cloud.balancers import Role, agents_ports, there
from codemie.operations.cloud.expected import Visitors
from codemie.operations.cloud.ingress_checks import admitted, own_addresses, rules_of, shown
from codemie.operations.cloud.made import Made
from codemie.operations.cloud.packets import EVERYWHERE, Closed, Packets, closed


@check(
    "nats.lb.sg",
    title="The load balancer of agents admits agents, and the platform itself",
    symptom="Agents at one place wait until their connection times out, and others work.",
    remedy=(
        "Name the network in nats_allowed_cidrs, and let Terraform add the rule: codemiectl tf plan, then tf apply",
        "From where an agent runs: codemiectl nats test",
    ),
    phase="nats",
    severity=Severity.MAJOR,
    faq=("F25",),
    needs=("lb.state",),
    timeout=20,
)
async def admits(made: Made, visitors: Visitors) -> Finding:
    """No rule of its security groups names the network that an agent comes from, or the address of a NAT gateway.

    Looked at are the networks of nats_allowed_cidrs, which are those of allowed_cidrs where none are given, those of
    --from, and the NAT gateways, by which pods come to the public name; each at every port for agents.
    """
    balancer = await there(made, Role.AGENTS)
    if not balancer.thing.get("SecurityGroups"):
        return unknown(
            f"{balancer.name} has no security group: those of the nodes decide", "See what they admit: net.sg.required"
        )
    rules = await rules_of(made, balancer.thing)
    given = "nats_allowed_cidrs" if made.values.get("nats_allowed_cidrs") else "allowed_cidrs"
    told = [IPv4Network(each, strict=False) for each in cast("list[str]", made.values.get(given) or [])]
    wanted = {
        **dict.fromkeys(told, f"of {given}"),
        **dict.fromkeys(visitors.networks, "of --from"),
        **dict.fromkeys(await own_addresses(made), "the address by which the platform itself comes"),
    }
    ports = agents_ports(made)
    seen = {str(port): shown(admitted(rules, port)) for port in ports}
    answers: dict[tuple[int, IPv4Network], Closed] = {
        (port, each): closed(rules, "tcp", Packets(each, port, port), frozenset()) for port in ports for each in wanted
    }
    outside = [key for key, answer in answers.items() if answer.packets]
    if certain := [key for key in outside if answers[key].is_certain]:
        port, network = certain[0]
        more = f"; and {len(certain) - 1} more" if len(certain) > 1 else ""
        return failed(f"Port {port} does not admit {network}, {wanted[network]}{more}", *admits.remedy, **seen)
    if outside:
        remedy = "Look what is in the list: aws ec2 get-managed-prefix-list-entries --prefix-list-id ID"
        return unknown(f"Only a prefix list may admit {outside[0][1]}", remedy, **seen)
    if EVERYWHERE not in told and any(str(EVERYWHERE) in admitted(rules, port) for port in ports):
        text = f"The whole internet is admitted, and {given} does not say so"
        return warned(text, "Let Terraform take the rule away: codemiectl tf plan, then codemiectl tf apply", **seen)
    return passed(f"It admits {len(wanted)} networks that should come, the platform itself among them", **seen)


CHECKS: tuple[Check, ...] = (admits,)
