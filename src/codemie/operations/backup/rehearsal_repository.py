"""The SQL of a rehearsal: a few rows of every table, through the mappings that the platform itself reads with."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.kernel.database import Base

_SOME = 20


async def read_each(session: AsyncSession) -> tuple[int, int]:
    """How many tables there are, and how many of their rows were read: some of each."""
    tables = rows = 0
    for mapper in sorted(Base.registry.mappers, key=lambda each: str(each.local_table)):
        found = (await session.execute(select(mapper.class_).limit(_SOME))).scalars().all()
        tables, rows = tables + 1, rows + len(found)
        session.expunge_all()
    return tables, rows
