"""Tools of MCP servers as tools of ours: names a model may call, results as text."""

import base64
import contextlib
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from codemie.kernel.errors import CodeMieError
from codemie.kernel.telemetry import get_logger
from codemie.kernel.tools import Picture, Tool, ToolResult
from codemie.mcp.masking import masked
from codemie.mcp.target import Target

if TYPE_CHECKING:
    from mcp_types import CallToolResult
    from mcp_types import Tool as ServerTool

log = get_logger(__name__)

LONGEST_NAME = 64
_LONGEST_DESCRIPTION = 4000
_LONGEST_SCHEMA = 64 * 1024
_CHARACTERS_PER_TOKEN = 4
_SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_MOST_PICTURES, _MOST_PICTURE_BYTES = 5, 5 * 2**20
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_-]+")

Call = Callable[[str, dict[str, Any], bool], Awaitable["CallToolResult"]]
"""Runs a tool: its name at the server, arguments, and whether repeating it is harmless."""


def as_tools(target: Target, offered: "Iterable[ServerTool]", call: Call, seconds: float) -> list[Tool]:
    """The wanted tools of one server. One whose schema is no schema is left out."""
    tools: list[Tool] = []
    for tool in offered:
        if target.tools is not None and tool.name not in target.tools:
            continue
        parameters = usable_schema(masked(target.credential, tool.input_schema))
        if parameters is None:
            log.warning("mcp_tool_left_out", server=target.name, tool=tool.name[:100], reason="schema")
            continue
        tools.append(_as_tool(target, tool, parameters, call, seconds))
    return tools


def _as_tool(target: Target, tool: "ServerTool", parameters: dict[str, Any], call: Call, seconds: float) -> Tool:
    harmless = bool(tool.annotations and tool.annotations.read_only_hint)

    async def run(arguments: dict[str, Any]) -> ToolResult:
        answer = await call(tool.name, arguments, harmless)
        return as_result(answer, target.output_tokens, lambda text: masked(target.credential, text))

    described = masked(target.credential, tool.description or tool.title or tool.name)[:_LONGEST_DESCRIPTION]
    return Tool(
        name=callable_name(masked(target.credential, tool.name)),
        description=described,
        parameters=parameters,
        call=run,
        timeout_seconds=seconds,
        effect="reads" if harmless else "writes",
    )


def stand_in(server: str, problem: CodeMieError) -> Tool:
    """What a model finds in place of the tools of a server that is not there, so that it can say so."""
    reason = f"The tools of the MCP server '{server}' are not available now. {problem}"

    async def tell(_: dict[str, Any]) -> ToolResult:
        return ToolResult(reason, is_error=True)

    return Tool(
        name=callable_name(f"{server}_unavailable"),
        description=f"{reason} Tell the person, if the request needs them."[:_LONGEST_DESCRIPTION],
        parameters={"type": "object", "properties": {}},
        call=tell,
    )


def distinct(groups: Iterable[tuple[str, list[Tool]]], taken: Iterable[str] = ()) -> tuple[Tool, ...]:
    """All tools under names of their own; of two with one name the later gets its server's name in front."""
    named: dict[str, Tool] = {}
    used = set(taken)
    for server, tools in groups:
        for tool in tools:
            name = _free(tool.name, server, used)
            used.add(name)
            named[name] = tool if name == tool.name else replace(tool, name=name, label=f"{server}: {tool.name}")
    return tuple(named.values())


def _free(name: str, server: str, used: set[str]) -> str:
    wished = name if name not in used else callable_name(f"{server}_{name}")
    number = 2
    free = wished
    while free in used:
        free = f"{wished[: LONGEST_NAME - 4]}_{number}"
        number += 1
    return free


def callable_name(name: str) -> str:
    """What a model may call it: letters, digits, `_` and `-`; a long name keeps its start and a mark of the rest."""
    clean = _NOT_IN_A_NAME.sub("_", name).strip("_") or "tool"
    if len(clean) <= LONGEST_NAME:
        return clean
    return f"{clean[: LONGEST_NAME - 9]}_{sha256(name.encode()).hexdigest()[:8]}"


def usable_schema(schema: dict[str, Any]) -> dict[str, Any] | None:
    """The arguments' schema as providers take it, or None: it must be a valid schema of an object, and of modest size.

    `patternProperties` is left out: no provider takes it, and its patterns would run on an engine that can be stalled.
    """
    try:
        text = json.dumps(schema)
        if len(text) > _LONGEST_SCHEMA:
            return None
        kept = {key: value for key, value in _without_patterns(schema).items() if key != "$schema"}
        Draft202012Validator.check_schema(kept)
    except (SchemaError, RecursionError, ValueError, TypeError):
        return None
    if kept.setdefault("type", "object") != "object":
        return None
    kept.setdefault("properties", {})
    return kept


def _without_patterns(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_patterns(item) for item in value]
    if isinstance(value, dict):
        return {key: _without_patterns(item) for key, item in value.items() if key != "patternProperties"}
    return value


def as_result(result: "CallToolResult", most_tokens: int, clean: Callable[[str], str]) -> ToolResult:
    """What a model reads of a result, cleaned of secrets, cut and marked where it is longer than it may be."""
    parts = [part for part in (_text(block) for block in result.content) if part]
    if not parts and result.structured_content is not None:
        parts = [json.dumps(result.structured_content, ensure_ascii=False)]
    text = clean("\n".join(parts)) or "(no output)"
    most = most_tokens * _CHARACTERS_PER_TOKEN
    if len(text) > most:
        text = f"{text[:most]}\n[Truncated: {len(text) - most} of {len(text)} characters left out.]"
    return ToolResult(text, is_error=result.is_error, pictures=tuple(_pictures(result)))


def _pictures(result: "CallToolResult") -> Iterator[Picture]:
    """The pictures models can be shown, as far as they are not too many or too large."""
    shown = [block for block in result.content if block.type == "image" and block.mime_type in _SHOWN]
    for block in shown[:_MOST_PICTURES]:
        with contextlib.suppress(ValueError):
            content = base64.b64decode(block.data, validate=True)
            if len(content) <= _MOST_PICTURE_BYTES:
                yield Picture(block.mime_type, content)


def _text(block: Any) -> str:
    match block.type:
        case "text":
            return str(block.text)
        case "image" | "audio":
            return f"[{block.type} {block.mime_type}, {len(block.data) * 3 // 4} bytes]"
        case "resource_link":
            return f"[{block.title or block.name}]({block.uri})"
        case "resource":
            resource = block.resource
            text = getattr(resource, "text", None)
            return f"{resource.uri}:\n{text}" if text is not None else f"[{resource.uri}, binary]"
        case _:
            return ""
