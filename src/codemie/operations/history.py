"""What was looked at before, and how it ended: a line for each run of checks, in the home folder, for whoever helps."""

import json
from pathlib import Path
from typing import Any

from codemie.checks.report import Report, Status
from codemie.operations.private_file import write_whole

FILE_NAME = "history.jsonl"
_MOST_LINES = 500


def remember(home: Path, report: Report) -> None:
    """Add a run to the history, where there is a home; the oldest lines go.

    It is a convenience: that it cannot be written must not spoil the report itself.
    """
    if not home.is_dir():
        return
    path = home / FILE_NAME
    try:
        lines = [*recalled(home)[1 - _MOST_LINES :], json.dumps(_told(report), ensure_ascii=False)]
        write_whole(path, "\n".join(lines) + "\n")
    except OSError:
        return


def recalled(home: Path) -> list[str]:
    """The lines, oldest first."""
    try:
        return (home / FILE_NAME).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _told(report: Report) -> dict[str, Any]:
    wrong = {each.id: each.status.value for each in report.checks if each.status in {Status.FAIL, Status.WARN}}
    return {
        "time": report.started.isoformat(timespec="seconds"),
        "command": report.command,
        "version": report.version,
        "target": report.target,
        "summary": report.summary,
        "wrong": wrong,
    }
