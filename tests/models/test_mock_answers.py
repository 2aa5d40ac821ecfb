"""What the mock says without and with rules."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemie.agents.pausing import DENIED
from codemie.kernel.documents import DocumentError
from codemie.models.mock.engine import (
    BrokenStream,
    CallDelta,
    Finish,
    MockFault,
    Pause,
    Reply,
    TextDelta,
    play,
    respond,
)
from codemie.models.mock.request import ChatRequest, ToolSpec
from codemie.models.mock.rules import DEFAULT_RULES, RuleBook, parse_rules
from codemie.models.mock.tokens import count_tokens, tokens

NO_RULES = RuleBook([])
SEARCH = ToolSpec(
    "search_kb_docs",
    "Search the docs",
    {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]},
)
ADD = ToolSpec(
    "add_numbers",
    "Adds",
    {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}, "required": ["a", "b"]},
)
PASSAGES = """[1] docs/weather.md (lines 1-4)
It rains on Tuesdays. Bananas are yellow.

[2] docs/architecture.md (lines 10-12)
The house has rooms and floors. The agent loop lives in agents/loop.py and yields events."""


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def called(tool: str, result: str, arguments: str = "{}") -> list[dict[str, Any]]:
    call = {"id": f"id-{tool}", "type": "function", "function": {"name": tool, "arguments": arguments}}
    return [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": f"id-{tool}", "content": result},
    ]


def ask(*messages: dict[str, Any], rules: RuleBook = NO_RULES, **asked: Any) -> Reply:
    return respond(ChatRequest("mock-chat", list(messages), **asked), rules)


def test_the_same_question_gets_the_same_answer_that_admits_it_is_the_mock() -> None:
    first, second = ask(user("What is love?")), ask(user("What is love?"))

    assert first == second
    assert "What is love?" in first.text
    assert "mock model" in first.text
    assert first.completion_tokens == count_tokens(first.text)


def test_a_knowledge_search_is_called_with_the_question() -> None:
    reply = ask(user("Where does the agent loop live?"), tools=(ADD, SEARCH))

    assert [(call.name, json.loads(call.arguments)) for call in reply.tool_calls] == [
        ("search_kb_docs", {"query": "Where does the agent loop live?"})
    ]
    assert reply.finish_reason == "tool_calls"


def test_the_best_passage_is_quoted_and_cited() -> None:
    question = "Where does the agent loop live?"

    reply = ask(user(question), *called("search_kb_docs", PASSAGES), tools=(SEARCH,))

    assert "“The agent loop lives in agents/loop.py and yields events.” [2]" in reply.text
    assert "[1]" not in reply.text


def test_of_two_passages_that_answer_alike_the_one_the_search_ranked_first_is_quoted() -> None:
    found = "\n\n".join(
        f"[{number}] {source}\nThe agent loop lives here." for number, source in enumerate(["loop.py", "test.py"], 1)
    )

    reply = ask(user("Where does the agent loop live?"), *called("search_kb_docs", found), tools=(SEARCH,))

    assert "[1]" in reply.text.splitlines()[2]


def test_passages_that_do_not_answer_are_not_cited() -> None:
    reply = ask(user("Quantum chromodynamics?"), *called("search_kb_docs", PASSAGES), tools=(SEARCH,))

    assert reply.text == "None of the passages found answers this question."


@pytest.mark.parametrize(
    "wording", ["Use add_numbers with 2 and 3", "call the add numbers tool: a=2, b=3", 'add_numbers {"a": 2, "b": 3}']
)
def test_a_tool_asked_for_by_name_is_called_with_arguments_from_the_text(wording: str) -> None:
    reply = ask(user(wording), tools=(SEARCH, ADD))

    assert [(call.name, json.loads(call.arguments)) for call in reply.tool_calls] == [("add_numbers", {"a": 2, "b": 3})]


@pytest.mark.parametrize("wording", ["_read_file", "read_file", "`_read_file`"])
def test_a_tool_whose_name_begins_with_an_underscore_is_found(wording: str) -> None:
    tool = ToolSpec("_read_file", "Reads", {"type": "object", "properties": {"path": {"type": "string"}}})

    reply = ask(user(f'Call {wording} with {{"path": "README.md"}}'), tools=(tool,))

    assert [(call.name, json.loads(call.arguments)) for call in reply.tool_calls] == [
        ("_read_file", {"path": "README.md"})
    ]
    assert not ask(user('Call my_read_file with {"path": "README.md"}'), tools=(tool,)).tool_calls


def test_an_answer_that_did_nothing_says_which_tools_it_would_call() -> None:
    said = ask(user("Which issues are open?"), tools=(ADD,)).text

    assert "when a message names them: `add_numbers`" in said
    assert "Tools that it calls" not in ask(user("Which issues are open?"), tools=(SEARCH,)).text


def test_code_is_quoted_as_the_language_of_its_file() -> None:
    found = "[1] src/agents/loop.py, lines 1-4, run\ndef run(request):\n    return loop(request)\n"

    said = ask(user("Where is the agent loop?"), *called("search_kb_docs", found), tools=(SEARCH,)).text

    assert said.startswith("From what was found:\n\n```py\ndef run(request):")


def test_tools_asked_for_together_are_called_one_after_the_other_then_answered() -> None:
    question = user("Use add_numbers with 1 and 2, then search_kb_docs for rooms")

    second = ask(question, *called("add_numbers", "3"), tools=(SEARCH, ADD))
    last = ask(question, *called("add_numbers", "3"), *called("search_kb_docs", "nothing"), tools=(SEARCH, ADD))

    assert [call.name for call in second.tool_calls] == ["search_kb_docs"]
    assert last.tool_calls == ()
    assert "The tool `add_numbers` answered:\n\n3" in last.text


def test_a_long_document_is_quoted_where_it_answers_with_its_page_and_without_its_fence() -> None:
    filler = "\n\n".join(f"Chapter {number} tells of other things at some length." for number in range(60))
    document = f"# manual.pdf\n\nPage 1:\n{filler}\n\nPage 2:\nA glob pattern is matched without regard to case."
    question = user("How is a glob pattern matched?")

    reply = ask(
        question, *called("pdf_tool", f'<untrusted source="pdf_tool">\n{document}\n</untrusted>'), tools=(SEARCH,)
    )

    assert reply.text == (
        "The tool `pdf_tool` answered:\n\n“A glob pattern is matched without regard to case.” (page 2)"
    )


def test_a_denied_call_is_not_told_as_an_answer() -> None:
    reply = ask(user("Use add_numbers with 1 and 2"), *called("add_numbers", DENIED), tools=(ADD,))

    assert reply.text == "The tool `add_numbers` was not called, because you denied it."


def test_tool_choice_is_obeyed() -> None:
    assert ask(user("Where is it?"), tools=(SEARCH,), tool_choice="none").tool_calls == ()
    assert ask(user("Hi"), tools=(SEARCH, ADD), tool_choice="add_numbers").tool_calls[0].name == "add_numbers"
    assert ask(user("!"), tools=(ADD,), tool_choice="required").tool_calls[0].name == "add_numbers"


def test_a_sub_assistant_whose_description_fits_gets_the_task() -> None:
    task = {"type": "object", "properties": {"task": {"type": "string"}}, "required": ["task"]}
    poet, cook = ToolSpec("transfer_to_poet", "Writes poems", task), ToolSpec("transfer_to_cook", "Knows recipes", task)

    reply = ask(user("I need a recipe for soup"), tools=(poet, cook))

    assert [(call.name, json.loads(call.arguments)["task"]) for call in reply.tool_calls] == [
        ("transfer_to_cook", "I need a recipe for soup")
    ]


def test_a_schema_is_answered_with_json_that_fits() -> None:
    schema = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
        "required": ["name", "age"],
    }

    assert json.loads(ask(user("name: Bob, age: 7"), response_schema=schema).text) == {"name": "Bob", "age": 7}
    assert "answer" in json.loads(ask(user("Hi"), json_mode=True).text)


def test_earlier_turns_are_remembered() -> None:
    reply = ask(
        user("My name is Ada and I like tea"), {"role": "assistant", "content": "Hello"}, user("What is my name?")
    )

    assert "My name is Ada" in reply.text


def test_an_explicit_history_is_known_too_when_search_finds_nothing() -> None:
    turns = [
        user("The code word is walrus"),
        {"role": "assistant", "content": "ok"},
        user("Which code word did I tell you?"),
    ]

    reply = ask(*turns, *called("search_kb_docs", "Nothing found."), tools=(SEARCH,))

    assert "walrus" in ask(*turns).text
    assert "walrus" in reply.text or "Nothing found" in reply.text


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ('Reply with exactly "pong"', "pong"),
        ("Say only 'two words'", "two words"),
        ("What is 12 * 12?", "12 * 12 = 144"),
    ],
)
def test_simple_wishes_are_granted(prompt: str, said: str) -> None:
    assert ask(user(prompt)).text == said


def test_a_picture_is_acknowledged() -> None:
    parts = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}},
    ]

    assert "1 image" in ask({"role": "user", "content": parts}).text


def test_context_in_the_prompt_is_cited_as_well() -> None:
    assert "[2]" in ask({"role": "system", "content": PASSAGES}, user("Where does the agent loop live?")).text


def test_a_limit_cuts_the_answer() -> None:
    reply = ask(user("Tell me a story"), max_tokens=5)

    assert (reply.finish_reason, reply.completion_tokens) == ("length", 5)


def test_the_first_rule_that_holds_answers() -> None:
    rules = parse_rules(
        """
