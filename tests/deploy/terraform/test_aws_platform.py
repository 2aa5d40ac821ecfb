"""What the stacks make, against a provider that makes nothing; `terraform test` validates them on the way."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
import yaml

from tests.deploy.terraform.workbench import CLOUDS, Workbench, provider_mirror, resources

State = dict[str, Any]

# Real Terraform on a busy machine: a few seconds of work, whatever the clock says.
pytestmark = pytest.mark.timeout(600)

LOOK_ONLY = ("Describe", "GetInstanceTypesFromInstanceRequirements")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    made = Workbench(tmp_path_factory.mktemp("terraform"), provider_mirror())
    for stack in ("bootstrap", "platform"):
        made.run(stack, "init", "-input=false", "-lockfile=readonly")
    return made


@pytest.fixture(scope="module")
def states(bench: Workbench) -> dict[str, State]:
    return bench.tested("platform", "profiles.tftest.hcl")


@pytest.fixture(scope="module")
def prod(states: dict[str, State]) -> State:
    return states["prod_survives_a_zone_and_a_mistake"]


@pytest.fixture(scope="module")
def dev(states: dict[str, State]) -> State:
    return states["dev_is_cheap_and_gone_with_one_command"]


@pytest.fixture(scope="module")
def unlogged(states: dict[str, State]) -> State:
    return states["dev_may_go_without_a_log"]


@pytest.fixture(scope="module")
def passing(states: dict[str, State]) -> State:
    return states["tls_of_agents_may_end_at_the_server"]


def of(state: State, kind: str) -> list[dict[str, Any]]:
    """Attributes of all resources of a type."""
    return [item["values"] for item in resources(state["root_module"]) if item["type"] == kind]


def statements(state: State) -> Iterator[dict[str, Any]]:
    for policy in of(state, "aws_iam_role_policy"):
        yield from json.loads(policy["policy"])["Statement"]


def test_the_first_stack_makes_what_it_says(bench: Workbench) -> None:
    bench.run("bootstrap", "test", "-filter=tests/made.tftest.hcl")


def test_prod_keeps_its_data(prod: State) -> None:
    [database] = of(prod, "aws_db_instance")
    buckets = of(prod, "aws_s3_bucket")

    assert database["engine_version"].startswith("17")
    assert (database["multi_az"], database["deletion_protection"], database["backup_retention_period"]) == (
        True,
        True,
        14,
    )
    assert database["skip_final_snapshot"] is False
    assert [bucket["force_destroy"] for bucket in buckets] == [False, False]
    assert {balancer["enable_deletion_protection"] for balancer in of(prod, "aws_lb")} == {True}


def test_dev_has_one_of_everything_and_no_protection(dev: State) -> None:
    [database] = of(dev, "aws_db_instance")
    [nodes] = of(dev, "aws_eks_node_group")

    assert (database["multi_az"], database["deletion_protection"], database["skip_final_snapshot"]) == (
        False,
        False,
        True,
    )
    assert len(nodes["subnet_ids"]) == 1
    assert len(of(dev, "aws_nat_gateway")) == 1
    assert of(dev, "aws_s3_bucket")[0]["force_destroy"] is True


@pytest.mark.parametrize("profile", ["prod", "dev"])
def test_everything_is_encrypted_whatever_the_profile(profile: str, request: pytest.FixtureRequest) -> None:
    state = request.getfixturevalue(profile)
    [database] = of(state, "aws_db_instance")
    [cluster] = of(state, "aws_eks_cluster")
    [template] = of(state, "aws_launch_template")
    disk = template["block_device_mappings"][0]["ebs"][0]

    assert all(key["enable_key_rotation"] for key in of(state, "aws_kms_key"))
    assert database["storage_encrypted"]
    assert database["kms_key_id"].startswith("arn:aws:kms:")
    assert cluster["encryption_config"][0]["resources"] == ["secrets"]
    assert (disk["encrypted"], disk["volume_type"]) == ("true", "gp3")
    assert of(state, "aws_cloudwatch_log_group")[0]["kms_key_id"]
    rules = [each["rule"][0] for each in of(state, "aws_s3_bucket_server_side_encryption_configuration")]
    algorithms = {rule["apply_server_side_encryption_by_default"][0]["sse_algorithm"] for rule in rules}
    # Application load balancers write under the key of S3 only.
    assert algorithms == {"aws:kms", "AES256"}


def test_the_database_password_is_in_no_state(prod: State) -> None:
    [database] = of(prod, "aws_db_instance")

    assert database["manage_master_user_password"] is True
    assert database["password"] is None


def test_a_pod_cannot_take_the_rights_of_its_node(prod: State) -> None:
    [template] = of(prod, "aws_launch_template")
    options = template["metadata_options"][0]

    assert (options["http_tokens"], options["http_put_response_hop_limit"]) == ("required", 1)


def test_the_control_plane_tells_everything_and_hides_from_the_internet(prod: State) -> None:
    [cluster] = of(prod, "aws_eks_cluster")

    assert set(cluster["enabled_cluster_log_types"]) == {
        "api",
        "audit",
        "authenticator",
        "controllerManager",
        "scheduler",
    }
    assert cluster["vpc_config"][0]["endpoint_public_access"] is False
    assert cluster["access_config"][0]["bootstrap_cluster_creator_admin_permissions"] is False


def test_a_role_is_for_one_service_account(prod: State) -> None:
    conditions = [
        json.loads(role["assume_role_policy"])["Statement"][0]["Condition"]["StringEquals"]
        for role in of(prod, "aws_iam_role")
        if "Federated" in role["assume_role_policy"]
    ]
    accounts = {
        value for condition in conditions for value in condition.values() if value.startswith("system:serviceaccount:")
    }

    assert len(accounts) == 6
    assert all("*" not in account for account in accounts)
    assert all("sts.amazonaws.com" in condition.values() for condition in conditions)


@pytest.mark.parametrize("profile", ["prod", "dev"])
def test_no_workload_may_do_everything_or_with_everything(profile: str, request: pytest.FixtureRequest) -> None:
    for statement in statements(request.getfixturevalue(profile)):
        actions = statement["Action"]
        assert not [action for action in actions if "*" in action], statement
        if "*" in statement["Resource"]:
            assert all(action.split(":")[1].startswith(LOOK_ONLY) for action in actions), statement


def test_models_are_open_only_where_they_are_named(prod: State, dev: State) -> None:
    asked = {
        name: [s for s in statements(state) if "bedrock:InvokeModel" in s["Action"]]
        for name, state in (("prod", prod), ("dev", dev))
    }

    assert asked["prod"] == []
    assert {arn for statement in asked["dev"] for arn in statement["Resource"]} == {
        "arn:aws:bedrock:eu-central-1::foundation-model/anthropic.claude-sonnet-4-20250514-v1:0"
    }


def test_the_platform_reaches_itself_by_its_public_names(prod: State) -> None:
    """Pods leave by the NAT gateway: its address must be let in, or their own names are closed to them."""
    rules = of(prod, "aws_vpc_security_group_ingress_rule")
    own = [(rule["from_port"], rule["cidr_ipv4"]) for rule in rules if rule["description"] == "Pods by the public name"]

    assert own == [(443, "203.0.113.7/32")] * 6  # three zones, web and NATS


def test_every_flow_has_a_port_and_a_source(prod: State) -> None:
    rules = of(prod, "aws_vpc_security_group_ingress_rule") + of(prod, "aws_vpc_security_group_egress_rule")

    assert {rule["ip_protocol"] for rule in rules} == {"tcp"}
    assert all(rule["cidr_ipv4"] != "0.0.0.0/0" for rule in rules)
    assert all(rule["description"] for rule in rules)
    # The database is reached by nodes, and reaches nothing.
    assert [rule["from_port"] for rule in rules if rule["description"] == "PostgreSQL from the nodes"] == [5432]


def test_both_load_balancers_keep_a_log_in_one_private_bucket(prod: State) -> None:
    kept = [balancer["access_logs"][0] for balancer in of(prod, "aws_lb")]
    bucket = "codemie-logs-210987654321"
    told = [each for policy in of(prod, "aws_s3_bucket_policy") for each in json.loads(policy["policy"])["Statement"]]
    writers = {each["Principal"]["Service"] for each in told if each["Action"] == "s3:PutObject"}
    [forgotten] = [
        rule["expiration"][0]["days"]
        for each in of(prod, "aws_s3_bucket_lifecycle_configuration")
        for rule in each["rule"]
        if rule["expiration"]
    ]

    assert {(each["bucket"], each["prefix"], each["enabled"]) for each in kept} == {
        (bucket, "web", True),
        (bucket, "nats", True),
    }
    assert prod["outputs"]["log_bucket"]["value"] == bucket
    assert writers == {"logdelivery.elasticloadbalancing.amazonaws.com", "delivery.logs.amazonaws.com"}
    assert forgotten == 90
    assert all(
        each[name]
        for each in of(prod, "aws_s3_bucket_public_access_block")
        for name in ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
    )


def test_dev_may_go_without_a_log(unlogged: State) -> None:
    assert [balancer["access_logs"] for balancer in of(unlogged, "aws_lb")] == [[], []]
    assert len(of(unlogged, "aws_s3_bucket")) == 1
    assert yaml.safe_load(unlogged["outputs"]["helm_values"]["value"])["aws"] == {"logBucket": ""}


def test_where_agents_end_tls_elsewhere_their_load_balancer_has_nothing_to_log(passing: State) -> None:
    kept = {balancer["load_balancer_type"]: balancer["access_logs"] for balancer in of(passing, "aws_lb")}

    assert (len(kept["application"]), kept["network"]) == (1, [])


def test_agents_find_tls_on_every_port(dev: State) -> None:
    listeners = [item for item in of(dev, "aws_lb_listener") if item["protocol"] == "TLS"]

    assert {item["port"] for item in listeners} == {443, 4222}
    assert all(item["ssl_policy"].startswith("ELBSecurityPolicy-TLS13-1-2") for item in listeners)
    assert all(item["certificate_arn"].startswith("arn:aws:acm:") for item in listeners)


def test_addons_are_pinned_and_network_policies_enforced(prod: State) -> None:
    addons = {addon["addon_name"]: addon for addon in of(prod, "aws_eks_addon")}

    assert set(addons) == {"vpc-cni", "kube-proxy", "coredns", "aws-ebs-csi-driver", "metrics-server"}
    assert all("eksbuild" in addon["addon_version"] for addon in addons.values())
    assert json.loads(addons["vpc-cni"]["configuration_values"]) == {"enableNetworkPolicy": "true"}
    assert addons["vpc-cni"]["service_account_role_arn"]
    assert addons["aws-ebs-csi-driver"]["service_account_role_arn"]


@pytest.mark.parametrize("profile", ["prod", "dev"])
def test_the_chart_takes_the_values_as_they_come(profile: str, request: pytest.FixtureRequest) -> None:
    chart = CLOUDS.parent / "helm" / "codemie"
    state = request.getfixturevalue(profile)

    told = yaml.safe_load(state["outputs"]["helm_values"]["value"])

    defaults = yaml.safe_load((chart / "values.yaml").read_text())
    jsonschema.validate(merged(defaults, told), json.loads((chart / "values.schema.json").read_text()))
    assert unknown(defaults, told) == []
    addresses = ",".join(state["outputs"]["nat_public_ips"]["value"])
    assert told["settings"] == {"CODEMIE_INTEGRATIONS_EGRESS_IP": addresses}
    assert told["nodePorts"] == {"enabled": True, "web": 32080, "agents": 30422}
    assert told["aws"] == {"logBucket": state["outputs"]["log_bucket"]["value"]}


def merged(below: Any, above: Any) -> Any:
    """As helm lays one file of values over another."""
    if isinstance(below, dict) and isinstance(above, dict):
        return {**below, **{key: merged(below.get(key), value) for key, value in above.items()}}
    return above


def unknown(known: dict[str, Any], told: dict[str, Any], at: str = "") -> list[str]:
    """Paths that the chart's own values do not have; what it leaves open, such as annotations, may hold anything."""
    found: list[str] = []
    for key, value in told.items():
        if key not in known:
            found.append(f"{at}{key}")
        elif isinstance(value, dict) and known[key]:
            found += unknown(known[key], value, f"{at}{key}.")
    return found
