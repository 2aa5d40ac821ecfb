"""Errors of Terraform are known by their words, in every form that Terraform prints them."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemie.checks.report import Status
from codemie.operations.terraform.diagnosis import diagnosed, report
from codemie.operations.terraform.output import Complaint, complaints
from codemie.operations.terraform.signatures import SIGNATURES
from tests.operations.terraform.corpus import CORPUS


def as_text(complaint: Complaint) -> str:
    """As Terraform frames it for people, in colours."""
    body = "".join(f"\x1b[31m│\x1b[0m {line}\n" for line in complaint.detail.splitlines())
    address = f"│   with {complaint.address},\n" if complaint.address else ""
    return f"\x1b[31m╷\x1b[0m\n│ \x1b[1mError: \x1b[0m{complaint.summary}\n│ \n{address}{body}╵\n"


def as_json(complaint: Complaint) -> str:
    """As Terraform prints it for programs."""
    told = {"severity": "error", "summary": complaint.summary, "detail": complaint.detail}
    return json.dumps({"@level": "error", "type": "diagnostic", "diagnostic": told}) + "\n"


@pytest.mark.parametrize(("name", "complaint"), CORPUS, ids=[name for name, _ in CORPUS])
@pytest.mark.parametrize("written", [as_text, as_json])
def test_an_error_is_known_and_says_what_to_do(
    name: str, complaint: Complaint, written: Callable[[Complaint], str]
) -> None:
    log = f"Planning…\n{written(complaint)}\nReleasing state lock.\n"

    (found,) = report(log, "apply.log").checks

    assert (found.id, found.status) == (name, Status.FAIL)
    assert found.finding.remedy
    sentences = (found.finding.detail, *found.finding.remedy)
    assert not [one for one in sentences if re.search(r"[\[\]{}]", one)], "every part is filled in or left out"


def test_every_signature_stands_in_the_corpus() -> None:
    assert {signature.id for signature in SIGNATURES} == {name for name, _ in CORPUS}
    assert len({signature.id for signature in SIGNATURES}) == len(SIGNATURES)


def test_parts_of_the_error_stand_in_cause_and_remedy() -> None:
    (found,) = diagnosed(as_text(dict(CORPUS)["tf.log.state.lock"]))

    assert found.cause.endswith(": ci@runner-7, for OperationTypeApply, since 2026-11-30 05:12:44 UTC")
    assert found.remedy[1].endswith("terraform force-unlock 8f4b1c2e-4a9d-6f0e-11aa-5c2f3e9b7d10")


def test_causes_stand_before_what_follows_from_them() -> None:
    known = dict(CORPUS)
    log = as_text(known["tf.log.timeout"]) + as_text(known["tf.log.creds.expired"])

    assert [one.id for one in report(log, "-").checks] == ["tf.log.creds.expired", "tf.log.timeout"]


def test_an_error_nobody_knows_is_told_as_it_is_and_never_as_a_pass() -> None:
    (found,) = report(as_text(Complaint("the flux capacitor is out of phase")), "-").checks

    assert (found.id, found.status) == ("tf.log.unknown", Status.UNKNOWN)
    assert found.finding.detail == "the flux capacitor is out of phase"
    assert not found.finding.evidence, "it is told once"
    assert "support-bundle --issue-file FILE --terraform FOLDER --terraform-log LOG" in found.finding.remedy[1]


def test_an_interface_that_is_not_enabled_is_named_in_the_command_that_enables_it() -> None:
    log = next(as_text(one) for name, one in CORPUS if name == "tf.log.account.api" and "Cloud SQL" in one.summary)

    (found,) = diagnosed(log)

    assert found.cause.endswith("of the cloud: Cloud SQL Admin API")
    assert found.remedy[0].endswith("gcloud services enable sqladmin.googleapis.com --project acme-ai")


def test_a_log_without_an_error_passes() -> None:
    assert [one.status for one in report("Apply complete! Resources: 10 added.", "-").checks] == [Status.PASS]


@pytest.mark.parametrize(
    "log",
    [
        "",
        "bash: terraform: command not found",
        "Planning failed. Terraform encountered an error while generating this plan.",
        "Plan: 3 to add, 0 to change, 0 to destroy.\naws_vpc.this: Creating...\nInterrupt received.",
        "Plan: 3 to add, 0 to change, 0 to destroy.\naws_vpc.this: Creating...",
        "somebody's letter",
    ],
)
def test_what_was_not_understood_does_not_pass(log: str) -> None:
    assert [one.status for one in report(log, "-").checks] == [Status.UNKNOWN]


def test_a_bare_complaint_about_the_lock_is_read() -> None:
    (found,) = report("Error acquiring the state lock: ConditionalCheckFailedException", "-").checks

    assert (found.id, found.status) == ("tf.log.state.lock", Status.FAIL)


def test_place_and_resource_are_evidence() -> None:
    log = (
        "╷\n│ Error: creating EC2 VPC: api error VpcLimitExceeded: The maximum number of VPCs has been reached.\n│ \n"
        '│   with module.network.aws_vpc.this,\n│   on modules/network/main.tf line 12, in resource "aws_vpc" "x":\n╵\n'
    )

    (found,) = report(log, "-").checks

    assert found.finding.evidence["resource"] == "module.network.aws_vpc.this"
    assert found.finding.evidence["at"] == "modules/network/main.tf:12"


@given(st.text(max_size=2000))
def test_no_text_breaks_the_reader(log: str) -> None:
    assert report(log, "-").checks
    complaints(f"Error: {log}")


@pytest.mark.parametrize(("log", "code"), [("Apply complete!", 0), (as_text(Complaint("quotaExceeded")), 2)])
def test_the_command_reads_standard_input_and_tells_the_shell(log: str, code: int, tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "codemie.cli", "tf", "diagnose", "-", "--json", "--junit", str(tmp_path / "j.xml")],
        input=log,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == code, ended.stderr
    assert json.loads(ended.stdout)["schema"] == "codemiectl.report/1"
    assert (tmp_path / "j.xml").read_text().startswith("<?xml")


def test_a_file_that_is_not_there_is_not_a_pass(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "codemie.cli", "tf", "diagnose", str(tmp_path / "gone.log")]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert ended.returncode == 3
    assert "No such file" in ended.stderr
