"""What a chat turn reads from the database and writes to it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from codemie.identity.policy import Resource
from codemie.models.usage import Usage


@dataclass(frozen=True, slots=True)
class StoredItem:
    """One stored history item, as far as a model needs it."""

    history_index: int
    variant: int
    role: str
    message: str
    file_names: list[str]
    status: str
    id: int = 0
    assistant_id: str | None = None
    has_thoughts: bool = False
    parent_variant: int | None = None
    """Which version of the turn before it follows; see `branches`."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What one statement says about an assistant and a conversation; `assistant` holds columns by name."""

    assistant: Mapping[str, Any] | None
    owner_id: str | None
    """`None` when there is no such conversation yet."""
    project: str | None
    finished_at: datetime | None
    conversation_model: str | None
    history: list[StoredItem]
    """Every version of the turns before, as far back as a model may be shown them."""
    branch_end: int | None = None
    """The turn that comes next in the branch in which something was said last, where another one is longer."""
    single_usage: bool = False
    """Whether MCP servers get a connection for every use."""
    guards: str | None = None
    """What stands guard over the assistant, as `guardrails` takes it."""
    draws: bool | None = None
    """Whether pictures are made in the conversation; `None` leaves it to the assistant."""
    image_model: str | None = None

    def resource(self) -> Resource:
        """The conversation as the policy sees it."""
        return Resource(kind="conversation", owner_id=self.owner_id, project=self.project)


@dataclass(frozen=True, slots=True)
class NewTurn:
    """The row values of a turn that starts."""

    conversation_id: str
    user_id: str
    user_name: str
    name: str
    project: str | None
    assistant_id: str
    history_index: int | None
    message: str
    message_raw: str
    file_names: list[str]
    interactive_response: dict[str, Any] | None = None
    """The question of the reply before, answered."""
    parent_variant: int | None = None
    """Which version of the turn before it follows; `None` for the newest."""
    charges: Sequence["Charge"] = ()
    """What the reply costs at least, once its model is asked."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a started turn's reply is kept."""

    conversation_id: str
    message_id: int
    history_index: int


@dataclass(frozen=True, slots=True)
class Charge:
    """Who pays for what one model did for a reply."""

    user_id: str
    project: str
    assistant_id: str | None
    model: str
    provider: str
    usage: Usage
    money: float

    def as_row(self, seconds: float) -> dict[str, Any]:
        """The charge in the names of the ledger's columns."""
        row = asdict(self)
        usage, cost = row.pop("usage"), row.pop("money")
        return {**row, **usage, "cost": cost, "duration_ms": round(seconds * 1000)}

    def beyond(self, settled: Sequence[Mapping[str, Any]]) -> "Charge":
        """What of it is not among rows that were charged before."""
        before = [row for row in settled if row["model"] == self.model]
        counts = {name: max(0, count - sum(row[name] for row in before)) for name, count in asdict(self.usage).items()}
        return replace(self, usage=Usage(**counts), money=max(0.0, self.money - sum(row["cost"] for row in before)))


@dataclass(frozen=True, slots=True)
class FinishedReply:
    """The reply as it is kept."""

    message: str
    status: str
    error_code: str | None
    thoughts: list[dict[str, Any]]
    citations: list[dict[str, Any]]
    interactive_request: dict[str, Any] | None
    seconds: float
    file_names: list[str] = field(default_factory=list[str])
    """`file_url` tokens of what tools made on the way."""
    model: str | None = None
    """Which one wrote it; none where none was asked."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A reply that waits for a person; see `tables.ConversationCheckpoint`."""

    assistant_id: str
    request_id: str | None
    request: dict[str, Any]
    state: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A checkpoint as it is found, with the reply it belongs to."""

    checkpoint: Checkpoint
    place: Place
    thoughts: list[dict[str, Any]]
    is_last: bool
    """Whether nothing has been said since."""
    question: dict[str, Any] | None = None
    """What the reply asked the person."""


@dataclass(frozen=True, slots=True)
class StoredReply:
    """A reply as it is found, finished or not."""

    message: str
    status: str
    update_date: datetime
    error_code: str | None
    seconds: float
    thoughts: list[dict[str, Any]]
    citations: list[dict[str, Any]]
