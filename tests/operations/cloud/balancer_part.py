"""The load balancers of the stack on moto, and what moto tells too simply of them."""

from typing import TYPE_CHECKING, Any

from tests.fakes.aws_account import REGION
from tests.plugins.diagnosis.certificates import Issued

if TYPE_CHECKING:
    from tests.operations.cloud.world import CloudWorld

ACCOUNT = "123456789012"
DOMAIN = "ai.acme.test"
HOSTS = {"web": f"codemie.{DOMAIN}", "nats": f"codemie-nats.{DOMAIN}"}
LOGS = "codemie-logs-123456789012"
ADDRESSES = {"web": "198.51.100.80", "nats": "198.51.100.42"}
NODES = ("i-0aaaaaaaaaaaaaaa1", "i-0aaaaaaaaaaaaaaa2")
_HEALTH = {"web": {"HealthCheckPath": "/health/ready", "Matcher": {"HttpCode": "200"}}, "nats": {}}


def balancing(world: "CloudWorld") -> None:
    """What stands in front of the load balancers and behind them, as the modules of the stack make it."""
    acm, s3 = world.client("acm"), world.client("s3")
    s3.create_bucket(Bucket=LOGS, CreateBucketConfiguration={"LocationConstraint": REGION})
    asked = acm.request_certificate(DomainName=HOSTS["web"], SubjectAlternativeNames=[HOSTS["nats"]])
    world.ids["certificate"] = asked["CertificateArn"]
    told_of_certificate(world, Status="ISSUED", RenewalEligibility="ELIGIBLE")
    for role, port in (("web", 32080), ("nats", 30422)):
        set_attributes(world, role, {"access_logs.s3.enabled": "true", "access_logs.s3.bucket": LOGS})
        _group(world, role, port)
    listener(world, "web", 443, "HTTPS")
    listener(world, "web", 80, "HTTP")
    listener(world, "nats", 443, "TLS")
    _names(world)


def _names(world: "CloudWorld") -> None:
    """Aliases in Route 53, what DNS makes of them, and the records that ACM looks for."""
    zone = world.client("route53").create_hosted_zone(Name=DOMAIN, CallerReference="1")["HostedZone"]["Id"]
    world.ids["zone"] = zone
    for role, host in HOSTS.items():
        balancer = address_of(world, role)
        led(world, host, balancer)
        for name in (host, balancer.lower()):
            world.dns.records[name, "A"] = world.public.records[name, "A"] = (60, [ADDRESSES[role]])
    for top in ("test", "com"):
        world.dns.records[top, "NS"] = (60, ["ns.test"])
    world.dns.records["ns.test", "A"] = (60, [world.public.address])
    told = world.client("acm").describe_certificate(CertificateArn=world.ids["certificate"])["Certificate"]
    for option in told["DomainValidationOptions"]:
        record = option["ResourceRecord"]
        world.dns.records[record["Name"].rstrip("."), "CNAME"] = (300, [record["Value"].rstrip(".")])


def private_zone(world: "CloudWorld", name: str, **led_to: str) -> None:
    """Tie a private zone to the network of the stack, with aliases of hosts in it."""
    made = world.client("route53").create_hosted_zone(
        Name=name,
        CallerReference=f"private {name}",
        HostedZoneConfig={"PrivateZone": True},
        VPC={"VPCRegion": REGION, "VPCId": world.ids["vpc"]},
    )["HostedZone"]["Id"]
    for role, target in led_to.items():
        led(world, HOSTS[role], target, made)


def address_of(world: "CloudWorld", role: str) -> str:
    """AWS's own name of a load balancer."""
    [found] = world.client("elbv2").describe_load_balancers(Names=[f"codemie-{role}"])["LoadBalancers"]
    return str(found["DNSName"])


def led(world: "CloudWorld", host: str, balancer: str, zone: str = "") -> None:
    """Let Route 53 lead a name to a load balancer, in the public zone or another one."""
    alias = {"HostedZoneId": "Z215JYRZR1TBD5", "DNSName": f"{balancer}.", "EvaluateTargetHealth": False}
    change = {"Action": "UPSERT", "ResourceRecordSet": {"Name": host, "Type": "A", "AliasTarget": alias}}
    world.client("route53").change_resource_record_sets(
        HostedZoneId=zone or world.ids["zone"], ChangeBatch={"Changes": [change]}
    )


