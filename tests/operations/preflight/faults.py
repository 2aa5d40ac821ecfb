"""What may be wrong before something is made: each turns exactly its own check red."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from codemie.checks.report import Status
from tests.operations.injection import Fault
from tests.operations.preflight.world import World

_SPOT = {"min": 3, "desired": 3, "max": 6, "instance_types": ["m7i.xlarge"], "capacity_type": "SPOT"}


@dataclass(frozen=True)
class PreflightFault(Fault):
    """A fault of what is about to be made."""

    inject: Callable[[World], object] = lambda _: None


def _given(**values: Any) -> Callable[[World], None]:
    def inject(world: World) -> None:
        world.values |= values

    return inject


def _without(name: str) -> Callable[[World], object]:
    return lambda world: world.values.pop(name)


def _asked(**facts: Any) -> Callable[[World], None]:
    def inject(world: World) -> None:
        vars(world).update(facts)

    return inject


def _trial(world: World) -> None:
    world.values["profile"] = "dev"
    world.profile = "prod"


def _open_password(world: World) -> None:
    world.cloud = "gcp"
    world.values = {
        "project_id": "acme-platform",
        "domain": "ai.acme.test",
        "zone_name": "ai-acme-test",
        "allowed_cidrs": ["81.2.69.0/24"],
        "api_allowed_cidrs": ["81.2.69.7/32"],
        "database_password": "planted0database0password0secret",
    }


_RULE = "aws_vpc_security_group_ingress_rule"


def _planned(kind: str, **after: Any) -> Callable[[World], None]:
    return lambda world: world.change(kind)["after"].update(after)


def _replaced(kind: str, attribute: str) -> Callable[[World], None]:
    return lambda world: world.change(kind).update(actions=["delete", "create"], replace_paths=[[attribute]])


def _destroyed(kind: str) -> Callable[[World], None]:
    def inject(world: World) -> None:
        change = world.change(kind)
        change.update(actions=["delete"], before=change["after"], after=None, after_unknown={})

    return inject


def _of_agents(world: World, kind: str) -> dict[str, Any]:
    resources = world.plan["resource_changes"]
    return next(each for each in resources if each["address"].startswith(f"module.nats_lb.{kind}."))["change"]


def _agents(kind: str, **after: Any) -> Callable[[World], None]:
    return lambda world: _of_agents(world, kind)["after"].update(after)


def _without_certificate(world: World) -> None:
    _of_agents(world, "aws_lb_listener")["after_unknown"].pop("certificate_arn")


def _deaf(world: World) -> None:
    kept = [each for each in world.plan["resource_changes"] if "nats_lb.aws_lb_listener." not in each["address"]]
    world.plan["resource_changes"] = kept


def _drifted(world: World) -> None:
    changed = {"address": "aws_security_group.web", "type": "aws_security_group"}
    world.plan["resource_drift"] = [{**changed, "change": {"actions": ["update"], "before": {}, "after": {}}}]


_VALUES = (
    PreflightFault("tf.vars.readable", "a quotation mark is missing", inject=_asked(appended='region = "eu\n')),
    PreflightFault("tf.vars.readable", "a value is given twice", inject=_asked(appended='region = "eu-west-1"\n')),
    PreflightFault("tf.vars.readable", "a value names another one", inject=_asked(appended="zone_name = var.domain\n")),
    PreflightFault("tf.vars.known", "a name is misspelt", inject=_given(vpc_cird="10.1.0.0/16")),
    PreflightFault("tf.vars.known", "a value of another stack is given", Status.WARN, _given(smtp_relay="mail")),
    PreflightFault(
        "tf.vars.known",
        "a field of a group of nodes is misspelt",
        inject=_given(node_groups={"web": {**_SPOT, "capacity_type": "ON_DEMAND", "disk_bg": 50}}),
    ),
    PreflightFault("tf.vars.required", "the domain is missing", inject=_without("domain")),
    PreflightFault("tf.vars.required", "a value that must be there is null", inject=_given(allowed_cidrs=None)),
    PreflightFault("tf.vars.types", "a text stands where a list is taken", inject=_given(allowed_cidrs="81.2.69.0/24")),
    PreflightFault("tf.vars.types", "a number is none", inject=_given(database_storage_gb="much")),
    PreflightFault(
        "tf.vars.types", "a field is missing", inject=_given(node_groups={"web": {"instance_types": ["m7i.large"]}})
    ),
    PreflightFault("tf.vars.placeholders", "a word in angle brackets is left", inject=_given(domain="<your domain>")),
    PreflightFault("tf.vars.placeholders", "the domain is that of examples", inject=_given(domain="ai.example.com")),
    PreflightFault("tf.vars.placeholders", "the account is an example's", inject=_given(account_id="012345678901")),
    PreflightFault("tf.vars.placeholders", "a value is left empty", inject=_given(account_id="")),
    PreflightFault(
        "tf.vars.placeholders", "a network of the documentation", inject=_given(allowed_cidrs=["198.51.100.0/24"])
    ),
    PreflightFault("tf.vars.rules", "zones of another region", inject=_given(availability_zones=["us-east-1a"] * 3)),
    PreflightFault(
        "tf.vars.rules",
        "the administrator is a session",
        inject=_given(admin_principal_arns=["arn:aws:sts::210987654321:assumed-role/admins/me"]),
    ),
    PreflightFault("tf.vars.networks", "the network is too small", inject=_given(vpc_cidr="10.0.0.0/24")),
    PreflightFault(
        "tf.vars.networks",
        "subnets overlap",
        inject=_given(
            private_cidrs=["10.0.0.0/20", "10.0.8.0/21", "10.0.32.0/20"],
            public_cidrs=["10.0.240.0/24", "10.0.241.0/24", "10.0.242.0/24"],
        ),
    ),
    PreflightFault("tf.vars.networks", "a host stands for a network", inject=_given(allowed_cidrs=["81.2.69.7/24"])),
    PreflightFault("tf.vars.networks", "nobody comes from there", Status.WARN, _given(allowed_cidrs=["10.20.0.0/16"])),
    PreflightFault("tf.vars.exposure", "open to the internet", Status.WARN, _given(allowed_cidrs=["0.0.0.0/0"])),
    PreflightFault("tf.vars.profile", "a trial, where production is asked for", inject=_trial),
    PreflightFault("tf.vars.profile", "all nodes are lent", Status.WARN, _given(node_groups={"web": _SPOT})),
    PreflightFault("tf.vars.profile", "a small database", Status.WARN, _given(database_instance_class="db.t4g.medium")),
    PreflightFault("tf.vars.secrets", "the password is readable for all", Status.WARN, _open_password),
    PreflightFault("tf.names.rules", "the name is too long for load balancers", inject=_given(name="sixteen-letters1")),
    PreflightFault("tf.names.rules", "the name has a capital", inject=_given(name="CodeMie")),
    PreflightFault("tf.names.domain", "the domain ends with a dot", inject=_given(domain="ai.acme.test.")),
    PreflightFault("tf.names.domain", "the zone does not hold it", inject=_given(zone_name="acme.org")),
)

_PLAN = (
    PreflightFault("tf.plan.whole", "the plan broke off", inject=lambda world: world.plan.update(errored=True)),
    PreflightFault("tf.plan.whole", "a part was put off", inject=lambda world: world.plan.update(complete=False)),
    PreflightFault("tf.plan.changes", "a load balancer is made anew", Status.WARN, _replaced("aws_lb", "subnets")),
    PreflightFault("tf.plan.stateful", "the database is made anew", inject=_replaced("aws_db_instance", "db_name")),
    PreflightFault("tf.plan.stateful", "a key is destroyed", inject=_destroyed("aws_kms_key")),
    PreflightFault("tf.plan.stateful", "a bucket is destroyed", inject=_destroyed("aws_s3_bucket")),
    PreflightFault(
        "tf.plan.exposure", "the database is public", inject=_planned("aws_db_instance", publicly_accessible=True)
    ),
    PreflightFault(
        "tf.plan.exposure",
        "SSH is open to everybody",
        inject=_planned(_RULE, cidr_ipv4="0.0.0.0/0", from_port=22, to_port=22),
    ),
    PreflightFault(
        "tf.plan.exposure", "every port is open over IPv6", inject=_planned(_RULE, cidr_ipv6="::/0", ip_protocol="-1")
    ),
    PreflightFault(
        "tf.plan.exposure",
        "the bucket may be made public",
        inject=_planned("aws_s3_bucket_public_access_block", block_public_policy=False),
    ),
    PreflightFault(
        "tf.plan.exposure",
        "the Kubernetes API answers everybody",
        inject=_planned(
            "aws_eks_cluster", vpc_config=[{"endpoint_public_access": True, "public_access_cidrs": ["0.0.0.0/0"]}]
        ),
    ),
    PreflightFault(
        "tf.plan.encryption",
        "the database is not encrypted",
        inject=_planned("aws_db_instance", storage_encrypted=False),
    ),
    PreflightFault(
        "tf.plan.encryption",
        "disks of nodes are not encrypted",
        inject=_planned("aws_launch_template", block_device_mappings=[{"ebs": [{"volume_size": 100}]}]),
    ),
    PreflightFault(
        "tf.plan.protection",
        "the database may be deleted",
        inject=_planned("aws_db_instance", deletion_protection=False),
    ),
    PreflightFault(
        "tf.plan.protection", "no backups are kept", inject=_planned("aws_db_instance", backup_retention_period=0)
    ),
    PreflightFault(
        "nats.lb.plan",
        "the load balancer of agents is internal",
        inject=_agents("aws_lb", internal=True),
    ),
    PreflightFault("nats.lb.plan", "nothing listens on the load balancer of agents", inject=_deaf),
    PreflightFault(
        "nats.lb.plan", "agents' listener is at a port of its own", inject=_agents("aws_lb_listener", port=8443)
    ),
    PreflightFault("nats.lb.plan", "agents' listener passes TLS on", inject=_agents("aws_lb_listener", protocol="TCP")),
    PreflightFault("nats.lb.plan", "agents' listener has no certificate", inject=_without_certificate),
    PreflightFault("nats.lb.plan", "the NodePort is another one", inject=_agents("aws_lb_target_group", port=32222)),
    PreflightFault("tf.plan.drift", "somebody changed a rule by hand", Status.WARN, _drifted),
)

FAULTS: tuple[PreflightFault, ...] = (*_VALUES, *_PLAN)
