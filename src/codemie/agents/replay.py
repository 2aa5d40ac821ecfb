"""How tool calls of earlier replies are shown to a model.

A call of a tool that the run still has is replayed as a call. Others become notes in the reply they belong to:
providers refuse calls of tools they were not told of. Either way results are marked as untrusted once more.
"""

import json
from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from codemie.agents import untrusted
from codemie.agents.request import PastCall, Turn


def has_calls(history: Iterable[Turn]) -> bool:
    """Whether results of tools are shown with the history."""
    return any(turn.calls for turn in history)


def split(turn: Turn, known: AbstractSet[str], max_tokens: int) -> tuple[list[PastCall], str]:
    """The calls that can be replayed as such, and the text with a note of each of the others."""
    native = [call for call in turn.calls if call.name in known and not call.is_note]
    notes = [_note(call, max_tokens) for call in turn.calls if call not in native]
    return native, "\n\n".join((*notes, turn.text))


def result(call: PastCall, max_tokens: int) -> str:
    """What a tool said, as a model reads it."""
    return untrusted.fence(call.name, call.result, max_tokens)


def noted(turn: Turn, max_tokens: int) -> str:
    """The text of a turn for a run without tools."""
    return split(turn, frozenset(), max_tokens)[1] if turn.calls else turn.text


def _note(call: PastCall, max_tokens: int) -> str:
    arguments = untrusted.cut(json.dumps(call.arguments, ensure_ascii=False), max_tokens)
    return f"(The tool {call.name} was called with {arguments} and answered: {result(call, max_tokens)})"
