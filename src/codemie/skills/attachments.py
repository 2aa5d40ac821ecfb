"""Which assistants have which skills: the link both rooms ask about.

Rights are the caller's business: whoever changes an assistant's skills has checked that assistant, and the skills.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.skills import attachment_repository as repository


async def ids_of(session: AsyncSession, assistant_ids: Iterable[str]) -> dict[str, list[str]]:
    """The skills of each assistant, in the order they were attached; assistants without any are absent."""
    found: dict[str, list[str]] = {}
    for assistant_id, skill_id in await repository.pairs(session, assistant_ids):
        found.setdefault(assistant_id, []).append(skill_id)
    return found


async def replace(session: AsyncSession, assistant_id: str, skill_ids: Sequence[str]) -> None:
    """Give the assistant these skills and no others."""
    await repository.remove_others(session, assistant_id, skill_ids)
    await repository.add(session, assistant_id, skill_ids)


async def attach(session: AsyncSession, assistant_id: str, skill_id: str) -> None:
    """One more skill, behind those that are there; nothing happens when it is one of them."""
    await repository.append(session, assistant_id, skill_id)


async def detach(session: AsyncSession, assistant_id: str, skill_id: str) -> bool:
    """Take the skill away; False when the assistant does not have it."""
    return await repository.remove(session, assistant_id, skill_id)


async def assistants_of(session: AsyncSession, skill_id: str) -> list[str]:
    """The assistants that have the skill."""
    return await repository.assistants_of(session, skill_id)
