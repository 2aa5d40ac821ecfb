"""Results of an agent's tools, in every form that was observed, and hostile ones."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemie.kernel.tools import Picture, ToolResult
from codemie.plugins.wire.messages import CallAnswer
from codemie.plugins.wire.results import read_answer, read_result, write_result

CALL = "5f3c1f6e-9a0a-4b0e-9a55-1f9f2f7a0c11"
METADATA = {"type": "metadata", "metadata": {"mcp_through_plugin": True}}


def message(content: object, tail: str = "") -> str:
    """As the official agent's own tools answer: the representation of a message object."""
    return f"content={content!r} name='_run' tool_call_id='{CALL}'{tail}"


@pytest.mark.parametrize(
    "said", ["hi\n", "it's", "both ' and \"", "C:\\temp\\new", "äöü 🦆", "", f"x' name='_run' tool_call_id='{CALL}'"]
)
def test_the_text_of_a_message_object_is_taken_out(said: str) -> None:
    assert read_result(message(said), "_run") == ToolResult(said)


def test_a_message_of_several_parts_is_joined() -> None:
    parts = ["one", {"type": "text", "text": "two"}, {"n": 3}]

    assert read_result(message(parts), "_run").text == 'one\ntwo\n{"n": 3}'


def test_a_message_that_says_it_failed_has_failed() -> None:
    assert read_result(message("no", " status='error'"), "_run").is_error
    assert not read_result(message("no", " artifact=\"status='error' \" status='success'"), "_run").is_error


def test_the_message_of_another_tool_is_plain_text() -> None:
    text = message("hi")

    assert read_result(text, "_other").text == text


@pytest.mark.parametrize(
    "content",
    [
        "[__import__('os').system('true')]",
        "[" * 5000 + "]" * 5000,
        "[" + "-" * 5000 + "1]",
        "[" + "1+" * 5000 + "1]",
        "['a', *[1]]",
        "[x for x in ()]",
    ],
)
def test_nothing_but_plain_data_is_ever_evaluated(content: str) -> None:
    text = f"content={content} name='_run' tool_call_id='{CALL}'"

    assert read_result(text, "_run").text == text


def test_the_list_of_an_mcp_server_is_joined() -> None:
    items = [METADATA, {"type": "text", "text": "5"}, {"type": "text", "text": "6"}, {"type": "data", "data": [1]}]

    assert read_result(json.dumps(items), "_add") == ToolResult("5\n6\n[1]")


def test_a_picture_of_an_mcp_server_is_kept() -> None:
    picture = {"type": "image", "data": base64.b64encode(b"png").decode(), "mimeType": "image/png", "annotations": None}
    result = read_result(json.dumps([METADATA, picture, {**picture, "data": "###"}]), "_shot")

    assert result == ToolResult("[a picture that cannot be read]", pictures=(Picture("image/png", b"png"),))


def test_a_failure_of_an_mcp_server_has_failed() -> None:
    text = json.dumps([{"type": "error", "text": "Error executing tool boom: kaboom"}, METADATA])

    assert read_result(text, "_boom") == ToolResult("Error executing tool boom: kaboom", is_error=True)


@pytest.mark.parametrize("text", ["[1, 2]", "[]", '["metadata"]', '[{"type": "text", "text": "no metadata"}]', "[{"])
def test_a_list_without_the_mark_is_plain_text(text: str) -> None:
    assert read_result(text, "_t") == ToolResult(text)


@pytest.mark.parametrize(
    "text",
    [
        "An error occurred: CommandLineTool._run() missing 1 required positional argument: 'command'",
        "Call to the tool timed out.",
        "Failed to decode JSON input.",
    ],
)
def test_a_failure_told_as_a_result_has_failed(text: str) -> None:
    assert read_result(text, "_t") == ToolResult(text, is_error=True)


def test_an_error_beside_the_result_has_failed() -> None:
    assert read_answer(CallAnswer("s", error="Tool 'T' got error: x"), "_t").is_error
    assert read_answer(CallAnswer("s", error=""), "_t").text == "The tool failed without saying why."


def test_control_characters_and_broken_ones_are_left_out() -> None:
    assert read_result("a\x00b\x1b[31mc\td\ne", "_t").text == "ab[31mc\td\ne"
    assert read_result(json.dumps([METADATA, {"type": "text", "text": "\ud800"}]), "_t").text == "?"


def test_megabytes_take_no_time() -> None:
    text = "'\\" * 2_000_000
    assert read_result(message(text), "_run").text == text
    assert read_result(f"content='{'a' * 4_000_000}", "_run").text.startswith("content=")


RESULTS = st.builds(
    ToolResult,
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=100),
    is_error=st.booleans(),
    pictures=st.lists(st.builds(Picture, st.just("image/png"), st.binary(max_size=20)), max_size=2).map(tuple),
)


@given(RESULTS)
def test_what_our_own_agent_writes_comes_back(result: ToolResult) -> None:
    assert read_result(write_result(result), "_t") == result


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=10) | st.just("metadata"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["type", "text", "data"]), inner),
    max_leaves=10,
)


@given(st.text(max_size=200) | JSON.map(repr) | JSON.map(lambda items: json.dumps([METADATA, items])))
def test_no_result_does_more_than_be_read(text: str) -> None:
    for form in (text, message(text), f"content={text} name='_run' tool_call_id='{CALL}'"):
        read_result(form, "_run").text.encode()
