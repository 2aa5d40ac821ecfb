"""Jira: https://developer.atlassian.com/cloud/jira/platform/rest/v2/, and the same of a data center.

Tools with a purpose of their own use version 2, which both speak, and in which texts are texts.
"""

import json
import re
from typing import Annotated, Any, cast
from urllib.parse import quote

from pydantic import Field

from codemie.kernel.tools import Effect
from codemie.toolkits.api import Answer
from codemie.toolkits.arguments import JsonObject, effect_of_request
from codemie.toolkits.atlassian.issues import SHOWN, compact_issue, compact_search, wanted_fields
from codemie.toolkits.atlassian.server import AtlassianServer
from codemie.toolkits.calling import Output
from codemie.toolkits.chat_files import chosen
from codemie.toolkits.connection import Connection
from codemie.toolkits.failures import BadToolArguments, ToolFailed
from codemie.toolkits.rest import Params, RelativeUrl, Verb, parted, path_of, request, told
from codemie.toolkits.toolkit import Toolkit

_VERSION = r"/rest/api/(?:2|3|latest)"
_SEARCH = re.compile(rf"{_VERSION}/search(?:/jql)?")
_ONLY_READS = re.compile(
    rf"{_VERSION}/(?:search(?:/jql|/approximate-count)?|jql/parse|jql/match|issue/bulkfetch|expression/eval(?:uate)?)"
)
_ATTACHMENTS = re.compile(rf"{_VERSION}/issue/[^/]+/attachments")
_READ = (*SHOWN, "description", "reporter", "priority", "labels", "created", "updated", "parent", "subtasks")
_READ_BESIDE = ("issuelinks", "fixVersions", "components", "attachment", "comment")

IssueKey = Annotated[
    str, Field(pattern=r"^([A-Za-z][A-Za-z0-9_]*-)?\d+$", max_length=100, description="Key of the issue, as DEMO-12.")
]


def connect(connection: Connection) -> AtlassianServer:
    """The server of a Jira integration."""
    return AtlassianServer(connection, "Jira")


jira = Toolkit("Project Management", "Jira", connect, credential="Jira")


def effect_of_call(arguments: dict[str, Any]) -> Effect:
    """By method; some questions are too long for an address, and are sent with POST."""
    method = str(arguments.get("method") or "").upper()
    if method == "POST" and _ONLY_READS.fullmatch(path_of(arguments.get("relative_url"))):
        return "reads"
    return effect_of_request(method, arguments.get("relative_url"))


@jira.tool(effect_of_call, label="Generic Jira", about="Calls Jira: issues, projects, comments, attachments, boards.")
async def generic_jira_tool(
    server: AtlassianServer,
    method: Verb,
    relative_url: Annotated[RelativeUrl, Field(description="Below the server's address: /rest/api/2/issue/DEMO-1.")],
    params: Annotated[
        Params, Field(description="Query of GET and DELETE, JSON body of other methods: an object, or its text.")
    ] = None,
) -> Output:
    """Call an endpoint of the Jira REST API.

    Search with GET /rest/api/2/search and {"jql", "startAt", "maxResults", "fields"} in a data center, with
    GET /rest/api/3/search/jql and {"jql", "nextPageToken", "maxResults", "fields"} in the cloud; of each issue come
    key, url, summary, assignee, status, issuetype and the fields that are asked for. POST to
    /rest/api/2/issue/{key}/attachments attaches the files of the conversation, or those that {"files": ["name"]} names.
    Users are {"accountId"} in the cloud and {"name"} in a data center. In version 3 texts
    are documents (ADF), in version 2 plain texts with wiki markup.
    """
    path = path_of(relative_url)
    if method == "POST" and _ATTACHMENTS.fullmatch(path):
        named = cast("dict[str, Any]", params).get("files") if isinstance(params, dict) else None
        return told(server, relative_url, await server.attach(path, await chosen(server.files, named)))
    if method not in ("GET", "POST") or not _SEARCH.fullmatch(path):
        answer = await request(server, method, relative_url, params)
        server.refuse_stranger(answer)
        return told(server, relative_url, answer)
    if not isinstance(params or {}, dict):
        raise BadToolArguments("The params of a search must be an object", code=422)
    asked = cast("dict[str, Any]", params or {})
    in_url = parted(relative_url)[1].get("fields", [""])[0]
    fields = wanted_fields(asked.get("fields") or in_url)
    answer = await request(server, method, relative_url, {**asked, "fields": fields})
    return told(server, relative_url, answer, _compacted(server, answer))


def _compacted(server: AtlassianServer, answer: Answer) -> str | None:
    server.refuse_stranger(answer)
    if not answer.ok:
        return None
    return json.dumps(compact_search(server.base_url, answer.json()), ensure_ascii=False)


def _path(issue: str, *rest: str) -> str:
    return "/".join(("/rest/api/2/issue", quote(issue, safe=""), *rest))


def _browse(server: AtlassianServer, issue: str) -> str:
    return f"{server.base_url}/browse/{issue}"


