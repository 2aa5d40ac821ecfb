"""Texts that grow: however they are cut, what is shown is what judging all of it would show."""

import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codemie.guardrails.judging import Judge, judges_of, verdict_on
from codemie.guardrails.window import Blocked, Window

RULES = [
    {"type": "phrase", "phrases": ["red fox", "red", "fox den", "über"], "action": "mask"},
    {"type": "pattern", "pattern": r"x\d{2,4}y?", "action": "mask", "label": "code"},
    {"type": "pattern", "pattern": r"\bab$|bcd", "action": "mask", "label": "end"},
    *(
        {"type": "detector", "detector": name, "action": "mask"}
        for name in ("email", "phone", "payment_card", "iban", "aws_key", "access_token", "private_key")
    ),
]
WORDS = [
    *("red", " ", "fox", "den", "\n", "re", "d", "über", "a", "b", "ab", "bcd", ".", "é", "漢字", "\ud83d", "_"),
    *("x", "1", "22", "333", "y", "me@example.org", "@", "example.", "com", "+49 170 1234567", "0171 234567"),
    *("4111 1111 1111 1111", "4111", "1111", "-", "DE89 3704 0044 0532 0130 00", "DE89", "370400440532013000"),
    *("AKIA" + "ABCDEFGHIJKLMNOP", "AKIA", "ghp_" + "a" * 36, "eyJhbGciOi.", "eyJzdWIiOi.", "signature1"),
    *("-----BEGIN RSA PRIVATE " + "KEY-----", "\nMIIEpAIBAAKCAQEA", "\n-----END RSA PRIVATE " + "KEY-----"),
]
texts = st.lists(st.sampled_from(WORDS), max_size=40).map("".join)


def judges(*rules: dict[str, object]) -> tuple[Judge, ...]:
    return judges_of("g", "Guard", rules or RULES)


def pieces(text: str, cuts: list[int]) -> list[str]:
    places = sorted({min(cut, len(text)) for cut in cuts})
    return [text[start:end] for start, end in zip([0, *places], [*places, len(text)], strict=True)]


def shown(rules: tuple[Judge, ...], parts: list[str]) -> str:
    window = Window(rules)
    return "".join([*(window.feed(part) for part in parts), window.finish()])


@given(texts, st.lists(st.integers(0, 400), max_size=30))
@settings(max_examples=400, deadline=None)
def test_no_cut_lets_anything_through_and_nothing_is_lost_or_told_twice(text: str, cuts: list[int]) -> None:
    rules = judges()

    assert shown(rules, pieces(text, cuts)) == verdict_on(rules, text).text


@given(texts)
@settings(max_examples=100, deadline=None)
def test_a_text_that_comes_letter_by_letter_is_judged_as_a_whole(text: str) -> None:
    rules = judges()

    assert shown(rules, list(text)) == verdict_on(rules, text).text


@given(texts, st.lists(st.integers(0, 400), max_size=30))
@settings(max_examples=200, deadline=None)
def test_nothing_of_what_is_blocked_is_ever_shown(text: str, cuts: list[int]) -> None:
    rules = judges({"type": "phrase", "phrases": ["red fox"], "action": "block"})
    window, told = Window(rules), ""
    blocked = False
    try:
        for part in pieces(text, cuts):
            told += window.feed(part)
        told += window.finish()
    except Blocked:
        blocked = True

    assert blocked is (verdict_on(rules, text).blocked is not None)
    assert verdict_on(rules, told).blocked is None
    assert text.startswith(told)


@given(st.text(max_size=200), st.lists(st.integers(0, 200), max_size=10))
@settings(max_examples=200, deadline=None)
def test_text_without_anything_to_find_comes_as_it_is(text: str, cuts: list[int]) -> None:
    rules = judges({"type": "pattern", "pattern": r"\x{10FFFF}never{3}"})

    assert shown(rules, pieces(text, cuts)) == text


def test_an_expression_without_a_bound_holds_the_whole_answer_back() -> None:
    window = Window(judges({"type": "pattern", "pattern": "begin.*end", "action": "mask", "label": "gone"}))

    assert window.feed("Here: begin of ") == ""
    assert window.feed("the end.") == ""
    assert window.finish() == "Here: [gone]."


def test_words_are_shown_while_they_come_where_only_words_are_denied() -> None:
    window = Window(judges({"type": "detector", "detector": "email", "action": "mask"}))

    assert window.feed("Write to Ann at ann@exa") == "Write to Ann at "
    assert window.feed("mple.org, please") == "[e-mail address], "


@pytest.mark.parametrize("part", ["a ", "4", "4 ", "41 ", "DE89", "@", "a@", "+1 ", "sk-", "-----BEGIN PRIVATE "])
def test_no_text_takes_more_than_linear_time(part: str) -> None:
    rules, part = judges(), part * (200_000 // len(part))
    began = time.process_time()
    verdict_on(rules, part[: len(part) // 8])
    eighth = time.process_time() - began
    began = time.process_time()
    verdict_on(rules, part)

    assert time.process_time() - began < 40 * max(eighth, 0.05)


class Counting:
    """A pattern that counts how much it reads."""

    def __init__(self, pattern: Any) -> None:
        self.pattern = pattern
        self.read = 0

    def search(self, text: bytes, start: int) -> Any:
        self.read += len(text) - start
        return self.pattern.search(text, start)


def test_a_word_without_end_is_not_read_anew_with_each_of_its_letters() -> None:
    (judge,) = judges({"type": "detector", "detector": "access_token", "action": "mask"})
    pattern = Counting(judge.finders[0].pattern)
    watched = (replace(judge, finders=(replace(judge.finders[0], pattern=pattern),)),)
    text = "It is " + "Ab9x" * 10_000

    assert shown(watched, [*pieces(text, list(range(0, len(text), 4))), " and ghp_", "a" * 36, " ends"]) == (
        f"{text} and [access token] ends"
    )
    assert pattern.read < 5 * len(text)
