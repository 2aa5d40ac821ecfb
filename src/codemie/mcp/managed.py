"""Servers that command line clients install: a list that administrators keep in a file."""

import asyncio
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from codemie.kernel.telemetry import get_logger
from codemie.mcp.schemas import ManagedServer

log = get_logger(__name__)

FILE_NAME = "managed-mcp-servers.yaml"


async def servers(path: Path, client: str | None) -> list[ManagedServer]:
    """The usable entries of the file, for one client or for all; none when there is no file."""
    entries = await asyncio.to_thread(_read, path)
    found = [server for entry in entries if (server := _parsed(entry)) is not None]
    return [server for server in found if client is None or not server.clients or client in server.clients]


def _read(path: Path) -> list[Any]:
    if not path.is_file():
        return []
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        log.warning("managed_servers_unreadable", path=str(path), error=str(error)[:300])
        return []
    listed = document.get("servers") if isinstance(document, dict) else None
    return listed if isinstance(listed, list) else []


def _parsed(entry: Any) -> ManagedServer | None:
    try:
        return ManagedServer.model_validate(entry)
    except ValidationError as error:
        # Clients ignore the whole list when an entry is wrong.
        log.warning("managed_server_left_out", problems=error.error_count(), first=error.errors()[0]["msg"])
        return None
