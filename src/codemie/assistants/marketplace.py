"""Use cases of the marketplace: what publishing means, publishing, taking it back."""

from dataclasses import dataclass, fields

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.agents.asking import Desk
from codemie.assistants import category_repository, quality, repository, versioning
from codemie.assistants.authoring import author_of
from codemie.assistants.composition import keeper_of
from codemie.assistants.credentials import inline_credentials
from codemie.assistants.marketplace_schemas import (
    PublishRequest,
    PublishValidation,
    SubAssistant,
    SubAssistantSettings,
)
from codemie.assistants.schemas import CreateAssistant, UpdateAssistant
from codemie.assistants.service import get_assistant
from codemie.assistants.settings import AssistantsSettings
from codemie.assistants.tables import Assistant
from codemie.identity.caller import Caller
from codemie.identity.policy import require_project
from codemie.identity.projects_use import require_usable
from codemie.kernel.crypto import Cipher
from codemie.kernel.database import utcnow
from codemie.kernel.errors import InvalidInput
from codemie.parts.authorship import signed
from codemie.parts.schemas import PromptVariable
from codemie.parts.secrets import conceal

_MOST_CATEGORIES = 3


@dataclass(frozen=True, slots=True)
class Publisher:
    """What publishing needs of the process."""

    desk: Desk
    cipher: Cipher
    settings: AssistantsSettings


async def validate(session: AsyncSession, caller: Caller, assistant_id: str) -> PublishValidation:
    """What publishing would lend to everybody.

    Raises:
        NotFound: 404. EntityAccessDenied: 401.
    """
    assistant = await get_assistant(session, caller, assistant_id, "write")
    found = await repository.find_many(session, assistant.assistant_ids)
    subs = [found[key] for key in assistant.assistant_ids if key in found]
    credentials = inline_credentials(assistant)
    for sub in subs:
        credentials += inline_credentials(sub, is_sub=True)
    to_confirm = [
        *(["inline credentials"] if credentials else []),
        *(["sub-assistants that are not published"] if any(not sub.is_global for sub in subs) else []),
    ]
    message = f"Assistant {assistant_id} is ready to be published to marketplace"
    if to_confirm:
        message += f" once you confirm: it has {' and '.join(to_confirm)}"
    return PublishValidation(
        requires_confirmation=bool(to_confirm),
        message=message,
        inline_credentials=credentials,
        assistant_id=assistant_id,
        sub_assistants=[SubAssistant.model_validate(sub) for sub in subs],
        prompt_variables=[PromptVariable.model_validate(conceal(item)) for item in assistant.prompt_variables],
    )


async def publish(publisher: Publisher, caller: Caller, assistant_id: str, request: PublishRequest) -> None:
    """Show the assistant to everybody. The judgement takes its time, so no transaction is open meanwhile.

    Raises:
        NotFound: 404. EntityAccessDenied: 401. AccessDenied: 403, the project is not the caller's any more.
        InvalidInput: 400, unknown categories, none at all, or too many.
        Unprocessable: 422, the quality gate rejected it.
        UpstreamFailed: 502, the quality gate got no verdict.
    """
    desk = publisher.desk
    async with desk.database.session() as session:
        assistant = await _publishable(session, caller, assistant_id)
        categories = await _valid_categories(session, request.categories or assistant.categories)
    if not request.ignore_recommendations:
        await _judge(publisher, caller, quality.Candidate.of(assistant, {"categories": categories}))
    async with desk.database.session() as session:
        assistant = await _publishable(session, caller, assistant_id, lock=True)
        for settings in request.sub_assistants_settings:
            await _publish_sub(session, caller, publisher.cipher, assistant, settings, categories)
        assistant.is_global, assistant.categories = True, categories
        assistant.update_date = utcnow()


async def admit_new(publisher: Publisher, caller: Caller, request: CreateAssistant) -> None:
    """Hold an assistant that is to be created as a published one against the rules of `publish`; others pass.

    Raises:
        AccessDenied: 403. NotFound: 404, there is no such project.
        InvalidInput, Unprocessable, UpstreamFailed: as for `publish`.
    """
    if not request.is_global:
        return
    async with publisher.desk.database.session() as session:
        await require_usable(session, caller, request.project)
        await _valid_categories(session, request.categories)
    wanted = {field.name for field in fields(quality.Candidate)}
    await _judge(publisher, caller, quality.Candidate(**request.model_dump(mode="json", include=wanted)))


