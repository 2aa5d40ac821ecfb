"""SQL over the conversations of everybody: for administrators and for the retention job."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, Text, any_, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.conversations.administration_schemas import Wanted
from codemie.conversations.tables import Conversation, ConversationMessage


async def page(session: AsyncSession, wanted: Wanted, *, number: int, size: int) -> tuple[Sequence[Conversation], int]:
    """Conversations newest activity first, and how many there are."""
    statement = select(Conversation)
    if wanted.finished is not None:
        is_finished = Conversation.finished_at.is_not(None)
        statement = statement.where(is_finished if wanted.finished else ~is_finished)
    if wanted.started_at is not None:
        statement = statement.where(Conversation.date >= wanted.started_at)
    if wanted.project is not None:
        statement = statement.where(Conversation.project == wanted.project)
    total = (await session.execute(select(func.count()).select_from(statement.subquery()))).scalar_one()
    newest = statement.order_by(Conversation.update_date.desc(), Conversation.id.desc())
    return (await session.scalars(newest.offset(number * size).limit(size))).all(), total


async def of_user(session: AsyncSession, user_id: str, conversation_id: str) -> Conversation | None:
    """A conversation by its owner and id."""
    wanted = select(Conversation).where(Conversation.id == conversation_id, Conversation.user_id == user_id)
    found: Conversation | None = await session.scalar(wanted)
    return found


async def finishing(session: AsyncSession, ids: Sequence[str]) -> dict[str, datetime | None]:
    """Those of the conversations that exist, locked, with the moment they were finished."""
    statement = (
        select(Conversation.id, Conversation.finished_at).where(_among(ids)).order_by(Conversation.id).with_for_update()
    )
    return {row.id: row.finished_at for row in await session.execute(statement)}


async def finish(session: AsyncSession, ids: Sequence[str], moment: datetime) -> None:
    """Close conversations. That is no activity: their place in the lists stays."""
    await session.execute(
        update(Conversation)
        .where(_among(ids))
        .values(finished_at=moment, update_date=Conversation.update_date)
        .execution_options(synchronize_session=False)
    )


async def unused(session: AsyncSession, before: datetime, limit: int) -> Sequence[tuple[str, str]]:
    """Some conversations without activity since a moment, with their owners; locked, those in use left out."""
    statement = (
        select(Conversation.id, Conversation.user_id)
        .where(Conversation.update_date < before)
        .order_by(Conversation.update_date)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [(row.id, row.user_id) for row in await session.execute(statement)]


async def file_tokens(session: AsyncSession, ids: Sequence[str]) -> list[str]:
    """Files of the messages of some conversations."""
    statement = select(func.unnest(ConversationMessage.file_names)).where(
        ConversationMessage.conversation_id == any_(literal(list(ids), ARRAY(Text))),
        func.cardinality(ConversationMessage.file_names) > 0,
    )
    return list(await session.scalars(statement))


async def remove(session: AsyncSession, ids: Sequence[str]) -> None:
    """Delete conversations with all that hangs on them."""
    await session.execute(delete(Conversation).where(_among(ids)).execution_options(synchronize_session=False))


def _among(ids: Sequence[str]) -> ColumnElement[bool]:
    return Conversation.id == any_(literal(list(ids), ARRAY(Text)))


def known() -> Select[str]:
    """The ids of all conversations, for what hangs on them by nothing but the id."""
    return select(Conversation.id)
