"""Who wrote an MCP server down: whoever does so decides where what it is sent goes."""

from collections.abc import Iterable
from typing import Any

WRITTEN_BY = "written_by"
"""Stands in a stored server beside what clients sent; they neither see nor set it."""

_WHERE = ("mcp_config_id", "use_custom_config", "config", "command", "arguments", "resolve_dynamic_values_in_arguments")
_WHAT = ("settings", "mcp_connect_auth_token")

Json = dict[str, Any]


def signed(servers: Iterable[Json], stored: Iterable[Json], writer_id: str) -> list[Json]:
    """Servers with who wrote them: those that say the same as before keep their writer.

    Args:
        servers: as they are about to be stored, secrets sealed.
        stored: as they were until now.
        writer_id: of the person who changes them.
    """
    former = {server["name"]: server for server in stored}
    return [_signed(server, former.get(server["name"]), writer_id) for server in servers]


def _signed(server: Json, former: Json | None, writer_id: str) -> Json:
    if former is None or _said(server) != _said(former):
        return {**server, WRITTEN_BY: writer_id}
    return {**server, WRITTEN_BY: former[WRITTEN_BY]} if WRITTEN_BY in former else server


def _said(server: Json) -> list[Any]:
    """Which secrets go where."""
    chosen = [(server.get(name) or {}).get("id") for name in _WHAT]
    return [*(server.get(name) or None for name in _WHERE), *chosen, server.get("integration_alias") or None]
