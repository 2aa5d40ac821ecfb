"""Finding, reading, creating and changing work items by their fields."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import BeforeValidator, Field

from codemie.toolkits.arguments import JsonObject
from codemie.toolkits.azure_devops.answers import plain
from codemie.toolkits.azure_devops.attachments import chat_files, digest, noted
from codemie.toolkits.azure_devops.boards import Boards, Step, WorkItemId, end_of, toolkit
from codemie.toolkits.connection import ChatFile
from codemie.toolkits.failures import BadToolArguments, ToolFailed

_USUAL, _MOST = 5, 1000
_SHOWN = ("System.Title", "System.State", "System.AssignedTo", "System.CreatedDate", "System.ChangedDate")
_ATTACHED = "AttachedFile"

Fields = Annotated[
    list[str] | None, Field(description="Reference names of the fields to return, such as System.Title.")
]
Expand = Annotated[
    Literal["None", "Relations", "Fields", "Links", "All"],
    BeforeValidator(lambda value: value.strip().capitalize() if isinstance(value, str) else value),
]
WorkItemJson = Annotated[
    JsonObject,
    Field(description='The fields by reference name: {"fields": {"System.Title": "…", "System.Description": "…"}}.'),
]


@toolkit.tool("reads", about="Finds work items by a query.")
async def search_work_items(
    boards: Boards,
    query: Annotated[
        str,
        Field(
            min_length=1,
            description="In WIQL: SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject] = @project AND "
            "[System.State] <> 'Closed' ORDER BY [System.ChangedDate] DESC",
        ),
    ],
    limit: Annotated[
        int | None, Field(description=f"How many at most; {_USUAL} if not given, {_MOST} if negative.")
    ] = None,
    fields: Fields = None,
) -> list[dict[str, Any]] | str:
    """Find work items with a query in WIQL. Returns their fields; a field that has no value is "N/A"."""
    most = _MOST if (limit or 0) < 0 else min(limit or _USUAL, _MOST)
    asked = {"query": query}
    answer = await boards.json("POST", f"{boards.within()}/_apis/wit/wiql", json=asked, params={"$top": most})
    numbers = _numbers(answer)[:most]
    if not numbers:
        return "No work items found."
    names = fields or _SHOWN
    return [
        {"id": item["id"], "url": boards.page(item["id"])}
        | {name: plain(item["fields"].get(name, "N/A")) for name in names}
        for item in await boards.several(numbers, names)
    ]


def _numbers(answer: dict[str, Any]) -> list[int]:
    """Of a query of items the items, of one of links both ends, each once."""
    if answer.get("queryResultType") != "workItemLink":
        return [item["id"] for item in answer["workItems"]]
    ends = [link.get(end) for link in answer["workItemRelations"] for end in ("source", "target")]
    return list(dict.fromkeys(end["id"] for end in ends if end))


@toolkit.tool("writes", about="Creates a work item, with the files of the conversation.", seconds=180)
async def create_work_item(
    boards: Boards,
    work_item_json: WorkItemJson,
    wi_type: Annotated[str, Field(min_length=1, description="Type, such as Task, Bug or User Story.")] = "Task",
) -> str:
    """Create a work item. Files that are attached to the conversation are attached to it."""
    steps = [step for step in _steps(work_item_json) if step["op"] == "add"]
    files = await chat_files(boards.run)
    steps += [await _attach(boards, file) for file in files]
    number = (await boards.patch(f"${quote(wi_type, safe='')}", steps))["id"]
    return noted(
        f"Work item {number} created successfully. View it at {boards.page(number)}.", [file.name for file in files]
    )


@toolkit.tool("writes", about="Changes a work item, and attaches the files of the conversation.", seconds=180)
async def update_work_item(boards: Boards, id: WorkItemId, work_item_json: WorkItemJson) -> str:
    """Change fields of a work item; a field that is null is emptied.

    Files that are attached to the conversation are attached to it unless it has them already.
    """
    steps = _steps(work_item_json)
    files = await _missing(boards, id, await chat_files(boards.run))
    steps += [await _attach(boards, file) for file in files]
    await boards.patch(id, steps)
    return noted(f"Work item ({id}) was updated.", [file.name for file in files])


def _steps(work_item: dict[str, Any]) -> list[Step]:
    """The changes of fields.

    Raises:
        BadToolArguments: there are none.
    """
    fields = work_item.get("fields")
    if not isinstance(fields, dict) or not fields:
        raise BadToolArguments(
            "The work_item_json has no fields",
            details='It must be {"fields": {"System.Title": "…"}} with at least one field.',
            code=422,
        )
    return [_step(str(name), value) for name, value in fields.items()]


def _step(name: str, value: Any) -> Step:
    path = f"/fields/{name.replace('~', '~0').replace('/', '~1')}"
    return {"op": "remove", "path": path} if value is None else {"op": "add", "path": path, "value": value}


async def _attach(boards: Boards, file: ChatFile) -> Step:
    """Upload a file; the step that attaches it."""
    made = await boards.json(
        "POST",
        f"{boards.within()}/_apis/wit/attachments",
        params={"fileName": file.name},
        content=file.content,
        headers={"Content-Type": "application/octet-stream"},
    )
    value = {"rel": _ATTACHED, "url": made["url"], "attributes": {"name": file.name}}
    return {"op": "add", "path": "/relations/-", "value": value}


async def _missing(boards: Boards, number: int, files: Sequence[ChatFile]) -> list[ChatFile]:
    """The files that the work item has not; of one name and size, those with another content."""
    if not files:
        return []
    _, relations = await boards.relations(number)
    held = [item for item in relations if item["rel"] == _ATTACHED]
    return [file for file in files if not await _holds(boards, held, file)]


async def _holds(boards: Boards, held: Sequence[dict[str, Any]], file: ChatFile) -> bool:
    for relation in held:
        about = relation.get("attributes") or {}
        alike = str(about.get("name")).lower() == file.name.lower() and about.get("resourceSize") == len(file.content)
        if alike and await _is_same(boards, relation, file):
            return True
    return False


async def _is_same(boards: Boards, relation: dict[str, Any], file: ChatFile) -> bool:
    """Whether an attachment of the file's name and size is the file; one that is too long to be read counts as it."""
    try:
        return digest(await download(boards, relation)) == digest(file.content)
    except ToolFailed as error:
        if error.code == 413:
            return True
        raise


