"""Who talks to whom in the network of the platform: where each part is, and the security groups that it is in."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import cast

from codemie.operations.cloud.made import Made, Thing, tag
from codemie.operations.cloud.packets import EVERYWHERE

NODES, CONTROL_PLANE, DATABASE = "nodes", "control plane", "database"
WEB, AGENTS, INTERNET = "web load balancer", "load balancer of agents", "internet"

POSTGRESQL = 5432
_PORTS = {"web": 32080, "nats": 30422}
_KEYS = ("GroupId", "RouteTableId", "NetworkAclId", "SubnetId")
_RUNS = ["pending", "running"]


@dataclass(frozen=True)
class End:
    """One part of the platform, or the internet.

    Attributes:
        name: for people.
        networks: its addresses.
        groups: ids of its security groups; empty where none decide.
        subnets: ids of those that it is in, one for each of its networks; empty outside of the network.
    """

    name: str
    networks: tuple[IPv4Network, ...]
    groups: frozenset[str] = frozenset()
    subnets: tuple[str, ...] = ()

    @property
    def places(self) -> tuple[tuple[str, IPv4Network], ...]:
        """Its subnets, each with its network."""
        return tuple(zip(self.subnets, self.networks, strict=True)) if self.subnets else ()


@dataclass(frozen=True)
class Flow:
    """A connection that the platform needs.

    Attributes:
        source: name of who opens it.
        target: name of who is to answer.
        port: where.
        protocol: tcp or udp.
    """

    source: str
    target: str
    port: int
    protocol: str = "tcp"

    @property
    def text(self) -> str:
        """For people."""
        return f"{self.source} → {self.target} {self.port}/{self.protocol}"


def required(made: Made) -> tuple[Flow, ...]:
    """What must be open; the ports of nodes are those of the stack's values, the others the chart's."""
    ports = {**_PORTS, **cast("dict[str, int]", made.values.get("node_ports") or {})}
    return (
        Flow(CONTROL_PLANE, NODES, 10250),
        Flow(NODES, CONTROL_PLANE, 443),
        Flow(NODES, NODES, 53),
        Flow(NODES, NODES, 53, "udp"),
        Flow(NODES, NODES, 10250),
        Flow(NODES, NODES, 8080),
        Flow(NODES, NODES, 4222),
        Flow(NODES, DATABASE, POSTGRESQL),
        Flow(WEB, NODES, ports["web"]),
        Flow(AGENTS, NODES, ports["nats"]),
        Flow(NODES, INTERNET, 443),
    )


async def ends(made: Made) -> dict[str, list[End]]:
    """Every end by its name; nothing of a part that is not there.

    Nodes in different groups are ends of their own.

    Raises:
        Unobservable: AWS does not tell.
    """
    subnets = {each["SubnetId"]: each for each in await made.in_network("describe_subnets", "Subnets")}
    cluster = await made.cluster()
    found: dict[str, list[End]] = {INTERNET: [End(INTERNET, (EVERYWHERE,))]}
    found[NODES] = await _nodes(made, cluster, subnets) if cluster else []
    found[CONTROL_PLANE] = [_control_plane(cluster, subnets)] if cluster else []
    found[DATABASE] = await _database(made, subnets)
    for name, balancer in ((WEB, await made.balancer("web")), (AGENTS, await made.balancer("nats"))):
        zones = [each["SubnetId"] for each in balancer["AvailabilityZones"]] if balancer else []
        found[name] = [place(name, zones, balancer.get("SecurityGroups") or [], subnets)] if balancer else []
    return found


def place(name: str, ids: Iterable[str], groups: Iterable[str], subnets: dict[str, Thing]) -> End:
    """An end in some of the subnets.

    Args:
        name: for people.
        ids: of the subnets that it is in.
        groups: ids of its security groups.
        subnets: all of the network, by id.
    """
    known = sorted({each for each in ids if each in subnets})
    networks = tuple(IPv4Network(subnets[each]["CidrBlock"]) for each in known)
    return End(name, networks, frozenset(groups), tuple(known))


async def _nodes(made: Made, cluster: Thing, subnets: dict[str, Thing]) -> list[End]:
    """By the groups that they are in; before there are any, those that the stack gives them."""
    places = set[str]()
    for group in await made.node_groups():
        places |= set(group["subnets"])
    instances = await made.every(
        "ec2",
        "describe_instances",
        "Reservations",
        Filters=[
            {"Name": "tag:Platform", "Values": [made.name]},
            {"Name": "vpc-id", "Values": [cluster["resourcesVpcConfig"]["vpcId"]]},
            {"Name": "instance-state-name", "Values": _RUNS},
        ],
    )
    machines = [each for reservation in instances for each in reservation["Instances"]]
    sets = {frozenset(str(group["GroupId"]) for group in each["SecurityGroups"]) for each in machines}
    if not sets:
        own = await made.group(f"{made.name}-nodes")
        sets = {
            frozenset({cluster["resourcesVpcConfig"]["clusterSecurityGroupId"], *([own["GroupId"]] if own else [])})
        }
    return [place(NODES, places or subnets, each, subnets) for each in sorted(sets, key=sorted)]


def _control_plane(cluster: Thing, subnets: dict[str, Thing]) -> End:
    network = cluster["resourcesVpcConfig"]
    groups = [network["clusterSecurityGroupId"], *(network.get("securityGroupIds") or [])]
    return place(CONTROL_PLANE, network["subnetIds"], groups, subnets)


async def _database(made: Made, subnets: dict[str, Thing]) -> list[End]:
    found = await made.every(
        "rds", "describe_db_instances", "DBInstances", DBInstanceIdentifier=f"{made.name}-database"
    )
    return [
        place(
            DATABASE,
            [subnet["SubnetIdentifier"] for subnet in each["DBSubnetGroup"]["Subnets"]],
            [group["VpcSecurityGroupId"] for group in each["VpcSecurityGroups"]],
            subnets,
        )
        for each in found
    ]


def named(thing: Thing) -> str:
    """A security group, route table or ACL, for people."""
    key = next(str(thing[key]) for key in _KEYS if thing.get(key))
    name = tag(thing, "Name") or str(thing.get("GroupName") or "")
    return f"{key} ({name})" if name else key
