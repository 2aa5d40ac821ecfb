"""The text that a tool of an agent gives back → what the platform works with, and the form our own agent writes.

Three forms exist: a JSON list (MCP servers behind an agent, and our own), the Python representation of a message object
(the official agent's own tools), and plain text. All of it is untrusted and only ever read as data.
"""

import ast
import base64
import binascii
import json
import re
from collections.abc import Sequence
from typing import Any, cast

from codemie.kernel.tools import Picture, ToolResult
from codemie.plugins.wire.messages import CallAnswer

_FAILED_PREFIXES = ("An error occurred: ", "Call to the tool timed out.", "Failed to decode JSON input.")
"""How the official agent says, in the place of a result, that there is none."""
TIMED_OUT = "Call to the tool timed out."

# Possessive quantifiers: no backtracking, and no memory per character, on megabytes of somebody else's text.
_STRINGS = r"""(?:'[^'\\]*+(?:\\.[^'\\]*+)*+'|"[^"\\]*+(?:\\.[^"\\]*+)*+")"""
_STRING = re.compile(_STRINGS, re.DOTALL)
_MESSAGE = re.compile(
    rf"content=(?P<content>{_STRINGS}|\[.*\]) name='(?P<name>[^'\s]*)' tool_call_id='(?P<id>[^'\s]*)'(?P<rest>.*)",
    re.DOTALL,
)
_PLAIN_DATA = re.compile(r"[\w\s\[\]{},:.]*")
_MAX_DEPTH = 32
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_METADATA = {"type": "metadata", "metadata": {"mcp_through_plugin": True}}


def read_answer(answer: CallAnswer, tool: str) -> ToolResult:
    """What a call came to.

    Args:
        answer: of the agent.
        tool: the name of the tool at the agent, to recognise its own message objects.
    """
    if answer.error is not None:
        return ToolResult(_clean(answer.error) or "The tool failed without saying why.", is_error=True)
    return read_result(answer.result or "", tool)


def read_result(text: str, tool: str) -> ToolResult:
    """As `read_answer`, of a result alone."""
    if (items := _mcp_items(text)) is not None:
        return _of_items(items)
    if (message := _MESSAGE.fullmatch(text)) and message["name"] in {tool, ""}:
        content = _literal(message["content"])
        if content is not None:
            failed = message["rest"].rstrip().endswith("status='error'")
            return _of_content(content, is_error=failed)
    return _of_content(text, is_error=False)


def write_result(result: ToolResult) -> str:
    """The JSON list that both this platform and the original read; a failure comes first, as there."""
    kind = "error" if result.is_error else "text"
    said: dict[str, Any] = {"type": kind, "text": result.text}
    pictures: list[dict[str, Any]] = [
        {"type": "image", "data": base64.b64encode(one.content).decode(), "mimeType": one.media_type}
        for one in result.pictures
    ]
    items = [said, _METADATA, *pictures] if result.is_error else [_METADATA, said, *pictures]
    return json.dumps(items)


def _mcp_items(text: str) -> list[dict[str, Any]] | None:
    if not text.startswith("["):
        return None
    try:
        items = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(items, list):
        return None
    found = [cast("dict[str, Any]", item) for item in cast("list[Any]", items) if isinstance(item, dict)]
    return found if any(_is_metadata(item) for item in found) else None


def _is_metadata(item: dict[str, Any]) -> bool:
    metadata = item.get("metadata")
    return item.get("type") == "metadata" and isinstance(metadata, dict) and "mcp_through_plugin" in metadata


def _of_items(items: Sequence[dict[str, Any]]) -> ToolResult:
    texts, pictures = list[str](), list[Picture]()
    for item in items:
        match item:
            case {"type": "metadata"}:
                continue
            case {"type": "text" | "error", "text": str(text)}:
                texts.append(_clean(text))
            case {"type": "image", "data": str(data), "mimeType": str(media_type)}:
                try:
                    pictures.append(Picture(media_type[:100], base64.b64decode(data, validate=True)))
                except (binascii.Error, ValueError):
                    texts.append("[a picture that cannot be read]")
            case _:
                texts.append(_clean(json.dumps(item.get("data", item), ensure_ascii=False)))
    failed = any(item.get("type") == "error" for item in items)
    return ToolResult("\n".join(texts), is_error=failed, pictures=tuple(pictures))


def _of_content(content: object, *, is_error: bool) -> ToolResult:
    if isinstance(content, list):
        parts = cast("list[object]", content)
        text = "\n".join(_part(part) for part in parts)
    else:
        text = str(content)
    text = _clean(text)
    return ToolResult(text, is_error=is_error or text.startswith(_FAILED_PREFIXES))


def _part(part: object) -> str:
    match part:
        case str():
            return part
        case {"text": str(text)}:
            return text
        case _:
            return json.dumps(part, default=str, ensure_ascii=False)


def _literal(source: str) -> object | None:
    """The value of a Python string or list of plain data; `None` when it is anything else.

    Only literals are evaluated, and only after a look: deep nesting or operators could exhaust the parser.
    """
    skeleton = _STRING.sub("", source)
    if _PLAIN_DATA.fullmatch(skeleton) is None or _depth(skeleton) > _MAX_DEPTH:
        return None
    try:
        return cast("object", ast.literal_eval(source))
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return None


def _depth(skeleton: str) -> int:
    deepest = depth = 0
    for bracket in re.sub(r"[^\[\]{}]", "", skeleton):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _clean(text: str) -> str:
    """Without control characters, and without halves of characters that no encoding can carry."""
    if text.isprintable():  # as most short texts are
        return text
    return _CONTROL.sub("", text).encode("utf-8", "replace").decode()
