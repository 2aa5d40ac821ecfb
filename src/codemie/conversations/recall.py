"""Chooses what a model is shown of a conversation: all of it, or a summary and the turns since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from codemie.agents.request import AgentRun, Turn
from codemie.conversations import branch_repository, budget, history, recall_repository
from codemie.conversations.chat_schemas import TurnRequest
from codemie.conversations.history import Indexed
from codemie.conversations.pictures import PictureShelf
from codemie.conversations.settings import ConversationsSettings
from codemie.conversations.turn_records import Loaded, StoredItem
from codemie.kernel.database import Database

_SMALL = 1_000
"""Tokens that every model can read, whatever it is: then nothing needs to be counted."""
_ASKED = "Summarise our conversation so far."


@dataclass(frozen=True, slots=True)
class Gap:
    """Turns that do not fit, and are not summarised yet.

    Args:
        earlier: the summary of what was before them.
        after: they follow this turn;
        through: and this is the last of them.
        path: which version of each turn that has several.
        kept: what is shown behind the summary.
    """

    conversation_id: str
    earlier: str
    after: int
    through: int
    path: Mapping[int, int]
    kept: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Recollection:
    """Turns for a model; where there is a gap, they are what it is shown if that cannot be summarised."""

    turns: tuple[Turn, ...] = ()
    gap: Gap | None = None


def as_turns(summary: str) -> tuple[Turn, ...]:
    """A summary as something the assistant said: it holds other people's words, and gains no weight by being one."""
    return (Turn("user", _ASKED), Turn("assistant", summary)) if summary else ()


async def recall(
    database: Database,
    settings: ConversationsSettings,
    shelf: PictureShelf,
    run: AgentRun,
    request: TurnRequest,
    loaded: Loaded,
) -> Recollection:
    """What is stored wins over what the request carries; a fresh conversation takes what is given.

    Args:
        database: holds the conversation.
        settings: how much of it is shown.
        shelf: holds the pictures of the caller's conversation.
        run: which is to remember.
        request: asked for it.
        loaded: the conversation as far as it is loaded.
    """
    stored = history.current_items(loaded.history)
    if not stored:
        given = history.given(request.history) if request.history else []
        return Recollection(history.within(given, budget.for_history(run, settings)) if given else ())
    seen = shelf if run.model.multimodal else None
    shown = await _replayed(database, request.conversation_id or "", stored, _assistant_id(loaded), seen)
    if not shown or (_size(shown) <= _SMALL and stored[0].history_index == 0):
        return Recollection(_turns(shown))
    return await _fitted(database, settings, run, request.conversation_id or "", shown, stored)


async def _replayed(
    database: Database,
    conversation_id: str,
    stored: Sequence[StoredItem],
    assistant_id: str | None,
    shelf: PictureShelf | None,
) -> list[Indexed]:
    replies = [item.id for item in history.with_calls(stored)]
    if not replies:
        return history.replayed(stored, {}, assistant_id)
    async with database.session() as session:
        calls = await recall_repository.calls(session, conversation_id, replies, replies[: history.WHOLE_REPLIES])
    return history.replayed(stored, await shelf.filled(calls) if shelf else calls, assistant_id)


async def _fitted(
    database: Database,
    settings: ConversationsSettings,
    run: AgentRun,
    conversation_id: str,
    shown: list[Indexed],
    stored: Sequence[StoredItem],
) -> Recollection:
    first, last = stored[0].history_index, stored[-1]
    room = budget.for_history(run, settings)
    if _size(shown) > room:
        shown = history.in_brief(shown)
    if _size(shown) <= room and first == 0:
        return Recollection(_turns(shown))
    async with database.session() as session:
        path = await branch_repository.path_to(session, conversation_id, (last.history_index, last.variant))
        summary = await recall_repository.summary(session, conversation_id, path, last.history_index)
    words, after = (summary.text, summary.through_index) if summary else ("", -1)
    start = as_turns(words)
    since = [entry for entry in shown if entry.index > after]
    left = room - sum(map(budget.of_turn, start))
    if _size(since) <= left and first <= after + 1:
        return Recollection((*start, *_turns(since)))
    recollection = (*start, *history.within(_turns(since), left))
    kept = _newest(since, room // 2, settings.history_turns // 2)
    through = (kept[0].index if kept else since[-1].index + 1) - 1
    if not settings.summary_seconds or through <= after:
        return Recollection(recollection)
    return Recollection(recollection, Gap(conversation_id, words, after, through, path, _turns(kept)))


def _newest(entries: list[Indexed], max_tokens: int, max_turns: int) -> list[Indexed]:
    """The last whole turns, question and answer, that fit; half of what does, so that a summary lasts for a while."""
    fitting = history.within(_turns(entries), max_tokens)
    kept = entries[len(entries) - len(fitting) :]
    oldest = entries[-1].index - max_turns
    cut_turn = entries[len(entries) - len(kept) - 1].index if len(kept) < len(entries) else -1
    return [entry for entry in kept if entry.index > max(oldest, cut_turn)]


def _size(entries: Sequence[Indexed]) -> int:
    return sum(budget.of_turn(entry.turn) for entry in entries)


def _turns(entries: Sequence[Indexed]) -> tuple[Turn, ...]:
    return tuple(entry.turn for entry in entries)


def _assistant_id(loaded: Loaded) -> str | None:
    return None if loaded.assistant is None else str(loaded.assistant["assistant_id"])
