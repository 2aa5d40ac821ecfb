"""What a model reads of a document: all of a short one, a list of operations, or those that a question is about."""

import json
import re
from collections.abc import Iterable
from typing import Any

from codemie.integrations.openapi import listed, mapping
from codemie.toolkits.openapi.document import ApiDocument
from codemie.toolkits.openapi.operations import Operation

Json = dict[str, Any]

_WHOLE_CHARACTERS = 24_000
_PAGE = 100
_MOST_DETAILED = 5
_MOST_LISTED = 25
_WORD = re.compile(r"[a-z0-9]+")
_PARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def whole(document: ApiDocument, page: int) -> Json | str:
    """The document itself if it is short, otherwise its operations, a page at a time."""
    if 0 < len(document.text) <= _WHOLE_CHARACTERS:
        return document.text
    shown = document.operations[(page - 1) * _PAGE : page * _PAGE]
    return {
        **_about(document),
        "operations": [_line(operation) for operation in shown],
        "next_page": page + 1 if page * _PAGE < len(document.operations) else None,
    }


def about(document: ApiDocument, query: str) -> Json:
    """The operations that a question is about: the best with all they take, more by name."""
    words = set(_words(query))
    ranked = sorted(
        ((_rank(operation, words, query), -place, operation) for place, operation in enumerate(document.operations)),
        key=lambda item: item[:2],
        reverse=True,
    )
    found = [operation for rank, _, operation in ranked if rank]
    return {
        **_about(document),
        "found": [_detailed(operation) for operation in found[:_MOST_DETAILED]],
        "more": [_line(operation) for operation in found[_MOST_DETAILED:_MOST_LISTED]],
    }


def _about(document: ApiDocument) -> Json:
    return {
        "title": document.title,
        "version": document.version,
        "servers": list(document.servers),
        "total": len(document.operations),
    }


def _line(operation: Operation) -> str:
    return f"{operation.method} {operation.path} ({operation.name}): {operation.summary}"


def _detailed(operation: Operation) -> Json:
    answers = mapping(operation.written.get("responses"))
    return {
        "operation": operation.name,
        "method": operation.method,
        "path": operation.path,
        "description": operation.description,
        "arguments": operation.schema,
        "answers": {
            code: str(operation.references.resolved(answer).get("description") or "")[:200]
            for code, answer in answers.items()
        },
    }


def _rank(operation: Operation, words: set[str], query: str) -> int:
    """How much it is about: what it is called counts more than what is said of it."""
    if query.strip() in (operation.name, operation.path, f"{operation.method} {operation.path}"):
        return 1000
    tags = " ".join(map(str, listed(operation.written.get("tags"))))
    called = set(_words(f"{operation.name} {operation.path} {operation.method} {tags}"))
    said = set(_words(operation.description))
    return 3 * len(words & called) + len(words & said)


def _words(text: str) -> list[str]:
    return _WORD.findall(_PARTS.sub(" ", text).lower())


def picked(answer: Any, paths: Iterable[str]) -> Any:
    """Only these fields of an answer; a path has dots, and goes into every entry of a list."""
    wanted: Json = {}
    for path in paths:
        node = wanted
        for step in path.split("."):
            node = node.setdefault(step, {})
    return _picked(answer, wanted)


def _picked(value: Any, wanted: Json) -> Any:
    if not wanted:
        return value
    if isinstance(value, list):
        return [_picked(item, wanted) for item in value]
    if isinstance(value, dict):
        return {name: _picked(value[name], below) for name, below in wanted.items() if name in value}
    return value


def as_shown(body: bytes, text: str, paths: Iterable[str]) -> str:
    """An answer's text, or what is picked of it if it is JSON."""
    wanted = [path for path in paths if path.strip()]
    if not wanted:
        return text
    try:
        return json.dumps(picked(json.loads(body), wanted), ensure_ascii=False)
    except (ValueError, RecursionError):
        return text
