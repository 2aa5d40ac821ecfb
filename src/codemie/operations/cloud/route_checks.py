"""Checks of the ways out of the network: routes, and the addresses by which calls leave."""

from collections.abc import Collection
from dataclasses import dataclass

from codemie.checks.check import Check, Severity, check
from codemie.checks.report import Finding, failed, passed, unknown, warned
from codemie.operations.cloud.ends import named
from codemie.operations.cloud.expected import Told
from codemie.operations.cloud.made import Made, Thing

_EVERYWHERE = "0.0.0.0/0"
_TARGETS = (
    "NatGatewayId",
    "TransitGatewayId",
    "NetworkInterfaceId",
    "VpcPeeringConnectionId",
    "InstanceId",
    "GatewayId",
)
_SETTING = "CODEMIE_INTEGRATIONS_EGRESS_IP"


@dataclass(frozen=True)
class Way:
    """How a subnet reaches the internet.

    Attributes:
        subnet: for people.
        problem: why it does not; empty where it does.
        is_known: whether it can be told at all.
    """

    subnet: str
    problem: str = ""
    is_known: bool = True


def way(subnet: Thing, tables: list[Thing], gateways: Collection[str], *, is_private: bool) -> Way:
    """How one subnet reaches the internet.

    Args:
        subnet: whose way.
        tables: all route tables of the network.
        gateways: ids of the gateways that work: NAT gateways for a private subnet, internet gateways for a public one.
        is_private: what is in it has no public address.
    """
    name = named(subnet)
    route = _default(_table_of(subnet, tables))
    if route is None:
        return Way(name, "has no route to 0.0.0.0/0")
    if route.get("State") == "blackhole":
        return Way(name, "has a route into nothing: what it leads to is gone")
    target = next((str(route[key]) for key in _TARGETS if route.get(key)), "?")
    return Way(name) if target in gateways else _elsewhere(name, target, is_private=is_private)


def _elsewhere(name: str, target: str, *, is_private: bool) -> Way:
    if not is_private:
        return Way(name, f"leaves by {target}, which is no internet gateway of the network")
    if target.startswith("nat-"):
        return Way(name, f"leaves by {target}, which does not work any more")
    if target.startswith("igw-"):
        return Way(name, f"leaves by {target}: nodes have no public address, so nothing comes back")
    return Way(name, f"leaves by {target}; what is behind it cannot be seen from here", is_known=False)


def _table_of(subnet: Thing, tables: list[Thing]) -> Thing | None:
    """The one that it is tied to, else the network's main one."""
    of = [(table, tie) for table in tables for tie in table.get("Associations") or ()]
    own = next((table for table, tie in of if tie.get("SubnetId") == subnet["SubnetId"]), None)
    return own or next((table for table, tie in of if tie.get("Main")), None)


def _default(table: Thing | None) -> Thing | None:
    routes: list[Thing] = table.get("Routes") or [] if table else []
    return next((each for each in routes if each.get("DestinationCidrBlock") == _EVERYWHERE), None)


@check(
    "net.routes",
    title="Private subnets leave by a NAT gateway, public ones by the internet gateway",
    symptom="Nodes do not join, images are not pulled, models time out; or nobody reaches the platform.",
    remedy=(
        "Put it back: codemiectl tf plan, then codemiectl tf apply",
        "Look at it: aws ec2 describe-route-tables --filters Name=vpc-id,Values=VPC",
    ),
    faq=("F45",),
    needs=("cloud.stack",),
    timeout=20,
)
async def routes(made: Made) -> Finding:
    """A route was taken away, a NAT gateway was deleted to save money, or a subnet was tied to another table."""
    tables = await made.in_network("describe_route_tables", "RouteTables")
    nat = {str(each["NatGatewayId"]) for each in await made.gateways()}
    network = await made.network() or {}
    attached = [{"Name": "attachment.vpc-id", "Values": [network.get("VpcId")]}]
    found = await made.every("ec2", "describe_internet_gateways", "InternetGateways", Filters=attached)
    internet = {str(each["InternetGatewayId"]) for each in found}
    ways = [way(each, tables, nat, is_private=True) for each in await made.subnets("private")]
    ways += [way(each, tables, internet, is_private=False) for each in await made.subnets("public")]
    broken = [each for each in ways if each.problem and each.is_known]
    doubtful = [each for each in ways if not each.is_known]
    seen = {each.subnet: each.problem for each in (*broken, *doubtful)}
    if broken:
        return failed(f"{broken[0].subnet} {broken[0].problem}", *routes.remedy, **seen)
    if doubtful:
        return unknown(f"{doubtful[0].subnet} {doubtful[0].problem}", "Look there whether it leads out", **seen)
    return passed(f"{len(ways)} subnets have their way to the internet, by {len(nat)} NAT gateways")


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
async def egress(made: Made, told: Told) -> Finding:
    """The setting is older than the NAT gateways, or names one of several: each zone leaves by its own."""
    gateways = await made.gateways()
    found = sorted({str(address["PublicIp"]) for each in gateways for address in each["NatGatewayAddresses"]})
    seen = {"NAT gateways": ", ".join(found) or "none", _SETTING: ", ".join(told.addresses) or "not set here"}
    set_it = f"Where the platform runs: {_SETTING}={','.join(found)}"
    if not found:
        return unknown(
            "There is no NAT gateway, so it is not known by which address calls leave", "See net.routes", **seen
        )
    if not told.addresses:
        return passed(f"Others must admit {', '.join(found)}", **seen)
    if strange := sorted(set(told.addresses) - set(found)):
        return failed(f"The platform tells {', '.join(strange)}, by which no call leaves", set_it, **seen)
    if missing := sorted(set(found) - set(told.addresses)):
        return warned(f"The platform does not tell {', '.join(missing)}", set_it, **seen)
    return passed(f"It tells {', '.join(found)}, and leaves by no other", **seen)


CHECKS: tuple[Check, ...] = (routes, egress)
