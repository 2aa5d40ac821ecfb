"""The logs of an installation's processes, as far back as is asked for."""

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_MOST_BYTES = 8 * 2**20
"""Of each file, its end."""

_CONTENT = frozenset(
    {"message", "prompt", "text", "content", "input", "output", "arguments", "result", "question", "answer", "history"}
)
"""Fields of a log line that could hold what somebody wrote."""


def collected(folder: Path, since: dt.datetime) -> Iterator[tuple[str, str]]:
    """File name and the lines of it that are new enough; of lines without a time, all."""
    for path in sorted(folder.glob("*.log*")):
        lines = [_told(line) for line in _end(path).splitlines() if _is_new(line, since)]
        yield path.name, "\n".join(lines)


def _end(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _MOST_BYTES))
        return file.read().decode(errors="replace")


def _is_new(line: str, since: dt.datetime) -> bool:
    stamp = _parsed(line).get("timestamp")
    if not isinstance(stamp, str):
        return True
    try:
        moment = dt.datetime.fromisoformat(stamp)
    except ValueError:
        return True
    return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)) >= since


def _told(line: str) -> str:
    event = _parsed(line)
    if not event.keys() & _CONTENT:
        return line
    return json.dumps({name: "<left out>" if name in _CONTENT else value for name, value in event.items()})


def _parsed(line: str) -> dict[str, Any]:
    try:
        event: Any = json.loads(line)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}
