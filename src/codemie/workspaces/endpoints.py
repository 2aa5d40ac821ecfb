"""Routes of agent workspaces."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Response

from codemie.identity.authentication import CallerDep
from codemie.kernel.database import SessionDep
from codemie.workspaces import execution, service
from codemie.workspaces.runtime import WorkspacesDep
from codemie.workspaces.schemas import (
    CreateWorkspace,
    EditFile,
    ExecuteScript,
    FileContent,
    FileDeleted,
    FileEdited,
    FileItem,
    GrepAnswer,
    Path,
    ScriptDone,
    WorkspaceObject,
    WriteFile,
)

router = APIRouter(prefix="/v1/workspaces", tags=["workspaces"])

FilePath = Annotated[Path, Query()]
Prefix = Annotated[str | None, Query(max_length=4096)]


@router.post("")
async def create_workspace(
    room: WorkspacesDep, session: SessionDep, caller: CallerDep, body: CreateWorkspace
) -> WorkspaceObject:
    """The caller's workspace of a conversation; asked again, the same."""
    workspace = await service.create(session, room.settings, caller, body.conversation_id, body.name)
    return WorkspaceObject.model_validate(workspace)


@router.get("")
async def list_workspaces(session: SessionDep, caller: CallerDep) -> list[WorkspaceObject]:
    """The caller's workspaces, last changed first, up to 1000."""
    return [WorkspaceObject.model_validate(row) for row in await service.list_workspaces(session, caller)]


@router.get("/conversations/{conversation_id}")
async def get_workspace_of_conversation(
    session: SessionDep, caller: CallerDep, conversation_id: str
) -> WorkspaceObject:
    return WorkspaceObject.model_validate(await service.of_conversation(session, caller, conversation_id))


@router.get("/{workspace_id}/files")
async def list_files(
    room: WorkspacesDep,
    session: SessionDep,
    caller: CallerDep,
    workspace_id: str,
    *,
    prefix: Prefix = None,
    recursive: bool = True,
    glob: Annotated[str | None, Query(max_length=1024)] = None,
) -> list[FileItem]:
    """Files of the workspace, those of the chat among them."""
    shelf = await room.shelf(session, caller, workspace_id)
    return await service.list_files(shelf, prefix=prefix, recursive=recursive, glob=glob)


@router.put("/{workspace_id}/files")
async def write_file(
    room: WorkspacesDep, session: SessionDep, caller: CallerDep, workspace_id: str, body: WriteFile
) -> FileItem:
    shelf = await room.shelf(session, caller, workspace_id)
    return await service.write(shelf, body.file_path, body.content.encode(errors="replace"))


@router.delete("/{workspace_id}/files")
async def delete_file(
    room: WorkspacesDep, session: SessionDep, caller: CallerDep, workspace_id: str, file_path: FilePath
) -> FileDeleted:
    return await service.remove(await room.shelf(session, caller, workspace_id), file_path)


@router.get("/{workspace_id}/files/content")
async def read_file(
    room: WorkspacesDep, session: SessionDep, caller: CallerDep, workspace_id: str, file_path: FilePath
) -> FileContent:
    return await service.content(await room.shelf(session, caller, workspace_id), file_path)


@router.get("/{workspace_id}/files/download", response_class=Response)
async def download_file(
    room: WorkspacesDep, session: SessionDep, caller: CallerDep, workspace_id: str, file_path: FilePath
) -> Response:
    """The bytes, as an attachment of no particular type: a browser runs none of it."""
    entry, data = await service.read(await room.shelf(session, caller, workspace_id), file_path)
    name = quote(entry.path.rpartition("/")[2], safe="")
    headers = {
        "Content-Disposition": f"attachment; filename*=utf-8''{name}",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return Response(data, media_type="application/octet-stream", headers=headers)


@router.post("/{workspace_id}/files/edit")
async def edit_file(
    room: WorkspacesDep, session: SessionDep, caller: CallerDep, workspace_id: str, body: EditFile
) -> FileEdited:
    return await service.edit(await room.shelf(session, caller, workspace_id), body)


@router.get("/{workspace_id}/files/grep")
async def grep_files(
    room: WorkspacesDep,
    session: SessionDep,
    caller: CallerDep,
    workspace_id: str,
    query: Annotated[str, Query(min_length=1, max_length=1000)],
    *,
    prefix: Prefix = None,
    recursive: bool = True,
) -> GrepAnswer:
    """Lines that contain a text, whatever its case; at most 500."""
    return await service.grep(
        await room.shelf(session, caller, workspace_id), query, prefix=prefix, recursive=recursive
    )


@router.post("/{workspace_id}/execute")
async def execute_script(room: WorkspacesDep, caller: CallerDep, workspace_id: str, body: ExecuteScript) -> ScriptDone:
    """Run a Python script of the workspace, isolated; new and changed files come back."""
    return await execution.execute(room, caller, workspace_id, body)