async def download(boards: Boards, relation: dict[str, Any]) -> bytes:
    """The content of an attachment."""
    # By its id: the address in a relation may be of another host of the service, where the token must not go.
    path = f"_apis/wit/attachments/{quote(end_of(relation), safe='')}"
    return (await boards.ask("GET", path, params={"download": "true"})).body


@toolkit.tool("reads", about="Reads a work item.")
async def get_work_item(
    boards: Boards,
    id: WorkItemId,
    *,
    fields: Fields = None,
    as_of: Annotated[str | None, Field(description="How it was at that time, such as 2026-01-31T12:00:00Z.")] = None,
    expand: Annotated[Expand | None, Field(description="What to return beside its fields.")] = None,
    include_attachments: Annotated[bool, Field(description="Whether to list its attachments.")] = False,
) -> dict[str, Any]:
    """Read a work item: its fields, with `expand` Relations or All also what it is linked to."""
    expanded = ("All" if expand == "All" else "Relations") if include_attachments else expand
    # The service takes either the one or the other.
    params = {"fields": ",".join(fields)} if fields and not expanded else {"$expand": expanded}
    item = await boards.item(id, **params, asOf=as_of)
    found = item["fields"] if not fields else {name: item["fields"].get(name, "N/A") for name in fields}
    shown: dict[str, Any] = {"id": item["id"], "url": boards.page(item["id"])}
    shown |= {name: plain(value) for name, value in found.items()}
    relations: list[dict[str, Any]] = item.get("relations") or []
    if expand in ("Relations", "All"):
        shown["relations"] = relations
    if include_attachments:
        attached = [attachment(item) for item in relations if item["rel"] == _ATTACHED]
        shown |= {"attachments": attached, "attachment_count": len(attached)}
    return shown


def attachment(relation: dict[str, Any]) -> dict[str, Any]:
    """What there is to know of an attachment without its content."""
    about = relation.get("attributes") or {}
    return {
        "name": about.get("name") or "",
        "url": relation["url"],
        "size": about.get("resourceSize"),
        "comment": about.get("comment"),
    }
