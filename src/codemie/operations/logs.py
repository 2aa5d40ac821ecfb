"""Looking into the logs that this installation keeps itself, below its home folder.

Processes write their logs to standard error; `codemiectl up` keeps them in files. Elsewhere whoever runs the containers
collects them, and only there can they be searched.
"""

import asyncio
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity import audit, policy
from codemie.identity.caller import Caller
from codemie.kernel.errors import NotFound
from codemie.operations.schemas import LogLine, LogQuery

DOMAIN = "operations"

MOST_BYTES = 20 * 2**20
"""How far back each file is read."""

MOST_LINES = 1_000

_FIELDS: Mapping[str, str] = {"request_uuid": "request_id"}
_TOLD_APART = ("timestamp", "event", "level", "logger")


async def find(session: AsyncSession, caller: Caller, home: Path, query: LogQuery) -> list[LogLine]:
    """The newest lines that match, oldest first. That somebody looked is written down: lines tell what people do.

    Raises:
        AccessDenied: 403, only administrators may. NotFound: 404, no logs are kept here.
    """
    policy.require_superuser(caller)
    files = await asyncio.to_thread(lambda: sorted((home / "logs").glob("*.log*")))
    if not files:
        raise NotFound(
            "No logs are kept here",
            details="The processes of this installation write their logs to standard error.",
            help="Search them where they are collected: every line has request_id, and user_id where somebody asked.",
        )
    field = _FIELDS.get(query.field, query.field)
    found = [line for path in files for line in await asyncio.to_thread(_matching, path, field, query.value)]
    shown = sorted(found, key=lambda line: line.timestamp or "")[-MOST_LINES:]
    facts = {"field": query.field, "lines": len(shown)}
    audit.record(session, DOMAIN, "log.read", entity_id=query.value, actor_id=caller.id, **facts)
    return shown


def _matching(path: Path, field: str, value: str) -> list[LogLine]:
    return [_shown(line) for line in _lines(path, value) if str(line.get(field)) == value][-MOST_LINES:]


def _lines(path: Path, value: str) -> Iterator[dict[str, Any]]:
    """What may match, parsed; a line that is no JSON is nobody's."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - MOST_BYTES))
        for raw in file:
            text = raw.decode(errors="replace")
            if value not in text:
                continue
            try:
                line: Any = json.loads(text)
            except ValueError:
                continue
            if isinstance(line, dict):
                yield cast("dict[str, Any]", line)


def _shown(line: dict[str, Any]) -> LogLine:
    facts = " ".join(f"{name}={value}" for name, value in line.items() if name not in _TOLD_APART)
    message = f"{str(line.get('level', '')).upper()} {line.get('event', '')} {facts}".strip()
    return LogLine(message=message, timestamp=str(line["timestamp"]) if "timestamp" in line else None)
