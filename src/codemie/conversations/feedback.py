"""What people think of answers, and what a conversation cost."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.conversations import feedback_repository, repository, service
from codemie.conversations.feedback_schemas import (
    RATINGS,
    ConversationMetrics,
    FeedbackEntry,
    FeedbackMade,
    FeedbackRemoval,
    FeedbackRequest,
    FinalMark,
    FinalMarkGiven,
)
from codemie.conversations.tables import ConversationFeedback, ConversationMessage
from codemie.identity.caller import Caller
from codemie.identity.policy import require_superuser
from codemie.kernel.database import jsonable, new_id, utcnow
from codemie.kernel.errors import NotFound

_MARK_COLUMN = {"user": "user_mark", "operator": "operator_mark"}


async def give(session: AsyncSession, caller: Caller, request: FeedbackRequest) -> FeedbackMade:
    """Mark an answer of the caller's own conversation; an earlier mark of that author is replaced.

    Raises:
        NotFound: 404, no such conversation or answer. EntityAccessDenied: 401, somebody else's.
    """
    message = await _answer(session, caller, request.conversation_id, request.message_index)
    conversation = await service.get_conversation(session, caller, request.conversation_id)
    await feedback_repository.remove_of_message(session, message.conversation_id, message.id, request.author)
    feedback = ConversationFeedback(
        id=new_id(),
        conversation_id=message.conversation_id,
        message_id=message.id,
        user_id=caller.id,
        project=conversation.project,
        **request.model_dump(
            by_alias=False, include={"assistant_id", "author", "mark", "request", "response", "comments", "type"}
        ),
    )
    session.add(feedback)
    mark: dict[str, Any] = {
        "mark": request.mark,
        "rating": None,
        "comments": request.comments,
        "date": jsonable(utcnow()),
        "type": request.type,
        "feedback_id": feedback.id,
    }
    setattr(message, _MARK_COLUMN[request.author], mark)
    await session.flush()
    return FeedbackMade(id=feedback.id)


async def take_back(session: AsyncSession, caller: Caller, request: FeedbackRemoval) -> None:
    """Remove a mark again.

    Raises:
        NotFound: 404, no such conversation, answer or mark. EntityAccessDenied: 401, somebody else's.
    """
    message = await _answer(session, caller, request.conversation_id, request.message_index)
    column = _MARK_COLUMN[request.author]
    mark = getattr(message, column) or {}
    if mark.get("feedback_id") != request.feedback_id:
        raise NotFound.of("Feedback", request.feedback_id)
    await feedback_repository.remove_of_message(session, message.conversation_id, message.id, request.author)
    setattr(message, column, None)
    await session.flush()


async def mark_conversation(
    session: AsyncSession, caller: Caller, conversation_id: str, request: FinalMark
) -> FinalMarkGiven:
    """Mark the caller's own conversation as a whole.

    Raises:
        NotFound: 404. EntityAccessDenied: 401, somebody else's.
    """
    conversation = await service.get_conversation(session, caller, conversation_id, "write", lock=True)
    mark = final_mark(caller, request)
    await repository.change(session, conversation, {f"final_{_MARK_COLUMN[request.author]}": mark})
    return FinalMarkGiven(user_id=caller.id, conversation_id=conversation_id)


def final_mark(caller: Caller, request: FinalMark) -> dict[str, Any]:
    """What is stored of an opinion on a whole conversation."""
    return {
        "mark": request.mark,
        "rating": RATINGS[request.mark],
        "comments": request.comments,
        "date": jsonable(utcnow()),
        "type": None,
        "feedback_id": None,
        "operator": {"user_id": caller.id, "name": caller.name},
    }


async def list_feedback(session: AsyncSession, caller: Caller, *, page: int, per_page: int) -> list[FeedbackEntry]:
    """Everybody's feedback, newest first.

    Raises:
        AccessDenied: 403, only administrators may.
    """
    require_superuser(caller)
    rows = await feedback_repository.page(session, number=page, size=per_page)
    return [FeedbackEntry.model_validate(row) for row in rows]


async def get_feedback(session: AsyncSession, caller: Caller, feedback_id: str) -> FeedbackEntry:
    """One entry.

    Raises:
        AccessDenied: 403, only administrators may. NotFound: 404.
    """
    require_superuser(caller)
    row = await feedback_repository.find(session, feedback_id)
    if row is None:
        raise NotFound.of("Feedback", feedback_id)
    return FeedbackEntry.model_validate(row)


async def metrics(session: AsyncSession, caller: Caller, conversation_id: str) -> ConversationMetrics:
    """What the caller's conversation cost; zeros for one that has no answer yet.

    Raises:
        NotFound: 404. EntityAccessDenied: 401, somebody else's.
    """
    conversation = await service.get_conversation(session, caller, conversation_id)
    return ConversationMetrics(
        conversation_id=conversation.id,
        user_id=conversation.user_id,
        user_name=conversation.user_name,
        project=conversation.project,
        final_user_rating=(conversation.final_user_mark or {}).get("rating"),
        final_operator_rating=(conversation.final_operator_mark or {}).get("rating"),
        **await feedback_repository.totals(session, conversation_id),
    )


async def _answer(session: AsyncSession, caller: Caller, conversation_id: str, flat_index: int) -> ConversationMessage:
    await service.get_conversation(session, caller, conversation_id, "write")
    message = await feedback_repository.message_at(session, conversation_id, flat_index)
    if message is None or message.role != "Assistant":
        raise NotFound(
            "Message not found",
            details=f"The conversation [{conversation_id}] has no answer at the place {flat_index} of its history.",
            help="messageIndex counts the items of the history, questions included, from 0.",
        )
    return message
