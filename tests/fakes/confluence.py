"""Confluence, as far as tools use it: content, search by CQL, versions, attachments, spaces, users.

After https://developer.atlassian.com/cloud/confluence/rest/v1/ (and v2) and
https://developer.atlassian.com/server/confluence/rest/. The cloud's is below `/wiki`, pages there by cursor; pages and
spaces are there in version 2 as well. A change that does not count on from the version that is there is a conflict.
"""

import base64
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from aiohttp import BodyPartReader, web

from tests.fakes.atlassian_queries import Clause, NoQuery, parse
from tests.fakes.vendor_server import Faults

USER = "bot@example.com"
TOKEN = "right-confluence-token"
READ_ONLY = "confluence-token-that-only-reads"
MOMENT = "2026-01-01T10:00:00.000Z"
BODY = (
    "<h1>Release</h1><p>How we <strong>release</strong>.</p>"
    '<ac:structured-macro ac:name="code"><ac:parameter ac:name="language">bash</ac:parameter>'
    "<ac:plain-text-body><![CDATA[make release && echo <done>]]></ac:plain-text-body></ac:structured-macro>"
)

Json = dict[str, Any]


@dataclass
class Page:
    """One page as it stands."""

    id: str
    space: str
    title: str
    body: str
    parent: str | None = None
    version: int = 1
    message: str = ""
    attachments: dict[str, bytes] = field(default_factory=dict[str, bytes])


