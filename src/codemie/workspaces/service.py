"""Reading and changing the files of a workspace. Everything that is wrong is told in one way, see `paths.invalid`."""

import asyncio
import base64
import hashlib
import mimetypes
from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity.caller import Caller
from codemie.workspaces import repository
from codemie.workspaces.chat_files import ChatFile, ChatFiles
from codemie.workspaces.paths import file_name, free_name, invalid, matches_glob, normal_path, writable_path
from codemie.workspaces.schemas import (
    EditFile,
    FileContent,
    FileDeleted,
    FileEdited,
    FileItem,
    GrepAnswer,
    GrepMatch,
)
from codemie.workspaces.settings import WorkspacesSettings
from codemie.workspaces.tables import Workspace, WorkspaceFile

_MOST_LISTED = 1000
_MOST_MATCHES = 500
_MOST_LINE_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class Shelf:
    """One workspace, opened for its owner."""

    session: AsyncSession
    settings: WorkspacesSettings
    chat: ChatFiles
    workspace: Workspace


@dataclass(frozen=True, slots=True)
class Entry:
    """A file that is there: written in the workspace, or lent by the chat."""

    path: str
    mime_type: str
    checksum: str
    size: int
    version: int
    update_date: datetime | None
    lent: ChatFile | None = None

    def item(self) -> FileItem:
        """Without content, for clients."""
        return FileItem.model_validate(self)


async def create(
    session: AsyncSession, settings: WorkspacesSettings, caller: Caller, conversation_id: str, name: str | None
) -> Workspace:
    """The caller's workspace of a conversation; asked again, the same.

    Raises:
        InvalidInput: 400, the caller has too many of them.
    """
    found = await repository.of_conversation(session, caller.id, conversation_id)
    if found is not None:
        return found
    if await repository.count(session, caller.id) >= settings.max_workspaces:
        raise invalid(f"You have {settings.max_workspaces} workspaces; delete conversations to make room")
    return await repository.create(session, caller.id, conversation_id, name)


async def list_workspaces(session: AsyncSession, caller: Caller) -> list[Workspace]:
    """The caller's workspaces, last changed first."""
    return list(await repository.owned(session, caller.id, _MOST_LISTED))


async def of_conversation(session: AsyncSession, caller: Caller, conversation_id: str) -> Workspace:
    """The caller's workspace of a conversation.

    Raises:
        InvalidInput: 400, there is none.
    """
    found = await repository.of_conversation(session, caller.id, conversation_id)
    if found is None:
        raise invalid(f"Workspace of the conversation [{conversation_id}] not found")
    return found


async def opened(session: AsyncSession, caller: Caller, workspace_id: str) -> Workspace:
    """A workspace of the caller's.

    Raises:
        InvalidInput: 400, there is none, or it is somebody else's: the two cannot be told apart.
    """
    found = await repository.find(session, caller.id, workspace_id)
    if found is None:
        raise invalid(f"Workspace [{workspace_id}] not found")
    return found


async def entries(shelf: Shelf) -> dict[str, Entry]:
    """What is there, by path: the workspace's own files, then those of the chat it does not hide.

    A file of the chat with the name of a folder is shown under another name.
    """
    return await _beside_lent(shelf, await repository.files(shelf.session, shelf.workspace.id))


async def _beside_lent(shelf: Shelf, rows: Sequence[WorkspaceFile]) -> dict[str, Entry]:
    found = {row.path: _own(row) for row in rows if not row.is_deleted}
    hidden = {row.path for row in rows}
    folders = {str(folder) for path in found for folder in PurePosixPath(path).parents}
    for file in await shelf.chat.listed(shelf.session, shelf.workspace.user_id, shelf.workspace.conversation_id):
        path = free_name(file.name, folders)
        if hidden.isdisjoint({path, file_name(file.name)}):
            found[path] = _lent(file, path)
    return dict(sorted(found.items()))


async def list_files(
    shelf: Shelf, *, prefix: str | None = None, recursive: bool = True, glob: str | None = None
) -> list[FileItem]:
    """Files below a prefix, or that fit a pattern."""
    found = await entries(shelf)
    return [
        entry.item()
        for path, entry in found.items()
        if _below(path, prefix, recursive=recursive) and (glob is None or matches_glob(path, glob))
    ]


async def read(shelf: Shelf, path: str) -> tuple[Entry, bytes]:
    """A file with all of its bytes.

    Raises:
        InvalidInput: 400, there is no such file, or it is too large to be taken from the chat.
    """
    wanted = normal_path(path)
    row = await repository.file(shelf.session, shelf.workspace.id, wanted)
    if row is not None and not row.is_deleted:
        return _own(row), row.content
    entry = (await entries(shelf)).get(wanted)
    if entry is None or entry.lent is None:
        raise invalid(f"File {wanted} not found")
    if entry.size > shelf.settings.max_workspace_bytes:
        raise invalid(f"File {wanted} is too large for the workspace; download it from the chat")
    return entry, await shelf.chat.content(entry.lent)


async def content(shelf: Shelf, path: str) -> FileContent:
    """A file as text; pictures in base64, other bytes not at all.

    Raises:
        InvalidInput: 400, there is no such file.
    """
    entry, data = await read(shelf, path)
    text = _as_text(data)
    answer = FileContent(**entry.item().model_dump(), is_binary=text is None, content=text)
    if text is None and entry.mime_type.startswith("image/"):
        answer.content, answer.content_encoding = base64.b64encode(data).decode(), "base64"
    return answer


