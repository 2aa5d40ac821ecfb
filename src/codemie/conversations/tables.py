"""Conversations, their messages, and the small records around them.

A conversation's history is a flat list: one row of `conversation_messages` per history item, in the order of `id`.
A turn is a User row followed by an Assistant row of the same `history_index`; answering a turn again appends another
pair with the next `variant`. That starts a branch: `branches` tells which versions belong together.
"""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Computed,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from codemie.kernel.database import Base, Record, utcnow

MessageStatus = Literal["running", "complete", "interrupted", "failed", "waiting"]
TaskStatus = Literal["STARTED", "COMPLETED", "FAILED"]

SEARCH_DOCUMENT = "CASE WHEN status <> 'running' THEN to_tsvector('simple'::regconfig, \"left\"(message, 100000)) END"
"""Full text of a message. None while it grows: a reply is written every few seconds, but searched once it is there."""


class Conversation(Record):
    """One conversation of one user. `id` is free text because clients choose it; `update_date` is the last activity."""

    __tablename__ = "conversations"

    user_id: Mapped[str]
    user_name: Mapped[str] = mapped_column(default="", server_default="")
    name: Mapped[str] = mapped_column(default="", server_default="")
    folder: Mapped[str | None]
    pinned: Mapped[bool] = mapped_column(default=False, server_default="false")
    project: Mapped[str | None]
    assistant_ids: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    """Most recently used first."""
    initial_assistant_id: Mapped[str | None]
    llm_model: Mapped[str | None]
    enable_image_generation: Mapped[bool | None]
    image_generation_model: Mapped[str | None]
    mcp_server_single_usage: Mapped[bool] = mapped_column(default=False, server_default="false")
    is_workflow: Mapped[bool] = mapped_column(default=False, server_default="false")
    category: Mapped[str | None]
    tool_notes: Mapped[dict[str, str] | None] = mapped_column(JSONB)
    final_user_mark: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    final_operator_mark: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    first_message_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    last_message_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    next_index: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    """`history_index` of the next new turn. Whoever adds or removes turns keeps it at the highest index + 1."""
    branch_end: Mapped[int | None]
    """`history_index` of the next turn in the branch in which something was said last; `None` where none is longer."""

    __table_args__ = (Index("ix_conversations_owner", "user_id", "update_date", "id"),)


class ConversationMessage(Base):
    """One history item. The assistant's row is written when the turn starts and filled as the reply grows.

    `status` of a row that is still being written is `running` and `update_date` is its heartbeat; a `running` row with
    an old heartbeat belongs to a process that died and counts as interrupted (`history.effective_status`), until it is
    settled as such (`settling`). `waiting`
    replies go on when their owner allows or denies a tool call.
    """

    __tablename__ = "conversation_messages"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    history_index: Mapped[int]
    variant: Mapped[int] = mapped_column(default=0, server_default="0")
    parent_variant: Mapped[int | None]
    """Which variant of the turn before it follows; `None` for the newest."""
    role: Mapped[str]
    """`User` or `Assistant`."""
    message: Mapped[str] = mapped_column(default="", server_default="")
    message_raw: Mapped[str | None]
    file_names: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    """`file_url` tokens."""
    assistant_id: Mapped[str | None]
    thoughts: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list, server_default="[]")
    citations: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list, server_default="[]")
    status: Mapped[str] = mapped_column(default="complete", server_default="complete")
    error_code: Mapped[str | None]
    input_tokens: Mapped[int | None]
    output_tokens: Mapped[int | None]
    cache_read_input_tokens: Mapped[int | None]
    cache_creation_input_tokens: Mapped[int | None]
    money_spent: Mapped[float | None] = mapped_column(Float)
    """US dollars."""
    response_time: Mapped[float | None] = mapped_column(Float)
    """Seconds."""
    llm_model: Mapped[str | None]
    """Which model wrote the reply; a fallback's name where it stood in."""
    unsettled: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)
    """What a growing reply costs so far, as rows of the ledger; kept when it was settled in its process's place."""
    user_mark: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    operator_mark: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    workflow_execution_ref: Mapped[bool] = mapped_column(default=False, server_default="false")
    execution_id: Mapped[str | None]
    interactive_request: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    interactive_response: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    date: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)
    update_date: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)
    tsv: Mapped[Any] = mapped_column(TSVECTOR, Computed(SEARCH_DOCUMENT, persisted=True), deferred=True)

    __table_args__ = (
        Index("ix_conversation_messages_tsv", "tsv", postgresql_using="gin"),
        Index("ix_conversation_messages_running", "id", postgresql_where=text("status = 'running'")),
        Index(
            "ix_conversation_messages_file_names",
            "file_names",
            postgresql_using="gin",
            postgresql_where=text("cardinality(file_names) > 0"),
        ),
    )


