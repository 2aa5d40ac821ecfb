"""Every tool of pipelines against a service that keeps what it is told."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.fakes.azure_devops.pipelines import Pipelines
from tests.fakes.azure_devops.server import READ_ONLY, AzureDevOps
from tests.fakes.vendor_server import serving
from tests.integrations.credentials import People
from tests.toolkits.devops import Worker


@pytest.fixture
def pipelines() -> Pipelines:
    return Pipelines()


@pytest.fixture
async def worker(people: People, pipelines: Pipelines) -> AsyncIterator[Worker]:
    server = AzureDevOps(pipelines)
    async with serving(server) as url:
        worker = Worker(people, server, url)
        await worker.integrate()
        yield worker


async def test_pipelines_are_listed_page_by_page(worker: Worker, pipelines: Pipelines) -> None:
    told = await worker.json("azure_devops_list_pipelines")
    assert told == {
        "items": [{"id": 12, "name": "app", "folder": "\\"}, {"id": 13, "name": "release", "folder": "\\"}],
        "next": None,
    }
    pipelines.pipelines.update({number: {**pipelines.pipelines[12], "id": number} for number in range(20, 45)})
    first = await worker.json("azure_devops_list_pipelines")
    second = await worker.json("azure_devops_list_pipelines", after=first["next"])
    assert ([len(first["items"]), len(second["items"])], second["next"]) == ([20, 7], None)


async def test_runs_are_listed_newest_first_and_by_what_is_asked(worker: Worker, pipelines: Pipelines) -> None:
    pipelines.add(13, "refs/heads/release", result="succeeded")
    pipelines.add(12, "refs/heads/work")
    runs = (await worker.json("azure_devops_list_pipeline_runs"))["items"]
    assert [(run["id"], run["pipeline"], run["status"], run["result"]) for run in runs] == [
        (102, "app", "inProgress", None),
        (101, "release", "completed", "succeeded"),
        (100, "app", "completed", "failed"),
    ]

    async def numbers(**asked: Any) -> list[int]:
        told = await worker.json("azure_devops_list_pipeline_runs", **asked)
        return [run["id"] for run in told["items"]]

    assert await numbers(pipeline=12) == [102, 100]
    assert await numbers(branch="release") == [101]
    assert await numbers(branch="refs/heads/main", result="failed") == [100]


async def test_a_run_tells_what_failed(worker: Worker) -> None:
    told = await worker.json("azure_devops_get_pipeline_run", run=100)
    assert (told["result"], told["web_url"]) == (
        "failed",
        "https://dev.azure.com/contoso/app/_build/results?buildId=100",
    )
    assert told["stages"] == [
        {"stage": "build", "state": "completed", "result": "succeeded"},
        {"stage": "test", "state": "completed", "result": "failed"},
    ]
    assert told["jobs"] == [
        {
            "name": "unit",
            "stage": "test",
            "state": "completed",
            "result": "failed",
            "failed_steps": [{"name": "Run tests", "log": 6, "errors": ["1 failed"]}],
        }
    ]


async def test_a_run_that_never_began_tells_why(worker: Worker, pipelines: Pipelines) -> None:
    made = pipelines.add(12, "refs/heads/main", result="failed")
    made["validationResults"] = [{"result": "error", "message": "/azure-pipelines.yml: mapping values are not allowed"}]
    told = await worker.json("azure_devops_get_pipeline_run", run=101)
    assert told["errors"] == ["/azure-pipelines.yml: mapping values are not allowed"]
    assert (told["stages"], told["jobs"]) == ([], [])


async def test_the_log_of_a_failure_is_read_from_its_end(worker: Worker, pipelines: Pipelines) -> None:
    end = "[499 earlier lines left out]\nline 499\n##[error]1 failed"
    assert await worker.text("azure_devops_job_log", run=100, lines=2) == end
    assert await worker.text("azure_devops_job_log", run=100, log=5) == "Checked out"
    assert "It has: 5, 6" in await worker.fails("azure_devops_job_log", run=100, log=9)
    pipelines.add(12, "refs/heads/main", result="succeeded")
    assert "No step of run 101 failed" in await worker.fails("azure_devops_job_log", run=101)


async def test_a_pipeline_is_started_with_parameters_and_variables(worker: Worker, pipelines: Pipelines) -> None:
    told = await worker.text(
        "azure_devops_run_pipeline",
        pipeline=12,
        branch="work",
        parameters='{"environment": "test"}',
        variables={"depth": 2, "fast": True},
    )
    assert told == (
        "Run 101 of pipeline 'app' is inProgress: https://dev.azure.com/contoso/app/_build/results?buildId=101"
    )
    made = pipelines.builds[101]
    assert made["sourceBranch"] == "refs/heads/work"
    assert made["templateParameters"] == {"environment": "test"}
    assert made["variables"] == {"depth": {"value": "2"}, "fast": {"value": "true"}}
    told = await worker.fails("azure_devops_run_pipeline", pipeline=12, parameters={"colour": "red"})
    assert "Unexpected parameter 'colour'" in told
    assert "not found" in await worker.fails("azure_devops_run_pipeline", pipeline=99)


async def test_the_failed_jobs_of_a_stage_start_again(worker: Worker, pipelines: Pipelines) -> None:
    told = await worker.text("azure_devops_retry_stage", run=100, stage="test")
    assert told == "The failed jobs of stage 'test' of run 100 start again."
    assert pipelines.retried == [(100, "test")]
    assert "Stage ../.. not found" in await worker.fails("azure_devops_retry_stage", run=100, stage="../..")


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("azure_devops_list_pipelines", {}),
        ("azure_devops_list_pipeline_runs", {}),
        ("azure_devops_get_pipeline_run", {"run": 100}),
        ("azure_devops_job_log", {"run": 100}),
        ("azure_devops_run_pipeline", {"pipeline": 12}),
        ("azure_devops_retry_stage", {"run": 100, "stage": "test"}),
    ],
)
async def test_a_project_that_is_not_there_is_told(worker: Worker, tool: str, arguments: dict[str, Any]) -> None:
    told = await worker.fails(tool, project="gone", **arguments)
    assert "TF200016" in told


@pytest.mark.parametrize("tool", ["azure_devops_get_pipeline_run", "azure_devops_job_log"])
async def test_a_run_that_is_not_there_is_told(worker: Worker, tool: str) -> None:
    assert "The requested build 999 could not be found" in await worker.fails(tool, run=999)


async def test_a_token_that_may_only_read_starts_nothing(worker: Worker, pipelines: Pipelines) -> None:
    await worker.integrate(token=READ_ONLY)
    assert (await worker.json("azure_devops_list_pipelines"))["items"]
    assert "needs more rights" in await worker.fails("azure_devops_run_pipeline", pipeline=12)
    assert list(pipelines.builds) == [100]


async def test_limits_and_sign_in_pages_end_in_words(worker: Worker) -> None:
    worker.server.faults.limited(times=1)
    assert (await worker.json("azure_devops_list_pipelines"))["items"]
    worker.server.faults.limited(seconds=600)
    assert "try again in 600 seconds" in await worker.fails("azure_devops_list_pipelines")
    worker.server.faults.status(203, "<html>Sign In</html>")
    assert "asks to sign in" in await worker.fails("azure_devops_list_pipelines")
