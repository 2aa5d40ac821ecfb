"""What `deploy/terraform/aws` makes, on moto, all well. Tests break one thing in it.

`PARTS` are made one after the other, each finding what came before it in `world.ids`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from ipaddress import IPv4Network
from typing import Any

from codemie.checks.report import Checked, Report
from codemie.checks.run import Options, run
from codemie.checks.sources import Sources
from codemie.operations.catalogue import CLOUD
from codemie.operations.cloud.aws import Aws
from codemie.operations.cloud.expected import Told, Visitors
from codemie.operations.cloud.made import Made
from codemie.plugins.diagnosis.lookup import Lookup
from tests.fakes.aws_account import REGION, AwsAccount
from tests.fakes.aws_eks import Eks
from tests.fakes.dns_server import FakeDns, serving
from tests.operations.cloud.balancer_part import balancing

NAME = "codemie"
ACCOUNT = "123456789012"
ZONES = {f"{REGION}{letter}": index for index, letter in enumerate("abc")}
PEOPLE = "198.51.100.0/24"
DATABASE = 5432
AUTO_SCALING = "eks-default"


def good_values() -> dict[str, Any]:
    """Of the stack, as far as they decide what is looked for."""
    return {
        "account_id": ACCOUNT,
        "name": NAME,
        "region": REGION,
        "profile": "prod",
        "domain": "ai.acme.test",
        "allowed_cidrs": [PEOPLE],
        "node_ports": {"web": 32080, "nats": 30422},
        "nats_ports": [443],
    }


@cache
def _shared(url: str) -> Aws:
    """One for all worlds, for making its clients takes a second."""
    import boto3

    return Aws(REGION, boto3.Session("ACCESSKEYOFATEST0000", "planted-aws-secret", region_name=REGION), url)


@dataclass
class CloudWorld:
    """An account with one installation.

    Attributes:
        values: of the stack, as they are told to `doctor`.
        visitors: networks of `--from`.
        told: addresses by which the platform says that its calls leave; None: those of its NAT gateways.
        session: the sign-in; None: one that may do everything.
        dns: what names resolve to, as seen from here.
        public: what the world is told, from the top-level domain down.
        ids: what was made → its id, such as `vpc`, `subnet/private/eu-central-1a`, `group/web`.
    """

    account: AwsAccount
    values: dict[str, Any] = field(default_factory=good_values)
    visitors: list[str] = field(default_factory=list[str])
    told: tuple[str, ...] | None = None
    session: Any = None
    ids: dict[str, str] = field(default_factory=dict[str, str])
    dns: FakeDns = field(default_factory=lambda: FakeDns("127.0.0.1", zones={"ai.acme.test"}))
    public: FakeDns = field(default_factory=lambda: FakeDns("127.0.0.3", is_authoritative=True, zones={"test", "com"}))

    def __post_init__(self) -> None:
        """All well."""
        self.account.reset()
        self.eks = self.account.front = Eks(self.account.moto, ACCOUNT, REGION)
        self.ec2 = self.account.client("ec2")
        for part in PARTS:
            part(self)

    def client(self, service: str) -> Any:
        """The official client, to break something."""
        return self.account.client(service)

    @property
    def aws(self) -> Aws:
        """The way to the account."""
        url = self.account.url
        return Aws(REGION, self.session, url) if self.session else _shared(url)

    async def report(self) -> Report:
        """What the checks say of it as it is now."""
        told = tuple(self.ids[f"address/{zone}"] for zone in ZONES) if self.told is None else self.told
        sources = Sources().offer(Made, Made(self.aws, self.values)).offer(Told, Told(told))
        sources.offer(Visitors, Visitors(tuple(map(IPv4Network, self.visitors))))
        async with serving(self.dns, self.public) as port:
            sources.offer(Lookup, Lookup((self.dns.address,), port, timeout=5))
            return await run("doctor", CLOUD, sources, Options(timeout=60))


def tags(kind: str, name: str) -> list[dict[str, Any]]:
    """As the stack tags it: its own name, and those of every resource."""
    every = {"Name": name, "Application": "codemie", "Platform": NAME, "Profile": "prod", "ManagedBy": "terraform"}
    return [{"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in every.items()]}]


def network(world: CloudWorld) -> None:
    """A public and a private subnet in each zone, with a way out."""
    ec2, ids = world.ec2, world.ids
    ids["vpc"] = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tags("vpc", NAME))["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway(TagSpecifications=tags("internet-gateway", NAME))["InternetGateway"]
    ids["internet"] = gateway["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=ids["internet"], VpcId=ids["vpc"])
    _routed(world, "public", GatewayId=ids["internet"])
    for zone, index in ZONES.items():
        _subnet(world, f"public-{zone}", zone, f"10.0.{240 + index}.0/24", "public")
        address = ec2.allocate_address(Domain="vpc", TagSpecifications=tags("elastic-ip", f"{NAME}-nat-{zone}"))
        ids[f"address/{zone}"] = address["PublicIp"]
        made = ec2.create_nat_gateway(
            SubnetId=ids[f"subnet/public-{zone}"],
            AllocationId=address["AllocationId"],
            TagSpecifications=tags("natgateway", f"{NAME}-{zone}"),
        )
        ids[f"nat/{zone}"] = made["NatGateway"]["NatGatewayId"]
        _routed(world, f"private-{zone}", NatGatewayId=ids[f"nat/{zone}"])
        _subnet(world, f"private-{zone}", zone, f"10.0.{16 * index}.0/20", f"private-{zone}")


def _routed(world: CloudWorld, name: str, **target: str) -> None:
    table = world.ec2.create_route_table(
        VpcId=world.ids["vpc"], TagSpecifications=tags("route-table", f"{NAME}-{name}")
    )["RouteTable"]["RouteTableId"]
    world.ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", **target)
    world.ids[f"table/{name}"] = table


def _subnet(world: CloudWorld, name: str, zone: str, cidr: str, table: str) -> None:
    made = world.ec2.create_subnet(
        VpcId=world.ids["vpc"],
        AvailabilityZone=zone,
        CidrBlock=cidr,
        TagSpecifications=tags("subnet", f"{NAME}-{name}"),
    )["Subnet"]["SubnetId"]
    world.ec2.associate_route_table(RouteTableId=world.ids[f"table/{table}"], SubnetId=made)
    world.ids[f"subnet/{name}"] = made


def private_subnets(world: CloudWorld) -> list[str]:
    """Where nodes and database are."""
    return [world.ids[f"subnet/private-{zone}"] for zone in ZONES]


def cluster(world: CloudWorld) -> None:
    """The control plane; EKS makes a security group for it and the nodes."""
    made = world.client("eks").create_cluster(
        name=NAME,
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/{NAME}-control-plane",
        resourcesVpcConfig={"subnetIds": private_subnets(world), "endpointPrivateAccess": True},
    )["cluster"]
    world.ids["group/cluster"] = made["resourcesVpcConfig"]["clusterSecurityGroupId"]


def groups(world: CloudWorld) -> None:
    """The security groups with their rules, as each module of the stack gives them."""
    for name in ("nodes", "web", "nats", "database"):
        world.ids[f"group/{name}"] = world.ec2.create_security_group(
            GroupName=f"{NAME}-{name}",
            Description=name,
            VpcId=world.ids["vpc"],
            TagSpecifications=tags("security-group", f"{NAME}-{name}"),
        )["GroupId"]
    cluster, nodes = world.ids["group/cluster"], world.ids["group/nodes"]
    admit(world, "database", DATABASE, group=cluster)
    for balancer, ports, port in (("web", (80, 443), 32080), ("nats", (443,), 30422)):
        group = world.ids[f"group/{balancer}"]
        for public in ports:
            admit(world, balancer, public, cidr=PEOPLE)
        for zone in ZONES:
            admit(world, balancer, 443, cidr=f"{world.ids[f'address/{zone}']}/32")
        admit(world, "nodes", port, group=group)
        # Terraform takes the rule away that lets everything out, and says what may go.
        world.ec2.revoke_security_group_egress(GroupId=group, IpPermissions=[permission(-1, cidr="0.0.0.0/0")])
        world.ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[permission(port, group=nodes)])


def permission(port: int, *, cidr: str = "", group: str = "") -> dict[str, Any]:
    """A rule for a TCP port, or for everything where it is -1."""
    ports = {"IpProtocol": "-1"} if port == -1 else {"IpProtocol": "tcp", "FromPort": port, "ToPort": port}
    peers = {"IpRanges": [{"CidrIp": cidr}]} if cidr else {"UserIdGroupPairs": [{"GroupId": group}]}
    return {**ports, **peers}


def admit(world: CloudWorld, to: str, port: int, *, cidr: str = "", group: str = "") -> None:
    """Let a network or a group in."""
    rule = permission(port, cidr=cidr, group=group)
    world.ec2.authorize_security_group_ingress(GroupId=world.ids[f"group/{to}"], IpPermissions=[rule])


def nodes(world: CloudWorld) -> None:
    """Three nodes in the group that EKS makes of a launch template."""
    template = world.ec2.create_launch_template(
        LaunchTemplateName=f"{NAME}-default-1",
        LaunchTemplateData={
            "ImageId": "ami-12c6146b",
            "InstanceType": "m7i.xlarge",
            "SecurityGroupIds": [world.ids["group/cluster"], world.ids["group/nodes"]],
            "TagSpecifications": tags("instance", f"{NAME}-default"),
        },
    )["LaunchTemplate"]["LaunchTemplateId"]
    world.client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName=AUTO_SCALING,
        MinSize=3,
        DesiredCapacity=3,
        MaxSize=6,
        LaunchTemplate={"LaunchTemplateId": template, "Version": "$Latest"},
        VPCZoneIdentifier=",".join(private_subnets(world)),
    )
    world.client("eks").create_nodegroup(
        clusterName=NAME,
        nodegroupName="default",
        nodeRole=f"arn:aws:iam::{ACCOUNT}:role/{NAME}-node",
        subnets=private_subnets(world),
        scalingConfig={"minSize": 3, "desiredSize": 3, "maxSize": 6},
        instanceTypes=["m7i.xlarge"],
        capacityType="ON_DEMAND",
    )


def addons(world: CloudWorld) -> None:
    """What the stack puts into the cluster."""
    for name in ("vpc-cni", "kube-proxy", "coredns", "aws-ebs-csi-driver", "metrics-server"):
        world.client("eks").create_addon(clusterName=NAME, addonName=name, addonVersion="v1.21.1-eksbuild.3")


def database(world: CloudWorld) -> None:
    """PostgreSQL in the private subnets."""
    rds = world.client("rds")
    rds.create_db_subnet_group(
        DBSubnetGroupName=f"{NAME}-database", DBSubnetGroupDescription="-", SubnetIds=private_subnets(world)
    )
    rds.create_db_instance(
        DBInstanceIdentifier=f"{NAME}-database",
        Engine="postgres",
        DBInstanceClass="db.m7g.large",
        AllocatedStorage=100,
        MasterUsername="codemie_admin",
        ManageMasterUserPassword=True,
        DBSubnetGroupName=f"{NAME}-database",
        VpcSecurityGroupIds=[world.ids["group/database"]],
    )


def balancers(world: CloudWorld) -> None:
    """The two load balancers, in the public subnets."""
    for name, kind in (("web", "application"), ("nats", "network")):
        made = world.client("elbv2").create_load_balancer(
            Name=f"{NAME}-{name}",
            Type=kind,
            Scheme="internet-facing",
            Subnets=[world.ids[f"subnet/public-{zone}"] for zone in ZONES],
            SecurityGroups=[world.ids[f"group/{name}"]],
        )["LoadBalancers"][0]
        world.ids[f"balancer/{name}"] = made["LoadBalancerArn"]


def forbid(world: CloudWorld, to: str, port: int, *, cidr: str = "", group: str = "") -> None:
    """Take away what `admit` gave."""
    rule = permission(port, cidr=cidr, group=group)
    world.ec2.revoke_security_group_ingress(GroupId=world.ids[f"group/{to}"], IpPermissions=[rule])


async def found(world: CloudWorld, check: str) -> Checked:
    """What one check says."""
    return next(each for each in (await world.report()).checks if each.id == check)


PARTS: tuple[Callable[[CloudWorld], None], ...] = (
    network,
    cluster,
    groups,
    nodes,
    addons,
    database,
    balancers,
    balancing,
)
