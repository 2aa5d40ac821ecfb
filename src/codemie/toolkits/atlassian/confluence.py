"""Confluence: https://developer.atlassian.com/cloud/confluence/rest/v1/, and the same of a data center."""

import html
import json
import re
from typing import Annotated, Any, cast
from urllib.parse import parse_qs, urlsplit

from pydantic import Field

from codemie.integrations import atlassian
from codemie.kernel.tools import Effect
from codemie.toolkits.arguments import effect_of_request
from codemie.toolkits.atlassian import pages
from codemie.toolkits.atlassian.server import AtlassianServer
from codemie.toolkits.atlassian.storage import as_markdown, from_markdown, with_markdown
from codemie.toolkits.calling import Output
from codemie.toolkits.chat_files import chosen
from codemie.toolkits.connection import Connection
from codemie.toolkits.failures import ToolFailed
from codemie.toolkits.rest import Params, RelativeUrl, Verb, path_of, request, told
from codemie.toolkits.toolkit import Toolkit

_WIKI = "/wiki"
_ATTACHMENTS = re.compile(r"/rest/api/content/[^/]+/child/attachment(?:/[^/]+/data)?")
_ONLY_READS = re.compile(r"/rest/api/contentbody/convert/\w+")
_HIGHLIGHT = re.compile(r"@@@(?:end)?hl@@@")

PageId = Annotated[str, Field(pattern=r"^\d+$", max_length=30, description="Number of the page, from its address.")]
Title = Annotated[str, Field(min_length=1, max_length=255)]
Markdown = Annotated[str, Field(min_length=1, description="The whole page, in Markdown.")]


def connect(connection: Connection) -> AtlassianServer:
    """The server of a Confluence integration."""
    values = connection.credential.values if connection.credential else {}
    return AtlassianServer(connection, "Confluence", atlassian.wiki_address(values))


confluence = Toolkit("Project Management", "Confluence", connect, credential="Confluence")


def effect_of_call(arguments: dict[str, Any]) -> Effect:
    """By method; converting a body is a question that is too long for an address."""
    method = str(arguments.get("method") or "").upper()
    if method == "POST" and _ONLY_READS.fullmatch(_below_wiki(path_of(arguments.get("relative_url")))):
        return "reads"
    return effect_of_request(method, arguments.get("relative_url"))


def _below_wiki(relative_url: str) -> str:
    """The cloud's addresses begin with what is part of the server's own."""
    return relative_url.removeprefix(_WIKI) if relative_url.startswith(f"{_WIKI}/") else relative_url


@confluence.tool(
    effect_of_call, label="Generic Confluence", about="Calls Confluence: pages, spaces, comments, attachments."
)
async def generic_confluence_tool(
    server: AtlassianServer,
    method: Verb,
    relative_url: Annotated[RelativeUrl, Field(description="Below the server's address: /rest/api/content/search.")],
    params: Annotated[
        Params, Field(description="Query of GET and DELETE, JSON body of other methods: an object, or its text.")
    ] = None,
    is_markdown: Annotated[bool, Field(description="Show the bodies of pages as Markdown.")] = False,  # noqa: FBT002
) -> Output:
    """Call an endpoint of the Confluence REST API.

    Search with GET /rest/api/content/search and {"cql": "space = DEV AND text ~ release", "limit": 25}; where
    there is more, _links.next leads on. Read a page with GET /rest/api/content/{id} and {"expand":
    "body.storage,version,space"}. A change is PUT with version.number one higher than the page's; bodies are in the
    storage format. POST to /rest/api/content/{id}/child/attachment attaches the files of the conversation, or those
    that {"files": ["name"]} names. In the cloud /api/v2/pages, /api/v2/spaces and so on are there as well.
    """
    url = _below_wiki(relative_url) if server.base_url.endswith(_WIKI) else relative_url
    path = path_of(url)
    if method in ("POST", "PUT") and _ATTACHMENTS.fullmatch(path):
        named = cast("dict[str, Any]", params).get("files") if isinstance(params, dict) else None
        return told(server, url, await server.attach(path, await chosen(server.files, named), method))
    answer = await request(server, method, url, params)
    server.refuse_stranger(answer)
    if is_markdown and answer.ok and "json" in answer.headers.get("content-type", ""):
        return told(server, url, answer, json.dumps(await with_markdown(answer.json()), ensure_ascii=False))
    return told(server, url, answer)


