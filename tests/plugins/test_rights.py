"""Which calls the rights of a plugin key allow: decided without the agent, and never more than was written down."""

import re
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from codemie.plugins.effects import DEVELOPMENT, effect_of
from codemie.plugins.rights import ArgumentRule, AskRule, Rights, ToolRefused, decide, permits
from codemie.plugins.wire.extensions import ToolTraits

SHELL, READ, WRITE = "_run_command_line_tool", "_read_file_from_file_system", "_write_file_to_file_system"
SILENT = ToolTraits()

tools = st.sampled_from([*DEVELOPMENT, "_fetch", "_query-db", "_a"])
globs = st.sampled_from(["*", "_*", "_read*", "read*", "_run_*", "_?", "_[a-f]*", "_query-db", "nothing"])
traits = st.builds(ToolTraits, st.sampled_from([None, True, False]), st.sampled_from([None, True, False]))
arguments = st.dictionaries(
    st.sampled_from(["command", "file_path", "text"]),
    st.none() | st.text(max_size=30) | st.integers() | st.lists(st.integers(), max_size=3),
    max_size=3,
)
patterns = st.sampled_from(["", ".*", "git (status|log)", "[a-z/]+", "(src/.*)?", "[0-9]+"])
rights = st.builds(
    Rights,
    read_only=st.booleans(),
    allowed_tools=st.lists(globs, max_size=3),
    denied_tools=st.lists(globs, max_size=2),
    arguments=st.lists(st.builds(ArgumentRule, tool=globs, argument=st.just("command"), pattern=patterns), max_size=2),
    ask=st.sampled_from(["never", "writes", "always"]),
    asks=st.lists(st.builds(AskRule, tool=globs, ask=st.sampled_from(["never", "writes", "always"])), max_size=2),
)


def allowed(wanted: Rights, tool: str, said: ToolTraits = SILENT, **given_arguments: Any) -> bool:
    return decide(wanted, tool, said, given_arguments).refusal is None


def test_a_key_about_which_nothing_was_said_allows_everything_without_asking() -> None:
    for tool in DEVELOPMENT:
        assert decide(Rights(), tool, SILENT, {}) == decide(Rights(), "_anything", SILENT, {})
        assert allowed(Rights(), tool)
        assert not decide(Rights(), tool, SILENT, {}).asks


def test_reading_only_means_tools_that_are_known_to_read() -> None:
    reader = Rights(read_only=True)
    assert [tool for tool in DEVELOPMENT if allowed(reader, tool)] == [
        READ,
        "_list_files_in_directory",
        "_get_recursive_file_list",
    ]
    assert not allowed(reader, "_fetch"), "nothing good is believed of a tool that says nothing"
    assert allowed(reader, "_fetch", ToolTraits(read_only=True))
    assert not allowed(reader, "_fetch", ToolTraits(read_only=True, destructive=True))
    assert not allowed(reader, SHELL, ToolTraits(read_only=True)), "what a known tool is, an agent cannot talk away"


def test_names_mean_the_same_with_and_without_the_underscore_that_agents_put_before_them() -> None:
    for glob in ("run_*", "_run_*", "*run*"):
        assert not allowed(Rights(denied_tools=[glob]), SHELL, command="ls")
        assert allowed(Rights(allowed_tools=[glob]), SHELL, command="ls")


@pytest.mark.parametrize(
    ("command", "may"),
    [
        ("git status", True),
        ("git log --oneline", True),
        ("git status; rm -rf ~", False),
        ("git status\nrm -rf ~", False),
        (" git status", False),
        ("GIT STATUS", False),
        ("git status \ud800", False),
        (None, False),
        (["git status"], False),
    ],
)
def test_an_argument_has_to_match_as_a_whole(command: Any, may: object) -> None:
    rule = ArgumentRule(tool=SHELL, argument="command", pattern="git (status|log)[ a-z-]*")
    assert allowed(Rights(arguments=[rule]), SHELL, command=command) is may
    assert allowed(Rights(arguments=[rule]), READ), "the rule is about another tool"


def test_what_is_no_text_is_compared_as_json() -> None:
    def rule(pattern: str) -> Rights:
        return Rights(arguments=[ArgumentRule(tool="*", argument="n", pattern=pattern)])

    assert allowed(rule("[0-9]{1,3}"), "_a", n=250)
    assert not allowed(rule("[0-9]{1,3}"), "_a", n=2500)
    assert allowed(rule(r'\{"a": true\}'), "_a", n={"a": True})
    assert allowed(rule("(x)?"), "_a")


