"""All SQL of the configuration room."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.configuration.tables import DynamicValue

MAX_VALUES = 1_000
"""Values an installation may hold: all of them are read at once."""


async def listing(session: AsyncSession) -> Sequence[DynamicValue]:
    """Every value, by key."""
    rows = await session.scalars(select(DynamicValue).order_by(DynamicValue.key).limit(MAX_VALUES))
    return rows.all()


async def by_key(session: AsyncSession, key: str, *, lock: bool = False) -> DynamicValue | None:
    """The value of this name."""
    statement = select(DynamicValue).where(DynamicValue.key == key)
    row: DynamicValue | None = await session.scalar(statement.with_for_update() if lock else statement)
    return row
