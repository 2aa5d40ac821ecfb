"""What people say about a page of a wiki, and how often they read it."""

from typing import Annotated, Any, Literal

from pydantic import Field

from codemie.toolkits.azure_devops.attachments import chat_files
from codemie.toolkits.azure_devops.wiki import PageId, PagePath, WikiName, Wikis, toolkit
from codemie.toolkits.azure_devops.wiki_files import upload

_PREVIEW = "7.1-preview.1"
_PAGE, _MOST = 100, 500

LimitTotal = Annotated[int | None, Field(ge=1, le=_MOST, description=f"How many at most; {_MOST} if not given.")]
Expand = Literal["none", "reactions", "renderedText", "all"]
Order = Annotated[Literal["asc", "desc"], Field(description="By age; newest first if not given.")]
Text = Annotated[str, Field(min_length=1, description="In Markdown.")]
ParentComment = Annotated[int | None, Field(ge=1, description="Id of the comment it answers.")]
Days = Annotated[int, Field(ge=1, le=30, description="How many days back.")]


@toolkit.tool("reads", label="Get Wiki Page Comments By ID", about="Reads the comments of a page by its id.")
async def get_wiki_page_comments_by_id(
    wikis: Wikis,
    wiki_identified: WikiName,
    page_id: PageId,
    *,
    limit_total: LimitTotal = None,
    include_deleted: bool = False,
    expand: Expand = "none",
    order: Order = "desc",
) -> dict[str, Any]:
    """Read the comments of a page of a wiki, named by its id."""
    asked = {"includeDeleted": str(include_deleted).lower(), "$expand": expand, "order": order}
    return await _comments(wikis, wiki_identified, page_id, limit_total or _MOST, asked)


@toolkit.tool("reads", about="Reads the comments of a page.")
async def get_wiki_page_comments_by_path(
    wikis: Wikis,
    wiki_identified: WikiName,
    page_name: PagePath,
    *,
    limit_total: LimitTotal = None,
    include_deleted: bool = False,
    expand: Expand = "none",
    order: Order = "desc",
) -> dict[str, Any]:
    """Read the comments of a page of a wiki, named by its path."""
    page = await wikis.by_path(wiki_identified, page_name, content=False)
    asked = {"includeDeleted": str(include_deleted).lower(), "$expand": expand, "order": order}
    return await _comments(wikis, wiki_identified, page.body["id"], limit_total or _MOST, asked)


async def _comments(wikis: Wikis, wiki: str, number: int, most: int, asked: dict[str, str]) -> dict[str, Any]:
    path, found, token, total = _place(wikis, wiki, number), list[dict[str, Any]](), None, 0
    while len(found) < most:
        top = min(_PAGE, most - len(found))
        params = {**asked, "api-version": _PREVIEW, "$top": top, "continuationToken": token}
        answer = await wikis.json("GET", path, params=params)
        found += answer["comments"]
        token, total = answer.get("continuationToken"), answer.get("totalCount", len(found))
        if not token or not answer["comments"]:
            break
    return {"comments": found, "count": len(found), "total_count": total, "has_more": bool(token)}


def _place(wikis: Wikis, wiki: str, number: int) -> str:
    return f"{wikis.wiki(wiki)}/pages/{number}/comments"


@toolkit.tool("writes", label="Add Wiki Comment By ID", about="Comments on a page by its id.", seconds=180)
async def add_wiki_comment_by_id(
    wikis: Wikis,
    wiki_identified: WikiName,
    page_id: PageId,
    comment_text: Text,
    parent_comment_id: ParentComment = None,
) -> dict[str, Any]:
    """Comment on a page of a wiki, named by its id. Files of the conversation are attached to the comment."""
    return await _say(wikis, wiki_identified, page_id, comment_text, parent_comment_id)


@toolkit.tool("writes", about="Comments on a page.", seconds=180)
async def add_wiki_comment_by_path(
    wikis: Wikis,
    wiki_identified: WikiName,
    page_name: PagePath,
    comment_text: Text,
    parent_comment_id: ParentComment = None,
) -> dict[str, Any]:
    """Comment on a page of a wiki, named by its path. Files of the conversation are attached to the comment."""
    page = await wikis.by_path(wiki_identified, page_name, content=False)
    return await _say(wikis, wiki_identified, page.body["id"], comment_text, parent_comment_id)


async def _say(wikis: Wikis, wiki: str, number: int, text: str, parent: int | None) -> dict[str, Any]:
    files = await upload(wikis, wiki, await chat_files(wikis.connection.run), {})
    links = "".join(f"\n\n{item.link}" for item in files)
    body = {"text": f"{text}{links}"} | ({"parentId": parent} if parent else {})
    made = await wikis.json("POST", _place(wikis, wiki, number), params={"api-version": _PREVIEW}, json=body)
    return {
        "comment_id": made["id"],
        "comment_text": made["text"],
        "author": (made.get("createdBy") or {}).get("displayName"),
        "created_date": made.get("createdDate"),
        "modified_date": made.get("modifiedDate"),
        "parent_comment_id": made.get("parentId") or None,
        "page_id": number,
        "attachments": [{"name": item.name, "path": item.path} for item in files],
        "attachment_count": len(files),
    }


@toolkit.tool("reads", label="Get Wiki Page Stats By ID", about="Tells how often a page is read, by its id.")
async def get_wiki_page_stats_by_id(
    wikis: Wikis, wiki_identified: WikiName, page_id: PageId, page_views_for_days: Days = 30
) -> dict[str, Any]:
    """Tell how often people read a page of a wiki, named by its id, day by day."""
    return await _stats(wikis, wiki_identified, page_id, page_views_for_days)


@toolkit.tool("reads", about="Tells how often a page is read.")
async def get_wiki_page_stats_by_path(
    wikis: Wikis, wiki_identified: WikiName, page_name: PagePath, page_views_for_days: Days = 30
) -> dict[str, Any]:
    """Tell how often people read a page of a wiki, named by its path, day by day."""
    page = await wikis.by_path(wiki_identified, page_name, content=False)
    return await _stats(wikis, wiki_identified, page.body["id"], page_views_for_days)


async def _stats(wikis: Wikis, wiki: str, number: int, days: int) -> dict[str, Any]:
    path = f"{wikis.wiki(wiki)}/pages/{number}/stats"
    told = await wikis.json("GET", path, params={"pageViewsForDays": days})
    views = [{"day": item["day"], "count": item["count"]} for item in told.get("viewStats") or ()]
    total = sum(item["count"] for item in views)
    return {
        "page_id": number,
        "path": told.get("path"),
        "total_views": total,
        "days_with_views": sum(1 for item in views if item["count"]),
        "view_stats": views,
        "is_visited": total > 0,
        "page_views_for_days": days,
    }