class ConversationSummary(Base):
    """What was said in a branch up to a turn, in short, for models that cannot read all of it.

    Turns that change drop theirs.
    """

    __tablename__ = "conversation_summaries"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True)
    through_index: Mapped[int] = mapped_column(primary_key=True)
    """The last turn it covers."""
    variant: Mapped[int] = mapped_column(primary_key=True, default=0, server_default="0")
    """Which version of that turn: it names the branch."""
    text: Mapped[str]
    date: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)


class ConversationFolder(Record):
    """A named folder of one user; conversations refer to it by name."""

    __tablename__ = "conversation_folders"

    user_id: Mapped[str]
    folder_name: Mapped[str]

    __table_args__ = (UniqueConstraint("user_id", "folder_name", name="uq_conversation_folders_owner_name"),)


class ConversationShare(Record):
    """A link that lets any signed-in user read one conversation."""

    __tablename__ = "conversation_shares"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), unique=True)
    token: Mapped[str] = mapped_column(unique=True)
    shared_by: Mapped[str]
    access_count: Mapped[int] = mapped_column(default=0, server_default="0")
    expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ConversationFeedback(Record):
    """What somebody thinks of an answer; the answer's own mark is a copy of it."""

    __tablename__ = "conversation_feedback"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), index=True)
    message_id: Mapped[int] = mapped_column(BigInteger)
    user_id: Mapped[str]
    assistant_id: Mapped[str]
    project: Mapped[str | None]
    author: Mapped[str]
    mark: Mapped[str]
    request: Mapped[str] = mapped_column(default="", server_default="")
    response: Mapped[str] = mapped_column(default="", server_default="")
    comments: Mapped[str] = mapped_column(default="", server_default="")
    type: Mapped[str | None]

    __table_args__ = (Index("ix_conversation_feedback_date", "date", "id"),)


class AttachedFile(Record):
    """A file attached to chats; its bytes are in `AttachedPart`. Owner and name are its address."""

    __tablename__ = "attached_files"

    owner_id: Mapped[str]
    """A user, or `skill-<id>`."""
    name: Mapped[str]
    token: Mapped[str]
    """The ``file_url`` the upload was answered with: what messages say."""
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]

    __table_args__ = (UniqueConstraint("owner_id", "name", name="uq_attached_files_owner_name"),)


class AttachedPart(Base):
    """One slice of an attached file, small enough never to need the whole file in memory."""

    __tablename__ = "attached_parts"

    file_id: Mapped[str] = mapped_column(ForeignKey("attached_files.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class ConversationTask(Record):
    """A chat turn that runs in the background, as `GET /v1/tasks/{id}` reports it."""

    __tablename__ = "conversation_tasks"

    user_id: Mapped[str]
    username: Mapped[str] = mapped_column(default="", server_default="")
    name: Mapped[str] = mapped_column(default="", server_default="")
    task: Mapped[str]
    final_output: Mapped[str] = mapped_column(default="", server_default="")
    current_step: Mapped[str] = mapped_column(default="", server_default="")
    status: Mapped[str] = mapped_column(default="STARTED", server_default="STARTED")


class ConversationCheckpoint(Base):
    """A reply that waits for its owner: to allow tool calls, or to answer a question. One a conversation."""

    __tablename__ = "conversation_checkpoints"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True)
    message_id: Mapped[int] = mapped_column(BigInteger)
    assistant_id: Mapped[str]
    request_id: Mapped[str | None]
    """Of the question; absent when tool calls wait."""
    request: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """The chat request, which decides with the assistant how the reply goes on."""
    state: Mapped[str]
    """The paused run as `agents` left it."""
    date: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)
