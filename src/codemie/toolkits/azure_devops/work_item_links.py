"""Links between work items: parents, children, and whatever else relates to one another."""

from typing import Annotated, Any

from pydantic import Field

from codemie.toolkits.arguments import JsonObject
from codemie.toolkits.azure_devops.boards import PARENT, Boards, WorkItemId, end_of, toolkit
from codemie.toolkits.failures import ToolFailed

LinkType = Annotated[
    str,
    Field(min_length=1, description="Reference name, such as System.LinkTypes.Related; get_relation_types has all."),
]


@toolkit.tool("reads", about="Lists the types of links.")
async def get_relation_types(boards: Boards) -> dict[str, str]:
    """List the types of relations a work item can have: the reference name of each by its name."""
    return {kind["name"]: kind["referenceName"] for kind in await _kinds(boards)}


async def _kinds(boards: Boards) -> list[dict[str, Any]]:
    return (await boards.json("GET", "_apis/wit/workitemrelationtypes"))["value"]


async def _reference(boards: Boards, link_type: str) -> str:
    """The reference name of a type of links between work items, which may be given by its name.

    Raises:
        ToolFailed: there is no such type.
    """
    kinds = [kind for kind in await _kinds(boards) if kind.get("attributes", {}).get("usage") == "workItemLink"]
    for kind in kinds:
        if link_type.strip().lower() in (kind["referenceName"].lower(), kind["name"].lower()):
            return kind["referenceName"]
    names = ", ".join(f"{kind['referenceName']} ({kind['name']})" for kind in kinds)
    raise ToolFailed(f"There is no type of links '{link_type[:100]}'", details=f"There are: {names}.", code=404)


@toolkit.tool("writes", about="Links two work items.")
async def link_work_items(
    boards: Boards,
    source_id: WorkItemId,
    target_id: WorkItemId,
    link_type: LinkType,
    attributes: Annotated[JsonObject | None, Field(description='Such as {"comment": "…"}.')] = None,
) -> str:
    """Link a work item to another.

    The type says what the target is to the source: System.LinkTypes.Hierarchy-Reverse makes it the parent,
    System.LinkTypes.Hierarchy-Forward the child. A work item that has a parent gets another with move_work_item.
    """
    reference = await _reference(boards, link_type)
    await boards.patch(source_id, [boards.link(reference, target_id, attributes)])
    return f"Work item {source_id} was linked to work item {target_id} with link type {reference}."


@toolkit.tool("destroys", about="Removes a link between work items.")
async def remove_work_item_relation(
    boards: Boards,
    child_id: Annotated[WorkItemId, Field(description="The work item to remove the link from.")],
    parent_id: Annotated[WorkItemId, Field(description="The work item that the link leads to.")],
    link_type: Annotated[str, Field(min_length=1, description="Of the link; that to a parent if not given.")] = PARENT,
) -> str:
    """Remove the link from a work item to another, that of a child to its parent unless another type is given."""
    reference = await _reference(boards, link_type)
    if not await boards.relink(child_id, {"rel": reference, "end": str(parent_id)}):
        raise ToolFailed(
            f"Work item {child_id} has no link to {parent_id} of type {reference}",
            help='get_work_item with expand "Relations" shows its links.',
            code=404,
        )
    return f"The link ({reference}) from work item {child_id} to work item {parent_id} was removed."


@toolkit.tool("writes", about="Gives a work item another parent.")
async def move_work_item(
    boards: Boards,
    child_id: Annotated[WorkItemId, Field(description="The work item to move.")],
    parent_id: Annotated[WorkItemId, Field(description="Its new parent.")],
) -> str:
    """Move a work item below another parent, whether it has one or not, in a single change."""
    _, relations = await boards.relations(child_id)
    if any((item["rel"], end_of(item)) == (PARENT, str(parent_id)) for item in relations):
        return f"Work item {child_id} has the parent {parent_id} already."
    await boards.relink(child_id, {"rel": PARENT}, [boards.link(PARENT, parent_id)])
    return f"Work item {child_id} was moved to parent {parent_id}."