rules:
  - when: {model: "other-*"}
    then: {reply: never}
  - when: {matches: "my name is (?P<who>\\\\w+)", turn: 1}
    then: {reply: "Pleased to meet you, {who} ({model}, {unknown})."}
  - when: {has_tool: "search_*", after_tool: false, contains: [find, look]}
    then: {tool_call: {name: search_kb_docs, arguments: {query: "for {prompt}"}}}
  - when: {after_tool: "search_*"}
    then: {json: {found: "{result}"}}
""".replace("\\\\\\\\", "\\\\"),
        "r.yaml",
    )

    greeting = ask(user("Hello, my name is Ada"), rules=rules)
    search = ask(user("Please FIND it"), rules=rules, tools=(SEARCH,))
    after = ask(user("Please FIND it"), *called("search_kb_docs", "gold"), rules=rules, tools=(SEARCH,))

    assert greeting.text == "Pleased to meet you, Ada (mock-chat, {unknown})."
    assert json.loads(search.tool_calls[0].arguments) == {"query": "for Please FIND it"}
    assert after.text == '{"found": "gold"}'


def test_a_rule_may_answer_only_so_often() -> None:
    rules = parse_rules("rules: [{then: {error: {status: 429, retry_after_seconds: 0}}, times: 2}]", "r.yaml")

    for _ in range(2):
        with pytest.raises(MockFault) as caught:
            ask(user("x"), rules=rules)
        assert (caught.value.status, caught.value.code) == (429, "rate_limit_exceeded")
    assert ask(user("x"), rules=rules).text


def test_delays_truncation_malformed_calls_and_endless_replies_can_be_scripted() -> None:
    rules = parse_rules(
        """
