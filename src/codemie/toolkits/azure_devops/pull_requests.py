"""Pull requests of a repository of Azure DevOps.

Source: https://learn.microsoft.com/rest/api/azure/devops/git/pull-requests.
"""

import asyncio
import difflib
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Annotated, Any

from pydantic import Field

from codemie.toolkits.azure_devops.repository import AzureRepository, git
from codemie.toolkits.failures import BadToolArguments, ToolFailed
from codemie.toolkits.git.arguments import BranchName, FilePath
from codemie.toolkits.patches import lines_of

_MOST_REQUESTS, _MOST_FILES, _MOST_WORK_ITEMS, _MOST_COMMITS = 50, 100, 10, 100
_MOST_COMPARED = 500_000
"""Bytes of a file on one side; comparing takes more than proportional time."""
_AT_ONCE = 4

Number = Annotated[int, Field(ge=1, description="Id of the pull request.")]
Json = dict[str, Any]


@git.tool("reads", about="Lists the open pull requests.")
async def list_open_pull_requests(repository: AzureRepository) -> list[Json] | str:
    """List the open pull requests, newest first, with their commits and comments."""
    params = {"searchCriteria.status": "active", "$top": _MOST_REQUESTS + 1}
    found: list[Json] = (await repository.json("GET", "pullrequests", params=params))["value"]
    if not found:
        return "There are no open pull requests."
    shown = await _each(found[:_MOST_REQUESTS], partial(_told, repository))
    if len(found) > _MOST_REQUESTS:
        shown.append({"note": f"These are the newest {_MOST_REQUESTS}. azure_devops_git can list the others."})
    return shown


@git.tool("reads", about="Shows a pull request.")
async def get_pr_changes(repository: AzureRepository, pull_request_id: Number) -> Json:
    """Show a pull request with its commits and comments. For the changes use list_pull_request_files."""
    return await _told(repository, await repository.json("GET", f"pullrequests/{pull_request_id}"))


async def _told(repository: AzureRepository, request: Json) -> Json:
    path = f"pullrequests/{request['pullRequestId']}"
    threads = (await repository.json("GET", f"{path}/threads"))["value"]
    commits = (await repository.json("GET", f"{path}/commits", params={"$top": _MOST_COMMITS}))["value"]
    return {
        "title": request["title"],
        "pull_request_id": request["pullRequestId"],
        "commits": [{"commit_id": commit["commitId"], "comment": commit.get("comment")} for commit in commits],
        "comments": [comment for thread in threads for comment in _comments(thread)],
    }


def _comments(thread: Json) -> list[Json]:
    """What people wrote; the service writes into threads, too."""
    place: Json = thread.get("threadContext") or {}
    line = (place.get("rightFileStart") or {}).get("line")
    where = {"thread_id": thread["id"], "file_path": place.get("filePath"), "line_number": line}
    return [
        {
            "id": comment["id"],
            "author": (comment.get("author") or {}).get("displayName"),
            "content": comment.get("content"),
            "published_date": comment.get("publishedDate"),
            "status": thread.get("status"),
            **{name: value for name, value in where.items() if value is not None},
        }
        for comment in thread.get("comments") or ()
        if not comment.get("isDeleted") and comment.get("commentType") != "system"
    ]


@git.tool("reads", about="Shows what a pull request changes.", seconds=120)
async def list_pull_request_files(repository: AzureRepository, pull_request_id: Number) -> list[Json]:
    """List the files that a pull request changes, each with its unified diff."""
    iterations = (await repository.json("GET", f"pullrequests/{pull_request_id}/iterations"))["value"]
    if not iterations:
        return []
    last = iterations[-1]
    path = f"pullrequests/{pull_request_id}/iterations/{last['id']}/changes"
    told = await repository.json("GET", path, params={"$top": _MOST_FILES})
    # What the target branch got since belongs to others.
    before = (last.get("commonRefCommit") or last["targetRefCommit"])["commitId"]
    after = last["sourceRefCommit"]["commitId"]
    changes = [entry for entry in told["changeEntries"] if not entry["item"].get("isFolder")]
    shown = await _each(changes, partial(_diff, repository, before, after))
    if told.get("nextSkip"):
        shown.append({"note": f"These are the first {_MOST_FILES} files. azure_devops_git can list the others."})
    return shown


