"""Credentials that stand in the toolkits of an inline definition: they are those of the request."""

from collections.abc import Iterator
from typing import Any, cast

Json = dict[str, Any]


def given(toolkits: object) -> Iterator[Json]:
    """An entry of `tools_config` for each tool whose integration is written out; its own comes before its toolkit's.

    Args:
        toolkits: as a client sends them, checked by nobody yet.
    """
    for kit in _objects(toolkits):
        for tool in _objects(kit.get("tools")):
            values = _written_out(tool.get("settings")) or _written_out(kit.get("settings"))
            if values and isinstance(tool.get("name"), str):
                yield {"name": tool["name"], "tool_creds": values}


def _written_out(settings: object) -> Json:
    """The values of an integration; none where one is a mask, because the integration is one that is stored here."""
    named = cast("Json", settings).get("credential_values") if isinstance(settings, dict) else None
    values = {str(one["key"]): one.get("value") for one in _objects(named) if one.get("key")}
    return {} if any(_is_mask(value) for value in values.values()) else values


def _is_mask(value: object) -> bool:
    return isinstance(value, str) and bool(value) and not value.strip("*")


def _objects(value: object) -> list[Json]:
    items = cast("list[object]", value) if isinstance(value, list) else []
    return [cast("Json", item) for item in items if isinstance(item, dict)]
