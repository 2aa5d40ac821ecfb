"""Reading and writing the pages of a wiki."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote, unquote

from pydantic import Field

from codemie.toolkits.azure_devops.answers import snake_case
from codemie.toolkits.azure_devops.wiki import (
    Page,
    PageId,
    PagePath,
    VersionName,
    VersionType,
    WikiName,
    Wikis,
    absolute,
    toolkit,
    version_of,
)
from codemie.toolkits.failures import ToolFailed

_NAMED = re.compile(
    r"\[(?P<text>[^\]]*)\]\((?P<path>/?\.attachments/[^)\s]+)|src=[\"'](?P<source>/?\.attachments/[^\"']+)"
)
_BRACKETS = str.maketrans("[]", "()")
_SHOWN = ("id", "path", "url", "remoteUrl", "order")

Content = Annotated[str, Field(description="The whole page, in Markdown.")]
WithAttachments = Annotated[bool, Field(description="Whether to list the attachments the page names.")]


@dataclass(frozen=True, slots=True)
class Named:
    """An attachment that a page names.

    Args:
        name: that the page gives it.
        path: in the wiki.
    """

    name: str
    path: str

    @property
    def link(self) -> str:
        """In Markdown; a bracket would end the name."""
        return f"[{self.name.translate(_BRACKETS)}]({quote(self.path)})"


def attachments_in(content: str) -> list[Named]:
    """The attachments that a page names, each once, in order."""
    found: dict[str, Named] = {}
    for match in _NAMED.finditer(content):
        path = f"/{unquote(match['path'] or match['source']).lstrip('/')}"
        found.setdefault(path, Named(match["text"] or path.rpartition("/")[2], path))
    return list(found.values())


@toolkit.tool("reads", about="Lists the pages of a wiki.")
async def list_pages(
    wikis: Wikis,
    wiki_identified: WikiName,
    path: Annotated[str, Field(description="Only pages below this one.")] = "/",
    page_size: Annotated[int, Field(ge=1, le=200, description="Pages to return.")] = 20,
    skip: Annotated[int, Field(ge=0, description="Pages to leave out from the beginning.")] = 0,
) -> dict[str, Any]:
    """List the pages of a wiki with their paths, parents before their children."""
    params = {"path": absolute(path), "recursionLevel": "full"}
    root = await wikis.json("GET", f"{wikis.wiki(wiki_identified)}/pages", params=params)
    pages = [_about(page) for page in _flat(root)]
    shown = pages[skip : skip + page_size]
    pagination = {
        "page_size": page_size,
        "skip": skip,
        "returned_count": len(shown),
        "total_count": len(pages),
        "has_more": skip + len(shown) < len(pages),
    }
    return {"pages": shown, "pagination": pagination}


def _flat(root: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The pages of a tree; its root is one unless it is that of the wiki."""
    waiting = [root]
    while waiting:
        page = waiting.pop()
        if page["path"] != "/":
            yield page
        waiting += reversed(page.get("subPages") or ())


def _about(page: dict[str, Any]) -> dict[str, Any]:
    return snake_case({name: page[name] for name in _SHOWN if name in page})


@toolkit.tool("reads", about="Reads a page of a wiki.")
async def get_wiki_page_by_path(
    wikis: Wikis, wiki_identified: WikiName, page_name: PagePath, *, include_attachments: WithAttachments = False
) -> str | dict[str, Any]:
    """Read a page of a wiki by its path: its text in Markdown."""
    page = await wikis.by_path(wiki_identified, page_name)
    return _read(page, include_attachments=include_attachments)


@toolkit.tool("reads", label="Get Wiki Page By ID", about="Reads a page of a wiki by its id.")
async def get_wiki_page_by_id(
    wikis: Wikis, wiki_identified: WikiName, page_id: PageId, *, include_attachments: WithAttachments = False
) -> str | dict[str, Any]:
    """Read a page of a wiki by its id: its text in Markdown."""
    page = await wikis.by_id(wiki_identified, page_id)
    return _read(page, include_attachments=include_attachments)


def _read(page: Page, *, include_attachments: bool) -> str | dict[str, Any]:
    content: str = page.body.get("content") or ""
    if not include_attachments:
        return content
    named = [{"name": item.name, "url": item.path} for item in attachments_in(content)]
    return {"content": content, "attachments": named, "attachment_count": len(named)}


@toolkit.tool("writes", about="Adds a page to a wiki.")
async def create_wiki_page(
    wikis: Wikis,
    wiki_identified: WikiName,
    parent_page_path: Annotated[str, Field(description="Path of the page it goes below; / for none.")],
    new_page_name: Annotated[str, Field(min_length=1, description="Its title.")],
    page_content: Content,
    version_identifier: Annotated[str, Field(description="Name of the branch, such as wikiMaster.")],
    version_type: VersionType = "branch",
) -> dict[str, Any]:
    """Add a page to a wiki. A project that has no wiki gets one."""
    await _ensure(wikis, wiki_identified)
    path = absolute(f"{parent_page_path.strip().rstrip('/')}/{new_page_name.strip().strip('/')}")
    page = await wikis.write(wiki_identified, path, page_content, version_of(version_identifier, version_type))
    return _written(page, f"Page {page.path} was created in wiki {wiki_identified}.")


