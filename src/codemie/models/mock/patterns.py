"""The shortest string that a regular expression accepts, for JSON schemas with `pattern`.

Covers literals, classes, groups, alternatives and repeats. Look-around and back-references are ignored, so the caller
checks the result. Walks the parse tree of the standard library (`re._parser`, present from Python 3.11).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from re import _parser  # pyright: ignore[reportAttributeAccessIssue]
from typing import Any

_LONGEST = 10_000
_CATEGORY_SAMPLES = {
    "CATEGORY_DIGIT": "0",
    "CATEGORY_NOT_DIGIT": "a",
    "CATEGORY_SPACE": " ",
    "CATEGORY_NOT_SPACE": "a",
    "CATEGORY_WORD": "a",
    "CATEGORY_NOT_WORD": "-",
}
_PRINTABLE = [chr(code) for code in (*range(97, 123), *range(65, 91), *range(48, 58), *range(32, 127))]


def sample(pattern: str) -> str:
    """Return a short string matching `pattern`, as far as the tree tells; `""` when the pattern does not compile."""
    try:
        tree: Iterable[Any] = _parser.parse(pattern)
    except (re.error, RecursionError, OverflowError):
        return ""
    return _sequence(tree)


def _sequence(tree: Iterable[Any]) -> str:
    return "".join(_node(str(op), argument) for op, argument in tree)


def _node(op: str, argument: Any) -> str:
    build = _BUILDERS.get(op)
    return build(argument) if build else ""


def _repeat(argument: Any) -> str:
    least, _most, inner = argument
    repeated = _sequence(inner)
    return repeated * min(int(least), _LONGEST // max(len(repeated), 1))


def _member(items: list[Any]) -> str:
    if str(items[0][0]) == "NEGATE":
        return _outside(items[1:])
    op, argument = items[0]
    if str(op) == "RANGE":
        return chr(argument[0])
    return _CATEGORY_SAMPLES.get(str(argument), "") if str(op) == "CATEGORY" else chr(argument)


def _outside(items: list[Any]) -> str:
    return next((char for char in _PRINTABLE if not any(_contains(item, char) for item in items)), "")


def _contains(item: Any, char: str) -> bool:
    op, argument = str(item[0]), item[1]
    if op == "LITERAL":
        return chr(argument) == char
    if op == "RANGE":
        return argument[0] <= ord(char) <= argument[1]
    classes = {"DIGIT": char.isdigit(), "SPACE": char.isspace(), "WORD": char.isalnum() or char == "_"}
    name = str(argument).removeprefix("CATEGORY_")
    return not classes[name[4:]] if name.startswith("NOT_") else classes[name]


_BUILDERS: dict[str, Callable[[Any], str]] = {
    "LITERAL": chr,
    "NOT_LITERAL": lambda code: "a" if chr(code) != "a" else "b",
    "ANY": lambda _: "a",
    "IN": _member,
    "BRANCH": lambda argument: _sequence(argument[1][0]),
    "SUBPATTERN": lambda argument: _sequence(argument[-1]),
    "ATOMIC_GROUP": _sequence,
    "MAX_REPEAT": _repeat,
    "MIN_REPEAT": _repeat,
    "POSSESSIVE_REPEAT": _repeat,
}
