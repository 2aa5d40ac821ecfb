"""What a model is shown of the turns before."""

from datetime import timedelta

from codemie.agents.request import Turn
from codemie.conversations import history
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
    assert history.replayed(stored, 100) == (Turn("user", "a"),)


def test_the_newest_turns_are_kept_whole() -> None:
    stored = [item(number, "User", str(number) * 10) for number in range(5)]
    assert [turn.text[0] for turn in history.replayed(stored, 25)] == ["3", "4"]
    assert history.replayed(stored, 5) == ()


def test_given_history_may_be_text_or_messages() -> None:
    assert history.given("what was", 100) == (Turn("user", "what was"),)
    assert history.given("", 100) == ()


def test_files_of_earlier_turns_come_once() -> None:
    stored = [item(0, "User", "a"), item(0, "User", "a"), item(1, "User", "b"), item(1, "Assistant", "c")]
    assert history.file_tokens(stored) == ["file-0", "file-1"]


def test_a_reply_nobody_works_on_any_more_counts_as_interrupted() -> None:
    now = utcnow()
    assert history.effective_status("running", now) == "running"
    assert history.effective_status("running", now - timedelta(minutes=2)) == "interrupted"
    assert history.effective_status("complete", now - timedelta(days=2)) == "complete"
