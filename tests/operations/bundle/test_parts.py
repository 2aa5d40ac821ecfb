"""Parts of a bundle that come from elsewhere: a cluster, a folder of Terraform, the runs of checks before."""

import asyncio
import datetime as dt
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from codemie.checks.report import Checked, Finding, Report, Status
from codemie.operations import history
from codemie.operations.bundle import cluster as cluster_part
from codemie.operations.bundle import terraform as terraform_part
from codemie.operations.bundle.archive import Archive
from codemie.operations.bundle.redaction import Redactor
from tests.operations.kubernetes.looking import cluster
from tests.operations.kubernetes.world import healthy

SECRET = "planted54-of-the-cluster"


def archive() -> Archive:
    return Archive(Redactor(), 50 * 2**20)


def read(made: Archive, path: str) -> Any:
    return json.loads(made.files[path])


async def of_cluster(made: Archive, **denied: Any) -> Archive:
    fake = healthy()
    for name, value in denied.items():
        setattr(fake, name, value)
    pod = next(each for items in fake.items.values() for each in items.values() if each["kind"] == "Pod")
    pod["spec"]["containers"][0]["env"] = [
        {"name": "DATABASE_PASSWORD", "value": SECRET},
        {"name": "LOG_LEVEL", "value": "DEBUG"},
    ]
    pod["metadata"]["annotations"] = {"kubectl.kubernetes.io/last-applied-configuration": SECRET}
    fake.put(pod)
    async with cluster(fake) as source:
        await cluster_part.collect(made, source)
    return made


async def test_objects_of_a_cluster_are_in_it_without_values() -> None:
    made = await of_cluster(archive())

    assert {"k8s/pods.json", "k8s/nodes.json", "k8s/events.json", "k8s/services.json"} <= made.files.keys()
    assert b"LOG_LEVEL" in made.files["k8s/pods.json"]
    assert b"DEBUG" in made.files["k8s/pods.json"]
    assert not [path for path, content in made.files.items() if SECRET.encode() in content]


async def test_of_secrets_it_has_names_and_keys_alone() -> None:
    made = await of_cluster(archive())

    told = read(made, "k8s/secrets.json")
    assert told
    assert all(set(each) <= {"namespace", "name", "exists", "type", "keys", "since"} for each in told)
    assert any(each.get("keys") for each in told)


async def test_what_may_not_be_read_is_named_with_the_right_that_is_missing() -> None:
    made = await of_cluster(archive(), denied={"list nodes"})

    assert "k8s/nodes.json" not in made.files
    assert "nodes" in made.left_out["k8s/nodes.json"]


def applied(folder: Path) -> None:
    for step in (["init"], ["apply", "-auto-approve"]):
        subprocess.run(["terraform", f"-chdir={folder}", *step], check=True, capture_output=True, timeout=60)


@pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not on this machine")
async def test_a_state_is_told_by_its_addresses(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(f'resource "terraform_data" "one" {{\n  input = "{SECRET}"\n}}\n')
    await asyncio.to_thread(applied, tmp_path)
    log = tmp_path / "apply.log"
    log.write_text("Error: creating bucket\nAWS_SECRET_ACCESS_KEY=wJalrXUtnFEMIplanted\n")
    made = archive()

    await terraform_part.collect(made, tmp_path, log)

    assert made.files["terraform/state-addresses.txt"].decode().strip() == "terraform_data.one"
    assert read(made, "terraform/version.json")["terraform_version"]
    assert b"creating bucket" in made.files["terraform/log-tail.txt"]
    assert not [path for path, content in made.files.items() if SECRET.encode() in content or b"wJalr" in content]


async def test_without_a_state_it_says_so(tmp_path: Path) -> None:
    made = archive()

    await terraform_part.collect(made, tmp_path, None)

    assert {"terraform/state-addresses.txt", "terraform/lock.hcl"} <= made.left_out.keys()


def report(number: int) -> Report:
    check = Checked(f"db.{number}", "It answers", Finding(Status.FAIL, "no"), 1)
    return Report("doctor", "1", {}, dt.datetime(2026, 1, 1, tzinfo=dt.UTC), 5, (check,))


def test_runs_are_remembered_and_the_oldest_forgotten(tmp_path: Path) -> None:
    for number in range(510):
        history.remember(tmp_path, report(number))

    lines = history.recalled(tmp_path)
    assert len(lines) == 500
    assert json.loads(lines[-1])["wrong"] == {"db.509": "fail"}
    assert json.loads(lines[0])["wrong"] == {"db.10": "fail"}
    assert (tmp_path / history.FILE_NAME).stat().st_mode & 0o777 == 0o600


def test_where_there_is_no_home_nothing_is_made(tmp_path: Path) -> None:
    history.remember(tmp_path / "absent", report(1))

    assert not (tmp_path / "absent").exists()