async def _diff(repository: AzureRepository, before: str, after: str, entry: Json) -> Json:
    before_it = entry.get("originalPath") or entry.get("sourceServerItem")
    path = str(entry["item"].get("path") or before_it)
    old_path = str(before_it or path)
    old = await repository.content_at(before, old_path.lstrip("/"))
    new = await repository.content_at(after, path.lstrip("/"))
    shown = await asyncio.to_thread(_compared, old_path, path, old, new)
    return {"path": path, "diff": shown}


def _compared(old_path: str, path: str, old: bytes | None, new: bytes | None) -> str:
    """The unified diff; of what is no text, or is too long, what it is."""
    if max(len(old or b""), len(new or b"")) > _MOST_COMPARED:
        return f"[more than {_MOST_COMPARED} bytes; not compared]"
    try:
        before, after = (lines_of((content or b"").decode()) for content in (old, new))
    except UnicodeDecodeError:
        return "[binary; not shown]"
    names = ("/dev/null" if old is None else f"a{old_path}", "/dev/null" if new is None else f"b{path}")
    return "\n".join(difflib.unified_diff(before, after, *names, lineterm=""))


@git.tool("reads", about="Lists the work items of a pull request.")
async def get_work_items(repository: AzureRepository, pull_request_id: Number) -> list[int]:
    """List the ids of the work items that a pull request is linked to, at most 10."""
    found = (await repository.json("GET", f"pullrequests/{pull_request_id}/workitems"))["value"]
    return [int(item["id"]) for item in found[:_MOST_WORK_ITEMS]]


@git.tool("writes", about="Comments on a pull request.")
async def create_pr_change_comment(
    repository: AzureRepository,
    pr_number: Number,
    comment: Annotated[str, Field(min_length=1)],
    file_path: Annotated[FilePath | None, Field(description="File that it is about, if one.")] = None,
    line_number: Annotated[int | None, Field(ge=1, description="Line of the new file that it is about.")] = None,
) -> str:
    """Comment on a pull request: on all of it, on a file, or on a line of a file as it is after the change."""
    if line_number is not None and file_path is None:
        raise BadToolArguments("A line needs the file_path that it is in", code=422)
    body: Json = {"comments": [{"content": comment, "commentType": "text"}], "status": "active"}
    if file_path is not None:
        body["threadContext"] = {"filePath": f"/{file_path}"}
    if line_number is not None:
        start, end = {"line": line_number, "offset": 1}, {"line": line_number + 1, "offset": 1}
        body["threadContext"] |= {"rightFileStart": start, "rightFileEnd": end}
    made = await repository.json("POST", f"pullrequests/{pr_number}/threads", json=body)
    return f"Comment added to pull request {pr_number} as thread {made['id']}"


@git.tool("writes", about="Opens a pull request of the active branch.")
async def create_pull_request(
    repository: AzureRepository,
    pull_request_title: Annotated[str, Field(min_length=1, max_length=400)],
    pull_request_body: Annotated[str, Field(max_length=4000, description="What it changes and why, in Markdown.")],
    branch_name: Annotated[BranchName | None, Field(description="Into which branch, if not the base branch.")] = None,
) -> str:
    """Open a pull request from the active branch into another branch."""
    target = branch_name or repository.base
    if repository.active == target:
        raise ToolFailed(
            f"The active branch is '{target}' itself",
            help="Make the branch with the changes active with set_active_branch first.",
            code=409,
        )
    body = {
        "sourceRefName": f"refs/heads/{repository.active}",
        "targetRefName": f"refs/heads/{target}",
        "title": pull_request_title,
        "description": pull_request_body,
        "reviewers": [],
    }
    made = await repository.json("POST", "pullrequests", json=body)
    return f"Successfully created PR with ID {made['pullRequestId']}"


async def _each(items: Iterable[Json], ask: Callable[[Json], Awaitable[Json]]) -> list[Json]:
    """What is asked about each, in order; a few at once, because the service slows down whoever asks more."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(item: Json) -> Json:
        async with gate:
            return await ask(item)

    tasks = [asyncio.ensure_future(one(item)) for item in items]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
