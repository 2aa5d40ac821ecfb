"""Checks of network security groups: what the platform needs is open, and who should come is admitted."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import cast

from codemie.checks.check import Check, Severity, check
from codemie.checks.report import Finding, failed, passed, unknown, warned
from codemie.checks.sources import Unobservable
from codemie.operations.cloud.azure.arm import Thing
from codemie.operations.cloud.azure.installed import NETWORK, Installed, facts
from codemie.operations.cloud.azure.route_checks import prefixes
from codemie.operations.cloud.azure.rules import PROBES, Lost, Reach, admitted, lost, rules_of
from codemie.operations.cloud.expected import Visitors
from codemie.operations.cloud.packets import EVERYWHERE, Packets

_POSTGRESQL = 5432
_AMONG_NODES = (("tcp", 53), ("udp", 53), ("tcp", 10250), ("tcp", 8080), ("tcp", 4222))
_NODE_PORTS = (30000, 32767)
# Who shuts out a network of an attacker does not shut out the internet.
_WIDE = 8
_MOST_SHOWN = 20
_PUT_BACK = "See which rule is gone or too many: codemiectl tf plan, then codemiectl tf apply"


@dataclass(frozen=True)
class Way:
    """Packets that must pass the groups at one end.

    Attributes:
        text: the connection, for people.
        groups: that they pass.
        protocol: tcp or udp.
        packets: by the network of the other end.
        local: the network of this end.
        inbound: they come.
    """

    text: str
    groups: tuple[Thing, ...]
    protocol: str
    packets: Packets
    local: IPv4Network
    inbound: bool

    def losses(self, reach: Reach) -> Iterator[tuple[Thing, Lost]]:
        """What each of the groups denies of them."""
        for group in self.groups:
            found = lost(rules_of(group), self.protocol, self.packets, self.local, reach, inbound=self.inbound)
            yield from ((group, each) for each in found if _counts(self, each))


def _counts(way: Way, each: Lost) -> bool:
    return way.packets.network != EVERYWHERE or each.packets.network.prefixlen <= _WIDE


async def _groups(made: Installed, subnet: Thing) -> tuple[Thing, ...]:
    """The group of a subnet."""
    named = cast("Thing", facts(subnet).get("networkSecurityGroup") or {}).get("id")
    found = await made.one(str(named), NETWORK) if named else None
    return (found,) if found else ()


async def of_nodes(made: Installed) -> tuple[Thing, ...]:
    """The groups that AKS ties to the machines themselves.

    Raises:
        Unobservable: they may not be looked at.
    """
    named = dict[str, None]()
    for each in await made.scale_sets():
        profile = cast("Thing", facts(each).get("virtualMachineProfile") or {}).get("networkProfile") or {}
        for card in cast("list[Thing]", profile.get("networkInterfaceConfigurations") or []):
            group = cast("Thing", facts(card).get("networkSecurityGroup") or {}).get("id")
            if group:
                named[str(group)] = None
    found = [await made.one(each, NETWORK) for each in named]
    return tuple(each for each in found if each)


async def reach_of(made: Installed) -> Reach:
    """What the tag VirtualNetwork means here: the network itself, and pods."""
    space = cast("Thing", facts(await made.network()).get("addressSpace") or {}).get("addressPrefixes") or []
    profile = cast("Thing", facts(await made.cluster() or {}).get("networkProfile") or {})
    pods = [profile["podCidr"]] if profile.get("podCidr") else []
    return Reach(tuple(IPv4Network(each) for each in (*cast("list[str]", space), *pods) if ":" not in each))


async def _ways(made: Installed) -> list[Way]:
    """What the platform needs, at each end that has groups."""
    subnets = await made.subnets()
    machines = await of_nodes(made)
    profile = cast("Thing", facts(await made.cluster() or {}).get("networkProfile") or {})
    pods = [IPv4Network(profile["podCidr"])] if profile.get("podCidr") else []
    nodes = {zone: subnets[f"nodes-{zone}"] for zone in made.zones if f"nodes-{zone}" in subnets}
    inside = [network for each in nodes.values() for network in prefixes(each)]
    ways = list[Way]()
    for each in nodes.values():
        groups = (*await _groups(made, each), *machines)
        for own in prefixes(each):
            ways.append(Way("nodes → internet 443/tcp", groups, "tcp", Packets(EVERYWHERE, 443, 443), own, False))
            probes = Packets(PROBES, *_NODE_PORTS)
            ways.append(Way("load balancer's probes → nodes", groups, "tcp", probes, own, True))
            for other in (*inside, *pods):
                for protocol, port in _AMONG_NODES:
                    text, packets = f"nodes and pods → nodes {port}/{protocol}", Packets(other, port, port)
                    ways += [Way(text, groups, protocol, packets, own, inbound) for inbound in (True, False)]
    database = subnets.get("database")
    for network in prefixes(database) if database else ():
        text, at = f"nodes → database {_POSTGRESQL}/tcp", (_POSTGRESQL, _POSTGRESQL)
        for each in nodes.values():
            groups = (*await _groups(made, each), *machines)
            ways += [Way(text, groups, "tcp", Packets(network, *at), own, False) for own in prefixes(each)]
        shutting = await _groups(made, cast("Thing", database))
        ways += [Way(text, shutting, "tcp", Packets(other, *at), network, True) for other in (*inside, *pods)]
    return ways


@check(
    "net.sg.required",
    title="Security groups let through what the platform needs",
    symptom="Nodes do not join, names do not resolve, or the API never reaches its database: connections time out.",
    remedy=(_PUT_BACK, "Look at it yourself: az network nic list-effective-nsg, of a node"),
    faq=("F45",),
    needs=("cloud.stack",),
    timeout=40,
)
async def flows(made: Installed) -> Finding:
    """A rule denies it that was made by hand, or by a policy of the organisation, before the ones that every group has.

    Looked at are, in the order of priorities, the groups of the subnets and those that AKS ties to the machines: nodes
    to the internet (443), nodes and pods among themselves (DNS 53, 10250, 8080, 4222), nodes to PostgreSQL, and the
    probes of load balancers to the ports of nodes.
    """
    reach, ways = await reach_of(made), await _ways(made)
    found = [(way, group, each) for way in ways for group, each in way.losses(reach)]
    seen = {way.text: _sentence(group, each) for way, group, each in reversed(found)}
    if certain := [each for each in found if each[2].is_certain]:
        way, group, each = certain[0]
        return failed(f"{way.text}: {_sentence(group, each)}", *flows.remedy, **seen)
    if found:
        way, group, each = found[0]
        text = f"{way.text}: {_sentence(group, each)}, unless a rule for a tag of Azure lets it through before"
        return unknown(text, flows.remedy[1], **seen)
    there = await made.subnets()
    if gone := [name for name in (*(f"nodes-{zone}" for zone in made.zones), "database") if name not in there]:
        return unknown(f"Not there: {', '.join(gone)}", "See cloud.subnets")
    return passed(f"{len({way.text for way in ways})} kinds of connections that the platform needs are open")


def _sentence(group: Thing, each: Lost) -> str:
    first, last = each.packets.first, each.packets.last
    ports = f"port {first}" if first == last else f"ports {first} to {last}"
    return f"{group['name']} denies {ports} of {each.packets.network}, by {each.rule}"


async def _admission(made: Installed, visitors: Visitors, entry: str, ports: tuple[int, ...]) -> Finding:
    """Whether the groups in front of an entry admit who should come."""
    address = facts(await made.address(entry) or {}).get("ipAddress")
    if not address:
        raise Unobservable(f"The address {made.name}-{entry} is not there", "See lb.state")
    people = [IPv4Network(each, strict=False) for each in cast("list[str]", made.values.get("allowed_cidrs") or [])]
    itself = [IPv4Network(each) for each in await made.leaving()]
    wanted = {
        **dict.fromkeys(people, "of allowed_cidrs"),
        **dict.fromkeys(visitors.networks, "of --from"),
        **dict.fromkeys(itself, "the address by which the platform itself comes"),
    }
    subnets, machines, reach = await made.subnets(), await of_nodes(made), await reach_of(made)
    groups = {str(each["id"]): each for each in machines}
    for zone in made.zones:
        groups |= {str(each["id"]): each for each in await _groups(made, subnets.get(f"nodes-{zone}") or {})}
    # The load balancer keeps the address that was called: it is what rules see as the destination.
    here = IPv4Network(str(address))
    every = tuple(groups.values())
    seen = {f"{each['name']} port {port}": _listed(admitted(rules_of(each), port)) for each in every for port in ports}
    doubtful = ""
    for port in ports:
        for network, why in wanted.items():
            way = Way("", every, "tcp", Packets(network, port, port), here, True)
            for group, each in way.losses(reach):
                text = f"Port {port} does not admit {network}, {why}: {_sentence(group, each)}"
                if each.is_certain:
                    return failed(text, f"Name it in allowed_cidrs. {_PUT_BACK}", **seen)
                doubtful = text
    if doubtful:
        return unknown(f"{doubtful}, unless a rule for a tag of Azure admits it before", _PUT_BACK, **seen)
    whole = Way("", every, "tcp", Packets(EVERYWHERE, ports[0], ports[0]), here, True)
    if EVERYWHERE not in people and not list(whole.losses(reach)):
        return warned("The whole internet is admitted, and allowed_cidrs does not say so", _PUT_BACK, **seen)
    return passed(f"It admits {len(wanted)} networks that should come, the platform itself among them", **seen)


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_SHOWN} more" if len(names) > _MOST_SHOWN else ""
    return (", ".join(names[:_MOST_SHOWN]) or "nobody") + more


@check(
    "net.sg.ingress",
    title="The web load balancer admits who should come, and the platform itself",
    symptom="People at one place wait until the browser gives up, or the platform cannot reach its own public name.",
    remedy=("Name the network in allowed_cidrs, and let Terraform add it to the rule", _PUT_BACK),
    severity=Severity.MAJOR,
    faq=("F64",),
    needs=("cloud.stack", "lb.state"),
    timeout=30,
)
async def ingress(made: Installed, visitors: Visitors) -> Finding:
    """No rule names the network that somebody comes from, or the address of a NAT gateway; or one denies it before.

    Looked at are the groups of the subnets and those of the machines, at 443 and 80: the load balancer keeps addresses.
    """
    return await _admission(made, visitors, "web", (443, 80))


@check(
    "nats.lb.sg",
    title="The load balancer of agents admits agents, and the platform itself",
    symptom="Agents at one place wait until their connection times out, and others work.",
    remedy=("Name the network in allowed_cidrs, and let Terraform add it to the rule", _PUT_BACK),
    phase="nats",
    severity=Severity.MAJOR,
    faq=("F25",),
    needs=("lb.state",),
    timeout=30,
)
async def agents(made: Installed, visitors: Visitors) -> Finding:
    """No rule names the network that an agent comes from, at a port for agents; or one denies it before."""
    ports = tuple(int(port) for port in made.values.get("nats_ports") or (443,))
    return await _admission(made, visitors, "nats", ports)


CHECKS: tuple[Check, ...] = (flows, ingress, agents)
