"""The tool by which an assistant asks the person something and waits for the answer."""

import json
from collections.abc import Set as AbstractSet
from typing import Any

from codemie.conversations.surfaces import NEEDS, surface_of, wire
from codemie.kernel.tools import Tool, ToolResult

NAME = "request_user_input"
_DESCRIPTION = (
    "Ask the person something by showing elements to answer with; the answer is the result of the call. Use it when "
    "you cannot go on without a decision or details that only the person has. Put the question itself into an element "
    "of type text. Call it alone, not together with other tools."
)
_FIELDS: dict[str, str] = {
    "text": "text: content (words, shown as they are)",
    "column": "column, row: children (elements)",
    "button": "button: id, label, style (primary, secondary or danger)",
    "multiple_choice": "multiple_choice: id, options [{value, label}], max_allowed_selections (1 unless given)",
    "dropdown": "dropdown: id, label, options [{value, label}], placeholder, required",
    "date_picker": "date_picker: id, label, min, max (YYYY-MM-DD), required",
    "text_field": "text_field: id, label, validation {required, regex, email}",
    "checkbox": "checkbox: id, label, validation {required}",
}


def question_tool(kinds: AbstractSet[str]) -> Tool | None:
    """The tool for an assistant that may show these elements; none where there are none that can be answered."""
    if not kinds:
        return None

    async def ask(arguments: dict[str, Any]) -> ToolResult:
        try:
            surface = surface_of(arguments["surface"], kinds)
        except ValueError as error:
            return ToolResult(str(error), is_error=True)
        return ToolResult(json.dumps(wire(surface)))

    return Tool(NAME, _DESCRIPTION, _parameters([kind for kind in NEEDS if kind in kinds]), ask, trusted=True)


def _parameters(usable: list[str]) -> dict[str, Any]:
    """One flat shape for all elements: providers differ in what they take of recursive and discriminated schemas."""
    fields = "; ".join(_FIELDS[kind] for kind in ("text", "column", *usable))
    element = {
        "type": "object",
        "properties": {
            "type": {"type": "string", "enum": ["text", "column", "row", *usable]},
            "content": {"type": "string"},
            "children": {"type": "array", "items": {"type": "object", "additionalProperties": True}},
            "id": {"type": "string"},
            "label": {"type": "string"},
        },
        "required": ["type"],
        "additionalProperties": True,  # else what the description names could not be written in strict modes
    }
    surface = {"type": "array", "items": element, "description": f"The elements, each with its type and: {fields}."}
    return {"type": "object", "properties": {"surface": surface}, "required": ["surface"]}
