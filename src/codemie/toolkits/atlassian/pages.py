"""Reading and writing a page of Confluence in the two ways that its versions know.

The cloud has version 2 for it (https://developer.atlassian.com/cloud/confluence/rest/v2/), a data center the older one
(https://developer.atlassian.com/server/confluence/rest/).
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from codemie.toolkits.atlassian.server import AtlassianServer
from codemie.toolkits.failures import ToolFailed

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it stands.

    Args:
        id: its number.
        title: unique in its space.
        version: counts its changes.
        body: in the storage format.
        url: where people read it.
    """

    id: str
    title: str
    version: int
    body: str
    url: str


async def read(server: AtlassianServer, page_id: str) -> Page:
    """One page.

    Raises:
        ToolFailed: nobody may see it, or it is not there.
    """
    if server.is_cloud:
        found = await server.json("GET", _new(page_id), params={"body-format": "storage"})
    else:
        found = await server.json("GET", _old(page_id), params={"expand": "body.storage,version"})
    return _page(server, found)


async def create(server: AtlassianServer, space: str, title: str, body: str, parent: str | None) -> Page:
    """A new page in a space.

    Raises:
        ToolFailed: there is no such space, the title is taken, or it may not be written there.
    """
    if not server.is_cloud:
        old: Json = {"type": "page", "title": title, "space": {"key": space}, "body": _old_body(body)}
        above = {"ancestors": [{"id": parent}]} if parent else {}
        return _page(server, await server.json("POST", "/rest/api/content", json={**old, **above}))
    spaces = (await server.json("GET", "/api/v2/spaces", params={"keys": space}))["results"]
    if not spaces:
        raise ToolFailed(f"There is no space {space}", help="Find its key with confluence_search.", code=404)
    new: Json = {"spaceId": spaces[0]["id"], "status": "current", "title": title, "body": _new_body(body)}
    return _page(
        server, await server.json("POST", "/api/v2/pages", json={**new, **({"parentId": parent} if parent else {})})
    )


async def write(server: AtlassianServer, page: Page, title: str, body: str, message: str) -> Page:
    """The next version of a page, if nobody has made one meanwhile.

    Raises:
        ToolFailed: somebody has, or it may not be written.
    """
    version: Json = {"number": page.version + 1, "message": message}
    if server.is_cloud:
        new: Json = {"id": page.id, "status": "current", "title": title, "version": version, "body": _new_body(body)}
        return _page(server, await server.json("PUT", _new(page.id), json=new))
    old: Json = {"type": "page", "title": title, "version": version, "body": _old_body(body)}
    return _page(server, await server.json("PUT", _old(page.id), json=old))


def _page(server: AtlassianServer, found: Json) -> Page:
    body = ((found.get("body") or {}).get("storage") or {}).get("value") or ""
    url = f"{server.base_url}{(found.get('_links') or {}).get('webui', '')}"
    return Page(str(found["id"]), found["title"], int(found["version"]["number"]), body, url)


def _new(page_id: str) -> str:
    return f"/api/v2/pages/{quote(page_id, safe='')}"


def _old(page_id: str) -> str:
    return f"/rest/api/content/{quote(page_id, safe='')}"


def _new_body(body: str) -> Json:
    return {"representation": "storage", "value": body}


def _old_body(body: str) -> Json:
    return {"storage": {"representation": "storage", "value": body}}