def _group(world: "CloudWorld", role: str, port: int) -> None:
    elb = world.client("elbv2")
    made = elb.create_target_group(
        Name=f"codemie-{role}",
        Protocol="HTTP" if role == "web" else "TCP",
        Port=port,
        VpcId=world.ids["vpc"],
        TargetType="instance",
        **_HEALTH[role],
    )["TargetGroups"][0]["TargetGroupArn"]
    world.ids[f"targets/{role}"] = made
    elb.register_targets(TargetGroupArn=made, Targets=[{"Id": node, "Port": port} for node in NODES])


def listener(world: "CloudWorld", role: str, port: int, protocol: str, certificate: str = "") -> None:
    """What listens at a port, with the certificate of the stack or another one."""
    secure = {"Certificates": [{"CertificateArn": certificate or world.ids["certificate"]}]}
    made = world.client("elbv2").create_listener(
        LoadBalancerArn=world.ids[f"balancer/{role}"],
        Port=port,
        Protocol=protocol,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": world.ids[f"targets/{role}"]}],
        **(secure if protocol in {"HTTPS", "TLS"} else {}),
    )
    world.ids[f"listener/{role}/{port}"] = made["Listeners"][0]["ListenerArn"]


def uploaded(world: "CloudWorld", role: str, own: Issued) -> str:
    """Let a listener use a certificate that IAM keeps; gives its address."""
    told = world.client("iam").upload_server_certificate(
        Path="/codemie/",
        ServerCertificateName=f"codemie-{role}",
        CertificateBody=own.pem.decode(),
        PrivateKey=own.key_pem.decode(),
    )
    arn = str(told["ServerCertificateMetadata"]["Arn"])
    world.client("elbv2").modify_listener(
        ListenerArn=world.ids[f"listener/{role}/443"], Certificates=[{"CertificateArn": arn}]
    )
    return arn


def set_attributes(world: "CloudWorld", role: str, values: dict[str, str]) -> None:
    """Settings of a load balancer."""
    told = [{"Key": key, "Value": value} for key, value in values.items()]
    world.client("elbv2").modify_load_balancer_attributes(
        LoadBalancerArn=world.ids[f"balancer/{role}"], Attributes=told
    )


def told_of_certificate(world: "CloudWorld", arn: str = "", **facts: Any) -> None:
    """Let ACM tell other things of a certificate: moto's is issued at once and never renewed."""
    from moto.acm.models import acm_backends

    bundle: Any = acm_backends[ACCOUNT][REGION]._certificates[arn or world.ids["certificate"]]
    before = bundle.describe

    def describe() -> dict[str, Any]:
        return {"Certificate": {**before()["Certificate"], **facts}}

    bundle.describe = describe


def told_of_balancer(world: "CloudWorld", role: str, **facts: Any) -> None:
    """Change what moto keeps of a load balancer."""
    from moto.elbv2.models import elbv2_backends

    vars(elbv2_backends[ACCOUNT][REGION].load_balancers[world.ids[f"balancer/{role}"]]).update(facts)


def told_of_group(world: "CloudWorld", role: str, **facts: Any) -> None:
    """Change what moto keeps of a group of targets."""
    from moto.elbv2.models import elbv2_backends

    vars(elbv2_backends[ACCOUNT][REGION].target_groups[world.ids[f"targets/{role}"]]).update(facts)


def told_of_targets(world: "CloudWorld", role: str, state: str, reason: str, *nodes: str) -> None:
    """Let targets be in a state; moto knows of health only that they are registered."""
    from moto.elbv2.models import FakeHealthStatus, elbv2_backends

    group: Any = elbv2_backends[ACCOUNT][REGION].target_groups[world.ids[f"targets/{role}"]]
    before, meant = group.health_for, nodes or NODES

    def health_for(target: dict[str, Any], ec2: Any) -> Any:
        if target["Id"] not in meant:
            return before(target, ec2)
        return FakeHealthStatus(target["Id"], group.port, group.health_check_port, state, reason, "as AWS says it")

    group.health_for = health_for


def emptied(world: "CloudWorld", role: str) -> None:
    """Nothing is registered."""
    world.client("elbv2").deregister_targets(
        TargetGroupArn=world.ids[f"targets/{role}"], Targets=[{"Id": node} for node in NODES]
    )
