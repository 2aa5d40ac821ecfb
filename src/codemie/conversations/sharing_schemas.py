"""Share links as clients see them. What expires, and the listing, are ours."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from codemie.conversations.schemas import ConversationObject
from codemie.kernel.http import WireModel


class ShareRequest(WireModel):
    """Body of POST /v1/share/conversations; without ``expires_in_days`` the link is good until it is revoked."""

    chat_id: Annotated[str, Field(max_length=500)]
    expires_in_days: Annotated[int, Field(ge=1, le=3650)] | None = None


class Shared(WireModel):
    """Answer to it."""

    share_id: str
    token: str
    created_at: datetime
    access_count: int
    expires_at: datetime | None = None


class OwnShare(WireModel):
    """A link of the caller's."""

    chat_id: str
    conversation_name: str
    token: str
    created_at: datetime
    access_count: int
    expires_at: datetime | None = None


class SharedConversation(WireModel):
    """A conversation behind a link."""

    conversation: ConversationObject
    shared_by: str
    created_at: datetime
    access_count: int