@jira.tool("reads", label="Jira: search issues", about="Finds issues by JQL.")
async def jira_search(
    server: AtlassianServer,
    jql: Annotated[
        str, Field(min_length=1, description='As: project = DEMO AND status = "To Do" ORDER BY updated DESC.')
    ],
    fields: Annotated[list[str] | None, Field(description="Ids of fields to show beside the usual ones.")] = None,
    limit: Annotated[int, Field(ge=1, le=100, description="Issues a page.")] = 25,
    page: Annotated[str | None, Field(description="next_page of the page before.")] = None,
) -> dict[str, Any]:
    """Find issues of Jira: key, url, summary, assignee, status, issuetype and the fields that are asked for."""
    asked = {"jql": jql, "maxResults": limit, "fields": ",".join(wanted_fields(fields))}
    if server.is_cloud:
        answer = await server.ask("GET", "/rest/api/2/search/jql", params={**asked, "nextPageToken": page})
    else:
        answer = await server.ask("GET", "/rest/api/2/search", params={**asked, "startAt": _start(page)})
    server.refuse_stranger(answer)
    found = answer.json()
    return {**compact_search(server.base_url, {"issues": found["issues"]}), **_pages(found)}


def _start(page: str | None) -> int:
    if page is not None and not page.isdigit():
        raise ToolFailed(f"There is no page {page!r}", help="Give the next_page of the page before.", code=422)
    return int(page or 0)


def _pages(found: dict[str, Any]) -> dict[str, Any]:
    """Where the next page is; the cloud does not count what it finds."""
    if "total" not in found:
        return {"next_page": found.get("nextPageToken")}
    following = found["startAt"] + len(found["issues"])
    return {"total": found["total"], "next_page": str(following) if following < found["total"] else None}


@jira.tool("reads", label="Jira: get issue", about="Reads an issue with its comments.")
async def jira_get_issue(
    server: AtlassianServer,
    issue: IssueKey,
    fields: Annotated[list[str] | None, Field(description="Ids of fields to show beside the usual ones.")] = None,
) -> dict[str, Any]:
    """Read an issue of Jira: its fields, description, links, names of attachments, and comments."""
    wanted = ",".join((*_READ, *_READ_BESIDE, *(fields or ())))
    return compact_issue(server.base_url, await server.json("GET", _path(issue), params={"fields": wanted}))


@jira.tool("writes", label="Jira: create issue")
async def jira_create_issue(
    server: AtlassianServer,
    project: Annotated[str, Field(min_length=1, description="Key of the project, as DEMO.")],
    summary: Annotated[str, Field(min_length=1, max_length=255)],
    issue_type: Annotated[str, Field(min_length=1, description="Name of the type, as Task or Bug.")] = "Task",
    description: Annotated[str, Field(description="In Jira's wiki markup.")] = "",
    fields: Annotated[JsonObject | None, Field(description='Other fields by id, as {"labels": ["web"]}.')] = None,
) -> str:
    """Create an issue in Jira. A refusal names the fields that the project wants besides."""
    body = {
        "project": {"key": project},
        "summary": summary,
        "issuetype": {"name": issue_type},
        **({"description": description} if description else {}),
        **(fields or {}),
    }
    made = await server.json("POST", "/rest/api/2/issue", json={"fields": body})
    return f"Created issue {made['key']}: {_browse(server, made['key'])}"


@jira.tool("writes", label="Jira: update issue")
async def jira_update_issue(
    server: AtlassianServer,
    issue: IssueKey,
    fields: Annotated[JsonObject, Field(min_length=1, description='By id, as {"summary": "New", "labels": ["web"]}.')],
) -> str:
    """Change fields of an issue of Jira. For its status use jira_transition."""
    await server.ask("PUT", _path(issue), json={"fields": fields})
    return f"Updated issue {issue}: {', '.join(fields)}."


@jira.tool("writes", label="Jira: comment on issue")
async def jira_comment(
    server: AtlassianServer,
    issue: IssueKey,
    comment: Annotated[str, Field(min_length=1, max_length=32_767, description="In Jira's wiki markup.")],
) -> str:
    """Comment on an issue of Jira."""
    made = await server.json("POST", _path(issue, "comment"), json={"body": comment})
    return f"Commented on {issue} (comment {made['id']})."


@jira.tool("writes", label="Jira: move issue to a status", about="Moves an issue to another status.")
async def jira_transition(
    server: AtlassianServer,
    issue: IssueKey,
    status: Annotated[str, Field(min_length=1, description="Name of the status to reach, or of the transition.")],
    comment: Annotated[str, Field(description="Said along with it.")] = "",
) -> str:
    """Move an issue of Jira to another status, as far as its workflow lets it."""
    possible = (await server.json("GET", _path(issue, "transitions")))["transitions"]
    named = status.strip().lower()
    for step in possible:
        if named in (str(step["name"]).lower(), str(step["to"]["name"]).lower()):
            update = {"update": {"comment": [{"add": {"body": comment}}]}} if comment else {}
            await server.ask("POST", _path(issue, "transitions"), json={"transition": {"id": step["id"]}, **update})
            return f"{issue} is in status {step['to']['name']} now."
    ways = ", ".join(f"{step['to']['name']} (by {step['name']})" for step in possible)
    raise ToolFailed(f"{issue} cannot get to '{status}' from where it is", details=f"Possible: {ways}", code=409)


@jira.tool("writes", label="Jira: attach files", about="Attaches files of the conversation to an issue.")
async def jira_attach_files(
    server: AtlassianServer,
    issue: IssueKey,
    files: Annotated[list[str] | None, Field(description="Names of files; all of the conversation if none.")] = None,
) -> str:
    """Attach files of the conversation to an issue of Jira."""
    answer = await server.attach(_path(issue, "attachments"), await chosen(server.files, files))
    if not answer.ok:
        raise server.refusal(answer)
    return f"Attached to {issue}: {', '.join(item['filename'] for item in answer.json())}."
