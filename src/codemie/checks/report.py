"""What checks found: one line a check, with its evidence and the remedy, for people, programs and CI servers."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from codemie.kernel.errors import InvalidInput

_SHORTEST_SECRET = 6
"""Letters. A shorter one stands in too many words for other reasons: all that is said would be holes."""


class Status(StrEnum):
    """How a check ended; the words are those of every report of `codemiectl`."""

    PASS = "pass"  # noqa: S105 - no password
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"
    SKIP = "skip"


@dataclass(frozen=True)
class Finding:
    """What one check saw.

    Attributes:
        detail: one sentence.
        evidence: what was observed → its value.
        remedy: what the reader can do, most likely first.
        broken: the check itself broke, which is an error of this program.
    """

    status: Status
    detail: str
    evidence: dict[str, str] = field(default_factory=dict[str, str])
    remedy: tuple[str, ...] = ()
    broken: bool = False


@dataclass(frozen=True)
class Checked:
    """A check and what it found.

    Attributes:
        phase: the group it belongs to; empty where a command has no groups.
        severity: how much a failure hurts; empty likewise.
        faq: rows of the documentation that it answers.
    """

    id: str
    title: str
    finding: Finding
    duration_ms: int
    phase: str = ""
    severity: str = ""
    faq: tuple[str, ...] = ()

    @property
    def status(self) -> Status:
        """How it ended."""
        return self.finding.status


@dataclass(frozen=True)
class Report:
    """All checks of a run, in a fixed order."""

    command: str
    version: str
    target: dict[str, str]
    started: dt.datetime
    duration_ms: int
    checks: tuple[Checked, ...]

    @property
    def summary(self) -> dict[str, int]:
        """How many ended how."""
        counted = Counter(check.status for check in self.checks)
        return {status.value: counted[status] for status in Status}

    @property
    def is_broken(self) -> bool:
        """Whether a check broke itself, so that the report says less than it should."""
        return any(check.finding.broken for check in self.checks)

    def as_document(self) -> dict[str, Any]:
        """The JSON form, schema `codemiectl.report/1`."""
        return {
            "schema": "codemiectl.report/1",
            "command": self.command,
            "version": self.version,
            "started": self.started.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "duration_ms": self.duration_ms,
            "target": self.target,
            "summary": self.summary,
            "checks": [_row(check) for check in self.checks],
        }


def _row(check: Checked) -> dict[str, Any]:
    finding = check.finding
    grouped = {"phase": check.phase, "severity": check.severity, "faq": list(check.faq)} if check.phase else {}
    return {
        "id": check.id,
        **grouped,
        "status": finding.status.value,
        "title": check.title,
        "detail": finding.detail,
        "evidence": [{"source": source, "value": value} for source, value in finding.evidence.items()],
        "remedy": list(finding.remedy),
        "duration_ms": check.duration_ms,
        **({"broken": True} if finding.broken else {}),
    }


def read_document(document: dict[str, Any]) -> Report:
    """The report that a document of `Report.as_document` was made of.

    Raises:
        InvalidInput: it is no such document.
    """
    try:
        started = dt.datetime.strptime(document["started"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC)
        checks = tuple(map(_read_row, document["checks"]))
        command, version, target = document["command"], document["version"], document["target"]
        return Report(command, version, target, started, document["duration_ms"], checks)
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInput("That is no report of checks", details=f"{type(error).__name__}: {error}") from error


def _read_row(row: dict[str, Any]) -> Checked:
    evidence = {each["source"]: each["value"] for each in row["evidence"]}
    broken = bool(row.get("broken"))
    finding = Finding(Status(row["status"]), row["detail"], evidence, tuple(row["remedy"]), broken)
    grouped = (row.get("phase", ""), row.get("severity", ""), tuple(row.get("faq", ())))
    return Checked(row["id"], row["title"], finding, row["duration_ms"], *grouped)


def passed(detail: str, **evidence: object) -> Finding:
    """All is well."""
    return Finding(Status.PASS, detail, _texts(evidence))


def warned(detail: str, *remedy: str, **evidence: object) -> Finding:
    """It works, but somebody should look at it."""
    return Finding(Status.WARN, detail, _texts(evidence), remedy)


def failed(detail: str, *remedy: str, **evidence: object) -> Finding:
    """It does not work."""
    return Finding(Status.FAIL, detail, _texts(evidence), remedy)


def skipped(detail: str) -> Finding:
    """It was not looked at; says why."""
    return Finding(Status.SKIP, detail)


def unknown(detail: str, *remedy: str, **evidence: object) -> Finding:
    """It could not be seen from here, so nothing is claimed."""
    return Finding(Status.UNKNOWN, detail, _texts(evidence), remedy)


def without(secrets: tuple[str, ...], finding: Finding) -> Finding:
    """The finding with secrets taken out of every text, and nothing in it that a terminal would obey."""

    def clean(text: str) -> str:
        for secret in secrets:
            text = text.replace(secret, "<key>") if len(secret) >= _SHORTEST_SECRET else text
        return "".join(letter if letter.isprintable() else "?" for letter in text)

    evidence = {clean(source): clean(value) for source, value in finding.evidence.items()}
    remedy = tuple(map(clean, finding.remedy))
    return replace(finding, detail=clean(finding.detail), evidence=evidence, remedy=remedy)


def _texts(evidence: dict[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in evidence.items()}
