"""Use cases of data sources: read, list, edit, re-index, cancel, delete."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.guardrails import assigning as guardrails
from codemie.guardrails.schemas import EntityGuardrail
from codemie.identity import policy
from codemie.identity.caller import Caller
from codemie.identity.projects_use import require_usable
from codemie.kernel.errors import CodeMieError, Conflict, EntityAccessDenied, NotFound, Unprocessable
from codemie.knowledge import repository, runs, store
from codemie.knowledge.schemas import PROCESSED_FILES_SHOWN, ReindexFlags
from codemie.knowledge.tables import DataSource, Document

_MAX_PER_PROJECT = 1000
_REPOSITORY_SETTINGS = ("link", "branch", "files_filter", "prompt", "docs_generation", "summarization_model")


def person(caller: Caller) -> dict[str, Any]:
    """How a row remembers who made or changed it."""
    return {"id": caller.id, "username": caller.username, "name": caller.name}


def not_found(source_id: str) -> NotFound:
    """The answer for a data source that does not exist, or that the caller may not know of."""
    return NotFound.of("Datasource", source_id)


async def absent(session: AsyncSession, source_id: str, refusal: EntityAccessDenied) -> CodeMieError:
    """Why a data source was not found, for the routes whose protocol tells refused from absent."""
    return refusal if await repository.is_hidden(session, source_id) else not_found(source_id)


async def get(session: AsyncSession, caller: Caller, source_id: str) -> DataSource:
    """A data source the caller may read. Raises NotFound, also for one that others keep private."""
    source = await repository.find(session, caller, source_id)
    if source is None:
        raise not_found(source_id)
    return source


async def for_change(
    session: AsyncSession, caller: Caller, project: str, name: str, *, lock: bool = True
) -> DataSource:
    """A data source addressed by project and name, for a change. Raises AccessDenied, NotFound, EntityAccessDenied."""
    if not caller.application:  # which is in no project, and finds what was granted to it alone
        policy.require_project(caller, project)
    source = await repository.find_named(session, project, name, lock=lock)
    if source is None:
        raise NotFound("Datasource not found", details=f"There is no datasource '{name}' in the project '{project}'.")
    policy.require(caller, "write", repository.resource(source))
    return source


async def sources_by_name(
    session: AsyncSession, caller: Caller, project: str | None, names: Sequence[str]
) -> list[DataSource]:
    """The data sources with these names that the caller may read, in a project (None: in all)."""
    return await repository.readable_named(session, caller, names, project) if names else []


async def sources_by_project(session: AsyncSession, caller: Caller, project: str) -> list[DataSource]:
    """The data sources an assistant of the project can be given, by name. Raises AccessDenied."""
    policy.require_project(caller, project)
    return await repository.in_project(session, caller, project, _MAX_PER_PROJECT)


async def find_id(session: AsyncSession, caller: Caller, name: str, kind: str, project: str | None) -> str:
    """The id of a readable data source by name and kind (`code`, `knowledge_base`, `provider`). Raises NotFound."""
    found = await repository.readable_named(session, caller, [name], project)
    for source in found:
        if source.type == kind or (kind == "knowledge_base" and source.type.startswith(("knowledge_base", "llm_"))):
            return source.id
    raise NotFound("Datasource not found", details=f"There is no datasource '{name}' of the type '{kind}'.")


async def ensure_free(session: AsyncSession, project: str, name: str) -> None:
    """Raise Conflict, in the words clients compare, when a project has a data source of this name."""
    if await repository.find_named(session, project, name) is not None:
        raise _name_taken(project, name)


def _name_taken(project: str, name: str) -> Conflict:
    return Conflict(details=f"An index with the name '{name}' already exists in the project '{project}'.")


async def add(session: AsyncSession, caller: Caller, source: DataSource) -> DataSource:
    """Store a new data source. Raises Conflict when the name was taken meanwhile."""
    source.owner_id = caller.id
    source.created_by = person(caller)
    session.add(source)
    try:
        await session.flush()
    except IntegrityError as error:
        raise _name_taken(source.project, source.name) from error
    return source


async def edit(
    session: AsyncSession,
    caller: Caller,
    source: DataSource,
    changes: Mapping[str, Any],
    *,
    new_project: str | None = None,
) -> None:
    """Change the row: columns by name, everything else in its settings. None leaves a setting as it is.

    Raises NotFound, AccessDenied or Conflict for the project it should move to, EntityAccessDenied for whoever may
    edit it but not take it away from the others of its project.
    """
    columns = {"description", "shared", "setting_id", "embeddings_model"}
    kept = {name: value for name, value in changes.items() if value is not None}
    for name in columns & kept.keys():
        setattr(source, name, kept[name])
    settings = {name: value for name, value in kept.items() if name not in columns}
    if settings:
        source.settings = {**source.settings, **settings}
    if new_project and new_project != source.project:
        policy.require(caller, "delete", repository.resource(source), verb="update")
        await require_usable(session, caller, new_project)
        await ensure_free(session, new_project, source.name)
        source.project = new_project
        await guardrails.leave(session, "knowledgebase", source.id)
    source.updated_by = person(caller)
    await session.flush()


async def guard(
    session: AsyncSession, caller: Caller, source: DataSource, wanted: Sequence[EntityGuardrail] | None
) -> None:
    """Let guardrails of its project stand guard over it; None changes nothing. Raises InvalidInput for unknown ones."""
    if wanted is not None:
        await guardrails.put_over(session, caller, "knowledgebase", source.project, source.id, wanted)


async def guards(session: AsyncSession, caller: Caller, source: DataSource) -> list[EntityGuardrail]:
    """What stands guard over it."""
    return await guardrails.over(session, caller, "knowledgebase", source.project, source.id)


def mode_of(flags: ReindexFlags) -> runs.Mode | None:
    """What a PUT asks the index to do; None for an edit of the row alone."""
    if flags.skip_reindex:
        return None
    if flags.full_reindex:
        return "full"
    if flags.resume_indexing:
        return "resume"
    return "incremental" if flags.incremental_reindex else None


_MESSAGES: Mapping[runs.Mode | None, str] = {
    "full": "Indexing of datasource {name} has been started in the background",
    "incremental": "Incremental indexing of datasource {name} has been started in the background",
    "resume": "Indexing of datasource {name} has been resumed in the background",
    None: "{name} updated successfully!",
}


def message(mode: runs.Mode | None, name: str) -> str:
    """What clients show after a change."""
    return _MESSAGES[mode].format(name=name)


async def reindex(session: AsyncSession, caller: Caller, project: str, name: str, kind: str) -> str:
    """Build the index of a data source anew, beside the live one. Raises NotFound for one of another kind."""
    source = await for_change(session, caller, project, name)
    if kind.lower() not in source.type:
        raise NotFound("Datasource not found", details=f"There is no datasource '{name}' of the type '{kind}'.")
    await runs.start(session, source, "full")
    return message("full", source.name)


async def cancel(session: AsyncSession, caller: Caller, source_id: str) -> str:
    """Stop a run under way; what was live before stays searchable. Raises Unprocessable when nothing runs."""
    source = await _changeable(session, caller, source_id, "write", "update")
    if source.completed or source.error:
        raise Unprocessable("Nothing to cancel", details=f"The datasource {source.name} is not being indexed.")
    source.run_id = None
    source.is_queued = source.is_fetching = False
    source.error = True
    source.text = "Indexing was cancelled"
    return f"Indexing of datasource {source.name} has been cancelled"


async def delete(session: AsyncSession, caller: Caller, source_id: str) -> str:
    """Remove a data source with its index and uploads; a run under way ends at its next batch."""
    source = await _changeable(session, caller, source_id, "delete", "delete")
    await store.drop_generations(session, source.id)
    await repository.remove(session, source)
    await guardrails.leave(session, "knowledgebase", source.id)
    return f"Datasource {source.name} deleted successfully"


async def _changeable(
    session: AsyncSession, caller: Caller, source_id: str, action: policy.Action, verb: str
) -> DataSource:
    """A data source to change: 404 for whoever may not even read it, 401 for whoever may, but may not do this."""
    source = await repository.find(session, caller, source_id, lock=True)
    if source is None:
        raise not_found(source_id)
    policy.require(caller, action, repository.resource(source), verb=verb)
    return source


async def skipped(
    session: AsyncSession, caller: Caller, source_id: str, page: int, per_page: int
) -> tuple[list[Document], int]:
    """One page of the documents that were not indexed, with reasons."""
    source = await get(session, caller, source_id)
    generation = shown_generation(source)
    return ([], 0) if generation is None else await repository.skipped_documents(session, generation, page, per_page)


def shown_generation(source: DataSource) -> int | None:
    """The generation to tell about: the one being built until it is live."""
    building = (source.cursor or {}).get("generation")
    return cast("int | None", building) if building and not source.completed else source.live_generation


async def processed_files(session: AsyncSession, source: DataSource) -> list[str]:
    """Names of indexed documents, cut at `PROCESSED_FILES_SHOWN` with a marker that there are more."""
    generation = shown_generation(source)
    if generation is None:
        return []
    names = await repository.shown_documents(session, generation, PROCESSED_FILES_SHOWN + 1)
    if len(names) > PROCESSED_FILES_SHOWN:
        return [*names[:PROCESSED_FILES_SHOWN], "… and more"]
    return names


async def uploaded_names(session: AsyncSession, source: DataSource) -> list[str]:
    """Names of the uploaded files of a file data source."""
    return [file.name for file in await repository.uploaded_files(session, source.id)]


async def index_size(session: AsyncSession, caller: Caller, source_id: str) -> tuple[str, int]:
    """Name and size in bytes of the search index. Raises NotFound while there is none."""
    source = await get(session, caller, source_id)
    if source.live_generation is None:
        raise NotFound("Index not found", details=f"The datasource {source.name} has no search index yet.")
    return f"{source.project}-{source.name}", await store.size_bytes(session, source.live_generation)
