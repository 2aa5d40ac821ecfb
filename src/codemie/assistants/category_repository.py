"""The SQL of categories."""

from collections.abc import Iterable, Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.assistants.tables import Assistant, AssistantCategory
from codemie.kernel import row_security


async def listed(session: AsyncSession, ids: Iterable[str] | None = None) -> Sequence[AssistantCategory]:
    """Categories by name; all of them, or those of the given ids."""
    statement = select(AssistantCategory).order_by(AssistantCategory.name)
    if ids is not None:
        statement = statement.where(AssistantCategory.id.in_(set(ids)))
    return (await session.scalars(statement)).all()


async def page(session: AsyncSession, *, number: int, size: int) -> tuple[Sequence[AssistantCategory], int]:
    """One page by name, and how many there are."""
    statement = select(AssistantCategory).order_by(AssistantCategory.name).offset(number * size).limit(size)
    total = await session.scalar(select(func.count()).select_from(AssistantCategory))
    return (await session.scalars(statement)).all(), total or 0


async def find(session: AsyncSession, category_id: str, *, lock: bool = False) -> AssistantCategory | None:
    """One category."""
    return await session.get(AssistantCategory, category_id, with_for_update=lock)


async def name_taken(session: AsyncSession, name: str, *, besides: str | None = None) -> bool:
    """Whether another category has the name, in any case."""
    statement = select(AssistantCategory.id).where(func.lower(AssistantCategory.name) == name.lower())
    if besides is not None:
        statement = statement.where(AssistantCategory.id != besides)
    return (await session.scalars(statement.limit(1))).first() is not None


async def usage(session: AsyncSession, ids: Iterable[str]) -> dict[str, tuple[int, int]]:
    """By category: how many published assistants are in it, and how many others. Unused ones are absent."""
    wanted = list(ids)
    if not wanted:
        return {}
    pairs = (
        select(func.unnest(Assistant.categories).label("category_id"), Assistant.is_global)
        .where(Assistant.categories.overlap(wanted))
        .subquery()
    )
    published = func.count().filter(pairs.c.is_global)
    statement = select(pairs.c.category_id, published, func.count() - published).group_by(pairs.c.category_id)
    async with row_security.beyond(session, "count for lists"):
        return {row[0]: (row[1], row[2]) for row in await session.execute(statement) if row[0] in wanted}
