"""Issues and pipelines of a GitLab project."""

from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import Field

from codemie.toolkits.api import Api
from codemie.toolkits.arguments import Page
from codemie.toolkits.gitlab.vcs import connect, fit
from codemie.toolkits.toolkit import Toolkit
from codemie.toolkits.trimming import last_lines

_SHOWN_ISSUE = ("iid", "title", "state", "labels", "description", "created_at", "web_url")
_SHOWN_PIPELINE = ("id", "ref", "status", "created_at", "web_url")
_PAGE = 20

Project = Annotated[str, Field(min_length=1, description="Path of the project, such as group/app, or its number.")]
Number = Annotated[int, Field(ge=1)]

vcs_work = Toolkit("VCS", "GitLab issues and pipelines", connect, label="Version control", credential="Git", fit=fit)


def _project(project: str) -> str:
    return f"/api/v4/projects/{quote(project, safe='')}"


def _kept(item: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: item.get(name) for name in names}


async def _page(server: Api, path: str, page: int, names: tuple[str, ...], **params: Any) -> dict[str, Any]:
    answer = await server.ask("GET", path, params={**params, "page": page, "per_page": _PAGE})
    following = answer.headers.get("x-next-page")
    return {"items": [_kept(item, names) for item in answer.json()], "next_page": int(following) if following else None}


@vcs_work.tool("reads", label="GitLab: list issues")
async def gitlab_list_issues(
    server: Api,
    project: Project,
    state: Literal["opened", "closed", "all"] = "opened",
    search: Annotated[str | None, Field(description="Words of the title or description.")] = None,
    page: Page = 1,
) -> dict[str, Any]:
    """List issues of a GitLab project, newest first, 20 a page."""
    names = tuple(name for name in _SHOWN_ISSUE if name != "description")
    return await _page(server, f"{_project(project)}/issues", page, names, state=state, search=search)


@vcs_work.tool("reads", label="GitLab: get issue")
async def gitlab_get_issue(server: Api, project: Project, issue: Number) -> dict[str, Any]:
    """Read an issue of a GitLab project with its comments. `issue` is the number after #."""
    path = f"{_project(project)}/issues/{issue}"
    told = await server.json("GET", path)
    notes = await server.json("GET", f"{path}/notes", params={"per_page": 50, "sort": "asc"})
    comments = [{"author": note["author"]["username"], "body": note["body"]} for note in notes]
    return {**_kept(told, _SHOWN_ISSUE), "comments": comments}


@vcs_work.tool("writes", label="GitLab: create issue")
async def gitlab_create_issue(
    server: Api,
    project: Project,
    title: Annotated[str, Field(min_length=1, max_length=255)],
    description: Annotated[str, Field(description="In Markdown.")] = "",
    labels: Annotated[list[str] | None, Field(description="Names of labels.")] = None,
) -> str:
    """Create an issue in a GitLab project."""
    body = {"title": title, "description": description, "labels": ",".join(labels or ())}
    made = await server.json("POST", f"{_project(project)}/issues", json=body)
    return f"Created issue #{made['iid']}: {made['web_url']}"


@vcs_work.tool("writes", label="GitLab: update issue")
async def gitlab_update_issue(
    server: Api,
    project: Project,
    issue: Number,
    title: str | None = None,
    description: str | None = None,
    state: Annotated[Literal["close", "reopen"] | None, Field(description="Whether to close or reopen it.")] = None,
) -> str:
    """Change an issue of a GitLab project: its title, its description, or close and reopen it."""
    changes = {"title": title, "description": description, "state_event": state}
    body = {name: value for name, value in changes.items() if value is not None}
    told = await server.json("PUT", f"{_project(project)}/issues/{issue}", json=body)
    return f"Issue #{issue} is {told['state']}: {told['title']}"


@vcs_work.tool("writes", label="GitLab: comment on issue")
async def gitlab_comment_issue(
    server: Api, project: Project, issue: Number, comment: Annotated[str, Field(min_length=1)]
) -> str:
    """Comment on an issue of a GitLab project."""
    await server.ask("POST", f"{_project(project)}/issues/{issue}/notes", json={"body": comment})
    return f"Commented on issue #{issue}."


@vcs_work.tool("reads", label="GitLab: list pipelines")
async def gitlab_list_pipelines(
    server: Api,
    project: Project,
    ref: Annotated[str | None, Field(description="Only of this branch or tag.")] = None,
    status: Annotated[str | None, Field(description="Such as failed, success or running.")] = None,
    page: Page = 1,
) -> dict[str, Any]:
    """List pipelines of a GitLab project, newest first, 20 a page."""
    return await _page(server, f"{_project(project)}/pipelines", page, _SHOWN_PIPELINE, ref=ref, status=status)


@vcs_work.tool("reads", label="GitLab: get pipeline")
async def gitlab_get_pipeline(server: Api, project: Project, pipeline: Number) -> dict[str, Any]:
    """Show a pipeline of a GitLab project with its jobs."""
    path = f"{_project(project)}/pipelines/{pipeline}"
    told = await server.json("GET", path)
    jobs = await server.json("GET", f"{path}/jobs", params={"per_page": 100})
    return {**_kept(told, _SHOWN_PIPELINE), "jobs": [_kept(job, ("id", "name", "stage", "status")) for job in jobs]}


@vcs_work.tool("reads", label="GitLab: job log")
async def gitlab_job_log(
    server: Api,
    project: Project,
    job: Annotated[int, Field(ge=1, description="Id of the job, from gitlab_get_pipeline.")],
    lines: Annotated[int, Field(ge=1, le=2000, description="How many lines from the end.")] = 200,
) -> str:
    """Read the end of the log of a job, where its failure stands."""
    answer = await server.ask("GET", f"{_project(project)}/jobs/{job}/trace")
    return last_lines(answer.text, lines)


@vcs_work.tool("writes", label="GitLab: retry pipeline")
async def gitlab_retry_pipeline(server: Api, project: Project, pipeline: Number) -> str:
    """Run the failed jobs of a pipeline again."""
    told = await server.json("POST", f"{_project(project)}/pipelines/{pipeline}/retry")
    return f"Pipeline {pipeline} is {told['status']}: {told['web_url']}"
