"""All SQL of the reactions room."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.kernel.database import utcnow
from codemie.reactions.tables import ReactionRow

MOST_LISTED = 1_000


async def find(session: AsyncSession, kind: str, resource_id: str, user_id: str) -> str | None:
    """What the person said of it."""
    row = await session.get(ReactionRow, (kind, resource_id, user_id))
    return None if row is None else row.reaction


async def put(session: AsyncSession, kind: str, resource_id: str, user_id: str, reaction: str) -> None:
    """Set what the person says of it."""
    values = {"kind": kind, "resource_id": resource_id, "user_id": user_id, "reaction": reaction, "date": utcnow()}
    statement = insert(ReactionRow).values(values)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["kind", "resource_id", "user_id"], set_={"reaction": reaction, "date": values["date"]}
        )
    )


async def remove(session: AsyncSession, kind: str, resource_id: str, user_id: str | None = None) -> None:
    """Take back what the person said of it; what everybody said when no person is named."""
    statement = delete(ReactionRow).where(ReactionRow.kind == kind, ReactionRow.resource_id == resource_id)
    if user_id is not None:
        statement = statement.where(ReactionRow.user_id == user_id)
    await session.execute(statement)


async def counts(session: AsyncSession, kind: str, resource_id: str) -> dict[str, int]:
    """How many said what."""
    statement = (
        select(ReactionRow.reaction, func.count())
        .where(ReactionRow.kind == kind, ReactionRow.resource_id == resource_id)
        .group_by(ReactionRow.reaction)
    )
    return {row[0]: row[1] for row in await session.execute(statement)}


async def of_user(
    session: AsyncSession, user_id: str, kinds: Iterable[str], reaction: str | None
) -> Sequence[ReactionRow]:
    """What a person said, newest first; at most ``MOST_LISTED``."""
    statement = select(ReactionRow).where(ReactionRow.user_id == user_id, ReactionRow.kind.in_(tuple(kinds)))
    if reaction is not None:
        statement = statement.where(ReactionRow.reaction == reaction)
    newest = ReactionRow.date.desc()
    return (await session.scalars(statement.order_by(newest, ReactionRow.resource_id).limit(MOST_LISTED))).all()


async def among(session: AsyncSession, user_id: str, kind: str, ids: Iterable[str]) -> dict[str, str]:
    """What a person said of these, by id."""
    statement = select(ReactionRow.resource_id, ReactionRow.reaction).where(
        ReactionRow.user_id == user_id, ReactionRow.kind == kind, ReactionRow.resource_id.in_(tuple(ids))
    )
    return {row[0]: row[1] for row in await session.execute(statement)}
