"""What really goes wrong with a state or a right is told rightly from what Terraform itself prints of it."""

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cli.installation import ctl, eventually
from tests.deploy.terraform.conftest import Aws
from tests.deploy.terraform.workbench import REGION, environment, program, provider_mirror

# Real Terraform on a busy machine.
pytestmark = pytest.mark.timeout(400)

BUCKET, TABLE = "states", "locks"
SMALL = 'resource "terraform_data" "one" {}\n'
SLOW = """resource "terraform_data" "slow" {
  provisioner "local-exec" {
    command = "touch started; exec sleep 300"
  }
}
"""
AMAZON = """terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

resource "aws_vpc" "this" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_kms_key" "this" {}

resource "aws_iam_role" "this" {
  name               = "codemie"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}

resource "aws_s3_bucket" "this" {
  bucket = "acme-data"
}
"""
DAMAGES: dict[str, Callable[[str], str]] = {
    "cut off": lambda state: state[:150],
    "a page of a proxy": lambda _: "<html>Access denied</html>",
    "another document": lambda _: "{}",
    "a format of later": lambda state: state.replace('"version": 4', '"version": 99'),
    "a field of another type": lambda state: state.replace('"serial": 1', '"serial": "one"'),
}


@dataclass
class Stack:
    """A configuration in a folder of its own."""

    folder: Path
    variables: dict[str, str]

    def terraform(self, *arguments: str, ends: int, **variables: str) -> str:
        """Everything it prints; it must end with this exit code."""
        ran = subprocess.run(
            [program(), *arguments],
            cwd=self.folder,
            env={**self.variables, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        assert ran.returncode == ends, f"terraform {' '.join(arguments)}: {ran.returncode}\n{ran.stdout}"
        return ran.stdout

    @contextmanager
    def applying(self) -> Iterator["subprocess.Popen[bytes]"]:
        """A Terraform of somebody else, in the middle of an apply, until it is killed."""
        command = [program(), "apply", "-auto-approve"]
        with subprocess.Popen(
            command, cwd=self.folder, env=self.variables, stdout=subprocess.DEVNULL, start_new_session=True
        ) as other:
            try:
                eventually((self.folder / "started").exists, seconds=60, what="the other apply")
                yield other
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(other.pid, signal.SIGKILL)


@dataclass
class Diagnosis:
    """What `codemiectl tf diagnose` made of it."""

    code: int
    checks: list[dict[str, Any]]

    @property
    def ids(self) -> list[str]:
        return [check["id"].removeprefix("tf.log.") for check in self.checks]

    @property
    def text(self) -> str:
        return " ".join([self.checks[0]["detail"], *self.checks[0]["remedy"]])


@pytest.fixture
def diagnosed(tmp_path: Path) -> Callable[[str], Diagnosis]:
    """Hands a log to the command."""

    def ask(log: str) -> Diagnosis:
        (tmp_path / "terraform.log").write_text(log)
        ended = ctl("tf", "diagnose", str(tmp_path / "terraform.log"), "--json", env=dict(os.environ))
        return Diagnosis(ended.returncode, json.loads(ended.stdout)["checks"])

    return ask


def stack(folder: Path, body: str, backend: str = "", **variables: str) -> Stack:
    """A configuration, initialised."""
    folder.mkdir()
    (folder / "main.tf").write_text(body)
    if backend:
        (folder / "backend.tf").write_text(f"terraform {{\n{backend}\n}}\n")
    mirror = provider_mirror() if "hashicorp/aws" in body else None
    made = Stack(folder, {**environment(folder, mirror), **variables})
    made.terraform("init", "-input=false", ends=0)
    return made


def in_s3(name: str, *settings: str) -> str:
    """A state of that name in the bucket."""
    places = (f'bucket = "{BUCKET}"', f'key = "{name}"', f'region = "{REGION}"', "use_path_style = true")
    return 'backend "s3" {\n' + "\n".join((*places, *settings)) + "\n}"


@pytest.fixture(scope="module")
def cloud(aws: Aws) -> Aws:
    """An account with a bucket for states and a table for their locks and digests."""
    place = {"LocationConstraint": REGION}
    aws.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
    aws.client("dynamodb").create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return aws


class TestOnThisDisk:
    @pytest.mark.parametrize("form", ["-no-color", "-json"])
    def test_a_lock_of_a_run_that_goes_on(
        self, tmp_path: Path, diagnosed: Callable[[str], Diagnosis], form: str
    ) -> None:
        ours = stack(tmp_path / "stack", SLOW)

        with ours.applying():
            found = diagnosed(ours.terraform("plan", form, ends=1))

        assert (found.code, found.ids) == (2, ["state.lock"])
        assert ", for OperationTypeApply, since 20" in found.text
        assert "terraform force-unlock " in found.text

    def test_a_killed_run_leaves_a_file_and_no_lock(
        self, tmp_path: Path, diagnosed: Callable[[str], Diagnosis]
    ) -> None:
        ours = stack(tmp_path / "stack", SLOW)
        with ours.applying() as other:
            os.killpg(other.pid, signal.SIGKILL)
            other.wait(30)
        assert (ours.folder / ".terraform.tfstate.lock.info").exists()

        found = diagnosed(ours.terraform("plan", "-no-color", ends=0))

        assert (found.code, [check["status"] for check in found.checks]) == (0, ["pass"])

    @pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
    def test_a_corrupted_state_is_no_lock_although_terraform_says_so(
        self, tmp_path: Path, diagnosed: Callable[[str], Diagnosis], damage: Callable[[str], str]
    ) -> None:
        ours = stack(tmp_path / "stack", SMALL)
        ours.terraform("apply", "-auto-approve", ends=0)
        state = ours.folder / "terraform.tfstate"
        state.write_text(damage(state.read_text()))

        said = ours.terraform("plan", "-no-color", ends=1)

        assert "Error acquiring the state lock" in said
        assert diagnosed(said).ids == ["state.corrupt"]
        assert diagnosed(ours.terraform("state", "list", ends=1)).ids == ["state.corrupt"]

    def test_states_that_do_not_belong_there(self, tmp_path: Path, diagnosed: Callable[[str], Diagnosis]) -> None:
        ours = stack(tmp_path / "stack", SMALL)
        assert diagnosed(ours.terraform("state", "list", ends=1)).ids == ["state.none"]
        ours.terraform("apply", "-auto-approve", ends=0)
        shutil.copy(ours.folder / "terraform.tfstate", ours.folder / "older.tfstate")
        other = stack(tmp_path / "other", SMALL)
        other.terraform("apply", "-auto-approve", ends=0)
        shutil.copy(other.folder / "terraform.tfstate", ours.folder / "other.tfstate")
        ours.terraform("plan", "-out=saved", ends=0)
        ours.terraform("apply", "-auto-approve", "-replace=terraform_data.one", ends=0)

        older = diagnosed(ours.terraform("state", "push", "older.tfstate", ends=1))
        strange = diagnosed(ours.terraform("state", "push", "other.tfstate", ends=1))
        stale = diagnosed(ours.terraform("apply", "-no-color", "saved", ends=1))

        assert [found.ids for found in (older, strange, stale)] == [
            ["state.serial"],
            ["state.lineage"],
            ["state.stale"],
        ]
        assert re.search(r"serial 1, is older than the one in the backend, serial \d", older.text)


class TestInABucket:
    @pytest.mark.parametrize("lock", ["use_lockfile = true", f'dynamodb_table = "{TABLE}"'], ids=["file", "table"])
    def test_a_lock_of_a_killed_run_is_named_and_the_remedy_takes_it_away(
        self, cloud: Aws, tmp_path: Path, diagnosed: Callable[[str], Diagnosis], lock: str
    ) -> None:
        ours = stack(tmp_path / "stack", SLOW, in_s3(f"stale-{lock[:3]}", lock), **cloud.environment)
        with ours.applying():
            pass

        found = diagnosed(ours.terraform("plan", "-no-color", ends=1))

        assert (found.code, found.ids) == (2, ["state.lock"])
        identity = found.text.partition("terraform force-unlock ")[2]
        ours.terraform("force-unlock", "-force", identity, ends=0)
        ours.terraform("plan", ends=0)

    def test_half_of_a_lock_goes_although_terraform_complains(
        self, cloud: Aws, tmp_path: Path, diagnosed: Callable[[str], Diagnosis]
    ) -> None:
        both = in_s3("half", "use_lockfile = true", f'dynamodb_table = "{TABLE}"')
        ours = stack(tmp_path / "stack", SLOW, both, **cloud.environment)
        with ours.applying():
            pass
        cloud.client("s3").delete_object(Bucket=BUCKET, Key="half.tflock")
        held = diagnosed(ours.terraform("plan", "-no-color", ends=1))
        identity = held.text.partition("terraform force-unlock ")[2]

        told = diagnosed(ours.terraform("force-unlock", "-force", identity, ends=1))

        assert told.ids == ["state.unlock"]
        assert f"the object half.tflock, or the item LockID = {BUCKET}/half of the table" in told.text
        ours.terraform("plan", ends=0)

    def test_a_state_changed_behind_terraform(
        self, cloud: Aws, tmp_path: Path, diagnosed: Callable[[str], Diagnosis]
    ) -> None:
        ours = stack(tmp_path / "stack", SMALL, in_s3("digest", f'dynamodb_table = "{TABLE}"'), **cloud.environment)
        ours.terraform("apply", "-auto-approve", ends=0)
        change(cloud, "digest", lambda state: state.replace('"serial": 1', '"serial": 0'))

        found = diagnosed(ours.terraform("plan", "-no-color", ends=1))

        assert (found.code, found.ids) == (2, ["state.checksum"])
        assert "Never write the expected digest over" in found.text

    def test_a_corrupted_state_is_told_once(
        self, cloud: Aws, tmp_path: Path, diagnosed: Callable[[str], Diagnosis]
    ) -> None:
        ours = stack(tmp_path / "stack", SMALL, in_s3("cut", "use_lockfile = true"), **cloud.environment)
        ours.terraform("apply", "-auto-approve", ends=0)
        change(cloud, "cut", DAMAGES["cut off"])

        said = ours.terraform("plan", "-no-color", ends=1)

        assert said.count("Error: Unsupported state file format") == 2
        assert diagnosed(said).ids == ["state.corrupt"]
        assert diagnosed(ours.terraform("state", "list", ends=1)).ids == ["state.corrupt"]

    def test_a_sign_in_that_is_refused_or_may_not_lock(
        self, cloud: Aws, tmp_path: Path, diagnosed: Callable[[str], Diagnosis]
    ) -> None:
        owner, reader = cloud.person("owner", "s3:*"), cloud.person("reader", "s3:Get*", "s3:List*")
        ours = stack(tmp_path / "stack", SMALL, in_s3("denied", "use_lockfile = true"), **cloud.environment)
        strange = {**owner, "AWS_ACCESS_KEY_ID": "ACCESSKEYOFNOBODY000"}

        with cloud.judged():
            ours.terraform("plan", ends=0, **owner)
            denied = diagnosed(ours.terraform("plan", "-no-color", ends=1, **reader))
            secret = ours.terraform("plan", "-no-color", ends=1, **{**owner, "AWS_SECRET_ACCESS_KEY": "wrong"})
            key = ours.terraform("plan", "-no-color", ends=1, **strange)

        assert denied.ids == ["state.denied"]
        assert diagnosed(secret).ids == ["creds.wrong_secret"]
        assert diagnosed(key).ids == ["creds.unknown_key"]

    @pytest.mark.parametrize("form", ["-no-color", "-json"])
    def test_rights_that_are_missing_are_named(
        self, cloud: Aws, tmp_path: Path, diagnosed: Callable[[str], Diagnosis], form: str
    ) -> None:
        reader = cloud.person(f"planner{form}", "ec2:Describe*", "kms:Describe*", "iam:Get*", "s3:Get*", "s3:List*")
        ours = stack(tmp_path / "stack", AMAZON, **cloud.environment)

        with cloud.judged():
            found = diagnosed(ours.terraform("apply", "-auto-approve", form, ends=1, **reader))

        told = {check["evidence"][1]["value"]: (check["id"], check["detail"]) for check in found.checks}
        assert told == {
            "aws_vpc.this": ("tf.log.iam.denied", "The role that deploys lacks a right: ec2:CreateVpc"),
            "aws_kms_key.this": ("tf.log.iam.denied", "The role that deploys lacks a right: kms:CreateKey"),
            "aws_iam_role.this": ("tf.log.iam.denied", "The role that deploys lacks a right: iam:CreateRole"),
            "aws_s3_bucket.this": (
                "tf.log.denied",
                "The cloud refuses it to this sign-in, without naming the right: it was CreateBucket of S3",
            ),
        }


def change(aws: Aws, key: str, how: Callable[[str], str]) -> None:
    """Write the state in the bucket otherwise, as no Terraform does."""
    s3 = aws.client("s3")
    state = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()
    s3.put_object(Bucket=BUCKET, Key=key, Body=how(state).encode())
