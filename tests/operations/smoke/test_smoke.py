"""A smoke test uses a real platform, notices each failure at its step, and leaves nothing behind."""

import asyncio
import json
import subprocess
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from codemie.checks.report import Report, Status
from codemie.checks.run import Options, run
from codemie.checks.sources import Sources
from codemie.operations.smoke.steps import CHECKS
from codemie.operations.smoke.visitor import Visitor
from tests.cli.installation import ctl
from tests.operations.injection import assert_only
from tests.operations.smoke.faults import FAULTS, Refusal
from tests.support import Platform


@dataclass(frozen=True)
class Refused(Visitor):
    """A visitor whom the platform refuses one kind of request."""

    fault: Refusal | None = None

    async def call(self, method: str, path: str, **request: Any) -> httpx2.Response:
        fault = self.fault
        if fault and method == fault.method and path.startswith(fault.path) and path.endswith(fault.ending):
            return httpx2.Response(503, json={"error": {"message": "Away"}})
        return await super().call(method, path, **request)


async def smoke(visitor: Visitor) -> Report:
    return await run("smoke", CHECKS, Sources().offer(Visitor, visitor), Options())


@pytest.fixture(scope="module")
async def healthy(platform: Platform, admin_token: str) -> Report:
    """Of a platform where all is well."""
    return await smoke(Visitor(platform.url, admin_token))


async def left_behind(client: httpx2.AsyncClient, mark: str) -> list[str]:
    assistants = (await client.get("/v1/assistants", params={"filters": json.dumps({"search": mark})})).json()["data"]
    sources = (await client.get("/v1/index", params={"filters": json.dumps({"name": mark})})).json()["data"]
    names = [row["name"] for row in assistants] + [row["repo_name"] for row in sources]
    return [name for name in names if mark in name]


async def test_the_command_uses_the_platform_and_leaves_nothing(
    platform: Platform, admin_token: str, client: httpx2.AsyncClient
) -> None:
    environment = {**platform.environment, "CODEMIE_TOKEN": admin_token}

    done: subprocess.CompletedProcess[str] = await asyncio.to_thread(
        ctl, "smoke", "--url", platform.url, "--json", env=environment
    )

    report = json.loads(done.stdout)
    assert done.returncode == 0, done.stdout
    assert report["schema"] == "codemiectl.report/1"
    assert [row["status"] for row in report["checks"]] == [*["pass"] * len(CHECKS), "skip"]
    assert "CODEMIE_OTHER_TOKEN" in report["checks"][-1]["detail"]
    assert report["duration_ms"] < 15_000
    assert await left_behind(client, report["target"]["mark"]) == []
    assert admin_token not in done.stdout + done.stderr


@dataclass(frozen=True)
class WithoutMocks(Visitor):
    """A visitor of a platform that has real models only."""

    async def call(self, method: str, path: str, **request: Any) -> httpx2.Response:
        answer = await super().call(method, path, **request)
        if path == "/v1/llm_models":
            return httpx2.Response(200, json=[{**row, "is_mock": False} for row in answer.json()])
        return answer


async def test_the_mock_is_named_and_with_mock_llm_nothing_else_is_used(
    platform: Platform, admin_token: str, healthy: Report
) -> None:
    asked = await asyncio.to_thread(
        ctl,
        *("smoke", "--url", platform.url, "--mock-llm", "--json", "--only", "smoke.models"),
        env={**platform.environment, "CODEMIE_TOKEN": admin_token},
    )
    real = await smoke(WithoutMocks(platform.url, admin_token, mock_only=True))

    assert "a mock: no model is asked" in healthy.checks[1].finding.detail
    assert asked.returncode == 0, asked.stdout
    assert real.checks[1].finding.status is Status.FAIL
    assert "--mock-llm asks for one" in real.checks[1].finding.detail
    assert {each.status for each in real.checks[2:4]} == {Status.SKIP}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.check)
async def test_each_failure_is_told_at_its_step(
    platform: Platform, admin_token: str, client: httpx2.AsyncClient, healthy: Report, fault: Refusal
) -> None:
    visitor = Refused(platform.url, admin_token, fault=fault)

    broken = await smoke(visitor)

    assert {each.status for each in healthy.checks} == {Status.PASS}
    assert_only(fault, healthy, broken)
    assert await left_behind(client, visitor.mark) == []


async def test_without_a_token_nothing_is_tried(platform: Platform) -> None:
    done = await asyncio.to_thread(ctl, "smoke", "--url", platform.url, env=platform.environment)

    assert done.returncode == 3
    assert "CODEMIE_TOKEN" in done.stderr


async def test_where_nobody_answers_no_new_token_is_asked_for() -> None:
    report = await smoke(Visitor("http://127.0.0.1:9", "any"))

    first = report.checks[0].finding
    assert first.status is Status.FAIL
    assert "compare its address with --url" in first.remedy[0]
    assert not any("token" in remedy for remedy in first.remedy)
