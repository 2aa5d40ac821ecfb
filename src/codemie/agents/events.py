"""What happens during a run, as it happens."""

from dataclasses import dataclass, field
from typing import Any, Literal

from codemie.kernel.tools import Citation, Picture
from codemie.models.entries import ModelEntry
from codemie.models.usage import Usage

ErrorCode = Literal[
    "agent_timeout",
    "agent_token_limit",
    "agent_budget_exceeded",
    "agent_network_error",
    "agent_configuration_error",
    "agent_internal_error",
    "llm_content_policy",
    "llm_context_length",
    "llm_unavailable",
    "llm_rate_limited",
    "llm_invalid_request",
    "tool_authentication",
    "tool_authorization",
    "tool_not_found",
    "tool_conflict",
    "tool_rate_limited",
    "tool_server_error",
    "tool_timeout",
    "tool_validation",
    "tool_network_error",
    "tool_execution_failed",
]
"""The codes every released client parses; newer ones (`llm_timeout`, `lite_llm_*` …) break the official SDK."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What a run used of one model."""

    model: ModelEntry
    usage: Usage


@dataclass(frozen=True, slots=True)
class ModelStarted:
    """The model begins to write the stretch `id`; `parent` is the call of the sub-assistant whose model it is.

    `is_note` when it is not the model that speaks but the platform, about the run; `instead` names the model that
    answers from here on in place of one that failed.
    """

    id: str
    parent: str | None = None
    is_note: bool = False
    instead: str | None = None


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More text of the stretch `id`; `more` when the next event is at hand already, so that this one may wait."""

    id: str
    text: str
    more: bool = False
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class ModelFinished:
    """The stretch `id` ends; `final` when it is the answer rather than a remark before a tool call."""

    id: str
    final: bool = False
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """A tool is being called, or a sub-assistant; `place` is the machine that it runs on, if it is somebody's."""

    id: str
    name: str
    label: str
    arguments: dict[str, Any]
    is_agent: bool = False
    parent: str | None = None
    place: str | None = None


@dataclass(frozen=True, slots=True)
class ToolFailure:
    """Why a tool call failed, in the clients' codes."""

    code: ErrorCode
    message: str
    status: int | None = None


@dataclass(frozen=True, slots=True)
class ToolFinished:
    """A tool gave back its result; `text` is what the tool said, before it was marked and cut for the model."""

    id: str
    name: str
    label: str
    text: str
    failure: ToolFailure | None = None
    is_denied: bool = False
    is_agent: bool = False
    parent: str | None = None
    pictures: tuple[Picture, ...] = ()
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Completed:
    """The answer. `output` is the object when a schema was asked for, and `text` its JSON."""

    text: str
    spent: tuple[Spent, ...] = ()
    citations: tuple[Citation, ...] = ()
    output: Any = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The run ended without an answer; `message` is fit for the person who asked."""

    code: ErrorCode
    message: str
    spent: tuple[Spent, ...] = ()
    details: dict[str, Any] = field(default_factory=dict[str, Any])
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Paused:
    """The run waits for a person: to allow `calls`, or to answer `question`.

    `state` is everything a later run needs to go on from here, as JSON text; see `request.Resumption`.
    """

    state: str
    calls: tuple[ToolStarted, ...] = ()
    question: dict[str, Any] | None = None
    spent: tuple[Spent, ...] = ()
    citations: tuple[Citation, ...] = ()


Ending = Completed | Failed | Paused
AgentEvent = ModelStarted | TextDelta | ModelFinished | ToolStarted | ToolFinished | Ending
