"""Issues and workflow runs of a GitHub repository."""

from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import Field

from codemie.toolkits.arguments import Page
from codemie.toolkits.github.client import GitHub
from codemie.toolkits.github.vcs import connect, fit
from codemie.toolkits.toolkit import Toolkit
from codemie.toolkits.trimming import last_lines

_SHOWN_ISSUE = ("number", "title", "state", "body", "created_at", "html_url")
_SHOWN_RUN = ("id", "name", "head_branch", "event", "status", "conclusion", "created_at", "html_url")
_SHOWN_JOB = ("id", "name", "status", "conclusion")
_PAGE, _MOST = 20, 100

RepositoryName = Annotated[
    str, Field(pattern=r"^[^/\s]+/[^/\s]+$", description="Owner and name of the repository, such as octo-org/app.")
]
Number = Annotated[int, Field(ge=1)]

vcs_work = Toolkit("VCS", "GitHub issues and actions", connect, label="Version control", credential="Git", fit=fit)


def _path(server: GitHub, repository: str) -> str:
    """Where the repository is in the API; an App works for its owner."""
    server.owner, _, name = repository.partition("/")
    return f"/repos/{quote(server.owner, safe='')}/{quote(name, safe='')}"


def _kept(item: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: item.get(name) for name in names}


def _issue(item: dict[str, Any]) -> dict[str, Any]:
    return {**_kept(item, _SHOWN_ISSUE), "labels": [label["name"] for label in item["labels"]]}


@vcs_work.tool("reads", label="GitHub: list issues")
async def github_list_issues(
    server: GitHub,
    repository: RepositoryName,
    state: Literal["open", "closed", "all"] = "open",
    labels: Annotated[list[str] | None, Field(description="Only with all of these labels.")] = None,
    page: Page = 1,
) -> dict[str, Any]:
    """List issues of a GitHub repository, newest first. Pull requests are left out, so that a page may be short."""
    asked = {"state": state, "labels": ",".join(labels) if labels else None, "page": page, "per_page": _PAGE}
    answer = await server.ask("GET", f"{_path(server, repository)}/issues", params=asked)
    issues = [_issue(item) for item in answer.json() if "pull_request" not in item]
    for issue in issues:
        del issue["body"]
    return {"items": issues, "next_page": page + 1 if server.has_next(answer) else None}


@vcs_work.tool("reads", label="GitHub: get issue")
async def github_get_issue(server: GitHub, repository: RepositoryName, issue: Number) -> dict[str, Any]:
    """Read an issue of a GitHub repository with its comments. `issue` is the number after #."""
    path = f"{_path(server, repository)}/issues/{issue}"
    told = await server.json("GET", path)
    found = await server.json("GET", f"{path}/comments", params={"per_page": _MOST})
    comments = [{"author": (comment["user"] or {}).get("login"), "body": comment["body"]} for comment in found]
    return {**_issue(told), "comments": comments}


@vcs_work.tool("writes", label="GitHub: create issue")
async def github_create_issue(
    server: GitHub,
    repository: RepositoryName,
    title: Annotated[str, Field(min_length=1, max_length=256)],
    body: Annotated[str, Field(description="In Markdown.")] = "",
    labels: Annotated[list[str] | None, Field(description="Names of labels.")] = None,
) -> str:
    """Create an issue in a GitHub repository."""
    sent = {"title": title, "body": body, "labels": labels or []}
    made = await server.json("POST", f"{_path(server, repository)}/issues", json=sent)
    return f"Created issue #{made['number']}: {made['html_url']}"


@vcs_work.tool("writes", label="GitHub: update issue")
async def github_update_issue(
    server: GitHub,
    repository: RepositoryName,
    issue: Number,
    title: str | None = None,
    body: str | None = None,
    state: Annotated[Literal["open", "closed"] | None, Field(description="Whether to close or reopen it.")] = None,
) -> str:
    """Change an issue of a GitHub repository: its title, its text, or close and reopen it."""
    changes = {"title": title, "body": body, "state": state}
    sent = {name: value for name, value in changes.items() if value is not None}
    told = await server.json("PATCH", f"{_path(server, repository)}/issues/{issue}", json=sent)
    return f"Issue #{issue} is {told['state']}: {told['title']}"


@vcs_work.tool("writes", label="GitHub: comment on issue")
async def github_comment_issue(
    server: GitHub, repository: RepositoryName, issue: Number, comment: Annotated[str, Field(min_length=1)]
) -> str:
    """Comment on an issue or a pull request of a GitHub repository."""
    await server.ask("POST", f"{_path(server, repository)}/issues/{issue}/comments", json={"body": comment})
    return f"Commented on #{issue}."


@vcs_work.tool("reads", label="GitHub: list workflow runs")
async def github_list_runs(
    server: GitHub,
    repository: RepositoryName,
    branch: Annotated[str | None, Field(description="Only of this branch.")] = None,
    status: Annotated[str | None, Field(description="Such as failure, success or in_progress.")] = None,
    page: Page = 1,
) -> dict[str, Any]:
    """List runs of workflows (GitHub Actions), newest first, 20 a page."""
    asked = {"branch": branch, "status": status, "page": page, "per_page": _PAGE}
    answer = await server.ask("GET", f"{_path(server, repository)}/actions/runs", params=asked)
    runs = [_kept(run, _SHOWN_RUN) for run in answer.json()["workflow_runs"]]
    return {"items": runs, "next_page": page + 1 if server.has_next(answer) else None}


@vcs_work.tool("reads", label="GitHub: get workflow run")
async def github_get_run(server: GitHub, repository: RepositoryName, run: Number) -> dict[str, Any]:
    """Show a run of a workflow with its jobs. `run` is its id, from github_list_runs."""
    path = f"{_path(server, repository)}/actions/runs/{run}"
    told = await server.json("GET", path)
    jobs = await server.json("GET", f"{path}/jobs", params={"per_page": _MOST})
    return {**_kept(told, _SHOWN_RUN), "jobs": [_kept(job, _SHOWN_JOB) for job in jobs["jobs"]]}


@vcs_work.tool("reads", label="GitHub: job log")
async def github_job_log(
    server: GitHub,
    repository: RepositoryName,
    job: Annotated[int, Field(ge=1, description="Id of the job, from github_get_run.")],
    lines: Annotated[int, Field(ge=1, le=2000, description="How many lines from the end.")] = 200,
) -> str:
    """Read the end of the log of a job, where its failure stands."""
    answer = await server.ask("GET", f"{_path(server, repository)}/actions/jobs/{job}/logs")
    return last_lines(answer.text, lines)


@vcs_work.tool("writes", label="GitHub: run failed jobs again")
async def github_rerun_failed_jobs(server: GitHub, repository: RepositoryName, run: Number) -> str:
    """Run the failed jobs of a workflow run again."""
    await server.ask("POST", f"{_path(server, repository)}/actions/runs/{run}/rerun-failed-jobs")
    return f"The failed jobs of run {run} run again."
