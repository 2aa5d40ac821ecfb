"""Which of many tools a model is shown: those whose name and description fit the question best.

Every tool shown costs tokens in every step and is one more way to go wrong. What a step has used stays and takes no
place, so a run that needs more sees more.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from math import log

from pydantic_ai.messages import ModelMessage, ModelResponse, ToolCallPart

from codemie.agents.request import AgentRun
from codemie.kernel.tools import Tool

MOST = 3
"""So many tools are shown besides those the run has used and those its texts name."""

_WORD = re.compile(r"[^\W_]+")
_ENDING = re.compile(r"(?<=\w{3})(?:ing|ies|ed|es|s|y|e)$")
_CHARACTERS = 20_000


class ToolChoice:
    """Ranks the tools of one run once; after that a step costs a look at what was called."""

    def __init__(self, run: AgentRun, tools: Mapping[str, Tool]) -> None:
        self._tools = tools
        self._ranked = _ranked(_topic(run), tools.values())
        self._named = _named(f"{run.instructions}\n{run.prompt}", tools)
        self._earlier = {call.id for turn in run.history for call in turn.calls}

    def now(self, messages: Iterable[ModelMessage]) -> AbstractSet[str]:
        """Names of the tools that the next step is shown, given what was said so far."""
        if len(self._tools) <= MOST:
            return self._tools.keys()
        kept = self._named | self._used(messages)
        return kept | set([name for name in self._ranked if name not in kept][:MOST])

    def _used(self, messages: Iterable[ModelMessage]) -> set[str]:
        parts = (part for message in messages if isinstance(message, ModelResponse) for part in message.parts)
        calls = (part for part in parts if isinstance(part, ToolCallPart) and part.tool_call_id not in self._earlier)
        return {call.tool_name for call in calls}


def _topic(run: AgentRun) -> str:
    """The question with the one before it, which a short one ("and tomorrow?") goes on from."""
    before = [turn.text for turn in run.history if turn.role == "user"][-1:]
    return "\n".join(text[:_CHARACTERS] for text in (*before, run.prompt))


def _ranked(topic: str, tools: Iterable[Tool]) -> list[str]:
    """Tool names, best first: rare shared words count most, words of the name twice; ties stay in order."""
    asked = _words(topic)
    told = {tool.name: (_words(tool.name), _words(tool.description[:_CHARACTERS])) for tool in tools}
    spread = Counter(word for name, description in told.values() for word in name | description)

    def fit(tool: str) -> float:
        return sum(
            log(1 + len(told) / spread[word]) * weight
            for words, weight in zip(told[tool], (2, 1), strict=True)
            for word in sorted(words & asked)
        )

    return sorted(told, key=fit, reverse=True)


def _words(text: str) -> set[str]:
    """Words without case and common endings."""
    return {_ENDING.sub("", word) for word in _WORD.findall(text.casefold())}


def _named(text: str, tools: Mapping[str, Tool]) -> set[str]:
    """Tools that the text calls by their technical name, as notes about skills and files do."""
    spoken = set(re.findall(r"[\w-]+", text))
    return {name for name in tools if name in spoken and ("_" in name or f"`{name}`" in text)}
