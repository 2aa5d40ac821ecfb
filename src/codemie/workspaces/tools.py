"""What an agent can do in the workspace of its conversation."""

import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from codemie.identity.caller import Caller
from codemie.kernel.tools import Borrow, Effect, Tool, ToolResult
from codemie.workspaces import execution, service
from codemie.workspaces.runtime import Workspaces
from codemie.workspaces.schemas import EditFile, ExecuteScript
from codemie.workspaces.service import Shelf

TOOLKIT = "AgentWorkspace"
SCRIPT_TOOL = "execute_workspace_script"
_BRIDGED = (
    " Scripts can call the tools that search data sources: from codemie_runtime_sdk import call_tool, call_tools, "
    'ToolCallError. call_tool(name, args) returns {"result": text, "http": {"status": 200}} or raises ToolCallError '
    "with a code; call_tools takes a list of {name, args} and returns results or errors in its order."
)
_TEXT = {"type": "string"}
_FLAG = {"type": "boolean"}
_SPARE_SECONDS = 30.0

Action = Callable[["AgentWorkspace", dict[str, Any]], Awaitable[str]]


class AgentWorkspace:
    """The workspace of one conversation, made when it is first needed."""

    def __init__(self, room: Workspaces, caller: Caller, conversation_id: str) -> None:
        self.room = room
        self.caller = caller
        self._conversation_id = conversation_id

    async def on_shelf(self, action: Callable[[Shelf], Awaitable[str]]) -> str:
        """Do something with the files, in one transaction."""
        async with self.room.database.session() as session:
            workspace = await service.create(session, self.room.settings, self.caller, self._conversation_id, None)
            return await action(Shelf(session, self.room.settings, self.room.chat, workspace))

    async def id(self) -> str:
        """The workspace's id."""
        async with self.room.database.session() as session:
            return (await service.create(session, self.room.settings, self.caller, self._conversation_id, None)).id


async def _list(place: AgentWorkspace, arguments: dict[str, Any]) -> str:
    async def action(shelf: Shelf) -> str:
        files = await service.list_files(
            shelf, prefix=arguments.get("prefix"), recursive=arguments.get("recursive", True)
        )
        return "\n".join(f"{file.path} ({file.size} bytes)" for file in files) or "The workspace is empty."

    return await place.on_shelf(action)


async def _read(place: AgentWorkspace, arguments: dict[str, Any]) -> str:
    async def action(shelf: Shelf) -> str:
        file = await service.content(shelf, arguments["file_path"])
        return f"{file.path} is not text ({file.size} bytes)." if file.is_binary else file.content or ""

    return await place.on_shelf(action)


async def _write(place: AgentWorkspace, arguments: dict[str, Any]) -> str:
    async def action(shelf: Shelf) -> str:
        file = await service.write(shelf, arguments["file_path"], arguments["content"].encode(errors="replace"))
        return f"{file.path} written ({file.size} bytes, version {file.version})."

    return await place.on_shelf(action)


async def _edit(place: AgentWorkspace, arguments: dict[str, Any]) -> str:
    async def action(shelf: Shelf) -> str:
        return (await service.edit(shelf, EditFile.model_validate(arguments))).message

    return await place.on_shelf(action)


async def _delete(place: AgentWorkspace, arguments: dict[str, Any]) -> str:
    async def action(shelf: Shelf) -> str:
        return (await service.remove(shelf, arguments["file_path"])).message

    return await place.on_shelf(action)


async def _grep(place: AgentWorkspace, arguments: dict[str, Any]) -> str:
    async def action(shelf: Shelf) -> str:
        found = await service.grep(
            shelf,
            arguments["query"],
            prefix=arguments.get("prefix"),
            recursive=arguments.get("recursive", True),
        )
        lines = [f"{match.file_path}:{match.line_number}: {match.line}" for match in found.matches]
        return "\n".join(lines) or "Nothing found."

    return await place.on_shelf(action)


