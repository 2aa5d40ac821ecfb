"""One chat request as the mock sees it: OpenAI's message shape, whatever front it came through."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

from codemie.models.mock.tokens import MESSAGE_OVERHEAD, count_tokens

JsonObject: TypeAlias = Mapping[str, Any]

_MOST_TURNS = 200
_LONGEST_TEXT = 200_000
_FENCED = re.compile(r'<untrusted source="[^"]{0,300}">\n(.*)\n</untrusted>', re.DOTALL)
"""Characters of one message the mock looks at; the rest is counted as tokens only."""


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool offered to the model: its name, description and JSON schema of arguments."""

    name: str
    description: str = ""
    parameters: JsonObject = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class ChatRequest:
    """What the mock answers. `tool_choice` is `auto`, `none`, `required` or the name of the one tool to call."""

    model: str
    messages: Sequence[JsonObject]
    tools: tuple[ToolSpec, ...] = ()
    tool_choice: str = "auto"
    response_schema: JsonObject | None = None
    json_mode: bool = False
    max_tokens: int | None = None
    output_tools: frozenset[str] = frozenset()
    """Tools that end a run instead of acting (pydantic-ai's structured output); the mock calls them last."""

    @cached_property
    def last_user_index(self) -> int:
        """Where the current turn starts: the last message of the user, -1 without one."""
        indexes = (i for i in range(len(self.messages) - 1, -1, -1) if self._speaks(i))
        return next(indexes, -1)

    def _speaks(self, index: int) -> bool:
        """Whether the user says something there; pictures that a tool gave back travel as a user's message, too."""
        message = self.messages[index]
        shows = index > 0 and self.messages[index - 1].get("role") == "tool" and not text_of(message)
        return message.get("role") == "user" and not shows

    @cached_property
    def prompt(self) -> str:
        """The text of the user's last message."""
        return text_of(self.messages[self.last_user_index]) if self.last_user_index >= 0 else ""

    @cached_property
    def system(self) -> str:
        """All system and developer messages, joined."""
        return "\n".join(text_of(m) for m in self.messages if m.get("role") in {"system", "developer"})

    @cached_property
    def earlier_user_texts(self) -> tuple[str, ...]:
        """What the user said before the current turn, oldest first."""
        said = [m for m in self.messages[: max(self.last_user_index, 0)] if m.get("role") == "user"]
        return tuple(text_of(m) for m in said[-_MOST_TURNS:])

    @cached_property
    def turn(self) -> int:
        """The number of the user's current message, from 1."""
        return len(self.earlier_user_texts) + 1

    @cached_property
    def results(self) -> tuple["ToolOutcome", ...]:
        """What the tools answered since the user's last message, in order."""
        current = self.messages[self.last_user_index + 1 :]
        names = {
            call.get("id"): call.get("function", {}).get("name", "")
            for m in current
            for call in m.get("tool_calls") or ()
        }
        return tuple(
            ToolOutcome(names.get(m.get("tool_call_id")) or str(m.get("name") or ""), _unfenced(text_of(m)))
            for m in current
            if m.get("role") == "tool"
        )

    @cached_property
    def images(self) -> int:
        """How many pictures came with the user's last message."""
        if self.last_user_index < 0:
            return 0
        content = self.messages[self.last_user_index].get("content")
        parts: list[Any] = content if isinstance(content, list) else []
        return sum(
            1 for part in parts if isinstance(part, Mapping) and part.get("type") in {"image_url", "input_image"}
        )

    @cached_property
    def prompt_tokens(self) -> int:
        """What the whole request counts as."""
        texts = sum(count_tokens(text_of(m)) + MESSAGE_OVERHEAD for m in self.messages)
        return texts + sum(count_tokens(f"{tool.name} {tool.description}") for tool in self.tools)


@dataclass(frozen=True, slots=True)
class ToolOutcome:
    """What one tool call returned to the model."""

    tool: str
    text: str


def _unfenced(text: str) -> str:
    """What a tool said, without the fence that marks it as data."""
    fenced = _FENCED.fullmatch(text.strip())
    return fenced[1] if fenced else text


def text_of(message: JsonObject) -> str:
    """Return the text of a message whose content is a string, a list of typed parts, or nothing."""
    content = message.get("content")
    if isinstance(content, str):
        return content[:_LONGEST_TEXT]
    if not isinstance(content, list):
        return ""
    texts = [part.get("text") for part in content if isinstance(part, Mapping)]
    return "\n".join(text for text in texts if isinstance(text, str))[:_LONGEST_TEXT]
