"""SQL of the models room."""

from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.models.tables import ModelUsage


async def add_usage(session: AsyncSession, row: dict[str, object]) -> None:
    """Insert one ledger row; nothing is read back."""
    await session.execute(insert(ModelUsage).inline(), row)


async def spent(
    session: AsyncSession, since: datetime, *, project: str | None = None, user_id: str | None = None
) -> float:
    """Return what a project, a user, or both together spent since a moment, in USD."""
    statement = select(func.coalesce(func.sum(ModelUsage.cost), 0.0)).where(ModelUsage.date >= since)
    if project is not None:
        statement = statement.where(ModelUsage.project == project)
    if user_id is not None:
        statement = statement.where(ModelUsage.user_id == user_id)
    return float(await session.scalar(statement) or 0.0)
