"""Conversations as administrators see them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from codemie.conversations.schemas import ConversationItem
from codemie.kernel.http import CamelModel, WireModel


class AdminConversation(ConversationItem):
    """A row of the administrators' list; whose it is, is ours."""

    user_id: str
    user_name: str
    project: str | None


class Wanted(WireModel):
    """Filters of the administrators' list."""

    finished: bool | None = None
    started_at: datetime | None = None
    project: str | None = None


class FinishBulk(CamelModel):
    """Body of POST /v1/admin/conversations/finish-bulk."""

    conversation_ids: Annotated[list[str], Field(min_length=1, max_length=500)]


class FinishResult(CamelModel):
    """What became of one of them."""

    conversation_id: str
    already_finished: bool = False
    finished_at: datetime | None = None
    error: Literal["not_found"] | None = None


class FinishBulkDone(CamelModel):
    """Answer to it."""

    total: int
    results: list[FinishResult]