async def _execute(place: AgentWorkspace, arguments: dict[str, Any], borrow: Borrow | None = None) -> str:
    request = ExecuteScript.model_validate(arguments)
    done = await execution.execute(place.room, place.caller, await place.id(), request, in_a_run=True, borrow=borrow)
    files = [file.path for file in done.workspace_files]
    report = {"message": done.message, "output": done.output, "new_or_changed_files": files, "warnings": done.warnings}
    return json.dumps(report, ensure_ascii=False)


def _schema(required: Iterable[str], **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


_PATH = {"file_path": _TEXT}
_WHERE = {"prefix": _TEXT, "recursive": _FLAG}
# Name → what it does, its arguments, and whether it changes something.
_TOOLS: dict[str, tuple[Action, str, dict[str, Any], Effect]] = {
    "list_workspace_files": (
        _list,
        "Lists the files of this conversation's workspace.",
        _schema((), **_WHERE),
        "reads",
    ),
    "read_workspace_file": (_read, "Reads a text file of the workspace.", _schema(_PATH, **_PATH), "reads"),
    "write_workspace_file": (
        _write,
        "Writes a text file into the workspace, replacing one of that path.",
        _schema(("file_path", "content"), file_path=_TEXT, content=_TEXT),
        "writes",
    ),
    "edit_workspace_file": (
        _edit,
        (
            "Replaces old_string by new_string in a file of the workspace. old_string must stand there exactly once, "
            "unless replace_all is true."
        ),
        _schema(
            ("file_path", "old_string", "new_string"),
            file_path=_TEXT,
            old_string=_TEXT,
            new_string=_TEXT,
            replace_all=_FLAG,
        ),
        "writes",
    ),
    "delete_workspace_file": (_delete, "Deletes a file of the workspace.", _schema(_PATH, **_PATH), "writes"),
    "grep_workspace_files": (
        _grep,
        "Finds the lines of workspace files that contain a text, whatever its case.",
        _schema(("query",), query=_TEXT, **_WHERE),
        "reads",
    ),
    SCRIPT_TOOL: (
        _execute,
        (
            "Runs a Python script of the workspace: standard library only, no network, no other programs, files of the "
            "workspace in the working folder. New and changed files come back into the workspace; name them in "
            "export_files to keep only some."
        ),
        _schema(("script_path",), script_path=_TEXT, export_files={"type": "array", "items": _TEXT, "maxItems": 1000}),
        "writes",
    ),
}
NAMES = frozenset(_TOOLS)


@dataclass(frozen=True, slots=True)
class DescribedTool:
    """A tool as it is offered."""

    name: str
    description: str
    effect: Effect


def described() -> list[DescribedTool]:
    """All of them, before there is a workspace."""
    return [DescribedTool(name, description, effect) for name, (_, description, _, effect) in _TOOLS.items()]


def workspace_tools(
    room: Workspaces, caller: Caller, conversation_id: str, names: Iterable[str], *, bridged: bool = False
) -> tuple[Tool, ...]:
    """Those of the tools that an assistant has, for one conversation of the caller.

    Args:
        room: the workspaces of this process.
        caller: whose conversation it is.
        conversation_id: which one.
        names: of the tools.
        bridged: whether scripts may call other tools of the assistant.
    """
    place = AgentWorkspace(room, caller, conversation_id)
    tools = (_tool(place, name) for name in _TOOLS if name in set(names))
    return tuple(_bridged(place, tool) if bridged and tool.name == SCRIPT_TOOL else tool for tool in tools)


def _bridged(place: AgentWorkspace, tool: Tool) -> Tool:
    async def run(arguments: dict[str, Any], borrow: Borrow) -> ToolResult:
        return ToolResult(await _execute(place, arguments, borrow))

    return replace(tool, borrows=run, description=tool.description + _BRIDGED)


def _tool(place: AgentWorkspace, name: str) -> Tool:
    action, description, parameters, effect = _TOOLS[name]

    async def call(arguments: dict[str, Any]) -> ToolResult:
        return ToolResult(await action(place, arguments))

    return Tool(
        name=name,
        description=description,
        parameters=parameters,
        call=call,
        timeout_seconds=place.room.settings.script_seconds + _SPARE_SECONDS,
        effect=effect,
    )
