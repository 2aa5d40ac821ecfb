"""Values a person already named in their text, to fill a tool's arguments or a JSON schema with."""

import json
import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any, cast

_QUOTED = re.compile(r'"([^"\n]{1,2000})"|`([^`\n]{1,2000})`|(?<!\w)\'([^\'\n]{1,2000})\'(?!\w)')
_NUMBER = re.compile(r"(?<![\w.])-?\d{1,15}(?:\.\d{1,10})?(?![\w])")
_VALUE = r"""\s*(?:=|:|\bis\b|\bto\b)\s*("[^"\n]*"|'[^'\n]*'|`[^`\n]*`|[^\s,;]+)"""
_FREE_TEXT_KEYS = frozenset(
    (
        *("query", "question", "task", "text", "prompt", "input", "message", "content", "answer", "summary"),
        *("response", "description", "request", "result", "output", "instruction", "instructions"),
        *("user_input", "search_query", "image_description"),
    )
)


class Hints:
    """Reads candidate values out of `text`; `free_text` answers keys such as `query` or `summary`."""

    def __init__(self, text: str = "", free_text: str = "") -> None:
        self._text = text[:20_000]
        self._free_text = free_text
        self._objects = list(json_objects(self._text))
        self._used = 0

    def named(self, key: str) -> Iterator[Any]:
        """Yield what the text says about `key`: a member of a JSON object in it, then `key = value`."""
        for found in self._objects:
            if key in found:
                yield found[key]
        name = re.escape(key).replace("_", "[_ -]")
        for match in re.finditer(rf"(?i)(?<![\w]){name}{_VALUE}", self._text):
            yield match.group(1).strip("\"'`").rstrip(".!?") or match.group(1)

    def text_for(self, key: str) -> str | None:
        """Return the free text when `key` asks for one."""
        return self._free_text if key.lower() in _FREE_TEXT_KEYS and self._free_text else None

    @cached_property
    def quoted(self) -> list[str]:
        """Quoted strings, in order; each is handed out once by the caller popping it."""
        return [next(group for group in match.groups() if group) for match in _QUOTED.finditer(self._text)]

    @cached_property
    def numbers(self) -> list[float]:
        """Plain numbers, in order; each is handed out once by the caller popping it."""
        return [float(match.group()) for match in _NUMBER.finditer(self._text)]

    def mentions(self, value: str) -> bool:
        """Whether the text contains `value` as a word."""
        return bool(value) and re.search(rf"(?i)(?<!\w){re.escape(value)}(?!\w)", self._text) is not None


def json_objects(text: str) -> Iterator[dict[str, Any]]:
    """Yield the JSON objects written out in `text`, outermost only, at most ten."""
    decoder = json.JSONDecoder()
    position, found = text.find("{"), 0
    while position >= 0 and found < 10:
        try:
            value, end = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            value, end = None, position + 1
        if isinstance(value, dict):
            yield cast("dict[str, Any]", value)
            found += 1
        position = text.find("{", end)
