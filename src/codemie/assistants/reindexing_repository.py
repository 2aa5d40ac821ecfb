"""The SQL of building the marketplace's index anew."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import load_only

from codemie.assistants.tables import Assistant, AssistantUse
from codemie.kernel.database import Base

_READ = (
    *(Assistant.id, Assistant.name, Assistant.description, Assistant.name_key, Assistant.search_text),
    *(Assistant.unique_users_count, Assistant.unique_likes_count, Assistant.unique_dislikes_count),
)


async def published_after(session: AsyncSession, last: str, limit: int) -> Sequence[Assistant]:
    """The next published assistants by id, locked: a like that comes meanwhile is counted afterwards."""
    statement = select(Assistant).where(Assistant.is_global, Assistant.id > last).order_by(Assistant.id).limit(limit)
    locked = statement.options(load_only(*_READ, raiseload=True)).with_for_update()
    return (await session.scalars(locked)).all()


async def users(session: AsyncSession, ids: Sequence[str]) -> Counter[str]:
    """How many people ever used each."""
    used = AssistantUse.assistant_id
    statement = select(used, func.count()).where(used.in_(ids)).group_by(used)
    return Counter({row[0]: row[1] for row in await session.execute(statement)})


async def reactions(session: AsyncSession, ids: Sequence[str]) -> Counter[tuple[str, str]]:
    """How many like and dislike each."""
    table: Table = Base.metadata.tables["reactions"]
    found = table.c.resource_id
    statement = select(found, table.c.reaction, func.count()).where(table.c.kind == "assistant", found.in_(ids))
    rows = await session.execute(statement.group_by(found, table.c.reaction))
    return Counter({(row[0], row[1]): row[2] for row in rows})


async def repair(session: AsyncSession, assistant_id: str, values: Mapping[str, Any]) -> None:
    """Write what was derived; not a change of the assistant."""
    statement = update(Assistant).where(Assistant.id == assistant_id)
    await session.execute(
        statement.values(**values, update_date=Assistant.update_date).execution_options(synchronize_session=False)
    )


async def refresh_statistics(session: AsyncSession) -> None:
    """Let PostgreSQL's planner know how the table looks now."""
    await session.execute(text("ANALYZE assistants"))
