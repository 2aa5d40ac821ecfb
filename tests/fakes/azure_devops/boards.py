"""Work items: https://learn.microsoft.com/rest/api/azure/devops/wit/. What is created can be queried and read back."""

import base64
import uuid
from typing import Any
from urllib.parse import quote

from aiohttp import web

from tests.fakes.azure_devops import wiql
from tests.fakes.azure_devops.refusing import Refused, answering, need_preview
from tests.fakes.azure_devops.server import MOMENT, ORGANIZATION, PERSON, PROJECT, Json, listed
from tests.fakes.azure_devops.work_items import FIELDS, NAMES, OPPOSITE, TYPES, Tracker, WorkItem, known, missing

_MOST_IDS, _MOST_FOUND = 200, 20_000


class Boards:
    """The API of work items; paths are below the organization."""

    def __init__(self) -> None:
        self.tracker = Tracker()

    def routes(self) -> list[web.RouteDef]:
        """See ``Area``."""
        root, within = "/_apis/wit", "/{project}/_apis/wit"
        return [
            web.post(f"{within}/wiql", self._told(self._query)),
            web.post(f"{within}/workitemsbatch", self._told(self._batch)),
            web.post(f"{within}/workitems/${{type}}", self._told(self._create)),
            web.get(f"{within}/workitems/{{id}}", self._told(self._show)),
            web.patch(f"{within}/workitems/{{id}}", self._told(self._change)),
            web.get(f"{root}/workitemrelationtypes", self._told(self._relation_types)),
            web.get(f"{within}/workItems/{{id}}/comments", self._told(self._comments)),
            web.post(f"{within}/workItems/{{id}}/comments", self._told(self._comment)),
            web.post(f"{within}/attachments", self._told(self._upload)),
            web.get(f"{root}/attachments/{{id}}", self._told(self._download)),
        ]

    def _told(self, handler: Any) -> Any:
        async def handle(request: web.Request) -> web.StreamResponse:
            self.tracker.address = f"{request.url.origin()}/{ORGANIZATION}"
            answer: web.StreamResponse = await handler(request)
            return answer

        return answering(handle)

    def _item(self, request: web.Request) -> WorkItem:
        return self.tracker.existing(int(request.match_info["id"]))

    async def _query(self, request: web.Request) -> web.Response:
        text = (await request.json())["query"]
        try:
            query = wiql.parse(text, FIELDS, {"@project": PROJECT, "@me": PERSON, "@today": MOMENT[:10]})
        except wiql.BadQuery as error:
            raise Refused(400, str(error), "SyntaxException") from error
        top = int(request.query["$top"]) if "$top" in request.query else None
        if query.links:
            return web.json_response(self._links(query, top))
        found = query.sort(item.fields | {"System.Id": item.id} for item in self.tracker.items.values())
        matching = [item["System.Id"] for item in found if query.test(item)]
        if top is None and len(matching) > _MOST_FOUND:
            raise Refused(
                400,
                f"VS402337: The number of work items returned exceeds the size limit of {_MOST_FOUND}. Change the "
                "query to return fewer items.",
                "WorkItemTrackingQueryResultSizeLimitExceededException",
            )
        columns = [{"referenceName": name, "name": name.rpartition(".")[2]} for name in query.fields]
        shown = [{"id": number, "url": self.tracker.url(number)} for number in matching[:top]]
        kind = {"queryType": "flat", "queryResultType": "workItem"}
        return web.json_response({**kind, "asOf": MOMENT, "columns": columns, "workItems": shown})

    def _links(self, query: wiql.Query, top: int | None) -> Json:
        found: list[Json] = []
        for item in self.tracker.items.values():
            source = {f"[Source].{name}": value for name, value in (item.fields | {"System.Id": item.id}).items()}
            for relation in item.relations:
                number = self.tracker.number(relation)
                if number and query.test({**source, "System.Links.LinkType": relation["rel"]}):
                    ends = {"source": {"id": item.id}, "target": {"id": number}}
                    found.append({"rel": relation["rel"], **ends})
        kind = {"queryType": "oneHop", "queryResultType": "workItemLink"}
        return {**kind, "asOf": MOMENT, "columns": [], "workItemRelations": found[:top]}

    async def _batch(self, request: web.Request) -> web.Response:
        sent = await request.json()
        if len(sent["ids"]) > _MOST_IDS:
            raise Refused(400, f"The number of ids exceeds the limit of {_MOST_IDS}.", "VssPropertyValidationException")
        known(sent.get("fields") or ())
        omits = str(sent.get("errorPolicy", "fail")).lower() == "omit"
        shown = [
            self._shown(self.tracker.existing(number), sent.get("fields"))
            if number in self.tracker.items or not omits
            else None
            for number in sent["ids"]
        ]
        return listed(shown)

    async def _show(self, request: web.Request) -> web.Response:
        item, expand = self._item(request), request.query.get("$expand", "None").lower()
        names = request.query["fields"].split(",") if "fields" in request.query else None
        if names and expand not in ("none", "links"):
            said = "The expand parameter can not be used with the fields parameter."
            raise Refused(400, said, "ConflictingParametersException")
        known(names or ())
        shown = self._shown(item, names, as_of=request.query.get("asOf"))
        if expand in ("relations", "all") and item.relations:
            shown["relations"] = item.relations
        if expand in ("links", "all"):
            shown["_links"] = {"self": {"href": self.tracker.url(item.id)}}
        return web.json_response(shown)

    def _shown(self, item: WorkItem, names: list[str] | None = None, *, as_of: str | None = None) -> Json:
        fields = item.fields
        if as_of:
            past = [then for moment, then in item.revisions if moment <= as_of]
            if not past:
                raise missing(item.id)
            fields = past[-1]
        number = {"System.Id": item.id}
        kept = fields if names is None else {k: v for k, v in (fields | number).items() if k in names}
        return {"id": item.id, "rev": fields["System.Rev"], "fields": kept, "url": self.tracker.url(item.id)}

    async def _create(self, request: web.Request) -> web.Response:
        kind = request.match_info["type"]
        if kind not in TYPES:
            raise Refused(
                404,
                f"VS402323: Work item type {kind} does not exist in project {PROJECT} or you do not have permission "
                "to access it.",
                "WorkItemTypeNotFoundException",
            )
        item = self.tracker.new(kind)
        await self._patch(item, request)
        return web.json_response(self._shown(item))

    async def _change(self, request: web.Request) -> web.Response:
        item = self._item(request)
        await self._patch(item, request)
        return web.json_response(self._shown(item) | {"relations": item.relations})

    async def _patch(self, item: WorkItem, request: web.Request) -> None:
        if request.content_type != "application/json-patch+json":
            raise Refused(
                415,
                f'The request indicated a Content-Type of "{request.content_type}" for method type "{request.method}" '
                "which is not supported. Valid content types for this method are: application/json-patch+json.",
                "VssRequestContentTypeNotSupportedException",
            )
        self.tracker.patch(item, await request.json())

    async def _relation_types(self, _: web.Request) -> web.Response:
        return listed(
            [
                {
                    "referenceName": reference,
                    "name": name,
                    "url": f"{self.tracker.address}/_apis/wit/workItemRelationTypes/{reference}",
                    "attributes": {
                        "usage": "workItemLink" if reference in OPPOSITE else "resourceLink",
                        "editable": True,
                        "enabled": True,
                    },
                }
                for reference, name in NAMES.items()
            ]
        )

    async def _comments(self, request: web.Request) -> web.Response:
        need_preview(request)
        item = self._item(request)
        kept = request.query.get("includeDeleted", "false").lower() == "true"
        found = [comment for comment in item.comments if kept or not comment.get("isDeleted")]
        if request.query.get("order", "desc").lower() == "desc":
            found.reverse()
        size = min(200, int(request.query.get("$top", 200)))
        token = request.query.get("continuationToken")
        start = int(base64.b64decode(token)) if token else 0
        shown = found[start : start + size]
        answer: Json = {"totalCount": len(found), "count": len(shown), "comments": shown}
        if start + size < len(found):
            following = base64.b64encode(str(start + size).encode()).decode()
            page = f"{request.url.path}?continuationToken={quote(following)}"
            answer |= {"continuationToken": following, "nextPage": page}
        return web.json_response(answer)

    async def _comment(self, request: web.Request) -> web.Response:
        need_preview(request)
        item = self._item(request)
        return web.json_response(self.tracker.say(item, (await request.json())["text"]))

    async def _upload(self, request: web.Request) -> web.Response:
        if request.content_type != "application/octet-stream":
            said = f'The request indicated a Content-Type of "{request.content_type}" which is not supported.'
            raise Refused(415, said, "VssRequestContentTypeNotSupportedException")
        number, name = str(uuid.uuid4()), request.query["fileName"]
        self.tracker.attachments[number] = (name, await request.read())
        url = f"{self.tracker.address}/_apis/wit/attachments/{number}?fileName={quote(name)}"
        return web.json_response({"id": number, "url": url}, status=201)

    async def _download(self, request: web.Request) -> web.Response:
        name, content = self.tracker.attachment(str(request.url))
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
        return web.Response(body=content, content_type="application/octet-stream", headers=headers)
