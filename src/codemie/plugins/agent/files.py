"""Tools on the files of the folder that the agent serves, by the names and arguments of the official agent."""

import asyncio
from pathlib import PurePath

from codemie.kernel.errors import InvalidInput, NotFound
from codemie.kernel.tools import Tool, ToolResult
from codemie.plugins.agent.editing import changed
from codemie.plugins.agent.jail import Jail
from codemie.plugins.agent.tools import AgentTool, Arguments, optional_text, schema, text

MAX_READ_BYTES = 8 * 1024 * 1024
MAX_LISTED = 20_000
_NOT_ENTERED = frozenset({".git", "node_modules", ".venv", "__pycache__", ".ruff_cache", ".pytest_cache"})


def file_tools(jail: Jail, *, read_only: bool, diff: bool) -> list[AgentTool]:
    """The tools.

    Args:
        jail: the folder.
        read_only: only those that leave everything as it is.
        diff: change files by SEARCH/REPLACE blocks rather than as a whole.
    """
    reading = [_reads(jail), _lists(jail), _lists_below(jail)]
    return reading if read_only else [*reading, _changes(jail) if diff else _writes(jail)]


def _reads(jail: Jail) -> AgentTool:
    async def call(arguments: Arguments) -> ToolResult:
        return ToolResult(await asyncio.to_thread(_read_text, jail, text(arguments, "file_path")))

    return AgentTool(
        Tool(
            "_read_file_from_file_system",
            "Read a text file. Give its path from the folder that is served.",
            schema({"file_path": "Path of the file."}),
            call,
        ),
        "files",
        lambda arguments: f"read {arguments.get('file_path')}",
    )


def _lists(jail: Jail) -> AgentTool:
    async def call(arguments: Arguments) -> ToolResult:
        path = optional_text(arguments, "dir_path") or "."
        names = await asyncio.to_thread(jail.names, path)
        return ToolResult("\n".join(names[:MAX_LISTED]) or f"No files found in {path}")

    return AgentTool(
        Tool(
            "_list_files_in_directory",
            "List the names in a folder.",
            schema({}, {"dir_path": "Path of the folder; the served one when left out."}),
            call,
        ),
        "files",
        lambda arguments: f"list {arguments.get('dir_path') or '.'}",
    )


def _lists_below(jail: Jail) -> AgentTool:
    async def call(arguments: Arguments) -> ToolResult:
        path = optional_text(arguments, "dir_path") or "."
        found, more = await asyncio.to_thread(jail.below, path, most=MAX_LISTED, skip=_NOT_ENTERED)
        note = [f"There are more than {MAX_LISTED} files: list a folder further down."] if more else []
        return ToolResult("\n".join(found + note) or f"No files found in {path}")

    return AgentTool(
        Tool(
            "_get_recursive_file_list",
            "List all files below a folder. Folders that end with a slash were not looked into.",
            schema({}, {"dir_path": "Path of the folder; the served one when left out."}),
            call,
        ),
        "files",
        lambda arguments: f"list everything in {arguments.get('dir_path') or '.'}",
    )


def _writes(jail: Jail) -> AgentTool:
    async def call(arguments: Arguments) -> ToolResult:
        path, content = text(arguments, "file_path"), text(arguments, "text")
        _require_name(path)
        made = await asyncio.to_thread(jail.write, path, _encoded(content))
        return ToolResult(f"File {'created' if made else 'replaced'}: {path}")

    return AgentTool(
        Tool(
            "_write_file_to_file_system",
            "Create a text file, or replace one as a whole. Missing folders are made.",
            schema({"file_path": "Path of the file.", "text": "The whole content."}),
            call,
            effect="writes",
        ),
        "files",
        lambda arguments: f"write {arguments.get('file_path')}",
    )


def _changes(jail: Jail) -> AgentTool:
    async def call(arguments: Arguments) -> ToolResult:
        path, changes = text(arguments, "file_path"), text(arguments, "changes")
        _require_name(path)
        should_create = str(arguments.get("should_create") or "").lower() == "true"
        await asyncio.to_thread(_change, jail, path, changes, should_create)
        return ToolResult(f"File changed: {path}")

    return AgentTool(
        Tool(
            "_diff_update_file_tool",
            "Change parts of a text file by SEARCH/REPLACE blocks. A block is: a line `<<<<<<< SEARCH`, the old lines "
            "exactly as they are, a line `=======`, the new lines, a line `>>>>>>> REPLACE`. "
            "A block without old lines adds its new lines at the end.",
            schema(
                {"file_path": "Path of the file.", "changes": "One or more SEARCH/REPLACE blocks."},
                {"should_create": "`true`: create the file if there is none."},
            ),
            call,
            effect="writes",
        ),
        "files",
        lambda arguments: f"change {arguments.get('file_path')}",
    )


def _read_text(jail: Jail, path: str) -> str:
    content = jail.read(path, MAX_READ_BYTES)
    if b"\0" in content[:8192]:
        raise InvalidInput("That is not a text file", details=f"{path} holds {len(content)} bytes of something else.")
    return content.decode(errors="replace")


def _change(jail: Jail, path: str, changes: str, should_create: bool) -> None:  # noqa: FBT001 - handed to a thread
    try:
        before = _read_text(jail, path)
    except NotFound:
        if not should_create:
            raise
        before = ""
    jail.write(path, _encoded(changed(before, changes)))


def _encoded(content: str) -> bytes:
    try:
        return content.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput("The text cannot be written", details="It holds half of a character.") from error


def _require_name(path: str) -> None:
    if not PurePath(path).name:
        raise InvalidInput("A file needs a name", details=f"`{path}` has none.")
