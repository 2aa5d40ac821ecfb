"""Denied words and phrases: whole words, in any case and script, with any white space between them."""

from typing import Any

from codemie.guardrails.finders import Finder
from codemie.kernel.linear_patterns import compiled

_GAP = r"[\s\p{Z}]{1,10}"
_GAP_BYTES = 40
_CHARACTER_BYTES = 4


def finder(phrases: list[str]) -> Finder:
    """Finds each of the phrases; where several begin at one place, the longest."""
    written = _written(phrases)
    each = [compiled(one, ignore_case=True) for one in written]
    longest = max(len(phrase) * _CHARACTER_BYTES + len(phrase.split()) * _GAP_BYTES for phrase in phrases)

    def verify(text: bytes, begin: int, _end: int) -> int | None:
        return _longest(each, text, begin)

    reach = longest + _CHARACTER_BYTES  # one more character tells whether the last word ends
    return Finder(_any_of(written), reach, verify=verify)


def checked(phrases: list[str]) -> list[str]:
    """The phrases, if one rule can look for all of them.

    Raises:
        ValueError: they are too much.
    """
    import re2

    try:
        _any_of(_written(phrases))
    except re2.error as error:
        raise ValueError("too much for one rule: divide them among several") from error
    return phrases


def _written(phrases: list[str]) -> list[str]:
    return [_GAP.join(_quoted(word) for word in phrase.split()) for phrase in phrases]


def _any_of(written: list[str]) -> Any:
    return compiled("|".join(written), ignore_case=True)


def _longest(phrases: list[Any], text: bytes, begin: int) -> int | None:
    if _goes_on(_character_before(text, begin), _character_at(text, begin)):
        return None
    ends = [found.end() for phrase in phrases if (found := phrase.match(text, begin))]
    whole = [end for end in ends if not _goes_on(_character_before(text, end), _character_at(text, end))]
    return max(whole, default=None)


def _goes_on(one: str, other: str) -> bool:
    """Whether two characters that follow each other belong to one word."""
    return _is_of_a_word(one) and _is_of_a_word(other) and not (_is_by_itself(one) or _is_by_itself(other))


def _is_of_a_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _is_by_itself(character: str) -> bool:
    """Scripts that write words without white space: every place may be the end of a word."""
    return "\u0e00" <= character <= "\u0eff" or "\u2e80" <= character <= "\u9fff" or "\uac00" <= character <= "\ud7af"


def _character_before(text: bytes, place: int) -> str:
    return text[max(0, place - _CHARACTER_BYTES) : place].decode(errors="ignore")[-1:]


def _character_at(text: bytes, place: int) -> str:
    return text[place : place + _CHARACTER_BYTES].decode(errors="ignore")[:1]


def _quoted(word: str) -> str:
    return "".join(character if character.isalnum() else rf"\x{{{ord(character):X}}}" for character in word)