class Confluence:
    """A server with the space DEV and one page in it."""

    def __init__(self, *, cloud: bool = False) -> None:
        self.cloud = cloud
        self.faults = Faults()
        self.url = ""
        self.spaces = {"DEV": {"id": 98304, "key": "DEV", "name": "Development", "type": "global"}}
        self.pages: dict[str, Page] = {}
        self.add("Release", BODY)

    @property
    def prefix(self) -> str:
        """Where it lives on its site."""
        return "/wiki" if self.cloud else ""

    def add(self, title: str, body: str, parent: str | None = None) -> Page:
        """Put a page into the space."""
        made = Page(str(65601 + len(self.pages)), "DEV", title, body, parent)
        self.pages[made.id] = made
        return made

    def app(self) -> web.Application:
        """Its API."""
        app = web.Application(middlewares=[self.faults.middleware, self._signed_in], client_max_size=20 * 2**20)
        content = "/rest/api/content"
        routes: list[tuple[str, str, Any]] = [
            ("GET", "/rest/api/user/current", self._user),
            ("GET", "/rest/api/space", self._spaces),
            ("GET", "/rest/api/search", self._search),
            ("GET", f"{content}/search", self._search_content),
            ("GET", content, self._list),
            ("POST", content, self._create),
            ("GET", f"{content}/{{id}}", self._show),
            ("PUT", f"{content}/{{id}}", self._change),
            ("DELETE", f"{content}/{{id}}", self._delete),
            ("GET", f"{content}/{{id}}/child/attachment", self._attachments),
            ("POST", f"{content}/{{id}}/child/attachment", self._attach),
            ("POST", "/rest/api/contentbody/convert/{kind}", self._convert),
        ]
        newer: list[tuple[str, str, Any]] = [
            ("GET", "/api/v2/spaces", self._new_spaces),
            ("POST", "/api/v2/pages", self._new_create),
            ("GET", "/api/v2/pages/{id}", self._new_show),
            ("PUT", "/api/v2/pages/{id}", self._new_change),
        ]
        every = routes + (newer if self.cloud else [])
        app.add_routes([web.route(method, f"{self.prefix}{path}", handler) for method, path, handler in every])
        return app

    @web.middleware
    async def _signed_in(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.url = f"{request.scheme}://{request.host}{self.prefix}"
        token = self._token(request)
        if token not in (TOKEN, READ_ONLY):
            if request.path.endswith("/user/current"):
                return web.json_response({"type": "anonymous", "displayName": "Anonymous"})
            headers = {"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"}
            return _refusal(401, "Unauthorized; scope does not match", headers=headers)
        try:
            if token == READ_ONLY and request.method != "GET":
                raise _Refused(
                    403, "com.atlassian.confluence.api.service.exceptions.PermissionException: not permitted"
                )
            answer: web.StreamResponse = await handler(request)
        except _Refused as refusal:
            return _refusal(refusal.status, refusal.message)
        except NoQuery as error:
            return _refusal(400, f"Could not parse cql : near '{error}'")
        except web.HTTPNotFound:
            return _refusal(404, "null for uri")
        return answer

    def _token(self, request: web.Request) -> str:
        kind, _, value = request.headers.get("authorization", "").partition(" ")
        if kind == "Bearer" and not self.cloud:
            return value
        name, _, secret = base64.b64decode(value).decode().partition(":") if kind == "Basic" else ("", "", "")
        return secret if name == (USER if self.cloud else "bot") else ""

    def _of(self, request: web.Request) -> Page:
        number = request.match_info["id"]
        if number not in self.pages:
            raise _Refused(404, f"No content found with id: ContentId{{id={number}}}")
        return self.pages[number]

    async def _user(self, _: web.Request) -> web.Response:
        return web.json_response({"type": "known", "displayName": "Bot", "email": USER})

    async def _spaces(self, _: web.Request) -> web.Response:
        return web.json_response(
            {"results": list(self.spaces.values()), "start": 0, "limit": 25, "size": 1, "_links": {}}
        )

    async def _list(self, request: web.Request) -> web.Response:
        wanted = {
            name: request.query[key]
            for key, name in (("title", "title"), ("spaceKey", "space"))
            if key in request.query
        }
        found = [
            page for page in self.pages.values() if all(getattr(page, key) == want for key, want in wanted.items())
        ]
        return self._listed(request, [self._shown(page, request) for page in found])

    async def _search_content(self, request: web.Request) -> web.Response:
        return self._listed(request, [self._shown(page, request) for page in self._found(request)])

    async def _search(self, request: web.Request) -> web.Response:
        hits = [
            {
                "content": {"id": page.id, "type": "page", "status": "current", "title": page.title},
                "title": f"@@@hl@@@{page.title}@@@endhl@@@",
                "excerpt": "How we @@@hl@@@release@@@endhl@@@ &amp; more",
                "url": _address(page),
                "entityType": "content",
                "lastModified": MOMENT,
            }
            for page in self._found(request)
        ]
        return self._listed(request, hits)

    def _found(self, request: web.Request) -> list[Page]:
        query = parse(request.query.get("cql", ""))
        if not query.clauses:
            raise _Refused(400, "Could not parse cql : ")
        for clause in query.clauses:
            if clause.field not in ("type", "space", "title", "text", "id", "parent", "sitesearch"):
                raise _Refused(400, f"Could not parse cql : No field exists with name: '{clause.field}'")
        return [page for page in self.pages.values() if all(_holds(page, clause) for clause in query.clauses)]

    def _listed(self, request: web.Request, items: list[Json]) -> web.Response:
        """A page of a list; the cloud's next one is named by a cursor, a data center's by a number."""
        name = "cursor" if self.cloud and "cql" in request.query else "start"
        start, size = int(request.query.get(name, "0").removeprefix("c-")), min(50, int(request.query.get("limit", 25)))
        shown, links = items[start : start + size], {"base": self.url, "context": self.prefix}
        if start + size < len(items):
            following = {
                **request.query,
                name: f"c-{start + size}" if name == "cursor" else start + size,
                "limit": size,
            }
            links["next"] = f"{request.path.removeprefix(self.prefix)}?{urlencode(following)}"
        told = {"start": start, "limit": size, "size": len(shown), "totalSize": len(items), "_links": links}
        return web.json_response({"results": shown, **told})

    def _shown(self, page: Page, request: web.Request) -> Json:
        expand = request.query.get("expand", "").split(",")
        shown: Json = {"id": page.id, "type": "page", "status": "current", "title": page.title}
        if "version" in expand or request.method != "GET":
            shown["version"] = {"number": page.version, "message": page.message, "when": MOMENT}
        if "space" in expand:
            shown["space"] = self.spaces[page.space]
        if "body.storage" in expand:
            shown["body"] = {
                "storage": {"value": page.body, "representation": "storage", "_expandable": {"content": "…"}}
            }
        if "ancestors" in expand:
            shown["ancestors"] = [{"id": page.parent}] if page.parent else []
        return {
            **shown,
            "_links": {"webui": _address(page), "base": self.url, "self": f"{self.url}/rest/api/content/{page.id}"},
        }

    async def _show(self, request: web.Request) -> web.Response:
        return web.json_response(self._shown(self._of(request), request))

    async def _create(self, request: web.Request) -> web.Response:
        sent = await _body(request)
        parent = (sent.get("ancestors") or [{}])[-1].get("id")
        made = self._made((sent.get("space") or {}).get("key"), sent, sent["body"]["storage"]["value"], parent)
        return web.json_response(self._shown(made, request))

    def _made(self, space: Any, sent: Json, body: str, parent: Any) -> Page:
        if space not in self.spaces:
            raise _Refused(404, f"No space found with key : {space}")
        if not sent.get("title"):
            raise _Refused(400, "Title is required")
        if any(page.title == sent["title"] for page in self.pages.values()):
            said = f"A page already exists with the title {sent['title']} in the space with key {space}"
            raise _Refused(400, f"A page with this title already exists: {said}")
        return self.add(sent["title"], body, str(parent) if parent else None)

    async def _change(self, request: web.Request) -> web.Response:
        page, sent = self._of(request), await _body(request)
        self._written(page, sent, ((sent.get("body") or {}).get("storage") or {}).get("value"))
        return web.json_response(self._shown(page, request))

    def _written(self, page: Page, sent: Json, body: str | None) -> None:
        version = int((sent.get("version") or {}).get("number") or 0)
        if version != page.version + 1:
            raise _Refused(409, f"Version must be incremented on update. Current version is: {page.version}")
        page.version, page.message = version, sent["version"].get("message", "")
        page.title, page.body = sent["title"], page.body if body is None else body

    async def _delete(self, request: web.Request) -> web.Response:
        del self.pages[self._of(request).id]
        return web.Response(status=204)

    async def _attachments(self, request: web.Request) -> web.Response:
        page = self._of(request)
        return self._listed(request, [_attachment(name, content) for name, content in page.attachments.items()])

    async def _attach(self, request: web.Request) -> web.Response:
        page = self._of(request)
        if request.headers.get("x-atlassian-token") not in ("no-check", "nocheck"):
            raise _Refused(403, "XSRF check failed")
        sent = {
            str(part.filename): bytes(await part.read())
            async for part in await request.multipart()
            if isinstance(part, BodyPartReader) and part.name == "file"
        }
        for name in sent:
            if name in page.attachments:
                said = f"Cannot add a new attachment with same file name as an existing attachment: {name}"
                raise _Refused(400, said)
        page.attachments.update(sent)
        return web.json_response(
            {"results": [_attachment(*item) for item in sent.items()], "size": len(sent), "_links": {}}
        )

    async def _convert(self, request: web.Request) -> web.Response:
        sent = await _body(request)
        return web.json_response({"value": sent["value"], "representation": request.match_info["kind"]})

    async def _new_spaces(self, request: web.Request) -> web.Response:
        wanted = request.query.get("keys", "").split(",")
        found = [{**space, "id": str(space["id"])} for key, space in self.spaces.items() if key in wanted]
        return web.json_response({"results": found, "_links": {"base": self.url}})

    def _new_shown(self, page: Page, *, body: bool) -> Json:
        shown: Json = {
            "id": page.id,
            "status": "current",
            "title": page.title,
            "spaceId": "98304",
            "parentId": page.parent,
        }
        shown["version"] = {"number": page.version, "message": page.message, "createdAt": MOMENT}
        shown["body"] = {"storage": {"value": page.body, "representation": "storage"}} if body else {}
        return {**shown, "_links": {"webui": _address(page), "base": self.url}}

    def _new_of(self, request: web.Request) -> Page | None:
        return self.pages.get(request.match_info["id"])

    async def _new_show(self, request: web.Request) -> web.Response:
        page = self._new_of(request)
        return (
            _new_missing()
            if page is None
            else web.json_response(self._new_shown(page, body=request.query.get("body-format") == "storage"))
        )

    async def _new_create(self, request: web.Request) -> web.Response:
        sent = await _body(request)
        space = next((key for key, value in self.spaces.items() if str(value["id"]) == sent.get("spaceId")), None)
        made = self._made(space, sent, sent["body"]["value"], sent.get("parentId"))
        return web.json_response(self._new_shown(made, body=True))

    async def _new_change(self, request: web.Request) -> web.Response:
        page, sent = self._new_of(request), await _body(request)
        if page is None:
            return _new_missing()
        self._written(page, sent, sent["body"]["value"])
        return web.json_response(self._new_shown(page, body=True))


class _Refused(Exception):
    """A refusal in Confluence's form."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


def _refusal(status: int, message: str, headers: dict[str, str] | None = None) -> web.Response:
    data = {"authorized": status not in (401, 403), "valid": status != 400, "errors": [], "successful": False}
    return web.json_response({"statusCode": status, "data": data, "message": message}, status=status, headers=headers)


def _new_missing() -> web.Response:
    error = {"status": 404, "code": "NOT_FOUND", "title": "Not Found", "detail": None}
    return web.json_response({"errors": [error]}, status=404)


async def _body(request: web.Request) -> Json:
    try:
        body: Any = await request.json()
    except ValueError as error:
        raise _Refused(400, "Could not parse the body") from error
    return body


def _holds(page: Page, clause: Clause) -> bool:
    text = f"{page.title} {page.body}"
    values = {"type": "page", "space": page.space, "title": page.title, "id": page.id, "parent": page.parent or ""}
    return clause.holds({**values, "text": text, "sitesearch": text}[clause.field])


def _address(page: Page) -> str:
    return f"/spaces/{page.space}/pages/{page.id}"


def _attachment(name: str, content: bytes) -> Json:
    return {"id": f"att{name}", "type": "attachment", "title": name, "extensions": {"fileSize": len(content)}}
