"""What each kind of rule finds, and what it leaves alone."""

import pytest

from codemie.guardrails.judging import judges_of, verdict_on
from codemie.guardrails.patterns import longest_match
from codemie.guardrails.rules import RULES

_BODY = "KEY-----\nMIIEpAIBAAKCAQEAxyz\nabcdefghijklmnop\nqrs=\n-----END RSA " + "PRIVATE KEY-----"


def masked(rule: dict[str, object], text: str) -> str:
    return verdict_on(judges_of("g", "Guard", [{"action": "mask", "label": "X", **rule}]), text).text


@pytest.mark.parametrize(
    ("detector", "text"),
    [
        ("email", "ann.lee+x@mail.example.co.uk"),
        ("email", "josé@exämple.org"),
        ("phone", "+49 170 1234567"),
        ("phone", "(555) 123-4567"),
        ("phone", "0171 2345678"),
        ("payment_card", "4111 1111 1111 1111"),
        ("payment_card", "378282246310005"),
        ("payment_card", "5555-5555-5555-4444"),
        ("iban", "DE89 3704 0044 0532 0130 00"),
        ("iban", "gb29nwbk60161331926819"),
        ("aws_key", "AKIA" + "IOSFODNN7EXAMPLE"),
        ("aws_key", "aws_secret_access_key = " + "wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYEXAMPLEKEY"),
        ("access_token", "ghp_" + "0123456789abcdefghijABCDEFGHIJ012345"),
        ("access_token", "glpat-" + "abcdefghij0123456789"),
        ("access_token", "eyJhbGciOiJSUzI1NiJ9." + "eyJzdWIiOiIxMjM0In0." + "c2lnbmF0dXJl-_x"),
        ("private_key", "-----BEGIN RSA PRIVATE " + _BODY),
    ],
)
def test_a_detector_finds_the_whole_of_it(detector: str, text: str) -> None:
    assert masked({"type": "detector", "detector": detector}, f"See: {text}. Then") == "See: [X]. Then"


@pytest.mark.parametrize(
    ("detector", "text"),
    [
        ("email", "mention @ann, or a@b"),
        ("phone", "In 2024 we sold 1000000 of them, version 1.2.3"),
        ("payment_card", "4111 1111 1111 1112"),
        ("payment_card", "order 1234567890123456"),
        ("iban", "DE89 3704 0044 0532 0130 01"),
        ("aws_key", "AKIA is how they begin"),
        ("access_token", "a task-force-of-very-many-people-here"),
        ("private_key", "a private key begins with five dashes"),
    ],
)
def test_a_detector_leaves_other_things_alone(detector: str, text: str) -> None:
    assert masked({"type": "detector", "detector": detector}, text) == text


def test_phrases_are_whole_words_in_any_case_with_any_gap() -> None:
    rule = {"type": "phrase", "phrases": ["Project Falcon", "кот", "C++"]}

    assert masked(rule, "PROJECT\n falcon, projects falcon, project falcons") == "[X], projects falcon, project falcons"
    assert masked(rule, "Кот и который") == "[X] и который"
    assert masked(rule, "We like c++!") == "We like [X]!"


def test_of_phrases_that_begin_alike_the_longest_that_fits_is_covered() -> None:
    rule = {"type": "phrase", "phrases": ["new", "new york"]}

    assert masked(rule, "new york, new yorker, newer") == "[X], [X] yorker, newer"


@pytest.mark.parametrize("pattern", ["(a", r"(?<=a)b", r"(a)\1", r"a\C", "a*", "(x{1000}){1000}", "", "a" * 1001])
def test_an_expression_that_cannot_be_used_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"pattern"):
        RULES.validate_python([{"type": "pattern", "pattern": pattern}])


@pytest.mark.parametrize(
    ("pattern", "least"),
    [("abc", 3), (r"a{3}b{2,5}", 8), (r"[*+]{2}\*", 3), (r"\p{Greek}{4}", 4), (r"(?P<n>ab){3}", 6), (r"[]*]a", 2)],
)
def test_the_length_of_a_match_is_estimated_from_above(pattern: str, least: int) -> None:
    estimated = longest_match(pattern)

    assert estimated is not None
    assert estimated >= least


@pytest.mark.parametrize("pattern", ["a+", "a*b", "a{2,}", r"\[a*", r"\Qa\Eb", "(a{100}b){100}"])
def test_what_may_be_long_has_no_bound(pattern: str) -> None:
    assert longest_match(pattern) is None