async def _ensure(wikis: Wikis, wiki: str) -> None:
    """Create the project's wiki if it has none; it has one at most, beside those that are made of its code.

    Raises:
        ToolFailed: it has one of another name.
    """
    there = (await wikis.json("GET", wikis.wikis))["value"]
    if any(wiki in (item["id"], item["name"]) for item in there):
        return
    if any(item.get("type") == "projectWiki" for item in there):
        names = ", ".join(item["name"] for item in there)
        raise ToolFailed(f"There is no wiki '{wiki[:200]}'", details=f"There are: {names}.", code=404)
    project = await wikis.json("GET", f"_apis/projects/{wikis.within()}")
    body = {"name": wiki, "projectId": project["id"], "type": "projectWiki"}
    await wikis.ask("POST", "_apis/wiki/wikis", json=body)


def _written(page: Page, message: str) -> dict[str, Any]:
    return {"response": {"etag": page.etag, "page": _about(page.body)}, "message": message}


@toolkit.tool("writes", about="Replaces the text of a page of a wiki.")
async def modify_wiki_page(
    wikis: Wikis,
    wiki_identified: WikiName,
    page_name: PagePath,
    page_content: Content,
    version_identifier: VersionName = None,
    version_type: VersionType = "branch",
) -> dict[str, Any]:
    """Replace the text of a page of a wiki. Read it first: what is left out of the new text is gone."""
    page = await wikis.by_path(wiki_identified, page_name, content=False)
    version = version_of(version_identifier, version_type)
    page = await wikis.write(wiki_identified, page.path, page_content, version, page.etag)
    return _written(page, f"Page {page.path} was changed in wiki {wiki_identified}.")


@toolkit.tool("writes", about="Gives a page of a wiki another title.")
async def rename_wiki_page(
    wikis: Wikis,
    wiki_identified: WikiName,
    old_page_name: PagePath,
    new_page_name: Annotated[str, Field(min_length=1, description="Its new title, or its whole new path.")],
    version_identifier: VersionName = None,
    version_type: VersionType = "branch",
) -> dict[str, Any]:
    """Rename a page of a wiki. It stays below the same page, with all pages below it."""
    page = await wikis.by_path(wiki_identified, old_page_name, content=False)
    named = new_page_name.strip().strip("/")
    target = absolute(named) if "/" in named else absolute(f"{page.path.rpartition('/')[0]}/{named}")
    moved = await _move(wikis, wiki_identified, page.path, target, version_of(version_identifier, version_type))
    return moved | {"message": f"Page {page.path} was renamed to {target}."}


@toolkit.tool("writes", about="Moves a page of a wiki below another.")
async def move_wiki_page(
    wikis: Wikis,
    wiki_identified: WikiName,
    source_page_path: PagePath,
    destination_page_path: Annotated[str, Field(min_length=1, description="Its whole new path, with its title.")],
    version_identifier: VersionName = None,
    version_type: VersionType = "branch",
) -> dict[str, Any]:
    """Move a page of a wiki to another path, with all pages below it."""
    page = await wikis.by_path(wiki_identified, source_page_path, content=False)
    target = absolute(destination_page_path)
    moved = await _move(wikis, wiki_identified, page.path, target, version_of(version_identifier, version_type))
    return moved | {"message": f"Page {page.path} was moved to {target}."}


async def _move(wikis: Wikis, wiki: str, path: str, target: str, version: dict[str, str]) -> dict[str, Any]:
    answer = await wikis.versioned(
        "POST",
        f"{wikis.wiki(wiki)}/pagemoves",
        version,
        params={"comment": f"Move {path} to {target}"},
        json={"path": path, "newPath": target},
    )
    if not answer.ok:
        raise wikis.refusal(answer)
    move = answer.json()
    told = {"path": move["path"], "new_path": move["newPath"], "new_order": move.get("newOrder")}
    told["page"] = _about(move.get("page") or {})
    return {"response": {"etag": answer.headers.get("etag", ""), "page_move": told}, "status": "Success"}


@toolkit.tool("destroys", about="Deletes a page of a wiki, with those below it.")
async def delete_page_by_path(wikis: Wikis, wiki_identified: WikiName, page_name: PagePath) -> str:
    """Delete a page of a wiki and all pages below it."""
    page = await wikis.by_path(wiki_identified, page_name, content=False)
    await wikis.ask("DELETE", f"{wikis.wiki(wiki_identified)}/pages", params={"path": page.path})
    return f"Page {page.path} was deleted from wiki {wiki_identified}."


@toolkit.tool("destroys", label="Delete Page By ID", about="Deletes a page of a wiki, with those below it.")
async def delete_page_by_id(wikis: Wikis, wiki_identified: WikiName, page_id: PageId) -> str:
    """Delete a page of a wiki, by its id, and all pages below it."""
    gone = await wikis.json("DELETE", f"{wikis.wiki(wiki_identified)}/pages/{page_id}")
    return f"Page {gone['path']} ({page_id}) was deleted from wiki {wiki_identified}."
