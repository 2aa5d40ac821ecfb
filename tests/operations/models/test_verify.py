"""`codemiectl llm verify` asks every model for what it declares, and notices each fault at its own check."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from codemie.checks.report import Report, Status
from codemie.operations.models.stored import CHECKS
from tests.cli.installation import ctl, environment
from tests.fakes.openai_server import Answer
from tests.operations.injection import assert_only
from tests.operations.models.faults import FAULTS, ModelFault
from tests.operations.models.world import KEY, World, indexed, world


@pytest.fixture(scope="module")
async def made(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with world(postgres_url, tmp_path_factory.mktemp("models")) as running:
        yield running


@pytest.fixture(scope="module")
async def healthy(made: World) -> Report:
    """Of a file whose models are well."""
    return await made.examined()


def shown(report: Report) -> str:
    return json.dumps(report.as_document())


def test_all_is_green_where_all_is_well(healthy: Report) -> None:
    ended = {each.id: each.status for each in healthy.checks}

    assert set(ended.values()) == {Status.PASS}, ended
    assert {"endpoint.llm.reach", "endpoint.llm.key", "chat.real.answers", "chat.real.streams"} < set(ended)
    answers = next(each.finding for each in healthy.checks if each.id == "chat.real.answers")
    assert answers.evidence["tokens"] == "11 in, 3 out"
    assert answers.evidence["latency"].endswith(" ms")
    assert KEY not in shown(healthy)


@pytest.mark.parametrize("fault", FAULTS, ids=[f"{each.check}: {each.what}" for each in FAULTS])
async def test_a_fault_turns_its_own_check_red(made: World, healthy: Report, fault: ModelFault) -> None:
    assert fault.inject is not None
    async with fault.inject(made):
        report = await made.examined()

    assert_only(fault, healthy, report)
    assert "planted" not in shown(report), "an endpoint that repeats the key it was sent must not give it away"


def test_every_check_has_a_fault(healthy: Report) -> None:
    made_by_others = {"llm.config.schema", "llm.defaults"}

    assert {each.id for each in healthy.checks} - made_by_others == {fault.check for fault in FAULTS}
    assert {each.id for each in CHECKS} <= {fault.check for fault in FAULTS}


async def test_a_silent_model_ends_in_time(made: World) -> None:
    made.endpoint.otherwise = lambda body: Answer(silent_seconds=30) if "messages" in body else None
    try:
        async with asyncio.timeout(20):
            report = await made.examined(None, 0.5, "chat.real.*")
    finally:
        made.endpoint.otherwise = lambda _body: None

    answers = next(each for each in report.checks if each.id == "chat.real.answers")
    assert answers.status is Status.FAIL
    assert "0.5" in answers.finding.detail


async def test_an_index_refuses_another_model_under_the_same_name_and_length(made: World, tmp_path: Path) -> None:
    former = tmp_path / "former.yaml"
    former.write_text(made.text.replace("vendor-vectors, provider: openai", "vendor-vectors-2, provider: openai"))
    async with indexed(made.database, "vectors:3"):
        kept = await made.examined(None, 5, "llm.indexes")
        exchanged = await made.examined(former, 5, "llm.indexes")

    assert kept.checks[-1].status is Status.PASS
    assert exchanged.checks[-1].status is Status.FAIL
    assert "demo/handbook" in exchanged.checks[-1].finding.detail
    assert "re-index" in " ".join(exchanged.checks[-1].finding.remedy)


async def test_a_file_in_use_that_cannot_be_read_vouches_for_no_index(made: World, tmp_path: Path) -> None:
    former = tmp_path / "former.yaml"
    former.write_text("llm_models: [")
    async with indexed(made.database, "vectors:3"):
        report = await made.examined(former, 5, "llm.indexes")

    assert report.checks[-1].status is Status.WARN
    assert "whether vectors would be the same model" in report.checks[-1].finding.detail


async def test_the_command_reports_without_a_database_and_hides_the_key(made: World, tmp_path: Path) -> None:
    done: subprocess.CompletedProcess[str] = await asyncio.to_thread(
        ctl, "llm", "verify", "--file", str(made.file), "--json", env=environment(tmp_path / "home")
    )

    report = json.loads(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert report["schema"] == "codemiectl.report/1"
    assert report["command"] == "llm verify"
    ended = {row["id"]: row["status"] for row in report["checks"]}
    assert (ended["chat.real.tools"], ended["embedding.vectors.vectors"]) == ("pass", "pass")
    assert (ended["llm.indexes"], ended["llm.references"]) == ("unknown", "unknown")
    assert KEY not in done.stdout + done.stderr


async def test_the_history_names_the_file_that_was_wrong_and_not_ours(tmp_path: Path) -> None:
    broken, home = tmp_path / "candidate.yaml", tmp_path / "home"
    broken.write_text("llm_models: [")
    home.mkdir()

    done = await asyncio.to_thread(ctl, "llm", "switch", "--file", str(broken), env=environment(home))

    told = json.loads((home / "history.jsonl").read_text().splitlines()[-1])
    assert done.returncode == 2, done.stdout + done.stderr
    assert (told["command"], told["target"]["file"]) == ("llm switch", str(broken))
    assert told["wrong"]["llm.config.schema"] == "fail"


async def test_the_command_fails_with_a_model_and_cannot_run_without_a_file(made: World, tmp_path: Path) -> None:
    broken = tmp_path / "candidate.yaml"
    broken.write_text(made.text.replace("vendor-real", "vendor-other"))
    env = environment(tmp_path / "home")

    failed = await asyncio.to_thread(ctl, "llm", "verify", "--file", str(broken), env=env)
    absent = await asyncio.to_thread(ctl, "llm", "verify", "--file", str(tmp_path / "none.yaml"), env=env)

    assert (failed.returncode, "chat.real.known" in failed.stdout) == (2, True)
    assert (absent.returncode, "no file" in absent.stderr) == (3, True)
