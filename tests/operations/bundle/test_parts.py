"""Parts of a bundle that come from elsewhere: a cluster, a folder of Terraform, the runs of checks before."""

import asyncio
import datetime as dt
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from codemie.checks.report import Checked, Finding, Report, Status
from codemie.operations import history
from codemie.operations.bundle import cluster as cluster_part
from codemie.operations.bundle import facts
from codemie.operations.bundle import logs as logs_part
from codemie.operations.bundle import terraform as terraform_part
from codemie.operations.bundle.archive import Archive
from codemie.operations.bundle.redaction import Redactor
from tests.operations.kubernetes.looking import cluster
from tests.operations.kubernetes.world import NOW, healthy, item, labels_of, pod, warning

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
        await cluster_part.collect(made, source, NOW - dt.timedelta(hours=1))
        await cluster_part.collect_logs(made, source, NOW - dt.timedelta(hours=1))
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


PLUGIN_KEY = "planted55-key-of-a-plugin"
SPEAKING = {
    "api": json.dumps(
        {"event": "asked", "prompt": "my diary", "exception": "UniqueViolation\nDETAIL:  Key (text)=(my diary)"}
    ),
    "postgresql": (
        "ERROR:  duplicate key\nDETAIL:  Key (text)=(my diary) exists.\n"
        "STATEMENT:  INSERT INTO notes\n\tVALUES ('my diary')"
    ),
    "nats": f'[ERR] Permissions violation - Subscription to "{PLUGIN_KEY}.live"',
    "worker": "sqlalchemy.exc.DataError: too long\n[parameters: ('my diary',)]",
}


async def test_logs_of_containers_have_no_rows_no_prompts_and_no_keys() -> None:
    fake = healthy()
    for component, text in SPEAKING.items():
        fake.put(pod(f"speaking-{component}", "node-a", labels=labels_of(component), container="main"))
        fake.logs["codemie", f"speaking-{component}", "main", False] = text
    made = archive()

    async with cluster(fake) as source:
        await cluster_part.collect_logs(made, source, NOW - dt.timedelta(hours=1))

    told = {name: made.files[f"logs/codemie/speaking-{name}/main.log"].decode() for name in SPEAKING}
    assert [name for name, text in told.items() if "my diary" in text or PLUGIN_KEY in text] == []
    assert "duplicate key" in told["postgresql"]
    assert "UniqueViolation" in told["api"]
    assert "Permissions violation" in told["nats"]


async def test_what_a_cluster_told_before_the_window_is_left_out() -> None:
    fake, now = healthy(), dt.datetime.now(dt.UTC)
    lines = [json.dumps({"timestamp": (now - ago).isoformat(), "event": name}) for name, ago in AGES.items()]
    speaking = pod("speaking", "node-a", container="main")
    told = warning(speaking, "BackOff", "of just now"), warning(speaking, "Killing", "of before", minutes=200)
    for each in (speaking, *told):
        fake.put(each)
    fake.logs["codemie", "speaking", "main", False] = "\n".join(lines)
    made = archive()

    async with cluster(fake) as source:
        await cluster_part.collect(made, source, NOW - dt.timedelta(hours=1))
        await cluster_part.collect_logs(made, source, NOW - dt.timedelta(hours=1))

    log, events = made.files["logs/codemie/speaking/main.log"].decode(), made.files["k8s/events.json"].decode()
    assert ("the new one" in log, "the old one" in log) == (True, False)
    assert ("of just now" in events, "of before" in events) == (True, False)


AGES = {"the new one": dt.timedelta(minutes=5), "the old one": dt.timedelta(hours=3)}


async def test_the_topology_tells_cloud_chart_and_replicas() -> None:
    fake = healthy()
    labels = {"helm.sh/chart": "codemie-1.2.3", "app.kubernetes.io/version": "0.9"}
    wanted, there = {"replicas": 3}, {"readyReplicas": 1}
    fake.put(item("Deployment", "codemie-shown", api="apps/v1", labels=labels, spec=wanted, status=there))
    fake.put(item("Node", "node-shown", namespace="", spec={"providerID": "aws:///eu-central-1a/i-1"}, status={}))

    async with cluster(fake) as source:
        told = await cluster_part.topology(source)

    assert (told["cloud"], told["chart"], told["application"]) == (["aws"], ["codemie-1.2.3"], ["0.9"])
    assert told["replicas"]["codemie/codemie-shown"] == {"wanted": 3, "ready": 1}


def test_logs_of_what_failed_come_first_and_then_the_newest(tmp_path: Path) -> None:
    for number, name in enumerate(("logs/worker.log", "logs/api.log", "postgres/server.log", "nats/server.log")):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("a line\n")
        os.utime(file, (1000 + number, 1000 + number))
    since = dt.datetime.now(dt.UTC)

    def names(*failing: str) -> list[str]:
        return [name for name, _ in logs_part.collected(tmp_path, since, failing)]

    assert names() == ["nats-server.log", "postgres-server.log", "api.log", "worker.log"]
    assert names("worker", "db")[:2] == ["postgres-server.log", "worker.log"]


def test_of_a_model_file_no_key_and_no_header_is_told() -> None:
    model = {"name": "gpt", "api_key": SECRET, "headers": {"X-Login": SECRET}, "max_tokens": 100, "base": "https://m"}

    told = facts.masked({"models": [model, {"name": "open", "api_key": None}]})

    assert SECRET not in json.dumps(told)
    assert told["models"][0] | {"name": "", "base": ""} == {
        "name": "", "api_key": "set", "headers": "set", "max_tokens": 100, "base": "",
    }  # fmt: skip
    assert told["models"][1]["api_key"] is None


MET = """\x1b[31mError: Error acquiring the state lock\x1b[0m
Lock Info:
  ID:        1f0c
  Path:      bucket/codemie.tfstate
  Who:       ada@laptop
  Created:   2026-11-30 11:00:00 UTC
"""


async def test_a_log_of_terraform_tells_who_holds_the_lock_and_what_was_planned(tmp_path: Path) -> None:
    made, log = archive(), tmp_path / "run.log"
    log.write_text(f"{MET}\x1b[1mPlan:\x1b[0m 3 to add, 1 to change, 2 to destroy.\n")

    await terraform_part.collect(made, tmp_path, log)

    assert "ada@laptop" in made.files["terraform/lock-holder.txt"].decode()
    assert made.files["terraform/plan-summary.txt"].decode() == "Plan: 3 to add, 1 to change, 2 to destroy.\n"


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