@confluence.tool("reads", label="Confluence: search", about="Finds pages by CQL.")
async def confluence_search(
    server: AtlassianServer,
    cql: Annotated[str, Field(min_length=1, description='As: type = page AND space = DEV AND text ~ "release".')],
    limit: Annotated[int, Field(ge=1, le=50, description="Results a page.")] = 20,
    page: Annotated[str | None, Field(description="next_page of the page before.")] = None,
) -> dict[str, Any]:
    """Find pages and other content of Confluence: id, title, url, and the words around what was found."""
    place = "cursor" if server.is_cloud else "start"
    answer = await server.ask("GET", "/rest/api/search", params={"cql": cql, "limit": limit, place: page})
    server.refuse_stranger(answer)
    found = answer.json()
    following = parse_qs(urlsplit((found.get("_links") or {}).get("next", "")).query)
    return {
        "results": [_hit(server, item) for item in found["results"]],
        "total": found.get("totalSize"),
        "next_page": following.get(place, [None])[0],
    }


def _hit(server: AtlassianServer, item: dict[str, Any]) -> dict[str, Any]:
    content = item.get("content") or {}
    return {
        "id": content.get("id"),
        "type": content.get("type") or item.get("entityType"),
        "title": _words(item.get("title") or content.get("title")),
        "url": f"{server.base_url}{item.get('url', '')}",
        "excerpt": _words(item.get("excerpt")),
        "changed": item.get("lastModified"),
    }


def _words(text: object) -> str:
    return html.unescape(_HIGHLIGHT.sub("", str(text or ""))).strip()


@confluence.tool("reads", label="Confluence: read page", about="Reads a page as Markdown.")
async def confluence_get_page(server: AtlassianServer, page_id: PageId) -> dict[str, Any]:
    """Read a page of Confluence: title, version, url, and its text as Markdown."""
    page = await pages.read(server, page_id)
    return {
        "id": page.id,
        "title": page.title,
        "version": page.version,
        "url": page.url,
        "text": await as_markdown(page.body),
    }


@confluence.tool("writes", label="Confluence: create page")
async def confluence_create_page(
    server: AtlassianServer,
    space: Annotated[str, Field(min_length=1, max_length=255, description="Key of the space, as DEV.")],
    title: Title,
    text: Markdown,
    parent_id: Annotated[PageId | None, Field(description="The page to put it under.")] = None,
) -> str:
    """Create a page in a space of Confluence."""
    page = await pages.create(server, space, title, from_markdown(text), parent_id)
    return f"Created page {page.id} '{page.title}': {page.url}"


@confluence.tool("writes", label="Confluence: change page", about="Writes a new version of a page.")
async def confluence_update_page(
    server: AtlassianServer,
    page_id: PageId,
    version: Annotated[int, Field(ge=1, description="The page's version as you read it.")],
    text: Markdown,
    title: Annotated[Title | None, Field(description="If it changes.")] = None,
    message: Annotated[str, Field(max_length=255, description="What was changed, for people.")] = "",
) -> str:
    """Replace the text of a page of Confluence. Read it first: macros that Markdown cannot show are lost."""
    page = await pages.read(server, page_id)
    if page.version != version:
        raise ToolFailed(
            f"Page {page_id} has changed since",
            details=f"It is at version {page.version}, not {version}.",
            help="Read it again with confluence_get_page and bring your change into what it says now.",
            code=409,
        )
    written = await pages.write(server, page, title or page.title, from_markdown(text), message)
    return f"Page {page_id} is at version {written.version} now: {written.url}"


@confluence.tool("writes", label="Confluence: attach files", about="Attaches files of the conversation to a page.")
async def confluence_attach_files(
    server: AtlassianServer,
    page_id: PageId,
    files: Annotated[list[str] | None, Field(description="Names of files; all of the conversation if none.")] = None,
) -> str:
    """Attach files of the conversation to a page of Confluence."""
    path = f"/rest/api/content/{page_id}/child/attachment"
    answer = await server.attach(path, await chosen(server.files, files))
    if not answer.ok:
        raise server.refusal(answer)
    return f"Attached to page {page_id}: {', '.join(item['title'] for item in answer.json()['results'])}."
