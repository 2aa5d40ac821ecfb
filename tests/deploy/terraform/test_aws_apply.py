"""The stack `platform` on moto: applied, planned again without a difference, destroyed.

The whole takes three minutes, of which Terraform, the provider and moto work for 25 s: the rest the provider waits
for things that are there already, by delays that are fixed in its code (the database 80 s until it is made and 60 s
until it is gone, a load balancer 60 s, the rules of a bucket 55 s). No setting of it, of Terraform or of moto shortens
them. So it runs where CODEMIE_LONG_TESTS=1 says so, and the part that needs no database everywhere.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from scripts.deployer_policy import POLICY

from tests.deploy.terraform.conftest import Aws
from tests.deploy.terraform.workbench import ACCOUNT, PATH_STYLE, Workbench, provider_mirror

pytestmark = pytest.mark.timeout(1500)

DOMAIN = "ai.acme.test"
VARIABLES = {
    "account_id": ACCOUNT,
    "profile": "dev",
    "domain": DOMAIN,
    "allowed_cidrs": ["198.51.100.0/24"],
    "admin_principal_arns": [f"arn:aws:iam::{ACCOUNT}:role/admins"],
    # Auto Scaling groups, which EKS makes for its nodes, moto does not make.
    "target_binding": "controller",
}
# What doctor finds well in it; of nodes and DNS moto tells nothing.
WELL = ("cloud.account", "cloud.stack", "cloud.addons", "cloud.subnets", "cloud.egress")
WELL += ("lb.accesslog.enabled", "net.routes", "net.sg.required", "net.nacl", "net.sg.ingress")
QUICK = [f"-target=module.{name}" for name in ("network", "keys")]

# Where the action in IAM is named otherwise than the call.
ACTIONS = {
    "s3:HeadBucket": "s3:ListBucket",
    "s3:GetBucketAccelerateConfiguration": "s3:GetAccelerateConfiguration",
    "s3:GetBucketCors": "s3:GetBucketCORS",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:DeleteBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "s3:DeleteBucketLifecycle": "s3:PutLifecycleConfiguration",
    "s3:GetBucketReplication": "s3:GetReplicationConfiguration",
    "s3:GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "s3:DeletePublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "s3:DeleteBucketOwnershipControls": "s3:PutBucketOwnershipControls",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:DeleteObjects": "s3:DeleteObject",
}
SERVICES = {"elastic load balancing v2": "elasticloadbalancing", "cloudwatch logs": "logs", "route 53": "route53"}


@pytest.fixture(scope="module")
def account(aws: Aws) -> Aws:
    """An account with the zone, which is there already."""
    aws.client("route53").create_hosted_zone(Name=DOMAIN, CallerReference="made by hand")
    return aws


@pytest.fixture
def bench(account: Aws, tmp_path: Path) -> Workbench:
    made = Workbench(tmp_path, provider_mirror())
    made.environment.update(account.environment, TF_LOG_PROVIDER="DEBUG", TF_LOG_PATH=str(tmp_path / "calls.log"))
    (made.root / "platform" / "provider_override.tf").write_text(PATH_STYLE)
    (made.root / "platform" / "terraform.tfvars.json").write_text(json.dumps(VARIABLES))
    made.run("platform", "init", "-input=false", "-lockfile=readonly")
    return made


def test_network_and_keys_apply_and_plan_clean_and_vanish(bench: Workbench, aws: Aws) -> None:
    applied_and_destroyed(bench, *QUICK)

    assert [vpc for vpc in aws.client("ec2").describe_vpcs()["Vpcs"] if not vpc["IsDefault"]] == []
    assert_allowed(bench)


@pytest.mark.skipif(os.environ.get("CODEMIE_LONG_TESTS") != "1", reason="takes minutes: CODEMIE_LONG_TESTS=1")
def test_everything_applies_and_plans_clean_and_vanishes(bench: Workbench, aws: Aws) -> None:
    found = applied_and_destroyed(bench)

    assert {name: found[name]["detail"] for name in WELL if found[name]["status"] != "pass"} == {}

    assert aws.client("rds").describe_db_instances()["DBInstances"] == []
    assert aws.client("elbv2").describe_load_balancers()["LoadBalancers"] == []
    assert_allowed(bench)


def applied_and_destroyed(bench: Workbench, *targets: str) -> dict[str, dict[str, Any]]:
    """Apply, plan again, let `doctor --cloud` look at it, destroy; gives the checks by id.

    Everything at once, for the longest wait is then all that is waited for.
    """
    bench.run("platform", "apply", "-auto-approve", "-no-color", "-parallelism=50", *targets)
    # Exit code 0 says "no changes", 2 would say that there are some.
    bench.run("platform", "plan", "-no-color", "-detailed-exitcode", *targets)
    found = examined(bench)
    bench.run("platform", "destroy", "-auto-approve", "-no-color", "-parallelism=50", *targets)
    return found


def examined(bench: Workbench) -> dict[str, dict[str, Any]]:
    """What `doctor --cloud` says of what was made, by the values that it was made with."""
    command = [sys.executable, "-m", "codemie.cli", "doctor", "--cloud", "aws", "--tfvars", bench.root / "platform"]
    ran = subprocess.run(
        [*map(str, command), "--timeout", "60", "--json"],
        env=bench.environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return {check["id"]: check for check in json.loads(ran.stdout)["checks"]}


def assert_allowed(bench: Workbench) -> None:
    """Every call that Terraform made is in the list of what the deployer may do."""
    allowed = set(json.loads(POLICY.read_text())["stacks"]["platform"])

    asked = called(Path(bench.environment["TF_LOG_PATH"]))

    assert {"ec2:CreateVpc", "ec2:DeleteVpc", "kms:EnableKeyRotation"} <= asked, "the log is read wrongly"
    assert asked - allowed == set()


def called(log: Path) -> set[str]:
    """Actions, as IAM names them, of the requests in a log of the provider."""
    actions: set[str] = set()
    # What was sent may take several lines of an entry, and fields come before or after it.
    for entry in re.split(r"(?m)^(?=\d{4}-\d\d-\d\dT)", log.read_text(errors="replace")):
        operation = re.search(r"\brpc\.method=(\w+)", entry)
        service = re.search(r'\brpc\.service=(?:"([^"]+)"|(\w+))', entry)
        if operation and service:
            name = (service[1] or service[2]).lower()
            action = f"{SERVICES.get(name, name)}:{operation[1]}"
            actions.add(ACTIONS.get(action, action))
    return actions
