"""Feedback and metrics as clients see them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from codemie.conversations.schemas import Texted
from codemie.kernel.http import CamelModel, WireModel

Author = Literal["user", "operator"]
Mark = Literal["correct", "partially correct", "wrong"]
Comment = Annotated[str, Texted, Field(max_length=20_000)]
FlatIndex = Annotated[int, Field(ge=0, lt=2**31)]

RATINGS: dict[Mark, int] = {"wrong": 0, "partially correct": 1, "correct": 2}


class FeedbackRequest(CamelModel):
    """Body of POST /v1/feedback; ``messageIndex`` is the place in the flat history."""

    conversation_id: str
    message_index: FlatIndex
    assistant_id: str = Field(alias="assistant_id")
    request: Annotated[str, Field(max_length=2_000_000)]
    response: Annotated[str, Field(max_length=2_000_000)]
    author: Author = "user"
    mark: Mark
    comments: Comment = ""
    type: str | None = None
    feedback_id: str | None = Field(None, alias="feedback_id")


class FeedbackRemoval(CamelModel):
    """Body of DELETE /v1/feedback."""

    conversation_id: str
    feedback_id: str
    message_index: FlatIndex
    assistant_id: str = Field(alias="assistant_id")
    author: Author = "user"


class FinalMark(WireModel):
    """Body of POST /v1/conversations/{id}/feedback: an opinion on the whole conversation."""

    author: Author
    mark: Mark
    comments: Comment = ""


class FinalMarkGiven(WireModel):
    """Answer to it."""

    user_id: str
    conversation_id: str


class FeedbackMade(WireModel):
    """Answer to POST /v1/feedback."""

    id: str


class FeedbackEntry(CamelModel):
    """Feedback as administrators see it. Of the conversation they get what its author sent along, nothing else."""

    id: str
    date: datetime
    update_date: datetime = Field(alias="update_date")
    request: str
    response: str
    comments: str | None
    conversation_id: str
    assistant_id: str = Field(alias="assistant_id")
    user_id: str = Field(alias="user_id")
    author: str
    mark: str
    type: str | None
    history: list[Any] | None = None
    app_name: str | None = Field(None, validation_alias="project")
    repo_name: str | None = None
    index_type: str | None = None


class ConversationMetrics(WireModel):
    """What a conversation cost so far."""

    conversation_id: str
    user_id: str | None = None
    user_name: str | None = None
    project: str | None = None
    final_user_rating: int | None = None
    final_operator_rating: int | None = None
    avg_user_rating: float | None = None
    avg_operator_rating: float | None = None
    avg_response_time: float | None = None
    number_of_messages: int = 0
    total_input_tokens: int = 0
    total_output_tokens: int = 0
    total_money_spent: float = 0.0
