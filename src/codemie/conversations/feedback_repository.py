"""SQL of feedback and of what a conversation cost."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import case, delete, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from codemie.conversations.feedback_schemas import RATINGS
from codemie.conversations.tables import ConversationFeedback, ConversationMessage


async def message_at(session: AsyncSession, conversation_id: str, flat_index: int) -> ConversationMessage | None:
    """The history item at a place of the flat history, locked."""
    statement = (
        select(ConversationMessage)
        .where(ConversationMessage.conversation_id == conversation_id)
        .order_by(ConversationMessage.id)
        .offset(flat_index)
        .limit(1)
        .with_for_update()
    )
    return await session.scalar(statement)


async def find(session: AsyncSession, feedback_id: str) -> ConversationFeedback | None:
    """Feedback by id."""
    return await session.get(ConversationFeedback, feedback_id)


async def remove_of_message(session: AsyncSession, conversation_id: str, message_id: int, author: str) -> int:
    """Forget what an author said of an answer; how many rows that were."""
    removed = await session.execute(
        delete(ConversationFeedback)
        .where(
            ConversationFeedback.conversation_id == conversation_id,
            ConversationFeedback.message_id == message_id,
            ConversationFeedback.author == author,
        )
        .returning(ConversationFeedback.id)
    )
    return len(removed.all())


async def page(session: AsyncSession, *, number: int, size: int) -> Sequence[ConversationFeedback]:
    """Everybody's feedback, newest first."""
    newest = (ConversationFeedback.date.desc(), ConversationFeedback.id.desc())
    return (
        await session.scalars(select(ConversationFeedback).order_by(*newest).offset(number * size).limit(size))
    ).all()


async def totals(session: AsyncSession, conversation_id: str) -> dict[str, Any]:
    """Sums and averages over all answers."""
    statement = select(
        func.count().label("number_of_messages"),
        func.coalesce(func.sum(ConversationMessage.input_tokens), 0).label("total_input_tokens"),
        func.coalesce(func.sum(ConversationMessage.output_tokens), 0).label("total_output_tokens"),
        func.coalesce(func.sum(ConversationMessage.money_spent), 0.0).label("total_money_spent"),
        func.avg(ConversationMessage.response_time).label("avg_response_time"),
        _rating(ConversationMessage.user_mark).label("avg_user_rating"),
        _rating(ConversationMessage.operator_mark).label("avg_operator_rating"),
    ).where(ConversationMessage.conversation_id == conversation_id)
    return dict((await session.execute(statement)).one()._mapping)  # noqa: SLF001 - SQLAlchemy's public name


def _rating(mark: InstrumentedAttribute[Any]) -> Any:
    word = mark.cast(JSONB)["mark"].astext
    return func.avg(case(*((word == name, rating) for name, rating in RATINGS.items())))
