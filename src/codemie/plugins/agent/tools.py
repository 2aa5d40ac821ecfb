"""What the agent offers: a tool of the kernel, the group it belongs to, and how a call is shown to a person."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

from codemie.kernel.errors import InvalidInput
from codemie.kernel.tools import Tool

Group = Literal["files", "shell", "git", "http", "mcp"]
GROUPS: tuple[str, ...] = get_args(Group)

Arguments = dict[str, Any]


def _as_json(arguments: Arguments) -> str:
    return json.dumps(arguments, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class AgentTool:
    """One tool of this machine.

    Args:
        tool: name (beginning with `_`), schema and the call; `effect` `destroys` makes a person's consent necessary.
        group: by which it is chosen and allowed.
        show: a call in one line, for the person who is asked and for the log.
    """

    tool: Tool
    group: Group
    show: Callable[[Arguments], str] = _as_json

    @property
    def name(self) -> str:
        return self.tool.name


def schema(required: dict[str, str], optional: dict[str, str] | None = None) -> dict[str, Any]:
    """JSON Schema of arguments that are all texts: name → what it is."""
    described = {**required, **(optional or {})}
    return {
        "type": "object",
        "properties": {name: {"type": "string", "description": text} for name, text in described.items()},
        "required": list(required),
    }


def text(arguments: Arguments, name: str) -> str:
    """A required argument.

    Raises:
        InvalidInput: it is missing or no text.
    """
    value = optional_text(arguments, name)
    if value is None:
        raise InvalidInput("An argument is missing", details=f"`{name}` is required.")
    return value


def optional_text(arguments: Arguments, name: str) -> str | None:
    """An argument that may be left out.

    Raises:
        InvalidInput: it is no text.
    """
    value = arguments.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidInput("An argument is of the wrong kind", details=f"`{name}` must be a text.")
    return value


@dataclass(frozen=True, slots=True)
class Offered:
    """What the agent offers.

    Args:
        tools: by name; others are in it when an MCP server says that it has others.
        changed: set when that has happened.
    """

    tools: dict[str, AgentTool]
    changed: asyncio.Event