def test_the_first_rule_that_fits_says_when_a_person_is_asked() -> None:
    careful = Rights(ask="writes", asks=[AskRule(tool=SHELL, ask="always"), AskRule(tool="_*_file_*", ask="never")])
    asked = {tool: decide(careful, tool, SILENT, {}).asks for tool in (SHELL, WRITE, READ, "_fetch")}
    assert asked == {SHELL: True, WRITE: False, READ: False, "_fetch": True}
    assert decide(Rights(ask="always"), READ, SILENT, {}).asks


def test_a_refusal_says_what_and_what_to_do() -> None:
    with pytest.raises(ToolRefused) as refused:
        decide(Rights(denied_tools=["_run*"]), SHELL, SILENT, {}).enforce()
    assert refused.value.details == f"The tool '{SHELL}' is denied ('_run*')."
    assert "Plugins" in str(refused.value.help)


@pytest.mark.parametrize(
    "wrong",
    [
        {"allowed_tools": ["has a blank"]},
        {"allowed_tools": [""]},
        {"allowed_tools": ["a" * 128]},
        {"asks": [{"tool": "a" * 128, "ask": "always"}]},
        {"denied_tools": ["*"] * 101},
        {"arguments": [{"tool": "*", "argument": "a", "pattern": "("}]},
        {"arguments": [{"tool": "*", "argument": "a", "pattern": r"(a)\1"}]},
        {"arguments": [{"tool": "*", "argument": "a", "pattern": "a" * 501}]},
        {"arguments": [{"tool": "*", "argument": "a", "pattern": "((a{1000}){1000}){1000}"}]},
        {"ask": "sometimes"},
    ],
)
def test_rights_that_cannot_be_kept_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Rights.model_validate(wrong)


def test_a_hostile_argument_takes_no_time() -> None:
    rule = ArgumentRule(tool="*", argument="command", pattern="(a+)+b")
    started = time.perf_counter()
    assert not allowed(Rights(arguments=[rule]), "_a", command="a" * 200_000)
    assert time.perf_counter() - started < 2


@given(rights, tools, traits, arguments)
def test_what_is_denied_stays_denied(wanted: Rights, tool: str, said: ToolTraits, given_arguments: Any) -> None:
    stricter = wanted.model_copy(update={"denied_tools": [*wanted.denied_tools, tool]})
    assert not permits(stricter, tool, said)
    assert decide(stricter, tool, said, given_arguments).refusal is not None


@given(rights, rights, tools, traits, arguments)
def test_more_rules_never_allow_more(one: Rights, more: Rights, tool: str, said: ToolTraits, values: Any) -> None:
    both = one.model_copy(
        update={
            "read_only": one.read_only or more.read_only,
            "denied_tools": [*one.denied_tools, *more.denied_tools],
            "arguments": [*one.arguments, *more.arguments],
        }
    )
    if decide(both, tool, said, values).refusal is None:
        assert decide(one, tool, said, values).refusal is None


@given(rights, tools, traits, arguments)
def test_what_is_allowed_is_allowed_by_every_single_rule(
    wanted: Rights, tool: str, said: ToolTraits, values: dict[str, Any]
) -> None:
    decision = decide(wanted, tool, said, values)
    if decision.refusal is not None:
        return
    assert permits(wanted, tool, said)
    assert not wanted.read_only or effect_of(tool, said) == "reads"
    for rule in wanted.arguments:
        text = values.get("command")
        if rule.tool in (tool, "*", "_*") and isinstance(text, str) and text.isascii():
            assert re.fullmatch(rule.pattern, text)


@given(rights)
def test_rights_come_back_as_they_were_stored(wanted: Rights) -> None:
    assert Rights.model_validate(wanted.model_dump(mode="json")) == wanted


@pytest.mark.parametrize("longest", ["a" * 127, "_" + "a" * 127])
def test_the_longest_names_come_back_as_they_were_stored(longest: str) -> None:
    wanted = Rights(denied_tools=[longest])

    assert Rights.model_validate(wanted.model_dump(mode="json")) == wanted
