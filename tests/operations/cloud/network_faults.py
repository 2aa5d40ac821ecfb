"""Ways that are not there, packets that an ACL drops, and people who are not admitted."""

from collections.abc import Callable
from typing import Any

from codemie.checks.report import Status
from tests.operations.cloud.injecting import CloudFault
from tests.operations.cloud.world import PEOPLE, ZONES, CloudWorld, admit, forbid, permission

_ZONE = next(iter(ZONES))
_PRIVATE, _PUBLIC = f"private-{_ZONE}", f"public-{_ZONE}"
EVERYWHERE = "0.0.0.0/0"


def _no_route(table: str) -> Callable[[CloudWorld], object]:
    return lambda world: world.ec2.delete_route(
        RouteTableId=world.ids[f"table/{table}"], DestinationCidrBlock=EVERYWHERE
    )


def _routed_by(**target: str) -> Callable[[CloudWorld], None]:
    """The private subnet of the first zone leaves by something else; values are keys of what the world made."""

    def inject(world: CloudWorld) -> None:
        _no_route(_PRIVATE)(world)
        there = {name: world.ids[key] for name, key in target.items()}
        world.ec2.create_route(RouteTableId=world.ids[f"table/{_PRIVATE}"], DestinationCidrBlock=EVERYWHERE, **there)

    return inject


def _no_gateway(world: CloudWorld) -> None:
    world.ec2.delete_nat_gateway(NatGatewayId=world.ids[f"nat/{_ZONE}"])
    world.told = tuple(world.ids[f"address/{zone}"] for zone in ZONES if zone != _ZONE)


def _tied_to_main(world: CloudWorld) -> None:
    tables = world.ec2.describe_route_tables(RouteTableIds=[world.ids[f"table/{_PRIVATE}"]])["RouteTables"]
    world.ec2.disassociate_route_table(AssociationId=tables[0]["Associations"][0]["RouteTableAssociationId"])


def peering(world: CloudWorld) -> None:
    """The private subnet of the first zone leaves by a network that we cannot see."""
    other = world.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    made = world.ec2.create_vpc_peering_connection(VpcId=world.ids["vpc"], PeerVpcId=other)
    world.ids["peering"] = made["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    _routed_by(VpcPeeringConnectionId="peering")(world)


def acl(subnet: str, *rules: tuple[int, str, str, str, int, int]) -> Callable[[CloudWorld], None]:
    """Tie a subnet to an ACL of its own.

    Args:
        subnet: such as private-eu-central-1a.
        rules: number, in or out, allow or deny, network, first and last port of TCP; -1 is everything.
    """

    def inject(world: CloudWorld) -> None:
        made = world.ec2.create_network_acl(VpcId=world.ids["vpc"])["NetworkAcl"]["NetworkAclId"]
        for number, side, action, network, first, last in rules:
            ports: dict[str, Any] = {"Protocol": "6", "PortRange": {"From": first, "To": last}}
            world.ec2.create_network_acl_entry(
                NetworkAclId=made,
                RuleNumber=number,
                Egress=side == "out",
                RuleAction=action,
                CidrBlock=network,
                **({"Protocol": "-1"} if first == -1 else ports),
            )
        acls = world.ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [world.ids["vpc"]]}])
        ties = [tie for each in acls["NetworkAcls"] for tie in each["Associations"]]
        tie = next(each for each in ties if each["SubnetId"] == world.ids[f"subnet/{subnet}"])
        world.ec2.replace_network_acl_association(AssociationId=tie["NetworkAclAssociationId"], NetworkAclId=made)

    return inject


