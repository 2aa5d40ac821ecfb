"""Use cases that take something in before a row changes: a repository that must be reachable, files that must fit.

Network and uploads take their time, so no database connection is held meanwhile: rights are checked in one short
transaction, the change is made in another.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from codemie.guardrails.schemas import MOST_OVER_ONE, EntityGuardrail
from codemie.identity.caller import Caller
from codemie.identity.projects_use import require_usable
from codemie.integrations.lending import Borrower
from codemie.kernel.egress import HostUnknown
from codemie.kernel.errors import AccessDenied, CodeMieError, Conflict, InvalidInput, NotFound, Unprocessable
from codemie.knowledge import repository, runs, service
from codemie.knowledge.credentials import Chosen
from codemie.knowledge.documents import Unreadable
from codemie.knowledge.runtime import Knowledge
from codemie.knowledge.schemas import (
    CodeCreate,
    CodeUpdate,
    FileCreate,
    FileUpdate,
    HealthAnswer,
    HealthProblem,
    HealthRequest,
    ReindexFlags,
)
from codemie.knowledge.sources.files import check_archive
from codemie.knowledge.sources.filters import PathFilter
from codemie.knowledge.sources.git_problems import NotARepository, Unauthorised, Unreachable
from codemie.knowledge.sources.opening import CODE, FILES
from codemie.knowledge.tables import DataSource
from codemie.knowledge.uploads import ReceivedFile, UploadLimits, receive

_GUARDS = TypeAdapter(Annotated[list[EntityGuardrail], Field(max_length=MOST_OVER_ONE)])
_PRIVATE = "Repository Not Publicly Accessible"
_SELECT = "Please select a Git integration"
_SOURCE = "data source"


async def create_code(knowledge: Knowledge, caller: Caller, project: str, draft: CodeCreate) -> str:
    """Make a repository a data source and start indexing it. Raises SourceProblem when it cannot be read."""
    async with knowledge.database.session() as session:
        await require_usable(session, caller, project)
        await service.ensure_free(session, project, draft.name)
    guards = _guards(draft.guardrail_assignments)
    _refuse_schedule(draft.cron_expression)
    if draft.index_type != "code":
        raise Unprocessable("Index type not supported", details="Repositories are indexed with the type 'code' only.")
    PathFilter.of(draft.files_filter)
    chosen = _chosen(caller, draft.setting_id, Borrower(_SOURCE, caller.id, project))
    branch = await _reachable(knowledge, draft.link, draft.branch, chosen)
    async with knowledge.database.session() as session:
        source = DataSource(
            project=project,
            name=draft.name,
            type=CODE,
            description=draft.description,
            shared=draft.shared,
            setting_id=draft.setting_id or None,
            embeddings_model=_embedder(knowledge, draft.embeddings_model),
            settings={
                "link": draft.link.strip(),
                "branch": branch,
                "files_filter": draft.files_filter or "",
                "prompt": draft.prompt,
                "docs_generation": bool(draft.docs_generation),
                "summarization_model": draft.summarization_model,
            },
        )
        await service.add(session, caller, source)
        await service.guard(session, caller, source, guards)
        await runs.start(session, source, "full")
    return service.message("full", source.name)


async def update_code(
    knowledge: Knowledge, caller: Caller, project: str, name: str, change: CodeUpdate, flags: ReindexFlags
) -> str:
    """Change the fields that the body holds, and index anew when asked to."""
    async with knowledge.database.session() as session:
        before = await service.for_change(session, caller, project, name, lock=False)
    if before.type != CODE:
        raise Unprocessable("Not a repository", details=f"The datasource {name} is of the type {before.type}.")
    guards = _guards(change.guardrail_assignments)
    _refuse_schedule(change.cron_expression)
    PathFilter.of(change.files_filter)
    mode = service.mode_of(flags)
    address = await address_change(knowledge, caller, before, change)
    fields = change.model_fields_set - {"name", "new_project_name", "visible_camel", "visible_snake"}
    changes: dict[str, Any] = {field: getattr(change, field) for field in fields & _EDITABLE}
    changes |= address | {"shared": change.shared}
    changes["embeddings_model"] = _embedder(knowledge, change.embeddings_model)
    async with knowledge.database.session() as session:
        source = await service.for_change(session, caller, project, name)
        _refuse_crossing(before, source, address)
        await service.edit(session, caller, source, changes, new_project=change.new_project_name)
        await service.guard(session, caller, source, guards)
        if mode:
            await runs.start(session, source, mode)
    return service.message(mode, source.name)


_EDITABLE = {"description", "prompt", "docs_generation", "files_filter", "summarization_model"}


async def create_files(
    knowledge: Knowledge, caller: Caller, draft: FileCreate, body: AsyncIterator[bytes], content_type: str
) -> str:
    """Make uploaded files a data source and start indexing them."""
    async with knowledge.database.session() as session:
        await require_usable(session, caller, draft.project_name)
        await service.ensure_free(session, draft.project_name, draft.name)
    guards = _guards(_json_list(draft.guardrail_assignments, "guardrail_assignments"))
    _refuse_schedule(draft.cron_expression)
    embedder = _embedder(knowledge, draft.embedding_model)
    async with receive(body, content_type, _scratch(knowledge), _limits(knowledge)) as received:
        if not received:
            raise Unprocessable("No files", details="At least one file must be uploaded.")
        await _check_archives(received)
        async with knowledge.database.session() as session:
            source = DataSource(
                project=draft.project_name,
                name=draft.name,
                type=FILES,
                description=draft.description,
                shared=bool(draft.project_space_visible),
                setting_id=draft.setting_id,
                embeddings_model=embedder,
                settings=_file_settings(draft),
            )
            await service.add(session, caller, source)
            await service.guard(session, caller, source, guards)
            for file in received:
                await repository.keep_file(session, source.id, file)
            await runs.start(session, source, "full")
    return service.message("full", source.name)


async def update_files(
    knowledge: Knowledge, caller: Caller, change: FileUpdate, body: AsyncIterator[bytes], content_type: str
) -> str:
    """Change fields, add and remove files. Changed files are indexed unless `skip_reindex` says otherwise."""
    async with knowledge.database.session() as session:
        before = await service.for_change(session, caller, change.project_name, change.name, lock=False)
    if before.type != FILES:
        raise Unprocessable("Not a file datasource", details=f"The datasource {before.name} holds no uploaded files.")
    guards = _guards(_json_list(change.guardrail_assignments, "guardrail_assignments"))
    _refuse_schedule(change.cron_expression)
    keep = _json_list(change.uploaded_files, "uploaded_files")
    changes = _file_settings(change) | {
        "description": change.description,
        "shared": change.project_space_visible,
        "setting_id": change.setting_id,
        "embeddings_model": _embedder(knowledge, change.embedding_model),
    }
    async with receive(body, content_type, _scratch(knowledge), _limits(knowledge)) as received:
        await _check_archives(received)
        async with knowledge.database.session() as session:
            source = await service.for_change(session, caller, change.project_name, change.name)
            await service.edit(session, caller, source, changes, new_project=change.new_project_name)
            await service.guard(session, caller, source, guards)
            touched = await _replace_files(session, source, keep, received)
            mode = service.mode_of(_flags(change))
            if mode is None and touched and not change.skip_reindex:
                mode = "incremental"
            if mode:
                await runs.start(session, source, mode)
    return service.message(mode, source.name)


async def _replace_files(
    session: Any, source: DataSource, keep: list[Any] | None, received: list[ReceivedFile]
) -> bool:
    """Bring the stored files to the wished ones and tell whether anything changed."""
    stored = await service.uploaded_names(session, source)
    arriving = {file.name for file in received}
    gone = [name for name in stored if name in arriving or (keep is not None and name not in keep)]
    if len(gone) == len(stored) and not received:
        raise Unprocessable("No files", details="At least one file must stay in the datasource.")
    await repository.forget_files(session, source.id, gone)
    for file in received:
        await repository.keep_file(session, source.id, file)
    return bool(gone or received)


async def health(knowledge: Knowledge, caller: Caller, request: HealthRequest) -> HealthAnswer:
    """Tell whether a source could be read, without storing anything."""
    if request.project_name:
        async with knowledge.database.session() as session:
            await require_usable(session, caller, request.project_name)
    if request.index_type == "file":
        return HealthAnswer(implemented=True, documents_count=None)
    if request.index_type not in {"git", "code"}:
        return HealthAnswer(implemented=False)
    try:
        chosen = _chosen(caller, request.setting_id, Borrower(_SOURCE, caller.id, request.project_name or ""))
        await _reachable(knowledge, request.git_url or "", None, chosen)
    except (NotFound, AccessDenied):
        raise  # of the integration: it says nothing about the repository
    except CodeMieError as problem:
        told = HealthProblem(message=problem.message, details=problem.details, help=problem.help, field_error="git_url")
        return HealthAnswer(implemented=True, error=told)
    return HealthAnswer(implemented=True, documents_count=0)


async def address_change(
    knowledge: Knowledge, caller: Caller, before: DataSource, change: CodeUpdate
) -> dict[str, Any]:
    """Link, branch and integration for the row: what the body names, once it is known to be readable.

    What it does not name is not written: somebody else may be changing that at the same time. Whoever has another
    address read with the integration that is stored must be allowed to use it.
    """
    stored = {"link": before.settings["link"], "branch": before.settings.get("branch"), "setting_id": before.setting_id}
    wishes = {"link": change.link, "branch": change.branch, "setting_id": change.setting_id}
    named = {name: value.strip() for name, value in wishes.items() if value and value.strip()}
    wished = stored | named
    if wished == stored:
        return named
    borrower = Borrower(_SOURCE, before.owner_id, change.new_project_name or before.project, before.id)
    chosen = _chosen(caller, wished["setting_id"], borrower)
    branch = await _reachable(knowledge, wished["link"], wished["branch"], chosen)
    return named if branch == wished["branch"] else named | {"branch": branch}


def _refuse_crossing(before: DataSource, now: DataSource, address: Mapping[str, Any]) -> None:
    """Raise Conflict rather than store an address beside an integration that nobody tried it with."""
    known, found = [(row.setting_id, row.settings["link"]) for row in (before, now)]
    if address and known != found and (now.setting_id or "setting_id" in address):
        raise Conflict(
            details=f"Somebody else changed the repository or the integration of {now.name} at the same time.",
            help="Look at it again, then repeat your change.",
        )


def _chosen(caller: Caller, setting_id: str | None, borrower: Borrower) -> Chosen | None:
    return Chosen(setting_id, borrower, caller) if setting_id else None


async def _reachable(knowledge: Knowledge, link: str, branch: str | None, chosen: Chosen | None) -> str:
    """Check a repository's address, and that anybody may read it, or the integration. Returns the branch."""
    if chosen:
        return await knowledge.sources.probe(link, branch or None, await knowledge.sources.access(link, chosen))
    try:
        return await knowledge.sources.probe(link, branch or None)
    except (Unauthorised, Unreachable, NotARepository, HostUnknown) as problem:
        raise Unprocessable(
            _PRIVATE, details=f"{problem.message.rstrip('.')}. {_SELECT}, or check the address.", help=problem.help
        ) from problem