async def write(shelf: Shelf, path: str, data: bytes) -> FileItem:
    """Store a file.

    Raises:
        InvalidInput: 400, the path is reserved or none, or the workspace has no room for it.
    """
    wanted = writable_path(path)
    await repository.hold(shelf.session, shelf.workspace.id)
    rows = await repository.files(shelf.session, shelf.workspace.id)
    _refuse_clash(wanted, await _beside_lent(shelf, rows))
    _refuse_overflow(shelf.settings, wanted, len(data), rows)
    row = WorkspaceFile(
        workspace_id=shelf.workspace.id,
        path=wanted,
        mime_type=mimetypes.guess_type(wanted)[0] or "application/octet-stream",
        checksum=hashlib.sha256(data).hexdigest(),
        size_bytes=len(data),
        content=data,
        is_deleted=False,
    )
    return _own(await repository.store(shelf.session, row)).item()


async def remove(shelf: Shelf, path: str) -> FileDeleted:
    """Delete a file.

    Raises:
        InvalidInput: 400, the path is reserved or none.
    """
    wanted = writable_path(path)
    await repository.hold(shelf.session, shelf.workspace.id)
    if wanted not in await entries(shelf):
        return FileDeleted(message=f"File {wanted} not found", deleted=False)
    gone = WorkspaceFile(
        workspace_id=shelf.workspace.id,
        path=wanted,
        mime_type="application/octet-stream",
        checksum="",
        size_bytes=0,
        content=b"",
        is_deleted=True,
    )
    await repository.store(shelf.session, gone)
    return FileDeleted(message=f"File {wanted} deleted", deleted=True)


async def edit(shelf: Shelf, request: EditFile) -> FileEdited:
    """Replace text in a file: the one place where it stands, or all of them.

    Raises:
        InvalidInput: 400, there is no such file, or it is no text.
    """
    wanted = writable_path(request.file_path)
    await repository.hold(shelf.session, shelf.workspace.id)
    _, data = await read(shelf, wanted)
    text = _as_text(data)
    if text is None:
        raise invalid(f"File {wanted} is not text")
    places = text.count(request.old_string) if request.old_string else 0
    if places == 0:
        return FileEdited(message=f"old_string not found in {wanted}", updated=False)
    if places > 1 and not request.replace_all:
        return FileEdited(
            message=f"old_string stands {places} times in {wanted}; give more of its surroundings, or set replace_all",
            updated=False,
        )
    await write(shelf, wanted, text.replace(request.old_string, request.new_string).encode())
    return FileEdited(
        message=f"File {wanted} updated",
        updated=True,
        occurrences_replaced=places,
        occurrences_replaced_camel=places,
    )


async def grep(shelf: Shelf, query: str, *, prefix: str | None = None, recursive: bool = True) -> GrepAnswer:
    """Lines that contain a text, whatever its case; at most 500."""
    matches: list[GrepMatch] = []
    async for path, data in contents(shelf, prefix=prefix, recursive=recursive):
        text = _as_text(data)
        if text is None:
            continue
        found = await asyncio.to_thread(_lines_with, text, query.casefold(), _MOST_MATCHES - len(matches))
        matches += [GrepMatch(file_path=path, line_number=number, line=line) for number, line in found]
        if len(matches) >= _MOST_MATCHES:
            break
    return GrepAnswer(matches=matches)


async def contents(
    shelf: Shelf, *, prefix: str | None = None, recursive: bool = True
) -> AsyncGenerator[tuple[str, bytes]]:
    """Paths and bytes, one file in memory at a time; as many as a workspace may hold."""
    room = shelf.settings.max_workspace_bytes
    for path, entry in (await entries(shelf)).items():
        if not _below(path, prefix, recursive=recursive) or entry.size > room:
            continue
        room -= entry.size
        yield path, (await read(shelf, path))[1]


def _lines_with(text: str, wanted: str, most: int) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if len(found) >= most:
            break
        if wanted in line.casefold():
            found.append((number, line[:_MOST_LINE_CHARACTERS]))
    return found


def _below(path: str, prefix: str | None, *, recursive: bool) -> bool:
    start = (prefix or "").lstrip("/")
    if not path.startswith(start):
        return False
    return recursive or "/" not in path[len(start) :].lstrip("/")


def _refuse_clash(path: str, taken: Iterable[str]) -> None:
    """A name cannot be a file and a folder."""
    for other in taken:
        if other.startswith(f"{path}/") or path.startswith(f"{other}/"):
            raise invalid(f"file_path {path} clashes with {other}: one of them would have to be a folder")


def _refuse_overflow(settings: WorkspacesSettings, path: str, size: int, rows: Sequence[WorkspaceFile]) -> None:
    if size > settings.max_file_bytes:
        raise invalid(f"File {path} is larger than {settings.max_file_bytes} bytes")
    others = [row for row in rows if row.path != path]
    if sum(row.size_bytes for row in others) + size > settings.max_workspace_bytes:
        raise invalid(f"The workspace is full: its files may take {settings.max_workspace_bytes} bytes together")
    # Deleted ones are small, but rows too.
    if sum(not row.is_deleted for row in others) >= settings.max_files or len(others) >= 10 * settings.max_files:
        raise invalid(f"The workspace is full: it may hold {settings.max_files} files")


def _own(row: WorkspaceFile) -> Entry:
    return Entry(row.path, row.mime_type, row.checksum, row.size_bytes, row.version, row.update_date)


def _lent(file: ChatFile, path: str) -> Entry:
    mime_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return Entry(path, mime_type, file.sha256, file.size_bytes, 1, file.update_date, file)


def _as_text(data: bytes) -> str | None:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return None if "\x00" in text else text
