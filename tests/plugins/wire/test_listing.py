"""What agents say they can do, and what makes a subject."""

import json
import uuid
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemie.plugins.wire.extensions import Abilities, Assembly, ToolTraits, split_answer
from codemie.plugins.wire.listing import Listing, ToolEntry, decode_listing, encode_listing
from codemie.plugins.wire.messages import MalformedMessage
from codemie.plugins.wire.subjects import (
    BadSubject,
    SessionAddress,
    is_key,
    is_new_key,
    is_token,
    key_mark,
    parse_tool_subject,
    token_of,
)

KEY, SESSION = uuid.uuid4().hex, str(uuid.uuid4())
HERE = SessionAddress(KEY, SESSION, "repo")


def official(name: str, label: str = "repo", **changes: Any) -> dict[str, object]:
    """An entry as the official agent writes it."""
    description = f"Adds\nnumbers.\n            Plugin label: {label}\n            Plugin ID: 123456\n"
    schema = {"properties": {"a": {"type": "string", "default": None}}, "title": "Add", "type": "object"}
    subject = f"{KEY}.{SESSION}.{label}.{name}"
    return {"name": name, "subject": subject, "description": description, "args_schema": schema, **changes}


def test_the_list_of_an_official_agent_is_read() -> None:
    listing = decode_listing(json.dumps([official("_add"), official("_shout")]).encode())

    assert (listing.address, listing.abilities, listing.left_out) == (HERE, Abilities(), {})
    assert [tool.name for tool in listing.tools] == ["_add", "_shout"]
    assert listing.tools[0].description == "Adds\nnumbers."
    assert listing.tools[0].args_schema["properties"] == {"a": {"type": "string"}}


def test_a_tool_with_a_dot_in_its_name_cannot_be_called_and_is_left_out() -> None:
    listing = decode_listing(json.dumps([official("_a.b"), official("_c")]).encode())

    assert [tool.name for tool in listing.tools] == ["_c"]
    assert "four parts" in listing.left_out["_a.b"]


def test_an_agent_without_tools_is_read() -> None:
    assert decode_listing(b"[]") == Listing(None, ())


def test_what_our_own_agent_says_comes_back() -> None:
    abilities = Abilities(agent="0.1", host="laptop", chunks=True, cancel=True)
    tools = [
        ToolEntry("_read", "Reads.", {"type": "object", "properties": {}}, ToolTraits(read_only=True)),
        ToolEntry("_wipe", "", {"type": "object", "properties": {}, "required": []}, ToolTraits(destructive=True)),
    ]

    assert decode_listing(encode_listing(HERE, tools, abilities)) == Listing(HERE, tuple(tools), {}, abilities)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{}",
        b"null",
        b"\xff",
        b"[1]",
        b'[{"name": "_a"}]',
        json.dumps([official("_a"), official("_b", label="other")]).encode(),
        json.dumps([official("_a")] * 513).encode(),
        b"[" * 100_000,
    ],
)
def test_a_list_that_is_none_is_refused(payload: bytes) -> None:
    with pytest.raises(MalformedMessage):
        decode_listing(payload)


ODD = st.none() | st.booleans() | st.integers() | st.text("ab.", max_size=5) | st.lists(st.integers(), max_size=2)


@given(st.dictionaries(st.sampled_from(["description", "args_schema", "x-codemie", "name", "subject"]), ODD))
def test_no_entry_does_more_than_be_refused(changes: dict[str, Any]) -> None:
    with suppress(MalformedMessage):
        decode_listing(json.dumps([{**official("_a"), **changes}]).encode())


@given(st.text(max_size=300))
def test_a_token_is_a_part_of_a_subject(text: str) -> None:
    assert is_token(token_of(text))
    if is_token(text):
        assert parse_tool_subject(SessionAddress(KEY, SESSION, text).tool("_t")) == (
            SessionAddress(KEY, SESSION, text),
            "_t",
        )


@pytest.mark.parametrize("subject", ["", "a.b.c", "a.b.c.d.e", "a..c.d", "a.*.c.d", "a.b.c.>", "a b.c.d.e"])
def test_what_is_no_subject_of_a_tool_is_refused(subject: str) -> None:
    with pytest.raises(BadSubject):
        parse_tool_subject(subject)


def test_keys_are_long_and_one_token() -> None:
    assert is_new_key(KEY)
    assert is_new_key(str(uuid.uuid4()))
    assert is_key("a-key-of-16-chars")
    assert not is_new_key("a-key-of-16-chars")
    for bad in ("short", f"{KEY}.x", f"{KEY}*", f"{KEY} x", "ä" * 40, ""):
        assert not is_key(bad)
    assert len(key_mark(KEY)) == 12
    assert key_mark(KEY) not in KEY


@given(payload=st.binary(max_size=300), size=st.integers(5, 400), order=st.randoms())
def test_an_answer_in_parts_is_put_together_in_any_order(payload: bytes, size: int, order: object) -> None:
    messages = split_answer(payload, size)
    order.shuffle(messages)  # type: ignore[attr-defined]
    assembly = Assembly()
    whole = [assembly.add(headers.get("Codemie-Chunk"), part) for headers, part in messages]

    assert whole == [None] * (len(messages) - 1) + [payload]


@pytest.mark.parametrize("header", ["", "0/1", "2/1", "1/65", "1", "a/b", "-1/3", "1/2/3", "01/2"])
def test_parts_that_make_no_answer_are_refused(header: str) -> None:
    with pytest.raises(MalformedMessage):
        Assembly().add(header, b"x")


def test_a_repeated_part_counts_once_and_a_changed_number_is_refused() -> None:
    assembly = Assembly()

    assert assembly.add("1/2", b"a") is None
    assert assembly.add("1/2", b"A") is None
    with pytest.raises(MalformedMessage):
        assembly.add("2/3", b"b")
    assert assembly.add("2/2", b"b") == b"ab"


def test_an_answer_too_large_for_its_parts_is_refused() -> None:
    with pytest.raises(MalformedMessage):
        split_answer(b"x" * 650, 10)


def test_a_list_holds_nothing_that_no_encoding_or_database_takes() -> None:
    entry = official(
        "_add",
        description="Adds\0 \ud800numbers.",
        args_schema={"properties": {"a": {"description": "half \udc00 of \x1b[31m"}}, "title": "\0"},
    )
    entry["x-codemie"] = {"agent": "1\0", "host": "lap\ud83dtop"}
    listing = decode_listing(json.dumps([entry]).encode())

    [tool] = listing.tools
    shown = json.dumps([tool.description, tool.args_schema, listing.abilities.encode()], ensure_ascii=False)
    assert shown.encode()
    assert "\\u00" not in shown
    assert (tool.description, listing.abilities.host) == ("Adds ?numbers.", "lap?top")
    with pytest.raises(MalformedMessage):
        decode_listing(json.dumps([entry], ensure_ascii=False).encode(errors="surrogatepass"))


def test_half_a_character_is_no_part_of_a_subject() -> None:
    assert not is_token("_\ud800")
    listing = decode_listing(json.dumps([official("_\ud800"), official("_add")]).encode())
    assert ([tool.name for tool in listing.tools], list(listing.left_out)) == (["_add"], ["_?"])
