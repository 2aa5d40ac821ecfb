"""Checks of the network: room in the subnets, ways out, and the addresses by which calls leave."""

from ipaddress import IPv4Network
from typing import Any, cast

from codemie.checks.check import Check, Severity, check
from codemie.checks.report import Finding, failed, passed, unknown, warned
from codemie.operations.cloud.azure.arm import Thing
from codemie.operations.cloud.azure.installed import NETWORK, Installed, facts
from codemie.operations.cloud.expected import Told

_TAKEN_BY_AZURE = 5
# A pool grows and is renewed by a third of its nodes, and each node takes one address: pods have others (overlay).
_FOR_NODES = 4
_SETTING = "CODEMIE_INTEGRATIONS_EGRESS_IP"
_PLAN = "Put it back: codemiectl tf plan, then codemiectl tf apply"


@check(
    "cloud.subnets",
    title="Subnets have addresses left",
    symptom="No node comes, and Azure says SubnetIsFull.",
    remedy=("Take away what is not used any more", "Let nodes be in a wider network: network_cidr, for a new stack"),
    faq=("F47",),
    needs=("cloud.stack",),
    timeout=20,
)
async def subnets(made: Installed) -> Finding:
    """Each node takes an address of its subnet; somebody put other machines there, or the network is narrow."""
    found = await made.subnets()
    wanted = [f"nodes-{zone}" for zone in made.zones]
    if gone := [name for name in (*wanted, "database") if name not in found]:
        return failed(f"The network has no subnet {', '.join(gone)}", _PLAN, *subnets.remedy)
    left = {name: _free(found[name]) for name in wanted}
    seen = {name: f"{count} left" for name, count in left.items()}
    full = [name for name, count in left.items() if count < _FOR_NODES]
    if full:
        return failed(f"{full[0]} has {left[full[0]]} addresses left", *subnets.remedy, **seen)
    return passed(f"{sum(left.values())} addresses are left for nodes", **seen)


def prefixes(subnet: Thing) -> list[IPv4Network]:
    """The networks of a subnet, of IPv4."""
    own = facts(subnet)
    told = cast("list[str]", own.get("addressPrefixes") or [own.get("addressPrefix")])
    return [IPv4Network(each) for each in told if each and ":" not in each]


def _free(subnet: Thing) -> int:
    used = len(cast("list[Any]", facts(subnet).get("ipConfigurations") or []))
    return sum(each.num_addresses - _TAKEN_BY_AZURE for each in prefixes(subnet)) - used


@check(
    "net.routes",
    title="Nodes leave by the NAT gateway of their zone",
    symptom="Nodes do not join, images are not pulled, models time out.",
    remedy=(_PLAN, "Look at it: az network vnet subnet list --resource-group GROUP --vnet-name NAME"),
    faq=("F45",),
    needs=("cloud.stack",),
    timeout=20,
)
async def routes(made: Installed) -> Finding:
    """A gateway was deleted to save money or lost its address, or a subnet was taken off it or sent elsewhere."""
    found, working = await made.subnets(), {str(each["id"]).lower() for each in (await made.gateways()).values()}
    with_address = {
        str(each["id"]).lower() for each in (await made.gateways()).values() if facts(each).get("publicIpAddresses")
    }
    seen, doubtful = dict[str, str](), list[str]()
    for zone in made.zones:
        name = f"nodes-{zone}"
        own = facts(found.get(name) or {})
        gateway = str(cast("Thing", own.get("natGateway") or {}).get("id") or "").lower()
        seen[name] = gateway.rpartition("/")[2] or "none"
        if not gateway:
            return failed(f"{name} leaves by no NAT gateway", *routes.remedy, **seen)
        if gateway not in working:
            return failed(f"{name} leaves by {seen[name]}, which does not work", *routes.remedy, **seen)
        if gateway not in with_address:
            return failed(f"{seen[name]} has no public address", *routes.remedy, **seen)
        if own.get("routeTable"):
            doubtful += await _elsewhere(made, name, str(own["routeTable"]["id"]))
    if doubtful:
        return unknown(doubtful[0], "Look there whether it leads out", **seen)
    return passed(f"{len(made.zones)} subnets have their way to the internet", **seen)


async def _elsewhere(made: Installed, name: str, table: str) -> list[str]:
    """That a table of routes sends a subnet somewhere that is not seen from here."""
    listed = cast("list[Thing]", facts(await made.one(table, NETWORK) or {}).get("routes") or [])
    default = [facts(each) for each in listed if facts(each).get("addressPrefix") == "0.0.0.0/0"]
    return [
        f"{name} is sent to {each.get('nextHopType')} {each.get('nextHopIpAddress') or ''}".strip() for each in default
    ]


@check(
    "cloud.egress",
    title="The platform tells the addresses by which its calls leave",
    symptom="Others admit the address that the platform tells, and their firewalls swallow its calls all the same.",
    remedy=(f"Set {_SETTING} to the addresses that are told here, with commas between",),
    severity=Severity.MAJOR,
    faq=("F10",),
    needs=("cloud.stack",),
    timeout=20,
)
async def egress(made: Installed, told: Told) -> Finding:
    """The setting is older than the NAT gateways, or names one of several: each zone leaves by its own."""
    found = await made.leaving()
    seen = {"NAT gateways": ", ".join(found) or "none", _SETTING: ", ".join(told.addresses) or "not set here"}
    set_it = f"Where the platform runs: {_SETTING}={','.join(found)}"
    if not found:
        return unknown(
            "No NAT gateway has an address, so it is not known by which calls leave", "See net.routes", **seen
        )
    if not told.addresses:
        return passed(f"Others must admit {', '.join(found)}", **seen)
    if strange := sorted(set(told.addresses) - set(found)):
        return failed(f"The platform tells {', '.join(strange)}, by which no call leaves", set_it, **seen)
    if missing := sorted(set(found) - set(told.addresses)):
        return warned(f"The platform does not tell {', '.join(missing)}", set_it, **seen)
    return passed(f"It tells {', '.join(found)}, and leaves by no other", **seen)


CHECKS: tuple[Check, ...] = (subnets, routes, egress)
