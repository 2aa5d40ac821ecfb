"""Which fields make a version, and what a change of them leaves behind."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

from codemie.assistants.assembly import Definition
from codemie.assistants.tables import Assistant, AssistantVersion

VERSIONED_FIELDS = (
    "description",
    "system_prompt",
    "llm_model_type",
    "enable_image_generation",
    "image_generation_model",
    "temperature",
    "top_p",
    "tools_tokens_size_limit",
    "context",
    "toolkits",
    "mcp_servers",
    "assistant_ids",
    "conversation_starters",
    "bedrock",
    "bedrock_agentcore_runtime",
    "agent_card",
    "custom_metadata",
)
INITIAL_NOTE = "Initial version"


def content_of(assistant: Assistant) -> dict[str, Any]:
    """The versioned fields as they are now."""
    return {name: getattr(assistant, name) for name in VERSIONED_FIELDS}


def snapshot(assistant: Assistant, author: dict[str, str] | None, notes: str | None = None) -> AssistantVersion:
    """The current content under the assistant's current version number."""
    return AssistantVersion(
        assistant_id=assistant.id,
        version_number=assistant.version_count,
        created_by=author,
        change_notes=notes,
        content=content_of(assistant),
    )


def superseded_prompts(versions: list[tuple[str, Any, dict[str, str] | None]]) -> list[dict[str, Any]]:
    """System prompts that a later one replaced, newest first.

    :param versions: prompt, date and author of each version, newest first
    """
    history: list[dict[str, Any]] = []
    for (newer, _, _), (prompt, date, author) in pairwise(versions):
        if prompt != newer:
            history.append({"system_prompt": prompt, "date": date, "created_by": author})
    return history


def differences(one: dict[str, Any], other: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The fields that differ, each with what both versions hold."""
    return {
        name: {"version1": one.get(name), "version2": other.get(name)}
        for name in VERSIONED_FIELDS
        if one.get(name) != other.get(name)
    }


def summary(found: dict[str, dict[str, Any]], one: dict[str, Any], other: dict[str, Any]) -> str:
    """The differences in a sentence. A secret that was replaced shows the same mask on both sides, so it is told."""
    if not found:
        return "Only secrets differ." if one != other else "No differences."
    return f"{len(found)} field(s) changed: {', '.join(name.replace('_', ' ') for name in found)}."


def as_of(definition: Definition, content: dict[str, Any]) -> Definition:
    """The definition with the versioned fields of one of its versions."""
    return replace(
        definition,
        system_prompt=content.get("system_prompt") or "",
        model=content.get("llm_model_type"),
        temperature=content.get("temperature"),
        top_p=content.get("top_p"),
        tool_output_tokens=content.get("tools_tokens_size_limit"),
        sources=tuple(reference["name"] for reference in content.get("context") or ()),
        assistant_ids=tuple(content.get("assistant_ids") or ()),
        card=None if definition.card is None else content.get("agent_card") or {},
        servers=tuple(content.get("mcp_servers") or ()),
        toolkits=tuple(content.get("toolkits") or ()),
        draws=bool(content.get("enable_image_generation")),
        image_model=content.get("image_generation_model"),
    )
