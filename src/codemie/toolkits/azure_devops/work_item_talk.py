"""What people say about a work item: comments, and the files they attach."""

from typing import Annotated, Any, Literal

from pydantic import Field

from codemie.toolkits.azure_devops import attachments
from codemie.toolkits.azure_devops.answers import snake_case
from codemie.toolkits.azure_devops.boards import Boards, WorkItemId, toolkit
from codemie.toolkits.azure_devops.work_item_fields import attachment, download
from codemie.toolkits.failures import BadToolArguments

_PREVIEW = "7.1-preview.4"
_PAGE, _MOST = 200, 1000


def _comments(boards: Boards, number: int) -> str:
    return f"{boards.within()}/_apis/wit/workItems/{number}/comments"


@toolkit.tool("reads", about="Reads the comments of a work item.")
async def get_comments(
    boards: Boards,
    work_item_id: WorkItemId,
    *,
    limit_total: Annotated[
        int | None, Field(ge=1, le=_MOST, description=f"How many at most; {_MOST} if not given.")
    ] = None,
    include_deleted: bool = False,
    expand: Literal["none", "reactions", "renderedText", "renderedTextOnly", "all"] = "none",
    order: Annotated[Literal["asc", "desc"] | None, Field(description="By age; newest first if not given.")] = None,
) -> list[dict[str, Any]]:
    """Read the comments of a work item."""
    most, token, found = limit_total or _MOST, None, list[dict[str, Any]]()
    while len(found) < most:
        params = {
            "api-version": _PREVIEW,
            "$top": min(_PAGE, most - len(found)),
            "continuationToken": token,
            "includeDeleted": str(include_deleted).lower(),
            "$expand": expand,
            "order": order,
        }
        answer = await boards.json("GET", _comments(boards, work_item_id), params=params)
        found += answer["comments"]
        token = answer.get("continuationToken")
        if not token or not answer["comments"]:
            break
    return snake_case(found)


@toolkit.tool("writes", about="Comments on a work item.")
async def create_comment(
    boards: Boards,
    work_item_id: WorkItemId,
    text: Annotated[str, Field(min_length=1, description="In HTML or plain text.")],
) -> str:
    """Add a comment to a work item."""
    params = {"api-version": _PREVIEW}
    made = await boards.json("POST", _comments(boards, work_item_id), params=params, json={"text": text})
    return f"Comment {made['id']} added to work item {work_item_id} successfully."


@toolkit.tool("reads", about="Reads a file that is attached to a work item.")
async def get_work_item_attachment_content(
    boards: Boards,
    work_item_id: WorkItemId,
    attachment_url: Annotated[str | None, Field(description="Its address, from get_work_item.")] = None,
    attachment_name: Annotated[str | None, Field(description="Its name, instead of its address.")] = None,
) -> dict[str, Any]:
    """Read an attachment of a work item, named by its address or its name; of one name, the newest."""
    if not (attachment_url or attachment_name):
        raise BadToolArguments("Give attachment_url or attachment_name", code=422)
    _, relations = await boards.relations(work_item_id)
    held = [item for item in relations if item["rel"] == "AttachedFile"]
    if attachment_url:
        places = [attachments.path_of(item["url"]) for item in held]
        place = attachments.chosen(attachments.path_of(attachment_url), places)
    else:
        place = attachments.chosen(attachment_name or "", [attachment(item)["name"] for item in held])
    about = attachment(held[place])
    shown = await attachments.read(boards.run, about["name"], await download(boards, held[place]))
    return {"work_item_id": work_item_id, "attachment_note": about["comment"], **shown}
