"""Routes of feedback and metrics."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from codemie.conversations import feedback
from codemie.conversations.feedback_schemas import (
    ConversationMetrics,
    FeedbackEntry,
    FeedbackMade,
    FeedbackRemoval,
    FeedbackRequest,
    FinalMark,
    FinalMarkGiven,
)
from codemie.identity.access import SuperuserDep
from codemie.identity.authentication import CallerDep
from codemie.kernel.database import SessionDep
from codemie.kernel.http import Message, PageNumber

router = APIRouter(tags=["conversations"])

ConversationId = Annotated[str, Path(max_length=500)]


@router.post("/v1/feedback")
async def give_feedback(session: SessionDep, caller: CallerDep, body: FeedbackRequest) -> FeedbackMade:
    return await feedback.give(session, caller, body)


@router.delete("/v1/feedback")
async def take_feedback_back(session: SessionDep, caller: CallerDep, body: FeedbackRemoval) -> Message:
    await feedback.take_back(session, caller, body)
    return Message(message="Specified feedback entry removed")


@router.get("/v1/feedback")
async def list_feedback(
    session: SessionDep,
    caller: SuperuserDep,
    page: PageNumber = 0,
    per_page: Annotated[int, Query(ge=1, le=1000)] = 1000,
) -> list[FeedbackEntry]:
    """Everybody's feedback, newest first; for administrators."""
    return await feedback.list_feedback(session, caller, page=page, per_page=per_page)


@router.get("/v1/feedback/{feedback_id}")
async def get_feedback(session: SessionDep, caller: SuperuserDep, feedback_id: str) -> FeedbackEntry:
    return await feedback.get_feedback(session, caller, feedback_id)


@router.post("/v1/conversations/{conversation_id}/feedback")
async def mark_conversation(
    session: SessionDep, caller: CallerDep, conversation_id: ConversationId, body: FinalMark
) -> FinalMarkGiven:
    return await feedback.mark_conversation(session, caller, conversation_id, body)


@router.get("/v1/assistants/metrics/{conversation_id}", response_model_exclude_none=True)
async def conversation_metrics(
    session: SessionDep, caller: CallerDep, conversation_id: ConversationId
) -> ConversationMetrics:
    """What a conversation cost so far, without empty fields."""
    return await feedback.metrics(session, caller, conversation_id)