rules:
  - {when: {contains: slow}, then: {reply: a b, delay_seconds: 2, token_delay_seconds: 0.5}}
  - {when: {contains: cut}, then: {reply: a b c d, truncate_after_tokens: 2}}
  - {when: {contains: broken}, then: {malformed_tool_call: add_numbers}}
  - {when: {contains: forever}, then: {reply: again, endless: true}}
""",
        "r.yaml",
    )
    slow = list(play(ask(user("slow"), rules=rules)))
    assert slow[:4] == [Pause(2), TextDelta("a"), Pause(0.5), TextDelta(" b")]

    cut = play(ask(user("cut"), rules=rules))
    assert [next(cut), next(cut)] == [TextDelta("a"), TextDelta(" b")]
    with pytest.raises(BrokenStream):
        next(cut)

    with pytest.raises(ValueError, match="Expecting"):
        json.loads(ask(user("broken"), rules=rules, tools=(ADD,)).tool_calls[0].arguments)

    forever = play(ask(user("forever"), rules=rules))
    assert all(isinstance(next(forever), TextDelta) for _ in range(1000))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("rules: [{when: {matches: '('}, then: {}}]", "r.yaml:1:17: rules[0].when.matches: not a regular"),
        ("rules:\n  - then: {replay: x}", "r.yaml:2:12: rules[0].then.replay: is not known here; did you mean reply?"),
        ("rules: 3", "r.yaml:1:1: rules: Input should be a valid list"),
    ],
)
def test_a_wrong_rule_is_named_with_line_and_key(text: str, told: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_rules(text, "r.yaml")

    assert told in str(caught.value)


def test_the_packaged_rules_load_and_an_empty_file_means_none() -> None:
    with pytest.raises(MockFault):
        ask(user("please [mock:503]"), rules=parse_rules(Path(DEFAULT_RULES).read_text(), "r.yaml"))
    assert ask(user("please [mock:503]"), rules=parse_rules("", "r.yaml")).text


@given(st.text(max_size=300))
def test_tokens_joined_are_the_text(text: str) -> None:
    assert "".join(tokens(text)) == text
    assert count_tokens(text) == len(list(tokens(text)))


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "text", ["what " * 40_000, "say " + " " * 200_000, '"' * 100_000, "a'" * 50_000, "tool " * 40_000, "." * 200_000]
)
def test_long_text_made_to_annoy_is_answered_soon(text: str) -> None:
    tools = (ToolSpec("run", "", {}), ADD, SEARCH)

    assert ask(user(text), user(text), tools=tools)
    assert ask(user(text), *called("search_kb_docs", f"[1] {text}"), tools=tools)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda c: st.lists(c, max_size=3) | st.dictionaries(st.text(max_size=8), c, max_size=3),
    max_leaves=6,
)


@given(st.text(max_size=400), st.text(max_size=400), JSON)
def test_no_text_makes_the_mock_fail(prompt: str, result: str, parameters: Any) -> None:
    schema = parameters if isinstance(parameters, dict) else {}
    tool = ToolSpec("search_kb_x", prompt, SEARCH.parameters)

    replies = [
        ask({"role": "system", "content": result}, user(prompt), tools=(tool,)),
        ask(user(prompt), *called("search_kb_x", result), tools=(tool,), response_schema=schema or None),
    ]

    for reply in replies:
        events = list(play(reply))
        assert isinstance(events[-1], Finish)
        assert "".join(event.text for event in events if isinstance(event, TextDelta)) == reply.text
        said = "".join(event.arguments for event in events if isinstance(event, CallDelta))
        assert said == "".join(call.arguments for call in reply.tool_calls)
