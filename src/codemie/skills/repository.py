"""All SQL of the skills themselves. Lists start from what the caller may read."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.skills.tables import Skill


async def find(session: AsyncSession, skill_id: str, *, lock: bool = False) -> Skill | None:
    """The row, whoever may read it; locked against concurrent change when it is about to be changed."""
    return await session.get(Skill, skill_id, with_for_update=lock)


async def find_many(session: AsyncSession, ids: Iterable[str]) -> Sequence[Skill]:
    """Rows of these ids; unknown ids are absent."""
    wanted = tuple(set(ids))
    if not wanted:
        return []
    return (await session.scalars(select(Skill).where(Skill.id.in_(wanted)))).all()
