"""Reading skills. Writing is in ``authoring``."""

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity.caller import Caller
from codemie.identity.policy import Action, Resource, decide
from codemie.kernel.errors import AccessDenied, NotFound
from codemie.skills import repository
from codemie.skills.tables import Skill


def resource_of(skill: Skill) -> Resource:
    """What the policy needs to know of a skill."""
    return Resource(
        kind="skill",
        owner_id=skill.created_by_id,
        project=skill.project,
        shared=skill.visibility != "private",
        is_global=skill.visibility == "public",
    )


async def get_skill(
    session: AsyncSession, caller: Caller, skill_id: str, action: Action = "read", *, lock: bool = False
) -> Skill:
    """The skill, if the caller may do this to it.

    Raises:
        NotFound: 404, no such skill.
        AccessDenied: 403, not permitted.
    """
    skill = await repository.find(session, skill_id, lock=lock)
    if skill is None:
        raise NotFound.of("Skill", skill_id)
    if not decide(caller, action, resource_of(skill)):
        raise AccessDenied("Permission denied", details=f"You do not have permission to {action} this skill.")
    return skill


async def readable(session: AsyncSession, caller: Caller, ids: Iterable[str]) -> dict[str, Skill]:
    """Those of the skills that exist and that the caller may read, by id."""
    rows = await repository.find_many(session, ids)
    return {row.id: row for row in rows if decide(caller, "read", resource_of(row))}
