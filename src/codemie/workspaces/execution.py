"""Running a script of a workspace over the workspace's files, and taking back what it made."""

import asyncio
import hashlib
import os
import stat
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from codemie.identity.caller import Caller
from codemie.kernel.errors import InvalidInput
from codemie.kernel.tools import Borrow
from codemie.workspaces import runtime_module, service
from codemie.workspaces.bridge import Bridge
from codemie.workspaces.paths import CODE_FILE, RUNTIME_MODULE, invalid, normal_path
from codemie.workspaces.runtime import Workspaces
from codemie.workspaces.sandbox import Outcome
from codemie.workspaces.schemas import ExecuteScript, FileItem, ScriptDone

_MOST_WARNINGS = 50


@dataclass(frozen=True, slots=True)
class Produced:
    """A file that a script left behind."""

    path: str
    content: bytes


async def execute(
    room: Workspaces,
    caller: Caller,
    workspace_id: str,
    request: ExecuteScript,
    *,
    in_a_run: bool = False,
    borrow: Borrow | None = None,
) -> ScriptDone:
    """Run a script; new and changed files come back into the workspace, all of them or those that are named.

    Args:
        room: of the process.
        caller: the workspace's owner.
        workspace_id: whose files the script works on.
        request: which script, and which files are kept.
        in_a_run: whether an agent runs it; scripts are told why they cannot call tools.
        borrow: calls a tool of that agent, where scripts may.

    Raises:
        InvalidInput: 400, no such workspace or script, or scripts do not run on this server.
        Unavailable: 503, too many scripts are waiting.
    """
    work = _Work(room, caller, workspace_id, in_a_run, borrow)
    return await _executed(work, normal_path(request.script_path), None, request.export_files)


async def execute_code(
    room: Workspaces, caller: Caller, workspace_id: str, code: str, export_files: Sequence[str] | None
) -> ScriptDone:
    """Run code that an agent wrote for this once; otherwise as `execute`."""
    return await _executed(_Work(room, caller, workspace_id, in_a_run=True), CODE_FILE, code, export_files)


@dataclass(frozen=True, slots=True)
class _Work:
    """Whose script works where."""

    room: Workspaces
    caller: Caller
    workspace_id: str
    in_a_run: bool
    borrow: Borrow | None = None


async def _executed(work: _Work, script: str, code: str | None, export_files: Sequence[str] | None) -> ScriptDone:
    room = work.room
    if reason := await room.sandbox.refusal():
        raise invalid(reason)
    async with room.sandbox.place() as folder:
        before = await _lay_out(work, folder, script, code)
        module = folder / RUNTIME_MODULE
        source = runtime_module.source(in_a_run=work.in_a_run, bridged=work.borrow is not None)
        await asyncio.to_thread(module.write_text, source)
        async with _line(room, work.borrow) as line:
            outcome = await room.sandbox.run(folder, script, line=line)
        produced, warnings = await asyncio.to_thread(_collect, folder, before, room.settings.max_file_bytes)
    wanted = None if export_files is None else {normal_path(path) for path in export_files}
    if wanted is not None:
        found = {file.path for file in produced}
        warnings += [f"{path} was not made or changed by the script" for path in sorted(wanted - found - set(before))]
        produced = [file for file in produced if file.path in wanted]
    kept = await _take_back(work, produced, warnings)
    called = f"Script {script}" if code is None else "The code"
    return ScriptDone(message=_told(called, outcome), output=outcome.output, workspace_files=kept, warnings=warnings)


def _line(room: Workspaces, borrow: Borrow | None) -> AbstractAsyncContextManager[int | None]:
    return nullcontext() if borrow is None else Bridge(borrow, room.settings.script_tool_calls).line()


async def _lay_out(work: _Work, folder: Path, script: str, code: str | None) -> dict[str, str]:
    """Write the workspace's files into the folder, and code that is none of them; their paths with digests."""
    digests: dict[str, str] = {}
    if code is not None:
        content = code.encode(errors="replace")
        await asyncio.to_thread(_write, folder / script, content)
        digests[script] = hashlib.sha256(content).hexdigest()
    async with work.room.database.session() as session:
        shelf = await work.room.shelf(session, work.caller, work.workspace_id)
        if code is None and script not in await service.entries(shelf):
            raise invalid(f"Script {script} not found")
        async for path, content in service.contents(shelf):
            await asyncio.to_thread(_write, folder / path, content)
            digests[path] = hashlib.sha256(content).hexdigest()
    return digests


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _collect(folder: Path, before: Mapping[str, str], most: int) -> tuple[list[Produced], list[str]]:
    """New and changed plain files. Nothing is followed: what is no plain file was not made by us."""
    produced: list[Produced] = []
    warnings: list[str] = []
    for parent, _, names in os.walk(folder):
        for name in sorted(names):
            place = Path(parent, name)
            path = place.relative_to(folder).as_posix()
            status = place.lstat()
            if path == RUNTIME_MODULE or not stat.S_ISREG(status.st_mode):
                continue
            if status.st_size > most:
                warnings.append(f"{path} was not kept: it is larger than {most} bytes")
                continue
            content = place.read_bytes()
            if before.get(path) != hashlib.sha256(content).hexdigest():
                produced.append(Produced(path, content))
    return produced, warnings


async def _take_back(work: _Work, produced: list[Produced], warnings: list[str]) -> list[FileItem]:
    kept: list[FileItem] = []
    if not produced:
        return kept
    async with work.room.database.session() as session:
        shelf = await work.room.shelf(session, work.caller, work.workspace_id)
        for file in produced:
            try:
                kept.append(await service.write(shelf, file.path, file.content))
            except InvalidInput as error:
                if len(warnings) < _MOST_WARNINGS:
                    warnings.append(f"{file.path} was not kept: {error.details}")
    return kept


def _told(called: str, outcome: Outcome) -> str:
    if outcome.reason is not None:
        return f"{called} was stopped: {outcome.reason}"
    if outcome.status == 0:
        return f"{called} executed"
    if outcome.status is not None and outcome.status < 0:
        return f"{called} was ended by the system (signal {-outcome.status}): it used more than it may"
    return f"{called} failed with exit status {outcome.status}"
