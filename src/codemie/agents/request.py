"""What one run is asked to do."""

from dataclasses import dataclass
from typing import Any, Literal

from codemie.agents.settings import AgentsSettings
from codemie.kernel.tools import Tool
from codemie.models.entries import ModelEntry


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier message of the conversation."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Image:
    """A picture shown to the model with the question."""

    label: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class AgentRun:
    """A model, its instructions, its tools and a question.

    Args:
        history: earlier messages, oldest first.
        output_schema: JSON Schema of an object; the answer is then that object.
        is_read_along: whether somebody reads while the model writes; a whole answer is cheaper to get.
        tool_output_tokens: replaces the limit of `limits` for every tool of this run.
    """

    model: ModelEntry
    instructions: str
    prompt: str
    limits: AgentsSettings
    history: tuple[Turn, ...] = ()
    images: tuple[Image, ...] = ()
    tools: tuple[Tool, ...] = ()
    output_schema: dict[str, Any] | None = None
    temperature: float | None = None
    top_p: float | None = None
    is_read_along: bool = True
    tool_output_tokens: int | None = None
