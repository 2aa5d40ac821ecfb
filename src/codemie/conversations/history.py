"""What a model is shown of the turns before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from codemie.agents.request import PastCall, Turn
from codemie.agents.untrusted import cut
from codemie.conversations import budget
from codemie.conversations.branches import Branches
from codemie.conversations.chat_schemas import HistoryMessage
from codemie.conversations.turn_records import StoredItem
from codemie.kernel.database import utcnow

STALE_AFTER = timedelta(seconds=30)
WHOLE_REPLIES, BRIEF_REPLIES, NOTED_REPLIES = 4, 6, 10
"""Replies that called tools, newest first: results in full, then in brief, then only noted; nothing of older ones."""
SUMMARY_CALL, SEARCH_CALL = "conversation_summary", "web_search"
"""Name the thoughts that tell of a summary, and of a search that this server has not; no tool is called so."""
_BRIEF_TOKENS, _NOTED_TOKENS = 150, 50


@dataclass(frozen=True, slots=True)
class StoredCall:
    """A tool call of an earlier reply; `result` is absent where only its beginning was read.

    `picture_tokens` name the pictures it gave back, where its result is there.
    """

    call: PastCall
    summary: str
    result: str | None
    picture_tokens: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Indexed:
    """A turn for a model, with the number it has in the conversation."""

    index: int
    turn: Turn


def current_items(stored: Sequence[StoredItem], variant: int | None = None) -> list[StoredItem]:
    """The items of one branch, in the order of its turns.

    Args:
        stored: all there are of some turns.
        variant: the branch ends with this version of the last of them; else with the newest.
    """
    ordered = sorted(stored, key=lambda item: item.history_index)
    if not any(item.variant for item in stored):
        return ordered
    branches = Branches((item.history_index, item.variant, item.parent_variant) for item in stored)
    path = branches.to_last(variant)
    return [item for item in ordered if path[item.history_index] == item.variant]


def with_calls(items: Sequence[StoredItem]) -> list[StoredItem]:
    """The replies whose tool calls are shown, newest first."""
    replies = (item for item in reversed(items) if item.has_thoughts and _is_shown(item) and item.role != "User")
    return [item for item, _ in zip(replies, range(WHOLE_REPLIES + BRIEF_REPLIES + NOTED_REPLIES), strict=False)]


def replayed(
    items: Iterable[StoredItem], calls: Mapping[int, Sequence[StoredCall]], assistant_id: str | None
) -> list[Indexed]:
    """Stored items as turns for a model. Error texts are nobody's words.

    Args:
        items: in their order.
        calls: tool calls by the id of their reply, newest reply first.
        assistant_id: whose calls are its own; those of others are only noted.
    """
    places = {reply: place for place, reply in enumerate(calls)}
    return [
        Indexed(
            item.history_index,
            Turn(
                "user" if item.role == "User" else "assistant",
                item.message,
                tuple(
                    _shown(call, places[item.id], own=item.assistant_id == assistant_id)
                    for call in calls.get(item.id, ())
                ),
            ),
        )
        for item in items
        if _is_shown(item)
    ]


def _is_shown(item: StoredItem) -> bool:
    return bool(item.message) and item.status != "failed"


def _shown(stored: StoredCall, place: int, *, own: bool) -> PastCall:
    if not own or place >= WHOLE_REPLIES + BRIEF_REPLIES:
        return replace(stored.call, result=cut(stored.summary, _NOTED_TOKENS), is_note=True, pictures=())
    if place >= WHOLE_REPLIES or stored.result is None:
        return replace(stored.call, result=cut(stored.summary, _BRIEF_TOKENS))
    return replace(stored.call, result=stored.result)


def in_brief(turns: Iterable[Indexed]) -> list[Indexed]:
    """The same turns with short results of tools."""
    return [
        replace(
            entry,
            turn=replace(
                entry.turn,
                calls=tuple(
                    replace(call, result=cut(call.result, _BRIEF_TOKENS), pictures=()) for call in entry.turn.calls
                ),
            ),
        )
        for entry in turns
    ]


def given(history: list[HistoryMessage | None] | str) -> list[Turn]:
    """History a caller sent along, as turns for a model; plain text counts as something the person said."""
    if isinstance(history, str):
        return [Turn("user", history)] if history else []
    return [
        Turn("user" if item.role == "User" else "assistant", item.message) for item in history if item and item.message
    ]


def within(turns: Sequence[Turn], max_tokens: int) -> tuple[Turn, ...]:
    """The newest turns that fit; a turn is shown whole or not at all."""
    room = max_tokens
    kept = 0
    for turn in reversed(turns):
        room -= budget.of_turn(turn)
        if room < 0:
            break
        kept += 1
    return tuple(turns[len(turns) - kept :])


def file_tokens(items: Iterable[StoredItem]) -> list[str]:
    """Files that people attached to earlier turns, oldest first, without repeats."""
    return list(dict.fromkeys(token for item in items if item.role == "User" for token in item.file_names))


def effective_status(status: str, heartbeat: datetime) -> str:
    """`running` with an old heartbeat was left behind by a process that died: the reply is interrupted."""
    return "interrupted" if status == "running" and utcnow() - heartbeat > STALE_AFTER else status
