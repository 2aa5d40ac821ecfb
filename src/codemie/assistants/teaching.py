"""Use cases of skills that assistants have. The assistant's own fields do not change by it."""

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.assistants import repository
from codemie.assistants.composition import resource_of
from codemie.assistants.schemas import AssistantItem
from codemie.assistants.service import get_assistant, item
from codemie.assistants.teaching_schemas import AttachFailure, BulkAttached
from codemie.identity.caller import Caller
from codemie.identity.policy import decide
from codemie.kernel.errors import CodeMieError, NotFound
from codemie.skills import attachments
from codemie.skills import service as skills
from codemie.skills.schemas import SkillItem


async def attach(session: AsyncSession, caller: Caller, assistant_id: str, skill_id: str) -> None:
    """Give the assistant a skill the caller may read.

    Raises:
        NotFound: 404, no such assistant or skill. EntityAccessDenied: 401, not the caller's assistant to change.
        AccessDenied: 403, not the caller's skill to read.
    """
    await get_assistant(session, caller, assistant_id, "write", lock=True)
    await skills.get_skill(session, caller, skill_id)
    await attachments.attach(session, assistant_id, skill_id)


async def detach(session: AsyncSession, caller: Caller, assistant_id: str, skill_id: str) -> None:
    """Take a skill away from the assistant.

    Raises:
        NotFound: 404, no such assistant, or it does not have the skill. EntityAccessDenied: 401.
    """
    await get_assistant(session, caller, assistant_id, "write", lock=True)
    if not await attachments.detach(session, assistant_id, skill_id):
        raise NotFound("Skill not found", details=f"The assistant does not have the skill with ID [{skill_id}].")


async def listed(session: AsyncSession, caller: Caller, assistant_id: str) -> list[SkillItem]:
    """The skills of the assistant that the caller may read.

    Raises:
        NotFound: 404. EntityAccessDenied: 401.
    """
    await get_assistant(session, caller, assistant_id)
    return await skills.attached(session, caller, assistant_id)


async def attach_to_many(
    session: AsyncSession, caller: Caller, skill_id: str, assistant_ids: list[str]
) -> BulkAttached:
    """Give a skill to several assistants; those the caller may not change are told of and left alone.

    Raises:
        NotFound: 404, no such skill. AccessDenied: 403, not the caller's skill to read.
    """
    await skills.get_skill(session, caller, skill_id)
    failures: list[AttachFailure] = []
    # In one order for everybody, so that two requests that lock the same assistants cannot block each other.
    for assistant_id in sorted(assistant_ids):
        try:
            await get_assistant(session, caller, assistant_id, "write", lock=True)
        except CodeMieError as error:
            failures.append(AttachFailure(assistant_id=assistant_id, error=error.message))
        else:
            await attachments.attach(session, assistant_id, skill_id)
    done = len(assistant_ids) - len(failures)
    return BulkAttached(
        message=f"Skill attached to {done} of {len(assistant_ids)} assistants",
        success_count=done,
        total_requested=len(assistant_ids),
        failures=failures,
    )


async def assistants_with(session: AsyncSession, caller: Caller, skill_id: str) -> list[AssistantItem]:
    """The assistants that have the skill and that the caller may read, by name.

    Raises:
        NotFound: 404. AccessDenied: 403.
    """
    await skills.get_skill(session, caller, skill_id)
    rows = await repository.find_many(session, await attachments.assistants_of(session, skill_id))
    readable = [row for row in rows.values() if decide(caller, "read", resource_of(row))]
    return [item(row, caller) for row in sorted(readable, key=lambda row: (row.name_key, row.id))]
