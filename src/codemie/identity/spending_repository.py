"""What projects spent, out of the ledger of model calls: a table of a room above, which knows us, not we it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Table, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.kernel import row_security
from codemie.kernel.database import Base


@dataclass(frozen=True, slots=True)
class DaySpent:
    """One day (UTC) of a project on which something was spent, and all that was spent until its end."""

    day: datetime
    spent: float
    until_then: float


def _ledger() -> Table:
    return Base.metadata.tables["model_usage"]


async def totals(session: AsyncSession, names: Sequence[str]) -> dict[str, float]:
    """Project → all it ever spent; one query, whatever the number of projects."""
    ledger = _ledger()
    statement = select(ledger.c.project, func.sum(ledger.c.cost)).where(ledger.c.project.in_(names))
    # Who manages a project sees all of it, member or not; who asks has made sure.
    async with row_security.beyond(session, "count for lists"):
        rows = await session.execute(statement.group_by(ledger.c.project))
        return dict.fromkeys(names, 0.0) | {name: float(spent) for name, spent in rows.all()}


async def days(
    session: AsyncSession, name: str, first: date, last: date, *, limit: int, offset: int
) -> tuple[list[DaySpent], int, float]:
    """Days of a period with spending, newest first; how many there are; what they come to."""
    ledger = _ledger()
    day = func.date_trunc("day", ledger.c.date, "UTC")
    end = func.make_timestamptz(last.year, last.month, last.day, 0, 0, 0, "UTC") + timedelta(days=1)
    begin = func.make_timestamptz(first.year, first.month, first.day, 0, 0, 0, "UTC")
    daily = (
        select(day.label("day"), func.sum(ledger.c.cost).label("spent"))
        .where(ledger.c.project == name, ledger.c.date < end)
        .group_by(day)
        .subquery()
    )
    until_then = func.sum(daily.c.spent).over(order_by=daily.c.day)
    running = select(daily.c.day, daily.c.spent, until_then.label("until_then")).subquery()
    asked = select(running).where(running.c.day >= begin, running.c.spent > 0)
    whole = asked.subquery()
    async with row_security.beyond(session, "count for lists"):
        total, spent = (await session.execute(select(func.count(), func.sum(whole.c.spent)))).one()
        rows = await session.execute(asked.order_by(running.c.day.desc()).limit(limit).offset(offset))
        return [DaySpent(row.day, float(row.spent), float(row.until_then)) for row in rows], total, float(spent or 0)
