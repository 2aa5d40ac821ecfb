"""Components that administrators may change, and the rules for what they may say."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from codemie.configuration.markup import problem_with
from codemie.configuration.schemas import DeclaredField
from codemie.kernel.errors import InvalidInput

MCP_CUSTOM_SERVERS_DISABLED = "mcpCustomServersDisabled"
CHAT_DISCLAIMER = "chatDisclaimer"
WEB_SEARCH = "features:webSearch"
SCRIPT_BRIDGE = "features:workspaceScriptBridge"
CODE_INTERPRETER = "features:dynamicCodeInterpreter"
CONTEXTUAL_NAMING = "features:chatContextualNaming"
INTERACTIVE_ELEMENTS = "features:interactiveElements"
"""Only in the file: whether assistants may ask back, and with what (`catalog`)."""

_PREFIX = "CUSTOMER_CONFIG__"
_SWITCH = DeclaredField(name="enabled", label="Enabled", type="switch")


@dataclass(frozen=True, slots=True)
class Declaration:
    """A component that can be overridden at run time.

    Args:
        component_id: as in ``GET /v1/config``.
        label: for people.
        description: what it does.
        fields: of its settings.
    """

    component_id: str
    label: str
    description: str
    fields: tuple[DeclaredField, ...] = (_SWITCH,)

    @property
    def key(self) -> str:
        """Under which dynamic value its override is kept."""
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", self.component_id.replace(":", "__"))
        return _PREFIX + words.upper()

    @property
    def defaults(self) -> dict[str, Any]:
        """What it says when neither the file nor an administrator says anything."""
        return {field.name: False if field.type == "switch" else "" for field in self.fields}

    def merged(self, from_file: Mapping[str, Any] | None, override: str | None) -> dict[str, Any]:
        """What it says now: the override, field by field before the file, before the defaults."""
        told = _declared(override) if override else {}
        fitting = {field.name: told[field.name] for field in self.fields if _fits(field, told.get(field.name))}
        return {**self.defaults, **(from_file or {}), **fitting}

    def checked(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """The declared fields of what somebody wants to save.

        Raises:
            InvalidInput: 400, one is missing, of another type, too long, or with markup that may not be.
        """
        for field in self.fields:
            if problem := _problem(field, settings):
                raise InvalidInput(
                    "Invalid component settings",
                    details=f"{self.component_id}.{field.name}: {problem}.",
                    help="Send every declared field; GET /v1/config/declarations lists them.",
                )
        return {field.name: settings[field.name] for field in self.fields}


def _declared(override: str) -> dict[str, Any]:
    try:
        told = json.loads(override)
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", told) if isinstance(told, dict) else {}


def _fits(field: DeclaredField, value: object) -> bool:
    return value is not None and _problem(field, {field.name: value}) is None


def _problem(field: DeclaredField, settings: Mapping[str, Any]) -> str | None:
    if field.name not in settings:
        return "is missing"
    value = settings[field.name]
    if field.type == "switch":
        return None if isinstance(value, bool) else "must be true or false"
    if not isinstance(value, str) or "\x00" in value:
        return "must be text"
    if field.max_length is not None and len(value) > field.max_length:
        return f"must have at most {field.max_length} characters"
    return problem_with(value) if field.markup == "markdown" else None


DECLARATIONS: Mapping[str, Declaration] = {
    one.component_id: one
    for one in (
        Declaration(
            CHAT_DISCLAIMER,
            "Chat disclaimer",
            "A notice below the message box of every chat.",
            (
                _SWITCH,
                DeclaredField(name="text", label="Text", type="textarea", max_length=1_000, markup="markdown"),
            ),
        ),
        Declaration(
            WEB_SEARCH,
            "Web search",
            "Clients offer to search the web in a chat.",
        ),
        Declaration(
            CODE_INTERPRETER,
            "Code in any chat",
            "Chat requests may give any assistant the tool that runs Python code (enable_code_interpreter).",
        ),
        Declaration(
            CONTEXTUAL_NAMING,
            "Titles for conversations",
            "The model of the first reply gives the conversation a title; its words cost like any others.",
        ),
        Declaration(
            SCRIPT_BRIDGE,
            "Scripts may use tools",
            "Scripts of agent workspaces may call the assistant's tools, and find the files of its skills.",
        ),
        Declaration(
            MCP_CUSTOM_SERVERS_DISABLED,
            "Only MCP servers of the catalogue",
            "Assistants may use only MCP servers that administrators put into the catalogue.",
        ),
    )
}