async def admit_change(publisher: Publisher, caller: Caller, assistant_id: str, request: UpdateAssistant) -> None:
    """Hold a change that publishes an assistant against the rules of `publish`; any other passes.

    Raises:
        NotFound: 404. EntityAccessDenied: 401. AccessDenied: 403, the project is not the caller's.
        InvalidInput, Unprocessable, UpstreamFailed: as for `publish`.
    """
    if not request.is_global:
        return
    async with publisher.desk.database.session() as session:
        stored = await get_assistant(session, caller, assistant_id, "write")
        if stored.is_global:
            return
        changes = request.model_dump(mode="json", include=request.model_fields_set)
        candidate = quality.Candidate.of(stored, changes)
        require_project(caller, candidate.project)
        await _valid_categories(session, candidate.categories)
    await _judge(publisher, caller, candidate)


async def unpublish(session: AsyncSession, caller: Caller, assistant_id: str) -> None:
    """Show the assistant to its project only.

    Raises:
        NotFound: 404. EntityAccessDenied: 401.
    """
    assistant = await get_assistant(session, caller, assistant_id, "write", lock=True)
    assistant.is_global = False
    assistant.update_date = utcnow()


async def _judge(publisher: Publisher, caller: Caller, candidate: quality.Candidate) -> None:
    if publisher.settings.quality_gate:
        await quality.judge(publisher.desk, caller, candidate, publisher.settings.quality_model)


async def _publishable(session: AsyncSession, caller: Caller, assistant_id: str, *, lock: bool = False) -> Assistant:
    assistant = await get_assistant(session, caller, assistant_id, "write", lock=lock)
    # What the project shares with the assistant is lent to everybody: not for an author who has left to decide.
    require_project(caller, assistant.project)
    return assistant


async def _valid_categories(session: AsyncSession, wanted: list[str]) -> list[str]:
    if not wanted:
        raise InvalidInput("Categories are required", details="An assistant is published in 1 to 3 categories.")
    if len(wanted) > _MOST_CATEGORIES:
        raise InvalidInput("Too many categories", details=f"An assistant is in at most {_MOST_CATEGORIES} categories.")
    known = {row.id for row in await category_repository.listed(session, wanted)}
    if unknown := [category_id for category_id in wanted if category_id not in known]:
        text = f"Invalid category IDs: {unknown}"
        raise InvalidInput(text, details=text, help="GET /v1/assistants/categories lists the valid ones.")
    return list(wanted)


async def _publish_sub(
    session: AsyncSession,
    caller: Caller,
    cipher: Cipher,
    parent: Assistant,
    settings: SubAssistantSettings,
    categories: list[str],
) -> None:
    if settings.assistant_id not in parent.assistant_ids:
        raise InvalidInput(
            "Invalid sub-assistant", details=f"'{settings.assistant_id}' is no sub-assistant of '{parent.name}'."
        )
    sub = await _publishable(session, caller, settings.assistant_id, lock=True)
    before = versioning.content_of(sub)
    sub.is_global = settings.is_global
    if settings.is_global:
        own = settings.categories or sub.categories or categories
        sub.categories = await _valid_categories(session, own)
    if settings.toolkits is not None:
        sub.toolkits = [toolkit.model_dump(mode="json") for toolkit in settings.toolkits]
    if settings.mcp_servers is not None:
        servers = [server.model_dump(mode="json") for server in settings.mcp_servers]
        sealed = keeper_of(cipher, sub.id).seal_servers(servers, sub.mcp_servers)
        sub.mcp_servers = signed(sealed, sub.mcp_servers, caller.id)
    sub.update_date = utcnow()
    if versioning.content_of(sub) != before:
        sub.version_count += 1
        session.add(versioning.snapshot(sub, author_of(caller), "Changed to be published"))
