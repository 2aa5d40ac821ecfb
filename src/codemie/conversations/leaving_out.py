"""An assistant without the parts that a person switched off in a chat. Nothing of them is opened, asked or shown."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from codemie.assistants.assembly import Definition
from codemie.conversations.chat_schemas import LeftOut


def narrowed(definition: Definition, left_out: LeftOut | None) -> Definition:
    """The assistant as far as it may be used now; it never gets anything it did not have."""
    if left_out is None:
        return definition
    return replace(
        definition,
        sources=_others(definition.sources, left_out.context),
        skills=_others(definition.skills, left_out.skill_ids),
        assistant_ids=_others(definition.assistant_ids, left_out.assistant_ids),
        servers=tuple(server for server in definition.servers if server.get("name") not in left_out.mcp_servers),
        toolkits=tuple(_toolkit(kit, left_out.tools) for kit in definition.toolkits),
    )


def _others(names: tuple[str, ...], left_out: Collection[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name not in left_out)


def _toolkit(kit: dict[str, Any], left_out: Collection[str]) -> dict[str, Any]:
    return {**kit, "tools": [tool for tool in kit.get("tools") or () if tool.get("name") not in left_out]}
