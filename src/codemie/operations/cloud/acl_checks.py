"""The check of network ACLs: they know no connections, so both ways of each must be open."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import cast

from codemie.checks.check import Check, check
from codemie.checks.report import Finding, failed, passed
from codemie.operations.cloud.ends import AGENTS, INTERNET, NODES, WEB, End, Flow, ends, named, place, required
from codemie.operations.cloud.made import Made, Thing
from codemie.operations.cloud.packets import EVERYWHERE, Dropped, Packets, dropped

_PEOPLE, _GATEWAYS = "people", "NAT gateways"
# Clients choose from these; NAT gateways and load balancers take all of them
# (docs.aws.amazon.com/vpc/latest/userguide/nacl-ephemeral-ports.html).
_ANSWERS = (1024, 65535)
# Who shuts out a network of an attacker does not shut out the internet.
_WIDE = 8


@dataclass(frozen=True)
class Crossing:
    """Packets that cross the border of a subnet.

    Attributes:
        flow: the connection that they are of.
        subnet: id.
        outbound: they leave it; else they come in.
        packets: which.
        is_answer: they are answers.
    """

    flow: Flow
    subnet: str
    outbound: bool
    packets: Packets
    is_answer: bool

    def sentence(self, acl: str, lost: Dropped) -> str:
        """That some of them are dropped, for people."""
        first, last = lost.packets.first, lost.packets.last
        which = f"answers at {first} to {last}" if self.is_answer else f"port {first}"
        way = "to" if self.outbound else "from"
        return f"{acl} drops {which} {way} {lost.packets.network}, by rule {lost.rule}"


def opening(flow: Flow, here: End, there: End) -> Iterator[Crossing]:
    """What crosses the border where a connection begins: it leaves, and answers come."""
    for subnet, network in _pairs(here, there):
        yield Crossing(flow, subnet, True, Packets(network, flow.port, flow.port), False)
        yield Crossing(flow, subnet, False, Packets(network, *_ANSWERS), True)


def answering(flow: Flow, here: End, there: End) -> Iterator[Crossing]:
    """What crosses the border where a connection ends: it comes, and answers leave."""
    for subnet, network in _pairs(here, there):
        yield Crossing(flow, subnet, False, Packets(network, flow.port, flow.port), False)
        yield Crossing(flow, subnet, True, Packets(network, *_ANSWERS), True)


def _pairs(here: End, there: End) -> Iterator[tuple[str, IPv4Network]]:
    """A subnet of one end with a network of the other; within a subnet no ACL is asked."""
    for subnet, own in here.places:
        for network in there.networks:
            if network != own:
                yield subnet, network


def crossings(made: Made, there: dict[str, list[End]], gateways: End) -> Iterator[Crossing]:
    """Everything that must cross a border: what the platform needs, and people and agents from outside."""
    for flow in required(made):
        for source in there[flow.source]:
            for target in there[flow.target]:
                yield from opening(flow, source, target)
                yield from answering(flow, target, source)
    internet = there[INTERNET][0]
    out = Flow(NODES, INTERNET, 443)
    for nodes in there[NODES]:
        # On its way out a packet crosses the gateway's subnet, with the address that it is for.
        yield from answering(out, gateways, nodes)
    yield from opening(out, gateways, internet)
    people, agents = _networks(made, "allowed_cidrs"), _networks(made, "nats_allowed_cidrs", "allowed_cidrs")
    for balancer in there[WEB]:
        for port in (443, 80):
            yield from answering(Flow(_PEOPLE, WEB, port), balancer, people)
    for balancer in there[AGENTS]:
        for port in cast("list[int]", made.values.get("nats_ports") or [443]):
            yield from answering(Flow(_PEOPLE, AGENTS, int(port)), balancer, agents)


def _networks(made: Made, *names: str) -> End:
    given = next((made.values[name] for name in names if made.values.get(name)), [])
    return End(_PEOPLE, tuple(IPv4Network(each, strict=False) for each in cast("list[str]", given)))


def _counts(crossing: Crossing, lost: Dropped) -> bool:
    return crossing.packets.network != EVERYWHERE or lost.packets.network.prefixlen <= _WIDE


@check(
    "net.nacl",
    title="Network ACLs let connections through, and their answers back",
    symptom="Connections time out between some subnets, or for some clients, though security groups admit them.",
    remedy=(
        "Allow what is named, with a lower number than the rule that drops it; answers need TCP 1024-65535",
        "Or tie the subnet to the default ACL again: aws ec2 replace-network-acl-association",
    ),
    faq=("F65", "F45"),
    needs=("cloud.stack",),
    timeout=30,
)
async def acls(made: Made) -> Finding:
    """Somebody tied a subnet to an ACL that names the ports of services, and forgot the answers; or a rule denies.

    The stack makes no ACL: the default one lets everything through. Looked at, rule by rule in their order, is what
    net.sg.required looks at, what people and agents send, and the way through the NAT gateways, both ways of each.
    """
    subnets = {str(each["SubnetId"]): each for each in await made.in_network("describe_subnets", "Subnets")}
    tied = {
        str(tie["SubnetId"]): each
        for each in await made.in_network("describe_network_acls", "NetworkAcls")
        for tie in each.get("Associations") or ()
    }
    gateways = place(_GATEWAYS, [str(each["SubnetId"]) for each in await made.gateways()], (), subnets)
    found = dict(_losses(crossings(made, await ends(made), gateways), tied))
    if found:
        flow, sentence = next(iter(found.items()))
        return failed(f"{flow}: {sentence}", *acls.remedy, **found)
    own = sorted({named(each) for each in tied.values() if not each.get("IsDefault")})
    return passed(
        "They let through what is needed, and the answers", **({"besides the default": ", ".join(own)} if own else {})
    )


def _losses(crossing: Iterator[Crossing], tied: dict[str, Thing]) -> Iterator[tuple[str, str]]:
    """Of each connection the first thing that is dropped."""
    told = set[str]()
    for each in crossing:
        acl = tied.get(each.subnet)
        if acl is None or each.flow.text in told:
            continue
        lost = dropped(acl["Entries"], each.flow.protocol, each.packets, outbound=each.outbound)
        counting = [one for one in lost if _counts(each, one)]
        if counting:
            told.add(each.flow.text)
            yield each.flow.text, each.sentence(named(acl), counting[0])


CHECKS: tuple[Check, ...] = (acls,)
