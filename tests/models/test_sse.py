"""Server-sent events come out the same however the network cuts them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemie.models.sse import MOST_BUFFERED, EventReader, EventTooLarge

payloads = st.lists(
    st.text(st.characters(blacklist_characters="\r\n", blacklist_categories=["Cs"]), max_size=30), max_size=8
)


@given(
    payloads, st.sampled_from(["\n", "\r\n"]), st.sampled_from(["", ": keep-alive\n", "event: x\r\nid: 7\n"]), st.data()
)
def test_events_survive_any_chunk_boundaries(texts: list[str], end: str, noise: str, data: st.DataObject) -> None:
    stream = "".join(f"{noise}data: {text}{end}{end}" for text in texts).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    reader, found = EventReader(), list[bytes]()

    for start, stop in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += reader.feed(stream[start:stop])

    assert [event.decode() for event in found + reader.finish()] == texts


def test_lines_of_one_event_are_joined_and_the_space_is_optional() -> None:
    assert EventReader().feed(b"data:one\ndata: two\ndata:  three\n\n") == [b"one\ntwo\n three"]


def test_an_unfinished_event_is_kept_until_the_end() -> None:
    reader = EventReader()

    assert reader.feed(b"data: half") == []
    assert reader.finish() == [b"half"]


def test_a_line_without_end_is_refused() -> None:
    reader = EventReader()
    reader.feed(b"x" * MOST_BUFFERED)

    with pytest.raises(EventTooLarge):
        reader.feed(b"x")
