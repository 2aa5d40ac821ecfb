"""What one run is asked to do."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from codemie.agents.events import AgentEvent
from codemie.agents.metering import Meter
from codemie.agents.settings import AgentsSettings
from codemie.guardrails.guard import Guarded
from codemie.kernel.tools import Tool
from codemie.models.entries import ModelEntry


@dataclass(frozen=True, slots=True)
class Image:
    """A picture shown to the model: with the question, or with the call that gave it back."""

    label: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class PastCall:
    """A tool call of an earlier reply, and what came of it; `is_note`: told in words, whatever tools there are."""

    id: str
    name: str
    arguments: dict[str, Any]
    result: str
    is_note: bool = False
    pictures: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier message of the conversation; `calls` are the tools an assistant called before it wrote `text`."""

    role: Literal["user", "assistant"]
    text: str
    calls: tuple[PastCall, ...] = ()


@dataclass(frozen=True, slots=True)
class Resumption:
    """What a person said to a run that had paused: whether its calls may go ahead, or the answer to its question."""

    state: str
    decision: Literal["allow", "deny", "answer"]
    answer: str = ""


@dataclass(frozen=True, slots=True)
class SubAgent:
    """Another agent the model may hand a task to; `run` lacks nothing but the task as its prompt."""

    name: str
    description: str
    label: str
    run: "AgentRun"


Remote = Callable[[str], Awaitable[str]]
"""An agent that runs elsewhere: takes the question, gives the answer, or raises `CodeMieError`."""

Approval = Literal["never", "destructive", "risky", "always"]
"""Which tool calls wait for a person: none, those that destroy something, those with any effect outside, all."""


@dataclass(frozen=True, slots=True)
class AgentRun:
    """A model, its instructions, its tools and a question.

    Args:
        fallback: answers instead when the provider of `model` fails before anything was shown.
        history: earlier messages, oldest first.
        sub_agents: called like tools, several at a time.
        question: the tool that asks the person something; a good call of it pauses the run.
        approval: which calls wait for a person.
        can_pause: whether there is anybody to wait for; where not, a call that needs approval is refused.
        resume: goes on with a paused run; `history` and `prompt` are then the paused run's.
        output_schema: JSON Schema of an object; the answer is then that object.
        is_read_along: whether somebody reads while the model writes; a whole answer is cheaper to get.
        chooses_tools: whether the model is shown only those of many tools that fit the question.
        tool_output_tokens: replaces the limit of `limits` for every tool of this run.
        remote: answers instead of the model; of everything else only the prompt reaches it.
        meter: tells what was used of a run that is left before its end.
        guarded: the guardrails over it.
    """

    model: ModelEntry
    instructions: str
    prompt: str
    limits: AgentsSettings
    history: tuple[Turn, ...] = ()
    images: tuple[Image, ...] = ()
    tools: tuple[Tool, ...] = ()
    sub_agents: tuple[SubAgent, ...] = ()
    question: Tool | None = None
    approval: Approval = "never"
    can_pause: bool = False
    resume: Resumption | None = None
    output_schema: dict[str, Any] | None = None
    fallback: ModelEntry | None = None
    temperature: float | None = None
    top_p: float | None = None
    is_read_along: bool = True
    chooses_tools: bool = False
    tool_output_tokens: int | None = None
    remote: Remote | None = None
    meter: Meter = field(default_factory=Meter, compare=False)
    guarded: Guarded | None = field(default=None, compare=False)

    @property
    def read(self) -> str:
        """The text a model reads first, to estimate how much it is."""
        return "\n".join((self.instructions, *(turn.text for turn in self.history), self.prompt))


Start = Callable[[AgentRun], AsyncGenerator[AgentEvent, None]]
"""Carries out a run."""
