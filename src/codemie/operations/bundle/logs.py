"""The logs of an installation's processes, as far back as is asked for."""

import datetime as dt
import json
import re
from collections.abc import Collection, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from codemie.embedded import server_log
from codemie.operations.bundle.facts import without_rows

_MOST_BYTES = 8 * 2**20
"""Of each file, its end."""

_CONTENT = frozenset(
    {"message", "prompt", "text", "content", "input", "output", "arguments", "result", "question", "answer", "history"}
)
"""Fields of a log line that could hold what somebody wrote."""
_QUOTES = re.compile(r"\b(?:DETAIL|STATEMENT|CONTEXT|QUERY|HINT):|\[parameters: ")


_COMPONENTS = {"db": "postgres", "disk": "postgres", "work": "worker", "authz": "api", "idp": "api"}
"""Group of checks → whose log tells more, where they are not called alike."""
_FOLDERS = ("logs", "postgres", "nats")
"""Of the home. In the first each process has a file, in the others one server has all."""


def collected(home: Path, since: dt.datetime, failing: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    """Name and text of the logs of a home, cleaned: of parts whose checks failed first, then the newest first.

    Args:
        home: of the installation.
        since: older lines are left out; of lines without a time, none are.
        failing: groups of checks of which one failed.
    """
    parts = tuple(_COMPONENTS.get(phase, phase) for phase in failing)

    def order(found: tuple[str, Path]) -> tuple[bool, float]:
        return not found[0].startswith(parts), -found[1].stat().st_mtime

    files = [
        (path.name if folder == _FOLDERS[0] else f"{folder}-{path.name}", path)
        for folder in _FOLDERS
        for path in (home / folder).glob("*.log*")
        if path.is_file()
    ]
    for name, path in sorted(files, key=order):
        yield name, cleaned(recent(_end(path), since), name)


def recent(text: str, since: dt.datetime) -> str:
    """The lines that are new enough; of those without a time, all."""
    return "\n".join(line for line in text.splitlines() if _is_new(line, since))


def cleaned(text: str, source: str) -> str:
    """A log without what people wrote, and without the keys that a NATS server quotes.

    Args:
        text: of the log.
        source: who wrote it: a file, a container, a component.
    """
    parts: list[str] = []
    for is_json, grouped in groupby(text.splitlines(), key=lambda line: line.startswith("{")):
        lines = list(grouped)
        parts += map(_told, lines) if is_json else [without_rows("\n".join(lines))]
    shown = "\n".join(parts)
    return server_log.without_keys(shown) if "nats" in source else shown


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
    if not event.keys() & _CONTENT and not _QUOTES.search(line):
        return line
    return json.dumps({name: "<left out>" if name in _CONTENT else _quoting(value) for name, value in event.items()})


def _quoting(value: Any) -> Any:
    """A text without rows: errors of the database quote them, and a trace quotes errors."""
    return without_rows(value) if isinstance(value, str) else value


def _parsed(line: str) -> dict[str, Any]:
    try:
        event: Any = json.loads(line)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}
