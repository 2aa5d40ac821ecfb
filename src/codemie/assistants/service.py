"""Reading assistants: by id, by slug, as a list. Writing is in ``authoring``."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.assistants import category_repository, repository, version_repository, versioning
from codemie.assistants.composition import resource_of
from codemie.assistants.filters import AssistantFilters, Ordering
from codemie.assistants.schemas import AssistantItem, AssistantObject, PromptHistoryEntry, Scope
from codemie.assistants.tables import Assistant
from codemie.assistants.templates import matching_templates
from codemie.guardrails import assigning as guardrails
from codemie.identity.caller import Caller
from codemie.identity.policy import Action, abilities, decide, refusal, require
from codemie.kernel.errors import EntityAccessDenied, NotFound, Unprocessable
from codemie.kernel.http import Page, Pagination, read_filters
from codemie.knowledge import service as knowledge
from codemie.parts.schemas import CategoryReference, CreatedBy, ToolKit
from codemie.skills import attachments
from codemie.skills import service as skills

_ABSENT_HELP = "Please verify the assistant and try again. If you believe this is an error, contact support."


async def get_assistant(
    session: AsyncSession, caller: Caller, assistant_id: str, action: Action = "read", *, lock: bool = False
) -> Assistant:
    """The assistant, if the caller may do this to it.

    Raises:
        NotFound: 404, no such assistant.
        EntityAccessDenied: 401, not permitted.
    """
    assistant = await repository.find(session, assistant_id, lock=lock)
    if assistant is None:
        if await repository.is_hidden(session, assistant_id):
            raise refusal(action)
        raise NotFound(
            "Assistant not found",
            details=f"The assistant with ID [{assistant_id}] could not be found in the system.",
            help=_ABSENT_HELP,
        )
    require(caller, action, resource_of(assistant))
    return assistant


async def get_by_slug(session: AsyncSession, caller: Caller, slug: str, project: str | None) -> Assistant:
    """The assistant of that slug: in the project, or the only one the caller can mean.

    Raises:
        NotFound: 404, none has it.
        EntityAccessDenied: 401, those that have it are not the caller's to read.
        Unprocessable: 422, several have it and no project is given.
    """
    found = await repository.find_by_slug(session, slug, project)
    if not found and not await repository.is_slug_hidden(session, slug, project):
        where = f" in project '{project}'" if project is not None else ""
        raise NotFound(
            "Assistant not found", details=f"No assistant with slug '{slug}' exists{where}.", help=_ABSENT_HELP
        )
    readable = [assistant for assistant in found if decide(caller, "read", resource_of(assistant))]
    if not readable:
        raise EntityAccessDenied.to("read")
    if len(readable) > 1:
        raise Unprocessable(
            "Ambiguous slug",
            details=f"The slug '{slug}' belongs to {len(readable)} assistants; name the project of the one you mean.",
            help=f"Add the project to the request: /v1/assistants/slug/{slug}?project=<project name>",
        )
    return readable[0]


async def list_assistants(
    session: AsyncSession,
    caller: Caller,
    *,
    scope: Scope,
    raw_filters: str | None,
    ordering: Ordering,
    minimal: bool,
    page: int,
    per_page: int,
) -> Page[Any]:
    """One page of the assistants a scope means; two statements at most.

    Raises:
        InvalidInput: 400, the filters cannot be read.
    """
    filters = read_filters(raw_filters, AssistantFilters)
    if scope == "templates":
        templates = matching_templates(filters)
        cut = templates[page * per_page : (page + 1) * per_page]
        return Page[Any](data=list(cut), pagination=Pagination.of(page, per_page, len(templates)))
    wanted = repository.listing(caller, scope, filters, ordering)
    rows, total = await repository.page(session, wanted, number=page, size=per_page, minimal=minimal)
    shown: list[Any]
    if minimal:
        shown = [item(row, caller) for row in rows]
    else:
        skill_ids = await attachments.ids_of(session, [row.id for row in rows])
        shown = [_full(row, caller, skill_ids.get(row.id)) for row in rows]
    return Page[Any](data=shown, pagination=Pagination.of(page, per_page, total))


async def detail(session: AsyncSession, caller: Caller, assistant: Assistant) -> AssistantObject:
    """The full object with what only a detail page shows: sub-assistants, categories, former prompts."""
    skill_ids = (await attachments.ids_of(session, [assistant.id])).get(assistant.id, [])
    shown = _full(assistant, caller, skill_ids)
    known = await skills.readable(session, caller, skill_ids)
    shown.skills = [
        {"id": key, "name": known[key].name, "description": known[key].description} for key in skill_ids if key in known
    ]
    _ask_for_missing_credentials(shown.toolkits)
    shown.guardrail_assignments = await guardrails.over(session, caller, "assistant", assistant.project, assistant.id)
    nested = await repository.find_many(session, assistant.assistant_ids)
    shown.nested_assistants = [
        _full(nested[sub_id], caller)
        for sub_id in assistant.assistant_ids
        if sub_id in nested and decide(caller, "read", resource_of(nested[sub_id]))
    ]
    shown.categories = await _categories(session, assistant.categories)
    if assistant.version_count > 1:
        versions = await version_repository.prompts(session, assistant.id)
        shown.system_prompt_history = [
            PromptHistoryEntry.model_validate(entry) for entry in versioning.superseded_prompts(versions)
        ]
    return shown


async def names(session: AsyncSession, ids: Iterable[str]) -> dict[str, tuple[str, str | None]]:
    """Name and icon of assistants by id, for showing who took part in something the caller owns."""
    return await repository.names(session, ids)


async def participants(session: AsyncSession, caller: Caller, ids: Sequence[str]) -> list[AssistantObject | None]:
    """The assistants of a conversation in the given order; None for those that are gone or no longer readable."""
    found = await repository.find_many(session, ids)
    return [
        _full(found[key], caller) if key in found and decide(caller, "read", resource_of(found[key])) else None
        for key in ids
    ]


async def using_source(session: AsyncSession, caller: Caller, source_id: str) -> list[AssistantItem]:
    """The assistants that search a data source.

    Raises:
        NotFound: 404, no such data source, or not the caller's to read.
    """
    source = await knowledge.get(session, caller, source_id)
    rows = await repository.using_source(session, caller, source.project, source.name)
    return [item(row, caller) for row in rows]


async def creators(session: AsyncSession, caller: Caller, scope: Scope) -> list[CreatedBy]:
    """The people whose assistants a scope shows."""
    return [CreatedBy.model_validate(person) for person in await repository.creators(session, caller, scope)]


def _ask_for_missing_credentials(toolkits: list[ToolKit]) -> None:
    """``settings_config`` tells a form to ask for credentials: not where an integration is attached already."""
    for toolkit in toolkits:
        toolkit.settings_config = bool(toolkit.settings_config) and toolkit.settings is None
        for tool in toolkit.tools:
            attached = tool.settings is not None or toolkit.settings is not None
            tool.settings_config = bool(tool.settings_config) and not attached


async def _categories(session: AsyncSession, ids: Sequence[str]) -> list[str | CategoryReference]:
    if not ids:
        return []
    known = {row.id: CategoryReference.model_validate(row) for row in await category_repository.listed(session, ids)}
    return [known.get(key) or CategoryReference(id=key, name=key) for key in ids]


def item(assistant: Assistant, caller: Caller) -> AssistantItem:
    """The short form of lists."""
    shown = AssistantItem.model_validate(assistant)
    shown.user_abilities = abilities(caller, resource_of(assistant))
    return shown


def _full(assistant: Assistant, caller: Caller, skill_ids: list[str] | None = None) -> AssistantObject:
    shown = AssistantObject.model_validate(assistant)
    shown.skill_ids = skill_ids or []
    shown.user_abilities = abilities(caller, resource_of(assistant))
    return shown