def _embedder(knowledge: Knowledge, name: str | None) -> str | None:
    """Check that an embedding model is known. None stays None: the installation's default."""
    return knowledge.embedders.check(name) if name else None


def _guards(wanted: list[Any] | None) -> list[EntityGuardrail] | None:
    """The guardrails a request asks for; None when it does not speak of them."""
    if wanted is None:
        return None
    try:
        return _GUARDS.validate_python(wanted)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "guardrail_assignments"
        raise Unprocessable("Invalid guardrail_assignments", details=f"{where}: {first['msg']}") from error


def _refuse_schedule(cron: str | None) -> None:
    if cron:
        raise Unprocessable("Schedules are not available", details="Data sources cannot be re-indexed by schedule yet.")


def _file_settings(draft: FileCreate | FileUpdate) -> dict[str, Any]:
    separator = draft.csv_separator
    if separator is not None and separator not in {";", ",", "\t", "\\t", "tab", "|"}:
        raise Unprocessable("Unknown CSV separator", details="Separators are ; , | and tab.")
    return {
        "csv_separator": separator,
        "csv_start_row": draft.csv_start_row,
        "csv_rows_per_document": draft.csv_rows_per_document,
        "include_email_attachments": draft.include_email_attachments,
    }


def _json_list(text: str | None, field: str) -> list[Any] | None:
    if text is None or text == "":
        return None
    try:
        value = json.loads(text)
    except ValueError as error:
        raise InvalidInput(f"Invalid {field}", details=f"{field} must be a JSON list.") from error
    if not isinstance(value, list):
        raise InvalidInput(f"Invalid {field}", details=f"{field} must be a JSON list.")
    return value


def _flags(change: FileUpdate) -> ReindexFlags:
    return ReindexFlags.model_validate(change, from_attributes=True)


def _limits(knowledge: Knowledge) -> UploadLimits:
    settings = knowledge.settings
    return UploadLimits(
        settings.max_upload_files, settings.max_upload_bytes, settings.max_image_bytes, settings.min_free_bytes
    )


def _scratch(knowledge: Knowledge) -> Any:
    return knowledge.sources.kernel.home.resolve() / "uploads"


async def _check_archives(received: list[ReceivedFile]) -> None:
    for file in received:
        if file.name.lower().endswith(".zip"):
            try:
                await asyncio.to_thread(check_archive, file.path)
            except Unreadable as problem:
                raise Unprocessable(
                    "The archive cannot be accepted",
                    details=problem.reason,
                    help=f"Leave out {file.name}, or split it into smaller archives.",
                ) from problem
