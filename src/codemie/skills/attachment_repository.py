"""The SQL of attachments."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.skills.tables import Attachment


async def pairs(session: AsyncSession, assistant_ids: Iterable[str]) -> list[tuple[str, str]]:
    """Assistant and skill, each assistant's skills in their order."""
    wanted = tuple(set(assistant_ids))
    if not wanted:
        return []
    statement = (
        select(Attachment.assistant_id, Attachment.skill_id)
        .where(Attachment.assistant_id.in_(wanted))
        .order_by(Attachment.assistant_id, Attachment.position, Attachment.skill_id)
    )
    return [(row[0], row[1]) for row in await session.execute(statement)]


async def remove_others(session: AsyncSession, assistant_id: str, kept: Sequence[str]) -> None:
    """Take away every skill but these."""
    await session.execute(
        delete(Attachment).where(Attachment.assistant_id == assistant_id, Attachment.skill_id.not_in(tuple(kept)))
    )


async def add(session: AsyncSession, assistant_id: str, skill_ids: Sequence[str]) -> None:
    """These skills, in this order, whether they were there before or not."""
    if not skill_ids:
        return
    rows = [
        {"assistant_id": assistant_id, "skill_id": skill_id, "position": position}
        for position, skill_id in enumerate(skill_ids)
    ]
    statement = insert(Attachment).values(rows)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["assistant_id", "skill_id"], set_={"position": statement.excluded.position}
        )
    )


async def append(session: AsyncSession, assistant_id: str, skill_id: str) -> None:
    """One more, behind the others."""
    last = select(func.coalesce(func.max(Attachment.position), -1)).where(Attachment.assistant_id == assistant_id)
    values = select(literal(assistant_id), literal(skill_id), last.scalar_subquery() + 1)
    await session.execute(
        insert(Attachment)
        .from_select(["assistant_id", "skill_id", "position"], values, include_defaults=False)
        .on_conflict_do_nothing()
    )


async def remove(session: AsyncSession, assistant_id: str, skill_id: str) -> bool:
    """Take one away; False when it was not there."""
    gone = await session.execute(
        delete(Attachment)
        .where(Attachment.assistant_id == assistant_id, Attachment.skill_id == skill_id)
        .returning(Attachment.skill_id)
    )
    return gone.first() is not None


async def assistants_of(session: AsyncSession, skill_id: str) -> list[str]:
    """Ids of the assistants that have it."""
    return list(await session.scalars(select(Attachment.assistant_id).where(Attachment.skill_id == skill_id)))
