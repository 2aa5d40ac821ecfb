"""Wikis: https://learn.microsoft.com/rest/api/azure/devops/wiki/ and …/search/wiki-search-results."""

import base64
import binascii
import re
from typing import Any
from urllib.parse import quote

from aiohttp import web

from tests.fakes.azure_devops.refusing import Refused, answering, need_preview
from tests.fakes.azure_devops.server import ORGANIZATION, PROJECT, Json, listed
from tests.fakes.azure_devops.wiki_state import BRANCH, Page, Wiki, missing

_MOST_ATTACHED = 19 * 2**20
_REPOSITORIES = "/{project}/_apis/git/repositories"


class Wikis:
    """The wikis of the project; paths are below the organization."""

    def __init__(self, *names: str) -> None:
        self.wikis = [Wiki(number, name) for number, name in enumerate(names, 1)]
        self.address = ""

    @property
    def wiki(self) -> Wiki:
        """The first."""
        return self.wikis[0]

    def routes(self) -> list[web.RouteDef]:
        """See ``Area``."""
        wikis = "/{project}/_apis/wiki/wikis"
        one, page = f"{wikis}/{{wiki}}", f"{wikis}/{{wiki}}/pages/{{id}}"
        return [
            web.get(wikis, self._told(self._list)),
            web.post("/_apis/wiki/wikis", self._told(self._make)),
            web.get(one, self._told(self._wiki)),
            web.get(f"{one}/pages", self._told(self._show)),
            web.put(f"{one}/pages", self._told(self._put)),
            web.delete(f"{one}/pages", self._told(self._delete)),
            web.get(page, self._told(self._show)),
            web.delete(page, self._told(self._delete)),
            web.post(f"{one}/pagemoves", self._told(self._move)),
            web.get(f"{page}/comments", self._told(self._comments)),
            web.post(f"{page}/comments", self._told(self._comment)),
            web.get(f"{page}/stats", self._told(self._stats)),
            web.put(f"{one}/attachments", self._told(self._attach)),
            web.get(f"{_REPOSITORIES}/wiki-{{repository}}/items", self._told(self._item)),
            web.post("/{project}/_apis/search/wikisearchresults", self._told(self._search)),
        ]

    def _told(self, handler: Any) -> Any:
        async def handle(request: web.Request) -> web.StreamResponse:
            self.address = f"{request.url.origin()}/{ORGANIZATION}"
            answer: web.StreamResponse = await handler(request)
            return answer

        return answering(handle)

    def _of(self, request: web.Request) -> Wiki:
        wanted = request.match_info["wiki"]
        for wiki in self.wikis:
            if wanted in (wiki.id, wiki.name):
                return wiki
        raise Refused(404, f"Wiki not found. Wiki identifier: '{wanted}'.", "WikiNotFoundException")

    def _versioned(self, request: web.Request) -> Wiki:
        """The wiki, if it has the version that is asked for."""
        wiki, version = self._of(request), request.query.get("versionDescriptor.version", BRANCH)
        if version != BRANCH:
            kind = request.query.get("versionDescriptor.versionType", "branch").title()
            raise Refused(
                404,
                f"TF401175: The version descriptor <{kind}: {version} > could not be resolved to a version in the "
                f"repository {wiki.name}",
                "GitUnresolvableToCommitException",
            )
        return wiki

    def _page(self, request: web.Request) -> tuple[Wiki, Page]:
        wiki = self._versioned(request)
        if "id" not in request.match_info:
            return wiki, wiki.at(request.query.get("path", "/"))
        number = int(request.match_info["id"])
        for page in wiki.pages.values():
            if page.id == number:
                return wiki, page
        raise missing(str(number))

    async def _list(self, _: web.Request) -> web.Response:
        return listed([self._shown_wiki(wiki) for wiki in self.wikis])

    async def _make(self, request: web.Request) -> web.Response:
        sent = await request.json()
        if any(wiki.type == sent.get("type") == "projectWiki" for wiki in self.wikis):
            said = f"Wiki already exists for project '{PROJECT}'."
            raise Refused(409, said, "WikiAlreadyExistsException")
        self.wikis.append(Wiki(len(self.wikis) + 1, sent["name"]))
        return web.json_response(self._shown_wiki(self.wikis[-1]), status=201)

    async def _wiki(self, request: web.Request) -> web.Response:
        return web.json_response(self._shown_wiki(self._of(request)))

    def _shown_wiki(self, wiki: Wiki) -> Json:
        return {
            "id": wiki.id,
            "name": wiki.name,
            "type": wiki.type,
            "projectId": "22222222-2222-2222-2222-222222222222",
            "repositoryId": wiki.repository,
            "mappedPath": "/",
            "versions": [{"version": BRANCH}],
            "url": f"{self.address}/{PROJECT}/_apis/wiki/wikis/{wiki.id}",
            "remoteUrl": f"{self.address}/{PROJECT}/_wiki/wikis/{wiki.id}",
        }

    async def _show(self, request: web.Request) -> web.Response:
        wiki, page = self._page(request)
        shown = self._shown(wiki, page)
        if request.query.get("includeContent", "").lower() == "true":
            shown["content"] = page.content
        if request.query.get("recursionLevel", "none").lower() == "full":
            shown["subPages"] = self._below(wiki, page)
        return web.json_response(shown, headers={"ETag": page.etag})

    def _shown(self, wiki: Wiki, page: Page) -> Json:
        path = quote(page.path, safe="")
        return {
            "id": page.id,
            "path": page.path,
            "order": page.order,
            "gitItemPath": page.git_path,
            "isParentPage": bool(wiki.below(page.path)),
            "url": f"{self.address}/{PROJECT}/_apis/wiki/wikis/{wiki.id}/pages/{path}",
            "remoteUrl": f"{self.address}/{PROJECT}/_wiki/wikis/{wiki.id}?pagePath={path}",
            "subPages": [],
        }

    def _below(self, wiki: Wiki, page: Page) -> list[Json]:
        """Pages of a tree have no ids."""
        nested = [self._shown(wiki, child) | {"subPages": self._below(wiki, child)} for child in wiki.below(page.path)]
        return [{name: value for name, value in shown.items() if name != "id"} for shown in nested]

    async def _put(self, request: web.Request) -> web.Response:
        wiki, path = self._versioned(request), request.query["path"]
        content, known = (await request.json())["content"], request.headers.get("If-Match")
        page = wiki.pages.get(path)
        if page is None and known is not None:
            raise missing(path)
        if page is None:
            page = wiki.add(path, content)
            return web.json_response(
                self._shown(wiki, page) | {"content": content}, status=201, headers={"ETag": page.etag}
            )
        if known is None:
            raise Refused(
                500,
                f"The page '{path}' specified in the add operation already exists in the wiki. Please specify a new "
                "page path.",
                "WikiPageAlreadyExistsException",
            )
        if known.strip('"') != page.etag.strip('"'):
            said = f"The page '{path}' specified in the edit operation has been modified since it was read."
            raise Refused(412, said, "WikiPageHasConflictsException")
        page.change(content)
        return web.json_response(self._shown(wiki, page) | {"content": content}, headers={"ETag": page.etag})

    async def _delete(self, request: web.Request) -> web.Response:
        wiki, page = self._page(request)
        wiki.remove(page.path)
        return web.json_response(self._shown(wiki, page))

    async def _move(self, request: web.Request) -> web.Response:
        wiki, sent = self._versioned(request), await request.json()
        page = wiki.move(sent["path"], sent["newPath"])
        move = {"path": sent["path"], "newPath": sent["newPath"], "newOrder": page.order}
        return web.json_response({**move, "page": self._shown(wiki, page)}, status=201, headers={"ETag": page.etag})

    async def _comments(self, request: web.Request) -> web.Response:
        need_preview(request)
        _, page = self._page(request)
        kept = request.query.get("includeDeleted", "false").lower() == "true"
        found = [comment for comment in page.comments if kept or not comment["isDeleted"]]
        if request.query.get("order", "desc").lower() == "desc":
            found.reverse()
        size = int(request.query.get("$top", 100))
        if size > 100:
            raise Refused(400, "The value of $top must be between 1 and 100.", "InvalidArgumentValueException")
        start = int(request.query.get("continuationToken", 0))
        shown = found[start : start + size]
        answer: Json = {"totalCount": len(found), "count": len(shown), "comments": shown}
        if start + size < len(found):
            answer["continuationToken"] = str(start + size)
        return web.json_response(answer)

    async def _comment(self, request: web.Request) -> web.Response:
        need_preview(request)
        _, page = self._page(request)
        sent = await request.json()
        if sent.get("parentId") and sent["parentId"] not in [comment["id"] for comment in page.comments]:
            raise Refused(404, f"Comment {sent['parentId']} does not exist.", "CommentNotFoundException")
        return web.json_response(page.say(sent["text"], sent.get("parentId")))

    async def _stats(self, request: web.Request) -> web.Response:
        _, page = self._page(request)
        days = int(request.query.get("pageViewsForDays", 0))
        if not 1 <= days <= 30:
            said = "The value of pageViewsForDays must be between 1 and 30."
            raise Refused(400, said, "InvalidArgumentValueException")
        return web.json_response({"id": page.id, "path": page.path, "viewStats": page.views[-days:]})

    async def _attach(self, request: web.Request) -> web.Response:
        wiki, name = self._versioned(request), request.query["name"]
        try:
            content = base64.b64decode(await request.read(), validate=True)
        except binascii.Error as error:
            raise Refused(400, "The attachment is not base64 encoded.", "InvalidArgumentValueException") from error
        if len(content) > _MOST_ATTACHED:
            raise Refused(413, "The attachment is larger than 19 MB.", "WikiAttachmentTooLargeException")
        path = f"/.attachments/{name}"
        if path in wiki.files:
            said = f"The attachment '{name}' specified in the add operation already exists in the wiki."
            raise Refused(500, said, "WikiAttachmentAlreadyExistsException")
        wiki.files[path] = content
        return web.json_response({"name": name, "path": path}, status=201)

    async def _item(self, request: web.Request) -> web.Response:
        path = request.query["path"]
        for wiki in self.wikis:
            if wiki.repository == f"wiki-{request.match_info['repository']}" and path in wiki.files:
                return web.Response(body=wiki.files[path], content_type="application/octet-stream")
        said = f"TF401174: The item '{path}' could not be found in the repository at the version specified by {BRANCH}."
        raise Refused(404, said, "GitItemNotFoundException")

    async def _search(self, request: web.Request) -> web.Response:
        sent = await request.json()
        if not 1 <= sent["$top"] <= 100:
            raise Refused(400, "The value of $top must be between 1 and 100.", "InvalidQueryException")
        named = (sent.get("filters") or {}).get("Wiki")
        found = [
            _hit(wiki, page, sent["searchText"])
            for wiki in self.wikis
            for page in wiki.pages.values()
            if (not named or wiki.name in named) and sent["searchText"].lower() in page.content.lower()
        ]
        shown = found[sent["$skip"] : sent["$skip"] + sent["$top"]]
        return web.json_response({"count": len(found), "results": shown, "infoCode": 0, "facets": {}})


def _hit(wiki: Wiki, page: Page, wanted: str) -> Json:
    marked = re.sub(f"({re.escape(wanted)})", r"<highlighthit>\1</highlighthit>", page.content, flags=re.IGNORECASE)
    return {
        "fileName": page.git_path.rpartition("/")[2],
        "path": page.git_path,
        "collection": {"name": ORGANIZATION},
        "project": {"name": PROJECT, "id": "22222222-2222-2222-2222-222222222222", "visibility": None},
        "wiki": {"id": wiki.id, "mappedPath": "/", "name": wiki.name, "version": BRANCH},
        "contentId": f"{page.id:040x}",
        "hits": [{"fieldReferenceName": "content", "highlights": [marked]}],
    }
