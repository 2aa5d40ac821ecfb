"""Jira, as far as tools use it: issues, search, transitions, comments, attachments, projects, fields, users.

After https://developer.atlassian.com/cloud/jira/platform/rest/v2/ (and v3) and
https://developer.atlassian.com/server/jira/platform/rest/. A cloud knows Basic with an e-mail address and an API token,
and searches with tokens of pages; a data center knows Basic with a password and personal tokens, and counts what it
finds.
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from tests.fakes.atlassian_queries import NoQuery, parse
from tests.fakes.vendor_server import Faults

USER = "bot@example.com"
TOKEN = "right-jira-token"
READ_ONLY = "jira-token-that-only-reads"
MOMENT = "2026-01-01T10:00:00.000+0000"
GONE = (
    "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A full migration guideline "
    "is available at https://developer.atlassian.com/changelog/#CHANGE-2046"
)
TYPES = {"10001": "Task", "10002": "Bug", "10003": "Story"}
STATUSES = {"1": "To Do", "3": "In Progress", "5": "Done"}
TRANSITIONS = {
    "11": ("Start", "To Do", "In Progress"),
    "21": ("Finish", "In Progress", "Done"),
    "31": ("Stop", "*", "To Do"),
}
FIELDS = {
    **{name: name.title() for name in ("summary", "description", "status", "assignee", "labels", "created", "comment")},
    "issuetype": "Issue Type",
    "project": "Project",
    "attachment": "Attachment",
    "customfield_10010": "Sprint goal",
}
_NOT_SEEN = "Issue does not exist or you do not have permission to see it."

Json = dict[str, Any]


@dataclass
class Issue:
    """One issue; its fields are as version 2 shows them."""

    id: str
    key: str
    fields: Json
    comments: list[Json] = field(default_factory=list[Json])
    attachments: list[Json] = field(default_factory=list[Json])


class Jira:
    """A server with the project DEMO and one issue in it."""

    def __init__(self, *, cloud: bool = False) -> None:
        self.cloud = cloud
        self.faults = Faults()
        self.url = ""
        self.projects = {"DEMO": {"id": "10000", "key": "DEMO", "name": "Demonstration"}}
        self.issues: dict[str, Issue] = {}
        self.files: dict[str, bytes] = {}
        self.user = {"displayName": "Bot", "emailAddress": USER, "active": True, "timeZone": "UTC"}
        self.user |= {"accountId": "5b10ac8d"} if cloud else {"name": "bot", "key": "JIRAUSER1"}
        self.add("The first issue", description="It is broken.")

    def add(self, summary: str, kind: str = "Task", **fields: Any) -> Issue:
        """Put an issue into the project."""
        number = len(self.issues) + 1
        key = f"DEMO-{number}"
        made = {
            "project": self.projects["DEMO"],
            "summary": summary,
            "issuetype": {"id": _id_of(TYPES, kind), "name": kind, "subtask": False},
            "status": {"id": "1", "name": "To Do"},
            "assignee": None,
            "reporter": self.user,
            "priority": {"id": "3", "name": "Medium"},
            "labels": [],
            "description": None,
            "created": MOMENT,
            "updated": MOMENT,
            "customfield_10010": None,
            **fields,
        }
        self.issues[key] = Issue(str(10100 + number), key, made)
        return self.issues[key]

    def app(self) -> web.Application:
        """Its API, in both versions."""
        app = web.Application(middlewares=[self.faults.middleware, self._signed_in], client_max_size=20 * 2**20)
        routes: list[tuple[str, str, Any]] = [
            ("GET", "/myself", self._myself),
            ("GET", "/project", self._projects),
            ("GET", "/project/{key}", self._project),
            ("GET", "/issuetype", self._types),
            ("GET", "/field", self._fields),
            ("GET", "/search", self._search),
            ("POST", "/search", self._search),
            ("GET", "/search/jql", self._search_by_token),
            ("POST", "/search/jql", self._search_by_token),
            ("POST", "/issue", self._create),
            ("GET", "/issue/{key}", self._issue),
            ("PUT", "/issue/{key}", self._edit),
            ("DELETE", "/issue/{key}", self._delete),
            ("GET", "/issue/{key}/transitions", self._transitions),
            ("POST", "/issue/{key}/transitions", self._transition),
            ("GET", "/issue/{key}/comment", self._comments),
            ("POST", "/issue/{key}/comment", self._comment),
            ("POST", "/issue/{key}/attachments", self._attach),
            ("GET", "/attachment/content/{id}", self._content),
        ]
        for version in ("2", "3") if self.cloud else ("2",):
            app.add_routes(
                [web.route(method, f"/rest/api/{version}{path}", handler) for method, path, handler in routes]
            )
        return app

    @web.middleware
    async def _signed_in(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.url = f"{request.scheme}://{request.host}"
        token = self._token(request)
        if token not in (TOKEN, READ_ONLY):
            return self._to_stranger(request)
        if token == READ_ONLY and request.method != "GET" and "/search" not in request.path:
            return _refusal(403, ["You do not have permission to do this."])
        try:
            answer: web.StreamResponse = await handler(request)
        except NoQuery as error:
            return _refusal(400, [f"Error in the JQL Query: Expecting operator but got '{error}'."])
        except _Refused as refusal:
            return _refusal(refusal.status, refusal.messages, refusal.errors)
        except web.HTTPNotFound:
            return web.json_response({"message": "null for uri", "status-code": 404}, status=404)
        return answer

    def _token(self, request: web.Request) -> str:
        kind, _, value = request.headers.get("authorization", "").partition(" ")
        if kind == "Bearer" and not self.cloud:
            return value
        name, _, secret = base64.b64decode(value).decode().partition(":") if kind == "Basic" else ("", "", "")
        return secret if name == (USER if self.cloud else "bot") else ""

    def _to_stranger(self, request: web.Request) -> web.Response:
        """A cloud lets strangers ask: they see nothing, and a header says that their name was not believed."""
        login = {"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"}
        if self.cloud and request.path.endswith("/search/jql"):
            return web.json_response({"issues": [], "isLast": True}, headers=login)
        if self.cloud and "/issue/" in request.path:
            return _refusal(404, [_NOT_SEEN], headers=login)
        if self.cloud:
            said = "Client must be authenticated to access this resource."
            return web.Response(
                status=401, text=said, headers={**login, "WWW-Authenticate": 'OAuth realm="https%3A%2F%2F"'}
            )
        messages = ["You do not have the permission to see the specified issue.", "Login Required"]
        return _refusal(401, messages, headers=login)

    def _of(self, request: web.Request) -> Issue:
        wanted = request.match_info["key"]
        for issue in self.issues.values():
            if wanted in (issue.id, issue.key):
                return issue
        raise _Refused(404, _NOT_SEEN)

    async def _myself(self, _: web.Request) -> web.Response:
        return web.json_response({"self": f"{self.url}/rest/api/2/user", **self.user})

    async def _projects(self, _: web.Request) -> web.Response:
        return web.json_response(list(self.projects.values()))

    async def _project(self, request: web.Request) -> web.Response:
        key = request.match_info["key"]
        if key not in self.projects:
            raise _Refused(404, f"No project could be found with key '{key}'.")
        types = [{"id": number, "name": name, "subtask": False} for number, name in TYPES.items()]
        return web.json_response({**self.projects[key], "issueTypes": types})

    async def _types(self, _: web.Request) -> web.Response:
        return web.json_response([{"id": number, "name": name, "subtask": False} for number, name in TYPES.items()])

    async def _fields(self, _: web.Request) -> web.Response:
        fields = [{"id": key, "name": name, "custom": key.startswith("customfield")} for key, name in FIELDS.items()]
        return web.json_response(fields)

    async def _search(self, request: web.Request) -> web.Response:
        if self.cloud:
            return _refusal(410, [GONE])
        asked = await _asked(request)
        found = self._found(str(asked.get("jql") or ""))
        start, size = int(asked.get("startAt") or 0), min(1000, int(asked.get("maxResults") or 50))
        shown = [self._shown(issue, _names(asked), _version(request)) for issue in found[start : start + size]]
        return web.json_response({"startAt": start, "maxResults": size, "total": len(found), "issues": shown})

    async def _search_by_token(self, request: web.Request) -> web.Response:
        if not self.cloud:
            raise _Refused(404, "There is no such resource.")
        asked = await _asked(request)
        jql = str(asked.get("jql") or "")
        if not parse(jql).clauses:
            raise _Refused(
                400, "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
            )
        found = self._found(jql)
        token = str(asked.get("nextPageToken") or "")
        if token and not token.startswith("after-"):
            raise _Refused(400, "The provided next page token is invalid.")
        start, size = int(token.removeprefix("after-") or 0), min(100, int(asked.get("maxResults") or 50))
        shown = [
            self._shown(issue, _names(asked) or ["id"], _version(request)) for issue in found[start : start + size]
        ]
        last = start + size >= len(found)
        return web.json_response(
            {"issues": shown, "isLast": last, **({} if last else {"nextPageToken": f"after-{start + size}"})}
        )

    def _found(self, jql: str) -> list[Issue]:
        query = parse(jql)
        for clause in query.clauses:
            if clause.field not in {"key", "text", *(key.lower() for key in FIELDS)}:
                raise _Refused(400, f"Field '{clause.field}' does not exist or you do not have permission to view it.")
        found = [item for item in self.issues.values() if all(c.holds(_searched(item, c.field)) for c in query.clauses)]
        return list(reversed(found)) if query.descending else found

    def _shown(self, issue: Issue, names: list[str], version: str) -> Json:
        fields = {**issue.fields, "comment": _comments(issue), "attachment": issue.attachments}
        if names and not any(name.startswith("*") for name in names):
            fields = {name: value for name, value in fields.items() if name in names}
        if version == "3" and isinstance(fields.get("description"), str):
            fields["description"] = document(fields["description"])
        address = f"{self.url}/rest/api/{version}/issue/{issue.id}"
        return {"id": issue.id, "key": issue.key, "self": address, **({"fields": fields} if fields else {})}

    async def _create(self, request: web.Request) -> web.Response:
        sent: Json = (await _body(request)).get("fields") or {}
        errors: dict[str, str] = {}
        if (sent.get("project") or {}).get("key") not in self.projects:
            errors["project"] = "valid project is required"
        if not sent.get("summary"):
            errors["summary"] = "You must specify a summary of the issue."
        kind = (sent.get("issuetype") or {}).get("name") or TYPES.get((sent.get("issuetype") or {}).get("id", ""))
        if kind not in TYPES.values():
            errors["issuetype"] = "The issue type selected is invalid."
        self._refuse(sent, errors, _version(request))
        plain = {name: value for name, value in sent.items() if name not in ("project", "summary", "issuetype")}
        made = self.add(sent["summary"], str(kind), **plain)
        address = f"{self.url}/rest/api/2/issue/{made.id}"
        return web.json_response({"id": made.id, "key": made.key, "self": address}, status=201)

    def _refuse(self, sent: Json, errors: dict[str, str], version: str) -> None:
        for name in sent:
            if name not in (*FIELDS, "priority", "parent"):
                said = "It is not on the appropriate screen, or unknown."
                errors[name] = f"Field '{name}' cannot be set. {said}"
        if version == "3" and isinstance(sent.get("description"), str):
            errors["description"] = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
        if errors:
            raise _Refused(400, **errors)

    async def _issue(self, request: web.Request) -> web.Response:
        names = [name for name in request.query.get("fields", "").split(",") if name]
        return web.json_response(self._shown(self._of(request), names, _version(request)))

    async def _edit(self, request: web.Request) -> web.Response:
        issue, sent = self._of(request), (await _body(request)).get("fields") or {}
        self._refuse(sent, {}, _version(request))
        issue.fields.update(sent)
        return web.Response(status=204)

    async def _delete(self, request: web.Request) -> web.Response:
        del self.issues[self._of(request).key]
        return web.Response(status=204)

    def _possible(self, issue: Issue) -> dict[str, tuple[str, str]]:
        now = issue.fields["status"]["name"]
        return {
            key: (name, end) for key, (name, start, end) in TRANSITIONS.items() if start in (now, "*") and end != now
        }

    async def _transitions(self, request: web.Request) -> web.Response:
        steps = [
            {"id": key, "name": name, "to": {"id": _id_of(STATUSES, end), "name": end}}
            for key, (name, end) in self._possible(self._of(request)).items()
        ]
        return web.json_response({"expand": "transitions", "transitions": steps})

    async def _transition(self, request: web.Request) -> web.Response:
        issue, sent = self._of(request), await _body(request)
        step = self._possible(issue).get(str((sent.get("transition") or {}).get("id")))
        if step is None:
            raise _Refused(400, "It seems that you have tried to perform an illegal workflow operation.")
        issue.fields["status"] = {"id": _id_of(STATUSES, step[1]), "name": step[1]}
        for change in (sent.get("update") or {}).get("comment", ()):
            self._say(issue, change["add"]["body"])
        return web.Response(status=204)

    def _say(self, issue: Issue, body: Any) -> Json:
        number = str(20000 + len(issue.comments))
        issue.comments.append({"id": number, "author": self.user, "body": body, "created": MOMENT, "updated": MOMENT})
        return issue.comments[-1]

    async def _comments(self, request: web.Request) -> web.Response:
        return web.json_response(_comments(self._of(request)))

    async def _comment(self, request: web.Request) -> web.Response:
        issue, body = self._of(request), (await _body(request)).get("body")
        if not body:
            raise _Refused(400, comment="Comment body can not be empty!")
        return web.json_response(self._say(issue, body), status=201)

    async def _attach(self, request: web.Request) -> web.Response:
        issue = self._of(request)
        if request.headers.get("x-atlassian-token") not in ("no-check", "nocheck"):
            return web.Response(status=403, text="XSRF check failed")
        made = [
            self._kept(issue, str(part.filename), await part.read(), part.headers.get("Content-Type", ""))
            async for part in await request.multipart()
            if isinstance(part, BodyPartReader) and part.name == "file"
        ]
        if not made:
            raise _Refused(400, "No file was sent.")
        return web.json_response(made)

    def _kept(self, issue: Issue, name: str, content: bytes, kind: str) -> Json:
        number = str(30000 + len(self.files))
        self.files[number] = content
        address = f"{self.url}/rest/api/2/attachment/content/{number}"
        about = {"id": number, "filename": name, "size": len(content), "mimeType": kind, "content": address}
        issue.attachments.append({**about, "author": self.user, "created": MOMENT})
        return issue.attachments[-1]

    async def _content(self, request: web.Request) -> web.Response:
        content = self.files.get(request.match_info["id"])
        if content is None:
            raise _Refused(404, "The attachment with this id does not exist.")
        return web.Response(body=content, content_type="application/octet-stream")


class _Refused(Exception):
    """A refusal in Jira's form."""

    def __init__(self, status: int, *messages: str, **errors: str) -> None:
        super().__init__(*messages)
        self.status, self.messages, self.errors = status, messages, errors


