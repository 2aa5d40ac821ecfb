"""`codemiectl tf plan` and `tf apply` with the real Terraform, whose built-in provider needs no cloud."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.cli.installation import eventually
from tests.deploy.terraform.workbench import environment, program

pytestmark = pytest.mark.timeout(300)

STACK = """
variable "size" { default = "one" }

resource "terraform_data" "database" {
  triggers_replace = [var.size]
}
"""


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    program()
    folder = tmp_path / "stack"
    folder.mkdir()
    (folder / "main.tf").write_text(STACK)
    return folder


def command(stack: Path, *arguments: str) -> tuple[list[str], dict[str, Any]]:
    how = {"cwd": stack.parent, "env": environment(stack.parent, None), "text": True}
    return [sys.executable, "-m", "codemie.cli", "tf", *arguments, "--directory", str(stack)], how


def ran(stack: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    line, how = command(stack, *arguments)
    return subprocess.run(line, capture_output=True, timeout=200, check=False, **how)


def made(stack: Path) -> Sequence[dict[str, Any]]:
    state = stack / "terraform.tfstate"
    return json.loads(state.read_text())["resources"] if state.exists() else []


def test_a_plan_is_written_judged_and_applied_as_it_is(stack: Path) -> None:
    planned = ran(stack, "plan", "--out", "first.tfplan")
    digest = hashlib.sha256((stack.parent / "first.tfplan").read_bytes()).hexdigest()

    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert "ok       tf.plan.stateful" in planned.stdout
    assert digest in planned.stdout
    assert (stack.parent / "first.tfplan").stat().st_mode & 0o077 == 0
    assert made(stack) == []

    asked = ran(stack, "apply", "--plan", "first.tfplan")
    assert (asked.returncode, made(stack)) == (1, [])
    assert "--allow-write" in asked.stdout

    applied = ran(stack, "apply", "--plan", "first.tfplan", "--allow-write")
    assert applied.returncode == 0, applied.stdout + applied.stderr
    assert digest in applied.stdout
    assert len(made(stack)) == 1

    stale = ran(stack, "apply", "--plan", "first.tfplan", "--allow-write")
    assert stale.returncode == 4
    assert "FAILED   tf.log.state.stale" in stale.stdout


def test_a_loss_is_refused_until_it_is_accepted_by_name(stack: Path) -> None:
    assert ran(stack, "apply", "--allow-write").returncode == 0
    before = made(stack)
    (stack / "terraform.tfvars").write_text('size = "two"\n')
    loss = ("apply", "--allow-write", "--stateful", "terraform_data")

    refused = ran(stack, *loss, "--json")
    assert (refused.returncode, made(stack)) == (2, before), refused.stderr
    checks = {check["id"]: check for check in json.loads(refused.stdout)["checks"]}
    assert checks["tf.plan.stateful"]["evidence"] == [
        {"source": "terraform_data.database", "value": "replaced, because of triggers_replace"}
    ]

    other = ran(stack, *loss, "--accept", "terraform_data.other")
    assert (other.returncode, made(stack)) == (2, before)

    accepted = ran(stack, *loss, "--accept", "terraform_data.database")
    assert accepted.returncode == 0, accepted.stdout + accepted.stderr
    assert made(stack) != before


def test_nothing_is_applied_where_there_is_nothing_to_do(stack: Path) -> None:
    assert ran(stack, "apply", "--allow-write").returncode == 0
    again = ran(stack, "apply", "--allow-write")

    assert (again.returncode, "There is nothing to do" in again.stdout) == (0, True)


def test_an_error_of_terraform_is_explained(stack: Path) -> None:
    (stack / ".terraform.tfstate.lock.info").write_text("")
    (stack / "terraform.tfstate").write_text("no state")

    failed = ran(stack, "plan")

    assert failed.returncode == 4
    assert "FAILED   tf.log.state.corrupt" in failed.stdout, failed.stdout


WITHOUT_REGISTRY = """
terraform {
  required_providers {
    far = { source = "registry.terraform.io/nobody/far" }
  }
}
module "inner" { source = "./inner" }
"""


def test_an_init_that_failed_is_done_again_by_the_next_command(stack: Path) -> None:
    (stack / "inner").mkdir()
    (stack / "inner" / "main.tf").write_text("")
    (stack / "main.tf").write_text(WITHOUT_REGISTRY)

    planned, applied = ran(stack, "plan"), ran(stack, "apply")

    assert (stack / ".terraform").is_dir(), "what a failed init leaves"
    for each in (planned, applied):
        assert each.returncode == 4
        assert "FAILED   tf.log.provider.download" in each.stdout, each.stdout


VALUED = 'variable "account_id" {\n  type = string\n  validation {\n    condition = length(var.account_id) == 12\n'
VALUED += '    error_message = "account_id must have 12 digits."\n  }\n}\n'


@pytest.mark.parametrize(
    ("values", "said"), [(None, "account_id has no value"), ("", "account_id"), ("12", "must have 12 digits")]
)
def test_bootstrap_misses_values_before_it_fetches_anything(stack: Path, values: str | None, said: str) -> None:
    (stack / "main.tf").write_text(VALUED + WITHOUT_REGISTRY.replace("module", "# module"))
    (stack / "terraform.tfvars.example").write_text('account_id = ""\n')
    if values is not None:
        (stack / "terraform.tfvars").write_text(f'account_id = "{values}"\n')

    refused = ran(stack, "bootstrap")

    assert (refused.returncode, refused.stdout) == (3, "")
    assert said in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert not (stack / ".terraform").exists()


def test_bootstrap_explains_an_error_of_terraform_in_a_line(stack: Path) -> None:
    (stack / "main.tf").write_text(WITHOUT_REGISTRY.replace("module", "# module"))

    failed = ran(stack, "bootstrap")

    assert failed.returncode == 4
    assert "A provider cannot be fetched (" in failed.stderr
    assert "registry.terraform.io and releases.hashicorp.com are reachable" in failed.stderr
    assert failed.stderr.count("\n") == 1


@pytest.mark.parametrize("what", ["apply", "bootstrap"])
def test_whoever_is_interrupted_gives_the_lock_back(stack: Path, what: str) -> None:
    # Given an apply in the middle of its work: what it runs waits for a word that never comes.
    pipe = stack.parent / "pipe"
    os.mkfifo(pipe)
    slow = f'resource "terraform_data" "slow" {{\n provisioner "local-exec" {{\n  command = "cat {pipe}"\n }}\n}}\n'
    (stack / "main.tf").write_text(slow)
    line, how = command(stack, what, "--allow-write")
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **how) as process:
        word: list[int] = []

        def is_read() -> bool:
            with suppress(OSError):  # nobody reads it yet
                word.append(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
            return bool(word)

        eventually(is_read, seconds=120, what="the work of the apply")

        # When
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=120)[0]
    os.close(word[0])

    # Then Terraform has ended by itself, and another run finds no lock.
    assert process.returncode == 130, said
    assert not (stack / ".terraform.tfstate.lock.info").exists()
    assert (stack / "terraform.tfstate").exists(), "what was made until then is written down"


def test_a_folder_without_a_stack_is_no_plan(tmp_path: Path) -> None:
    program()
    refused = ran(tmp_path / "nowhere", "plan")

    assert refused.returncode == 3
    assert "holds no Terraform stack" in refused.stderr
