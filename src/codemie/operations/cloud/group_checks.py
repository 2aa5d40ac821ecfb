"""Checks of security groups: what the platform needs is open."""

from collections.abc import Iterator
from dataclasses import dataclass

from codemie.checks.check import Check, check
from codemie.checks.report import Finding, failed, passed, unknown
from codemie.operations.cloud.ends import AGENTS, WEB, End, Flow, ends, named, required
from codemie.operations.cloud.made import Made, Thing
from codemie.operations.cloud.packets import Packets, closed

Groups = dict[str, Thing]


@dataclass(frozen=True)
class Shut:
    """A connection that security groups do not let through.

    Attributes:
        side: inbound or outbound.
        groups: whose rules lack it.
        is_certain: no list of networks may hold it.
    """

    flow: Flow
    side: str
    groups: tuple[str, ...]
    is_certain: bool

    @property
    def sentence(self) -> str:
        """For people."""
        which = "group" if len(self.groups) == 1 else "groups"
        return f"no {self.side} rule of the {which} {', '.join(self.groups)} lets it through"


def shut(flow: Flow, source: End, target: End, groups: Groups) -> Iterator[Shut]:
    """The sides of a connection that are not open.

    Args:
        flow: the connection.
        source: who opens it.
        target: who answers.
        groups: every security group of the network, by id.
    """
    for side, here, there, rules in (
        ("outbound", source, target, "IpPermissionsEgress"),
        ("inbound", target, source, "IpPermissions"),
    ):
        if not here.groups:
            continue
        own = [groups[each] for each in sorted(here.groups) if each in groups]
        given = [rule for group in own for rule in group[rules]]
        found = [
            closed(given, flow.protocol, Packets(network, flow.port, flow.port), there.groups)
            for network in there.networks
        ]
        lacking = [each for each in found if each.packets]
        if lacking:
            certain = all(each.is_certain for each in lacking)
            yield Shut(flow, side, tuple(map(named, own)), certain)


@check(
    "net.sg.required",
    title="Security groups let through what the platform needs",
    symptom="Nodes do not join, names do not resolve, or the API never reaches its database: connections time out.",
    remedy=(
        "See which rule is gone, and put it back: codemiectl tf plan, then codemiectl tf apply",
        "Or look at the group yourself: aws ec2 describe-security-groups --group-ids ID",
    ),
    faq=("F45",),
    needs=("cloud.stack",),
    timeout=30,
)
async def flows(made: Made) -> Finding:
    """A rule was taken away by hand, or a group was taken off a node, the database or a load balancer.

    Looked at are nodes and control plane (443, 10250), nodes among themselves (DNS 53, 10250, 8080, 4222), nodes to
    PostgreSQL, load balancers to the ports of the nodes, and nodes to the internet (443), each by the groups that
    both ends are in now.
    """
    there = await ends(made)
    groups = {each["GroupId"]: each for each in await made.in_network("describe_security_groups", "SecurityGroups")}
    needed = required(made)
    found = [
        each
        for flow in needed
        for source in there[flow.source]
        for target in there[flow.target]
        for each in shut(flow, source, target, groups)
    ]
    lacking = [each for each in found if each.is_certain]
    if lacking:
        first = lacking[0]
        seen = {each.flow.text: each.sentence for each in lacking}
        return failed(f"{first.flow.text}: {first.sentence}", *flows.remedy, **seen)
    if found:
        seen = {each.flow.text: each.sentence for each in found}
        return unknown(
            f"{found[0].flow.text}: only a prefix list may let it through",
            "Look at what is in the list: aws ec2 get-managed-prefix-list-entries --prefix-list-id ID",
            **seen,
        )
    # Of load balancers that are not there lb.state tells.
    if absent := [name for name, at in there.items() if not at and name not in {WEB, AGENTS}]:
        return unknown(f"Not there: {', '.join(absent)}", "See what Terraform would make again: codemiectl tf plan")
    looked = [flow for flow in needed if there[flow.source] and there[flow.target]]
    return passed(f"{len(looked)} connections that the platform needs are open")


CHECKS: tuple[Check, ...] = (flows,)