ALL_IN, ALL_OUT = (100, "in", "allow", EVERYWHERE, -1, -1), (100, "out", "allow", EVERYWHERE, -1, -1)
_NO_ANSWERS = acl(
    _PRIVATE, (10, "in", "allow", EVERYWHERE, 53, 53), (20, "in", "allow", "10.0.0.0/16", -1, -1), ALL_OUT
)
_DENIED = acl(_PRIVATE, (10, "out", "deny", "10.0.16.0/20", 5432, 5432), ALL_IN, ALL_OUT)
_FEW_PORTS = acl(
    _PUBLIC, ALL_IN, (10, "out", "allow", EVERYWHERE, 443, 443), (20, "out", "allow", EVERYWHERE, 32768, 65535)
)


def _people_gone(world: CloudWorld) -> None:
    for port in (80, 443):
        forbid(world, "web", port, cidr=PEOPLE)


def _visitor(world: CloudWorld) -> None:
    world.visitors = ["203.0.113.0/25"]
    admit(world, "nats", 443, cidr="203.0.113.0/25")


def _not_itself(world: CloudWorld) -> None:
    forbid(world, "web", 443, cidr=f"{world.ids[f'address/{_ZONE}']}/32")


def _everybody(world: CloudWorld) -> None:
    admit(world, "web", 443, cidr=EVERYWHERE)


def _no_plain(world: CloudWorld) -> None:
    forbid(world, "web", 80, cidr=PEOPLE)


def by_a_list(world: CloudWorld) -> None:
    """Only a list of networks admits people."""
    _people_gone(world)
    rule = permission(443, cidr=PEOPLE) | {"IpRanges": [], "PrefixListIds": [{"PrefixListId": "pl-1"}]}
    world.ec2.authorize_security_group_ingress(GroupId=world.ids["group/web"], IpPermissions=[rule])


def _tells(*addresses: str) -> Callable[[CloudWorld], None]:
    def inject(world: CloudWorld) -> None:
        world.told = addresses or (world.ids[f"address/{_ZONE}"],)

    return inject


_ROUTES, _ACL, _INGRESS, _EGRESS = "net.routes", "net.nacl", "net.sg.ingress", "cloud.egress"

FAULTS: tuple[CloudFault, ...] = (
    CloudFault(_ROUTES, "a private subnet has no way out", inject=_no_route(_PRIVATE), says="no route to 0.0.0.0/0"),
    CloudFault(_ROUTES, "the NAT gateway of a zone was deleted", inject=_no_gateway, says="does not work any more"),
    CloudFault(
        _ROUTES, "a private subnet leaves by the internet gateway", inject=_routed_by(GatewayId="internet"), says="igw-"
    ),
    CloudFault(_ROUTES, "a private subnet was tied to the main table", inject=_tied_to_main, says="codemie-private-"),
    CloudFault(_ROUTES, "the public subnets have no way out", inject=_no_route("public"), says="codemie-public-"),
    CloudFault(_ACL, "an ACL forgets the answers from outside", inject=_NO_ANSWERS, says="nodes → internet 443/tcp"),
    CloudFault(_ACL, "an ACL denies what leads to the database", inject=_DENIED, says="by rule 10"),
    CloudFault(_ACL, "an ACL lets too few ports back", inject=_FEW_PORTS, says="answers at 1024 to 32767"),
    CloudFault(_INGRESS, "people are not admitted", inject=_people_gone, says=f"{PEOPLE}, of allowed_cidrs"),
    CloudFault(_INGRESS, "somebody's network is not admitted", inject=_visitor, says="203.0.113.0/25, of --from"),
    CloudFault(_INGRESS, "the platform itself is not admitted", inject=_not_itself, says="the platform itself comes"),
    CloudFault(_INGRESS, "the whole internet is admitted, unasked", Status.WARN, _everybody, "whole internet"),
    CloudFault(_INGRESS, "plain HTTP is not admitted", Status.WARN, _no_plain, "Port 80"),
    CloudFault(
        _EGRESS, "the platform tells an address that it never had", inject=_tells("192.0.2.1"), says="192.0.2.1"
    ),
    CloudFault(_EGRESS, "the platform tells one of three addresses", Status.WARN, _tells(), "CODEMIE_INTEGRATIONS"),
)
