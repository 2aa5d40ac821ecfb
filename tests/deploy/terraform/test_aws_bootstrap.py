"""`codemiectl tf bootstrap` on moto: makes the bucket of states, and moves its own state there."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.terraform.conftest import Aws
from tests.deploy.terraform.workbench import ACCOUNT, PATH_STYLE, Workbench, provider_mirror

# Real Terraform on a busy machine: half a minute of work, whatever the clock says.
pytestmark = pytest.mark.timeout(600)

BUCKET = f"codemie-terraform-{ACCOUNT}"
VARIABLES = {
    "account_id": ACCOUNT,
    "deployer_principal_arns": [f"arn:aws:iam::{ACCOUNT}:role/admins"],
}


@pytest.fixture(scope="module")
def bench(aws: Aws, tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    made = Workbench(tmp_path_factory.mktemp("terraform"), provider_mirror())
    made.environment.update(aws.environment, TF_CLI_ARGS_init="-backend-config=use_path_style=true")
    (made.root / "bootstrap" / "provider_override.tf").write_text(PATH_STYLE)
    (made.root / "bootstrap" / "terraform.tfvars.json").write_text(json.dumps(VARIABLES))
    return made


def bootstrap(bench: Workbench, *flags: str, folder: Path | None = None) -> tuple[int, str]:
    """Exit code and words of the command."""
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "codemie.cli",
            "tf",
            "bootstrap",
            "--directory",
            folder or bench.root / "bootstrap",
            *flags,
        ],
        env=bench.environment,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    return ran.returncode, ran.stdout + ran.stderr


def test_nothing_is_made_without_permission(bench: Workbench, aws: Aws) -> None:
    code, said = bootstrap(bench)

    assert code == 1, said
    assert "+ aws_s3_bucket.state" in said
    assert "--allow-write" in said
    assert aws.client("s3").list_buckets()["Buckets"] == []
    assert not (bench.root / "bootstrap" / "backend.tf").exists()


def test_a_run_that_broke_off_before_the_move_is_finished(bench: Workbench, aws: Aws) -> None:
    # Given a run that made everything and then was killed: its state is still here.
    bench.run("bootstrap", "apply", "-auto-approve", "-input=false")
    local = bench.root / "bootstrap" / "terraform.tfstate"
    made = json.loads(local.read_text())["resources"]

    # When
    code, said = bootstrap(bench, "--allow-write")

    # Then the same state is in the bucket, encrypted under our key, and nowhere else.
    assert code == 0, said
    assert f"arn:aws:iam::{ACCOUNT}:role/codemie-deployer" in said
    s3 = aws.client("s3")
    kept = s3.get_object(Bucket=BUCKET, Key="bootstrap/terraform.tfstate")
    assert json.loads(kept["Body"].read())["resources"] == made
    assert kept["ServerSideEncryption"] == "aws:kms"
    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    assert list((bench.root / "bootstrap").glob("terraform.tfstate*")) == []
    # And the platform's stack is pointed at its own place there, with a lock.
    pointed = (bench.root / "platform" / "backend.tf").read_text()
    assert 'key          = "platform/terraform.tfstate"' in pointed
    assert "use_lockfile = true" in pointed


def test_another_machine_finds_the_state_in_the_bucket(bench: Workbench, tmp_path: Path) -> None:
    # Given a fresh copy of the sources, which knows nothing of the run before.
    elsewhere = tmp_path / "bootstrap"
    shutil.copytree(bench.root / "bootstrap", elsewhere, ignore=shutil.ignore_patterns("backend.tf", ".terraform"))
    shutil.copy(bench.root / "deployer-policy.json", tmp_path)

    # When
    code, said = bootstrap(bench, "--allow-write", folder=elsewhere)

    # Then it joins, and makes nothing a second time.
    assert code == 0, said
    assert "holds the state already" in said
    assert "changes made" not in said
    assert (elsewhere / "backend.tf").read_text() == (bench.root / "bootstrap" / "backend.tf").read_text()
