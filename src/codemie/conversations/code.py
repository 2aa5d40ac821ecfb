"""Code that an agent runs over the files of its conversation, and what the person gets of it."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from codemie.assistants.assembly import Definition
from codemie.conversations.attachment_store import AttachmentStore, MadeFile
from codemie.conversations.attachments import mime_type_of
from codemie.conversations.pictures import SUFFIXES
from codemie.conversations.runtime import ConversationsRuntime
from codemie.identity.caller import Caller
from codemie.kernel.database import new_id
from codemie.kernel.errors import InvalidInput
from codemie.kernel.tools import Picture
from codemie.toolkits.connection import CodeDone, Exported, RunCode
from codemie.toolkits.failures import ToolFailed
from codemie.workspaces import execution, service
from codemie.workspaces.paths import normal_path
from codemie.workspaces.runtime import Workspaces
from codemie.workspaces.tools import AgentWorkspace

_LARGEST_SHOWN_BYTES = 5 * 2**20


def runner(
    runtime: ConversationsRuntime, caller: Caller, definition: Definition, conversation_id: str | None
) -> RunCode | None:
    """Runs code in the workspace of the conversation; None where there is none, or no scripts run on this server."""
    rooms = runtime.workspaces
    if not (definition.id and conversation_id) or rooms.settings.script_isolation == "off":
        return None
    place = AgentWorkspace(rooms, caller, conversation_id)

    async def run(code: str, export_files: Sequence[str] | None) -> CodeDone:
        try:
            wanted = None if export_files is None else [normal_path(path) for path in export_files]
            workspace = await place.id()
            done = await execution.execute_code(rooms, caller, workspace, code, wanted)
            exported = await _exported(runtime.files, rooms, caller, workspace, wanted or ())
        except InvalidInput as error:
            raise ToolFailed("The code was not run", details=error.details, help=error.help, code=400) from error
        changed = [file.path for file in done.workspace_files]
        return CodeDone(done.message, done.output, changed, exported, done.warnings)

    return run


async def _exported(
    store: AttachmentStore, rooms: Workspaces, caller: Caller, workspace_id: str, paths: Sequence[str]
) -> list[Exported]:
    """Copies of files of the workspace, each a file of the caller's under a name that no other file has."""
    async with rooms.database.session() as session:
        shelf = await rooms.shelf(session, caller, workspace_id)
        there = await service.entries(shelf)
        found = [(path, (await service.read(shelf, path))[1]) for path in dict.fromkeys(paths) if path in there]
    exported: list[Exported] = []
    for path, content in found:
        name = PurePosixPath(path)
        token = await store.keep(MadeFile(f"{name.stem[:100]}-{new_id()}{name.suffix}", content), caller.id)
        exported.append(Exported(path, token, _picture(name.name, content, token)))
    return exported


def _picture(name: str, content: bytes, token: str) -> Picture | None:
    kind = mime_type_of(name)
    shown = kind in SUFFIXES and len(content) <= _LARGEST_SHOWN_BYTES
    return Picture(kind, content, token) if shown else None