def _refusal(
    status: int, messages: Sequence[str], errors: Json | None = None, headers: dict[str, str] | None = None
) -> web.Response:
    body = {"errorMessages": list(messages), "errors": errors or {}}
    return web.json_response(body, status=status, headers=headers)


def document(text: str) -> Json:
    """A text as version 3 has it."""
    paragraphs = [
        {"type": "paragraph", "content": [{"type": "text", "text": line}]} for line in text.split("\n") if line
    ]
    return {"type": "doc", "version": 1, "content": paragraphs}


async def _body(request: web.Request) -> Json:
    try:
        body: Any = await request.json()
    except ValueError as error:
        raise _Refused(400, "No content to map to Object due to end of input") from error
    return body if isinstance(body, dict) else {}


async def _asked(request: web.Request) -> Json:
    return await _body(request) if request.method == "POST" else dict(request.query)


def _names(asked: Json) -> list[str]:
    names = asked.get("fields") or []
    return [name for name in names.split(",") if name] if isinstance(names, str) else list(names)


def _version(request: web.Request) -> str:
    found = re.match(r"/rest/api/(\d)/", request.path)
    return found[1] if found else "2"


def _comments(issue: Issue) -> Json:
    return {"comments": issue.comments, "maxResults": 50, "total": len(issue.comments), "startAt": 0}


def _searched(issue: Issue, name: str) -> str:
    if name == "key":
        return issue.key
    if name == "text":
        return f"{issue.fields['summary']} {issue.fields['description']}"
    value = issue.fields.get(name)
    return str(value.get("key") or value.get("name")) if isinstance(value, dict) else str(value or "")


def _id_of(names: dict[str, str], name: str) -> str:
    return next(key for key, value in names.items() if value == name)
