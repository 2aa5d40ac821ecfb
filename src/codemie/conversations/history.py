"""What a model is shown of the turns before."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from codemie.agents.request import Turn
from codemie.conversations.chat_schemas import HistoryMessage
from codemie.conversations.turn_records import StoredItem
from codemie.kernel.database import utcnow

STALE_AFTER = timedelta(seconds=60)


def current_items(stored: Iterable[StoredItem]) -> list[StoredItem]:
    """The items of the latest variant of each turn, in the order of the turns."""
    latest: dict[int, list[StoredItem]] = {}
    for item in stored:
        kept = latest.get(item.history_index)
        if kept is None or item.variant > kept[0].variant:
            latest[item.history_index] = [item]
        elif item.variant == kept[0].variant:
            kept.append(item)
    return [item for index in sorted(latest) for item in latest[index]]


def replayed(items: Iterable[StoredItem], max_characters: int) -> tuple[Turn, ...]:
    """Stored items as turns for a model, newest kept, at most `max_characters`. Error texts are nobody's words."""
    shown = [
        Turn("user" if item.role == "User" else "assistant", item.message)
        for item in items
        if item.message and item.status != "failed"
    ]
    return within(shown, max_characters)


def given(history: list[HistoryMessage | None] | str, max_characters: int) -> tuple[Turn, ...]:
    """History a caller sent along, as turns for a model; plain text counts as something the person said."""
    if isinstance(history, str):
        return within([Turn("user", history)] if history else [], max_characters)
    shown = [
        Turn("user" if item.role == "User" else "assistant", item.message) for item in history if item and item.message
    ]
    return within(shown, max_characters)


def within(turns: list[Turn], max_characters: int) -> tuple[Turn, ...]:
    """The newest turns that fit; a turn is shown whole or not at all."""
    room = max_characters
    kept = 0
    for turn in reversed(turns):
        room -= len(turn.text)
        if room < 0:
            break
        kept += 1
    return tuple(turns[len(turns) - kept :])


def file_tokens(items: Iterable[StoredItem]) -> list[str]:
    """Files of earlier turns, oldest first, without repeats."""
    return list(dict.fromkeys(token for item in items for token in item.file_names))


def effective_status(status: str, heartbeat: datetime) -> str:
    """`running` with an old heartbeat was left behind by a process that died: the reply is interrupted."""
    return "interrupted" if status == "running" and utcnow() - heartbeat > STALE_AFTER else status
