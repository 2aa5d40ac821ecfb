"""Creating, changing and deleting assistants."""

from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.assistants import contexts, integration_check, repository, versioning
from codemie.assistants.composition import keeper_of, objection
from codemie.assistants.kinds import objection as objection_to_kind
from codemie.assistants.schemas import AssistantFields, CreateAssistant, UpdateAssistant
from codemie.assistants.service import get_assistant
from codemie.assistants.slugs import slugify, with_suffix
from codemie.assistants.tables import Assistant
from codemie.guardrails import assigning as guardrails
from codemie.identity.caller import Caller
from codemie.identity.policy import require_project
from codemie.identity.projects_use import require_usable
from codemie.kernel.crypto import Cipher
from codemie.kernel.database import new_id, utcnow
from codemie.kernel.errors import InvalidInput
from codemie.mcp import service as catalogue
from codemie.parts.authorship import signed
from codemie.parts.secrets import SecretKeeper
from codemie.reactions import service as reactions
from codemie.skills import attachments
from codemie.skills import service as skills

_SAVE_FAILED = "Failed to save assistant"
_UPDATE_FAILED = "Failed to update assistant"
_NOT_STORED = {"skip_integration_validation", "source_assistant_id"}


async def create(session: AsyncSession, caller: Caller, cipher: Cipher, request: CreateAssistant) -> Assistant:
    """Save a new assistant of the caller, with its first version.

    Raises:
        AccessDenied: 403, the project is not the caller's. NotFound: 404, there is no such project.
        InvalidInput: 400, the slug is taken or a sub-assistant cannot be used.
        EntityAccessDenied: 401, the clone's source is not the caller's to read.
        IntegrationsMissing: tools of it find no credential, and nobody said that this is all right.
    """
    await require_usable(session, caller, request.project)
    await _require_integrations(session, caller, request.project, request, request.model_dump())
    if request.source_assistant_id is not None:
        await get_assistant(session, caller, request.source_assistant_id)
        await repository.count_clone(session, request.source_assistant_id)
    fields = request.model_dump(mode="json", exclude=_NOT_STORED)
    fields["system_prompt"] = fields["system_prompt"] or ""
    _check_kind(fields, title=_SAVE_FAILED)
    fields["slug"] = await _free_slug(session, request)
    assistant = Assistant(
        id=new_id(),
        created_by_id=caller.id,
        created_by_username=caller.username,
        created_by_name=caller.name,
        creator=caller.id,
        version_count=1,
    )
    await _check_parts(session, caller, fields, project=request.project, title=_SAVE_FAILED)
    skill_ids = await _usable_skills(session, caller, fields, title=_SAVE_FAILED)
    fields.pop("guardrail_assignments")
    keeper = keeper_of(cipher, assistant.id)
    fields["prompt_variables"] = keeper.seal_variables(fields["prompt_variables"])
    fields["mcp_servers"] = signed(keeper.seal_servers(fields["mcp_servers"]), (), caller.id)
    _assign(assistant, fields)
    session.add(assistant)
    await _flush(session)
    await attachments.replace(session, assistant.id, skill_ids or ())
    await guardrails.put_over(
        session, caller, "assistant", assistant.project, assistant.id, request.guardrail_assignments
    )
    await catalogue.remember_uses(session, assistant.id, assistant.mcp_servers)
    session.add(versioning.snapshot(assistant, author_of(caller), versioning.INITIAL_NOTE))
    return assistant


async def update(
    session: AsyncSession, caller: Caller, cipher: Cipher, assistant_id: str, request: UpdateAssistant
) -> Assistant:
    """Change the fields that are present in the request; the owner never changes.

    Raises:
        NotFound: 404, also when there is no such project. EntityAccessDenied: 401.
        AccessDenied: 403, the new project, or that of a published assistant, is not the caller's.
        InvalidInput: 400, as for ``create``, or a published assistant would lose its categories.
        IntegrationsMissing: as for ``create``; only of what changes.
    """
    assistant = await get_assistant(session, caller, assistant_id, "write", lock=True)
    fields = request.model_dump(mode="json", exclude=_NOT_STORED, include=request.model_fields_set)
    is_guarded_anew = fields.pop("guardrail_assignments", None) is not None
    project = fields.setdefault("project", assistant.project)
    moved = project != assistant.project
    if moved:
        await require_usable(session, caller, project)
        # Data sources are named within the project: the same name means another one, or none, elsewhere.
        fields.setdefault("context", assistant.context)
    if assistant.is_global or fields.get("is_global"):
        # A published assistant lends what its project shares to everybody: not for an author who has left to decide.
        require_project(caller, project)
    await _require_integrations(session, caller, project, request, fields)
    if "system_prompt" in fields:
        fields["system_prompt"] = fields["system_prompt"] or ""
    _check_kind(fields, title=_UPDATE_FAILED, current=assistant)
    await _check_slug(session, assistant, fields, project)
    await _check_parts(session, caller, fields, project=project, title=_UPDATE_FAILED, current=assistant)
    skill_ids = await _usable_skills(session, caller, fields, title=_UPDATE_FAILED, current=assistant)
    _seal(keeper_of(cipher, assistant.id), fields, assistant, caller.id)
    before = versioning.content_of(assistant)
    _assign(assistant, fields)
    if assistant.is_global and not assistant.categories:
        raise InvalidInput(
            _UPDATE_FAILED, details="An assistant published in the marketplace needs at least one category."
        )
    assistant.update_date = utcnow()
    if versioning.content_of(assistant) != before:
        assistant.version_count += 1
        session.add(versioning.snapshot(assistant, author_of(caller)))
    await _flush(session)
    if moved:
        await guardrails.leave(session, "assistant", assistant.id)
    if is_guarded_anew:
        await guardrails.put_over(session, caller, "assistant", project, assistant.id, request.guardrail_assignments)
    if "mcp_servers" in fields:
        await catalogue.remember_uses(session, assistant.id, assistant.mcp_servers)
    if skill_ids is not None:
        await attachments.replace(session, assistant.id, skill_ids)
    return assistant


