"""Settings of conversations and chat."""

from pydantic import Field

from codemie.kernel.egress import EgressEntries, EgressPolicy
from codemie.kernel.settings import Section

_AGENT_EGRESS = "conversations.agent_egress_allow"


class ConversationsSettings(Section):
    """Limits of a chat turn and of what is kept of it."""

    max_files_per_message: int = Field(20, ge=1, le=1000, description="Files one chat message may carry.")
    max_upload_bytes: int = Field(
        100 * 2**20, ge=1, description="Largest file that may be attached to a chat, in bytes."
    )
    max_files_bytes: int = Field(
        2 * 2**30, ge=1, description="What the attached files of one person may take together, in bytes."
    )
    unused_file_days: int = Field(
        30,
        ge=0,
        description="Days after which an attached file that no message refers to, and a workspace without a "
        "conversation, is deleted; 0 means never.",
    )
    deleted_owner_days: int = Field(
        30, ge=0, description="Days after the deletion of a person until that person's files are deleted too."
    )
    retention_days: int = Field(
        0, ge=0, description="Days without activity after which a conversation is deleted; 0 means never."
    )
    housekeeping_cron: str = Field(
        "17 3 * * *",
        description="When the worker deletes what these settings say nobody needs any more (cron, UTC).",
    )
    max_text_characters: int = Field(2_000_000, ge=1, description="Longest question accepted, in characters.")
    history_turns: int = Field(200, ge=0, description="Earlier turns a model is shown at most.")
    history_tokens: int = Field(
        100_000,
        ge=0,
        description="Tokens of earlier turns a model is shown at most, and fewer where it cannot read as many; what "
        "does not fit is summarised.",
    )
    summary_seconds: float = Field(
        30.0,
        ge=0,
        description="Longest time the summary of what does not fit may take; without one the oldest turns are left "
        "out. 0: no summaries.",
    )
    flush_seconds: float = Field(
        3.0, gt=0, description="How often a reply that is still growing is written to the database, in seconds."
    )
    running_turns: int = Field(2000, ge=1, description="Replies one process works on at the same time; more get 503.")
    turns_per_minute: int = Field(
        300, ge=0, description="Chat messages one person may send a minute, counted by each process; 0 means no limit."
    )
    uploads_per_minute: int = Field(
        300, ge=0, description="Uploads of one person a minute, counted by each process; 0 means no limit."
    )
    hot_connections: int = Field(
        8, ge=1, le=100, description="Database connections of one process reserved for chat turns."
    )
    stalled_client_seconds: float = Field(
        60.0,
        gt=0,
        description="How long a stream's client may read nothing before the reply is stopped, in seconds.",
    )
    stop_on_disconnect: bool = Field(
        True,
        description="Whether closing a stream's connection stops the reply, which is how official clients stop one. "
        "A request may say otherwise for itself.",
    )
    resume_seconds: float = Field(
        60.0,
        ge=0,
        description="How long after its end a stream can be continued exactly; later the stored reply answers.",
    )
    resume_bytes: int = Field(
        64 * 2**20,
        ge=0,
        description="Memory one process spends on what lost clients may want to continue; when it is full, they get "
        "the stored reply.",
    )
    agent_egress_allow: EgressEntries = Field(
        (),
        description="Host names and CIDR networks, comma-separated, that agents of other servers (A2A) may be at "
        "although they are private, loopback or reserved.",
    )
    agent_cards_per_minute: int = Field(
        30,
        ge=0,
        description="Cards of agents on other servers one person may fetch a minute, counted by each process; 0 means "
        "no limit.",
    )
    agent_card_seconds: float = Field(
        30.0,
        gt=0,
        le=300,
        description="Longest time the card of an agent on another server may take.",
        json_schema_extra={"env": "A2A_AGENT_CARD_FETCH_TIMEOUT"},
    )
    agent_request_seconds: float = Field(
        30.0,
        gt=0,
        le=3600,
        description="Longest time an agent on another server may take to answer one request.",
        json_schema_extra={"env": "A2A_AGENT_REQUEST_TIMEOUT"},
    )

    def agent_egress(self) -> EgressPolicy:
        """The addresses agents of other servers may be at."""
        return EgressPolicy.of(self.agent_egress_allow, _AGENT_EGRESS)
