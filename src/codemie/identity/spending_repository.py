"""What projects spent, out of the ledger of model calls: a table of a room above, which knows us, not we it.

Everything told here is what was collected day by day, and what was charged since the ledger was last collected.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import CompoundSelect, Table, func, select, text, union_all
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity.spending_tables import ProjectSpendingDay, SpendCollection
from codemie.kernel import row_security
from codemie.kernel.database import Base, utcnow
from codemie.kernel.errors import Unavailable

_LOCK_NOT_AVAILABLE = "55P03"


@dataclass(frozen=True, slots=True)
class DaySpent:
    """One day (UTC) of a project on which something was spent, and all that was spent until its end."""

    day: datetime
    spent: float
    until_then: float


def _ledger() -> Table:
    return Base.metadata.tables["model_usage"]


async def _spending(session: AsyncSession, names: Sequence[str]) -> CompoundSelect[str, datetime, float]:
    """Rows of project, day and what was spent; a day may have two."""
    collected, ledger = ProjectSpendingDay, _ledger()
    day = func.date_trunc("day", ledger.c.date, "UTC")
    collected_to = select(SpendCollection.collected_to)
    # Asked for twice: the number lets PostgreSQL see how few rows are left, but may be outdated when the statement
    # runs; what the statement itself reads fits the days that it reads.
    known = await session.scalar(collected_to)
    charged = (
        select(ledger.c.project, day, func.sum(ledger.c.cost))
        .where(ledger.c.project.in_(names), ledger.c.id > known, ledger.c.id > collected_to.scalar_subquery())
        .group_by(ledger.c.project, day)
    )
    days = select(collected.project, collected.day, collected.spent.label("spent"))
    return union_all(days.where(collected.project.in_(names)), charged)


async def totals(session: AsyncSession, names: Sequence[str]) -> dict[str, float]:
    """Project → all it ever spent; the same number of queries, whatever the number of projects."""
    # Who manages a project sees all of it, member or not; who asks has made sure.
    async with row_security.beyond(session, "count for lists"):
        spending = (await _spending(session, names)).subquery()
        statement = select(spending.c.project, func.sum(spending.c.spent)).group_by(spending.c.project)
        rows = await session.execute(statement)
        return dict.fromkeys(names, 0.0) | {name: float(spent) for name, spent in rows.all()}


async def days(
    session: AsyncSession, name: str, first: date, last: date, *, limit: int, offset: int
) -> tuple[list[DaySpent], int, float]:
    """Days of a period with spending, newest first; how many there are; what they come to."""
    end = func.make_timestamptz(last.year, last.month, last.day, 0, 0, 0, "UTC") + timedelta(days=1)
    begin = func.make_timestamptz(first.year, first.month, first.day, 0, 0, 0, "UTC")
    async with row_security.beyond(session, "count for lists"):
        spending = (await _spending(session, [name])).subquery()
        daily = (
            select(spending.c.day, func.sum(spending.c.spent).label("spent"))
            .where(spending.c.day < end)
            .group_by(spending.c.day)
            .subquery()
        )
        until_then = func.sum(daily.c.spent).over(order_by=daily.c.day)
        running = select(daily.c.day, daily.c.spent, until_then.label("until_then")).subquery()
        asked = select(running).where(running.c.day >= begin, running.c.spent > 0)
        whole = asked.subquery()
        total, spent = (await session.execute(select(func.count(), func.sum(whole.c.spent)))).one()
        rows = await session.execute(asked.order_by(running.c.day.desc()).limit(limit).offset(offset))
        return [DaySpent(row.day, float(row.spent), float(row.until_then)) for row in rows], total, float(spent or 0)


async def begin_collection(session: AsyncSession) -> SpendCollection | None:
    """How far the ledger was collected, locked until the transaction ends; None while somebody else has it."""
    return await session.scalar(select(SpendCollection).with_for_update(skip_locked=True))


async def end_of_ledger(session: AsyncSession) -> int:
    """The number of the last row of the ledger; whatever has a smaller one is there for everybody.

    Rows get their numbers when they are written, and are seen when their transaction ends. The lock waits for those
    that are being written, and no further one can begin before the transaction ends.

    Raises:
        Unavailable: somebody has been writing for too long.
    """
    ledger = _ledger()
    await session.execute(text("SET LOCAL lock_timeout = '3s'"))
    try:
        await session.execute(text(f"LOCK TABLE {ledger.name} IN SHARE MODE"))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
            raise
        raise Unavailable("The ledger is being written to", help="Collect again in a moment.", retry_after=5) from error
    return int(await session.scalar(select(func.coalesce(func.max(ledger.c.id), 0))) or 0)


async def collect(session: AsyncSession, collection: SpendCollection, end: int) -> int:
    """Add what was charged until a row of the ledger to its days; how many days of projects that were."""
    ledger = _ledger()
    day = func.date_trunc("day", ledger.c.date, "UTC")
    spent = func.sum(ledger.c.cost)
    charged = (
        select(ledger.c.project, day, spent)
        .where(ledger.c.id > collection.collected_to, ledger.c.id <= end)
        .group_by(ledger.c.project, day)
        .having(spent > 0)
    )
    new = upsert(ProjectSpendingDay).from_select(["project", "day", "spent"], charged)
    added = new.on_conflict_do_update(
        index_elements=["project", "day"], set_={"spent": ProjectSpendingDay.spent + new.excluded.spent}
    )
    rows = await session.scalars(added.returning(ProjectSpendingDay.project))
    count = len(rows.all())
    collection.collected_to, collection.collected_at = max(collection.collected_to, end), utcnow()
    return count
