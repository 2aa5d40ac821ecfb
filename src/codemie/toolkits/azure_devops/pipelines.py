"""Pipelines of Azure DevOps: their runs, why one failed, and starting one.

Source: https://learn.microsoft.com/rest/api/azure/devops/pipelines/ and …/build/; the run of a pipeline is a build.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast
from urllib.parse import quote

from pydantic import Field

from codemie.toolkits.arguments import JsonObject
from codemie.toolkits.azure_devops.client import AzureDevOps
from codemie.toolkits.failures import ToolFailed
from codemie.toolkits.toolkit import Toolkit

_PAGE = 20
_MOST_PARENTS = 10
_MORE = "x-ms-continuationtoken"

Json = dict[str, Any]
Project = Annotated[str | None, Field(description="Name of the project, if not the integration's.")]
Pipeline = Annotated[int, Field(ge=1, description="Id of the pipeline, from azure_devops_list_pipelines.")]
Run = Annotated[int, Field(ge=1, description="Id of the run.")]
After = Annotated[str | None, Field(description="What `next` of the page before says.")]

pipelines = Toolkit("VCS", "Azure DevOps pipelines", AzureDevOps, label="Version control", credential="AzureDevOps")


@pipelines.tool("reads", label="Azure DevOps: list pipelines")
async def azure_devops_list_pipelines(server: AzureDevOps, after: After = None, project: Project = None) -> Json:
    """List the pipelines of a project, 20 a page."""
    params = {"$top": _PAGE, "orderBy": "name asc", "continuationToken": after}
    answer = await server.ask("GET", f"{server.within(project)}/_apis/pipelines", params=params)
    items = [{name: item.get(name) for name in ("id", "name", "folder")} for item in answer.json()["value"]]
    return {"items": items, "next": answer.headers.get(_MORE)}


@pipelines.tool("reads", label="Azure DevOps: list runs")
async def azure_devops_list_pipeline_runs(
    server: AzureDevOps,
    pipeline: Annotated[int | None, Field(ge=1, description="Only of this pipeline.")] = None,
    branch: Annotated[str | None, Field(description="Only of this branch.")] = None,
    result: Literal["succeeded", "failed", "canceled", "partiallySucceeded"] | None = None,
    after: After = None,
    project: Project = None,
) -> Json:
    """List runs of pipelines, newest first, 20 a page."""
    params = {
        "definitions": pipeline,
        "branchName": _ref(branch) if branch else None,
        "resultFilter": result,
        "queryOrder": "queueTimeDescending",
        "$top": _PAGE,
        "continuationToken": after,
    }
    answer = await server.ask("GET", f"{server.within(project)}/_apis/build/builds", params=params)
    return {"items": [_shown(build) for build in answer.json()["value"]], "next": answer.headers.get(_MORE)}


@pipelines.tool("reads", label="Azure DevOps: get run")
async def azure_devops_get_pipeline_run(server: AzureDevOps, run: Run, project: Project = None) -> Json:
    """Show a run of a pipeline with its stages and jobs, and the steps that failed with their errors."""
    path = _build(server, project, run)
    build = await server.json("GET", path)
    records = await _records(server, path)
    known = {record["id"]: record for record in records}
    return {
        **_shown(build),
        "errors": [found["message"] for found in build.get("validationResults") or () if found["result"] == "error"],
        "stages": [
            {"stage": stage.get("identifier") or stage["name"], **_state(stage)} for stage in _of(records, "Stage")
        ],
        "jobs": [
            {
                "name": job["name"],
                "stage": _stage_of(job, known),
                **_state(job),
                "failed_steps": [_step(task) for task in _failed(records) if task["parentId"] == job["id"]],
            }
            for job in _of(records, "Job")
        ],
    }


@pipelines.tool("reads", label="Azure DevOps: job log")
async def azure_devops_job_log(
    server: AzureDevOps,
    run: Run,
    log: Annotated[
        int | None,
        Field(ge=1, description="Id of the log, from azure_devops_get_pipeline_run; the first failed step's if none."),
    ] = None,
    lines: Annotated[int, Field(ge=1, le=2000, description="How many lines from the end.")] = 200,
    project: Project = None,
) -> str:
    """Read the end of the log of a step, where its failure stands."""
    path = _build(server, project, run)
    number = log or await _log_of_failure(server, path, run)
    logs: list[Json] = (await server.json("GET", f"{path}/logs"))["value"]
    length = next((item["lineCount"] for item in logs if item["id"] == number), None)
    if length is None:
        numbers = ", ".join(str(item["id"]) for item in logs[:100])
        raise ToolFailed(f"Run {run} has no log {number}", details=f"It has: {numbers or 'none'}", code=404)
    params = {"startLine": max(0, length - lines)}
    answer = await server.ask("GET", f"{path}/logs/{number}", params=params, headers={"Accept": "text/plain"})
    shown = answer.text.splitlines()[-lines:]
    left_out = f"[{length - len(shown)} earlier lines left out]\n" if length > len(shown) else ""
    return left_out + "\n".join(shown)


@pipelines.tool("writes", label="Azure DevOps: run pipeline")
async def azure_devops_run_pipeline(
    server: AzureDevOps,
    pipeline: Pipeline,
    branch: Annotated[str | None, Field(description="That it runs on; its default branch if none.")] = None,
    parameters: Annotated[JsonObject | None, Field(description="Its template parameters by name.")] = None,
    variables: Annotated[JsonObject | None, Field(description="Variables by name, those it lets be set.")] = None,
    project: Project = None,
) -> str:
    """Start a pipeline. It runs on: see azure_devops_get_pipeline_run for what becomes of it."""
    body: Json = {
        "templateParameters": _texts(parameters or {}),
        "variables": {name: {"value": value} for name, value in _texts(variables or {}).items()},
    }
    if branch:
        body["resources"] = {"repositories": {"self": {"refName": _ref(branch)}}}
    made = await server.json("POST", f"{server.within(project)}/_apis/pipelines/{pipeline}/runs", json=body)
    return f"Run {made['id']} of pipeline '{made['pipeline']['name']}' is {made['state']}: {_page(made)}"


@pipelines.tool("writes", label="Azure DevOps: retry stage")
async def azure_devops_retry_stage(
    server: AzureDevOps,
    run: Run,
    stage: Annotated[str, Field(min_length=1, description="Of the run, from azure_devops_get_pipeline_run.")],
    project: Project = None,
) -> str:
    """Run the failed jobs of a stage again."""
    path = f"{_build(server, project, run)}/stages/{quote(stage, safe='')}"
    await server.ask("PATCH", path, json={"state": "retry", "forceRetryAllJobs": False})
    return f"The failed jobs of stage '{stage}' of run {run} start again."


def _build(server: AzureDevOps, project: str | None, run: int) -> str:
    return f"{server.within(project)}/_apis/build/builds/{run}"


def _ref(branch: str) -> str:
    return branch if branch.startswith("refs/") else f"refs/heads/{branch}"


def _page(item: Json) -> str | None:
    """Where people see it."""
    return cast("Json", item.get("_links") or {}).get("web", {}).get("href")


def _shown(build: Json) -> Json:
    return {
        "id": build["id"],
        "pipeline": build["definition"]["name"],
        "number": build.get("buildNumber"),
        "branch": build.get("sourceBranch"),
        "commit": build.get("sourceVersion"),
        "status": build.get("status"),
        "result": build.get("result"),
        "reason": build.get("reason"),
        "started": build.get("startTime"),
        "finished": build.get("finishTime"),
        "web_url": _page(build),
    }


async def _records(server: AzureDevOps, path: str) -> list[Json]:
    """The timeline in order; a run that has not begun has none."""
    timeline = await server.json("GET", f"{path}/timeline")
    records: list[Json] = (timeline or {}).get("records") or []
    return sorted(records, key=lambda record: record.get("order") or 0)


def _of(records: list[Json], kind: str) -> list[Json]:
    return [record for record in records if record["type"] == kind]


def _failed(records: list[Json]) -> list[Json]:
    return [record for record in _of(records, "Task") if record.get("result") == "failed"]


def _state(record: Json) -> Json:
    return {"state": record.get("state"), "result": record.get("result")}


def _step(task: Json) -> Json:
    errors = [issue["message"] for issue in task.get("issues") or () if issue["type"] == "error"]
    return {"name": task["name"], "log": (task.get("log") or {}).get("id"), "errors": errors}


def _stage_of(record: Json, known: Mapping[str, Json]) -> str | None:
    """The stage that a job belongs to, through whatever is between."""
    for _ in range(_MOST_PARENTS):
        parent = known.get(record.get("parentId") or "")
        if parent is None:
            return None
        if parent["type"] == "Stage":
            return str(parent.get("identifier") or parent["name"])
        record = parent
    return None


async def _log_of_failure(server: AzureDevOps, path: str, run: int) -> int:
    """The log of the first step that failed.

    Raises:
        ToolFailed: none did.
    """
    for task in _failed(await _records(server, path)):
        if task.get("log"):
            return int(task["log"]["id"])
    raise ToolFailed(
        f"No step of run {run} failed",
        help="Name the log to read: azure_devops_get_pipeline_run lists jobs and steps.",
        code=404,
    )


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    """Values as a pipeline takes them: all are texts."""
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in values.items()}
