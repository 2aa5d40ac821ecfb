"""What a model is shown of the turns before."""

from datetime import timedelta

from codemie.agents.request import PastCall, Turn
from codemie.conversations import budget, history
from codemie.conversations.history import StoredCall
from codemie.conversations.turn_records import StoredItem
from codemie.kernel.database import utcnow


def item(index: int, role: str, message: str, variant: int = 0, status: str = "complete") -> StoredItem:
    return StoredItem(index, variant, role, message, [f"file-{index}"] if role == "User" else [], status)


def test_only_the_latest_variant_of_a_turn_counts() -> None:
    stored = [
        *(item(0, "User", "a"), item(0, "Assistant", "b"), item(1, "User", "e"), item(1, "Assistant", "f")),
        *(item(0, "User", "c", 1), item(0, "Assistant", "d", 1)),
    ]
    assert [entry.message for entry in history.current_items(stored)] == ["c", "d", "e", "f"]


def test_errors_and_empty_replies_are_not_replayed() -> None:
    stored = [item(0, "User", "a"), item(0, "Assistant", "broken", status="failed"), item(1, "Assistant", "")]
    assert [entry.turn for entry in history.replayed(stored, {}, None)] == [Turn("user", "a")]


def test_the_newest_turns_are_kept_whole() -> None:
    turns = [Turn("user", str(number) * 40) for number in range(5)]
    each = budget.of_turn(turns[0])
    assert [turn.text[0] for turn in history.within(turns, 2 * each + 1)] == ["3", "4"]
    assert history.within(turns, each - 1) == ()


def test_given_history_may_be_text_or_messages() -> None:
    assert history.given("what was") == [Turn("user", "what was")]
    assert history.given("") == []


def reply(index: int, assistant: str = "a") -> StoredItem:
    return StoredItem(index, 0, "Assistant", "answer", [], "complete", index, assistant, has_thoughts=True)


def test_older_tool_calls_are_shown_in_brief_and_those_of_others_only_noted() -> None:
    stored = [*(reply(number) for number in range(30)), reply(30, "b")]
    newest_first = history.with_calls(stored)
    assert [item.id for item in newest_first] == list(range(30, 10, -1))
    call = PastCall("c", "search", {}, "")
    calls = {item.id: [StoredCall(call, "s" * 600, "r" * 10_000)] for item in newest_first}
    shown = {entry.index: entry.turn.calls for entry in history.replayed(stored, calls, "a")}
    assert [len(shown[index][0].result) for index in (29, 28, 27)] == [10_000] * 3
    assert all(len(shown[index][0].result) == 600 and not shown[index][0].is_note for index in range(26, 20, -1))
    assert all(shown[index][0].is_note for index in (30, *range(20, 10, -1)))
    assert shown[10] == ()


def test_files_of_earlier_turns_come_once() -> None:
    stored = [item(0, "User", "a"), item(0, "User", "a"), item(1, "User", "b"), item(1, "Assistant", "c")]
    assert history.file_tokens(stored) == ["file-0", "file-1"]


def test_a_reply_nobody_works_on_any_more_counts_as_interrupted() -> None:
    now = utcnow()
    assert history.effective_status("running", now) == "running"
    assert history.effective_status("running", now - timedelta(minutes=2)) == "interrupted"
    assert history.effective_status("complete", now - timedelta(days=2)) == "complete"
