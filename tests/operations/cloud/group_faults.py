"""Rules and groups that somebody took away by hand."""

from tests.operations.cloud.injecting import CloudFault
from tests.operations.cloud.world import DATABASE, CloudWorld, admit, forbid, permission


def _no_database(world: CloudWorld) -> None:
    forbid(world, "database", DATABASE, group=world.ids["group/cluster"])


def _database_for_one_subnet(world: CloudWorld) -> None:
    _no_database(world)
    admit(world, "database", DATABASE, cidr="10.0.0.0/20")


def database_by_a_list(world: CloudWorld) -> None:
    """Only a list of networks admits the nodes."""
    _no_database(world)
    rule = {"IpProtocol": "tcp", "FromPort": DATABASE, "ToPort": DATABASE, "PrefixListIds": [{"PrefixListId": "pl-1"}]}
    world.ec2.authorize_security_group_ingress(GroupId=world.ids["group/database"], IpPermissions=[rule])


def _not_among_themselves(world: CloudWorld) -> None:
    cluster = world.ids["group/cluster"]
    forbid(world, "cluster", -1, group=cluster)
    for port in (443, 10250, 8080, 4222):
        admit(world, "cluster", port, group=cluster)


def _no_web(world: CloudWorld) -> None:
    forbid(world, "nodes", 32080, group=world.ids["group/web"])


def _no_way_out(world: CloudWorld) -> None:
    cluster = world.ids["group/cluster"]
    everywhere = [permission(-1, cidr="0.0.0.0/0")]
    world.ec2.revoke_security_group_egress(GroupId=cluster, IpPermissions=everywhere)
    world.ec2.authorize_security_group_egress(GroupId=cluster, IpPermissions=[permission(-1, cidr="10.0.0.0/16")])
    world.ec2.revoke_security_group_egress(GroupId=world.ids["group/nodes"], IpPermissions=everywhere)


def _group_taken_off(world: CloudWorld) -> None:
    machine = world.ec2.describe_instances()["Reservations"][0]["Instances"][0]["InstanceId"]
    world.ec2.modify_instance_attribute(InstanceId=machine, Groups=[world.ids["group/cluster"]])


_SG = "net.sg.required"

FAULTS: tuple[CloudFault, ...] = (
    CloudFault(_SG, "the database admits nobody", inject=_no_database, says="nodes → database 5432/tcp"),
    CloudFault(
        _SG, "the database admits one of three subnets", inject=_database_for_one_subnet, says="nodes → database"
    ),
    CloudFault(
        _SG, "nodes may not ask each other for names", inject=_not_among_themselves, says="nodes → nodes 53/udp"
    ),
    CloudFault(_SG, "nodes do not admit the web load balancer", inject=_no_web, says="web load balancer → nodes 32080"),
    CloudFault(_SG, "nodes may not go to the internet", inject=_no_way_out, says="no outbound rule"),
    CloudFault(_SG, "one node lost its second group", inject=_group_taken_off, says="nodes 30422/tcp"),
)