async def delete(session: AsyncSession, caller: Caller, assistant_id: str) -> None:
    """Remove an assistant; others that used it as a sub-assistant lose it.

    Raises:
        NotFound: 404. EntityAccessDenied: 401.
    """
    await get_assistant(session, caller, assistant_id, "delete", lock=True)
    await repository.remove(session, assistant_id)
    await catalogue.remember_uses(session, assistant_id, ())
    await reactions.forget(session, "assistant", assistant_id)
    await guardrails.leave(session, "assistant", assistant_id)


async def _free_slug(session: AsyncSession, request: AssistantFields) -> str:
    if request.slug:
        if await repository.slug_taken(session, request.project, request.slug):
            raise _slug_taken(_SAVE_FAILED, request.slug)
        return request.slug
    slug = slugify(request.name)
    return with_suffix(slug) if await repository.slug_taken(session, request.project, slug) else slug


async def _require_integrations(
    session: AsyncSession,
    caller: Caller,
    project: str,
    request: CreateAssistant | UpdateAssistant,
    fields: dict[str, Any],
) -> None:
    """What is saved has credentials to work with, unless the author said that it need not."""
    if not request.skip_integration_validation:
        toolkits, subs = fields.get("toolkits") or (), fields.get("assistant_ids") or ()
        await integration_check.require(session, caller, project, toolkits, subs)


async def _check_slug(session: AsyncSession, assistant: Assistant, fields: dict[str, Any], project: str) -> None:
    slug = fields.get("slug") or assistant.slug
    fields["slug"] = slug
    moved = (project, slug) != (assistant.project, assistant.slug)
    if moved and await repository.slug_taken(session, project, slug, besides=assistant.id):
        raise _slug_taken(_UPDATE_FAILED, slug)


def _check_kind(fields: dict[str, Any], *, title: str, current: Assistant | None = None) -> None:
    """What is saved can answer. One that cannot, from before, may still be changed in other things."""
    if not fields.keys() & {"type", "agent_card"}:
        return
    kind = fields.get("type") or (current.type if current else "")
    card = fields.get("agent_card", current.agent_card if current else None)
    if (reason := objection_to_kind(kind, card)) is not None:
        raise InvalidInput(title, details=reason, help="Choose another type, or leave it out.")


def _slug_taken(title: str, slug: str) -> InvalidInput:
    return InvalidInput(
        title,
        details=f"The slug '{slug}' is already used by another assistant in this project.",
        help="Choose another slug, or leave it out to have one made from the name.",
    )


async def _check_parts(
    session: AsyncSession,
    caller: Caller,
    fields: dict[str, Any],
    *,
    project: str,
    title: str,
    current: Assistant | None = None,
) -> None:
    """Sub-assistants must be usable; data sources that do not exist are dropped, as the protocol has it."""
    if fields.get("context"):
        fields["context"] = await contexts.existing(session, caller, project, fields["context"])
    held = current.assistant_ids if current else []
    # What it was given in one project is not its to take to another.
    moved = current is not None and current.project != project
    added = [sub_id for sub_id in fields.get("assistant_ids", held) if moved or sub_id not in held]
    if not added:
        return
    parent_id = current.id if current else None
    reason = await objection(session, caller, parent_id=parent_id, project=project, added=added)
    if reason is not None:
        raise InvalidInput(title, details=f"The assistant could not be saved: {reason}")


async def _usable_skills(
    session: AsyncSession, caller: Caller, fields: dict[str, Any], *, title: str, current: Assistant | None = None
) -> list[str] | None:
    """The skills the request asks for; None when it does not speak of skills. They are not columns."""
    wanted: list[str] | None = fields.pop("skill_ids", None)
    if not wanted:
        return wanted
    kept = (await attachments.ids_of(session, [current.id])).get(current.id, []) if current else []
    added = [skill_id for skill_id in wanted if skill_id not in kept]
    known = await skills.readable(session, caller, added)
    for skill_id in added:
        if skill_id not in known:
            raise InvalidInput(title, details=f"The assistant could not be saved: skill '{skill_id}' does not exist.")
    return wanted


def _seal(keeper: SecretKeeper, fields: dict[str, Any], stored: Assistant, writer_id: str) -> None:
    if "prompt_variables" in fields:
        fields["prompt_variables"] = keeper.seal_variables(fields["prompt_variables"], stored.prompt_variables)
    if "mcp_servers" in fields:
        sealed = keeper.seal_servers(fields["mcp_servers"], stored.mcp_servers)
        fields["mcp_servers"] = signed(sealed, stored.mcp_servers, writer_id)


def _assign(assistant: Assistant, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        setattr(assistant, name, value)


def author_of(caller: Caller) -> dict[str, str]:
    """Who changed something, as versions remember it."""
    return {"id": caller.id, "username": caller.username, "name": caller.name}


async def _flush(session: AsyncSession) -> None:
    """Write now, so that losing a race for the slug becomes an answer instead of a failed commit."""
    try:
        await session.flush()
    except IntegrityError as error:
        raise InvalidInput("Slug conflict", details="Another assistant of this project just took the slug.") from error
