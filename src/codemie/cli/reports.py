"""How a command that checks shows its report, and what the shell sees of it."""

import json
from dataclasses import replace
from enum import IntEnum
from pathlib import Path

from codemie.checks.junit import junit
from codemie.checks.report import Checked, Finding, Report, Status

_WORDS = {
    Status.PASS: "ok",
    Status.WARN: "warning",
    Status.FAIL: "FAILED",
    Status.UNKNOWN: "unknown",
    Status.SKIP: "skipped",
}


_NOT_GIVEN = "no --"
"""How the reason begins that a group of checks was left out because nothing was given for it."""


class Verdict(IntEnum):
    """Exit codes of a command that checks; the same for every such command."""

    OK = 0
    WARNED = 1
    FAILED = 2
    NOT_RUN = 3
    BROKEN = 4


def print_check(check: Checked) -> None:
    """One check for people, with what to do about it."""
    print(f"  {_WORDS[check.status]:<8} {check.id:<24} {check.finding.detail}", flush=True)
    if check.status in {Status.FAIL, Status.WARN, Status.UNKNOWN}:
        for source, value in check.finding.evidence.items():
            print(f"{'':<35}{source}: {value}", flush=True)
    for remedy in check.finding.remedy:
        print(f"{'':<35}→ {remedy}", flush=True)


class Printing:
    """Prints checks for people as they are made; what hides several of them alike is told at the first alone."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, tuple[str, ...]], str] = {}

    def __call__(self, check: Checked) -> None:
        finding = check.finding
        # Only what says how to be made visible is one cause: a lone sentence may be another one's by chance.
        if finding.status is Status.UNKNOWN and finding.remedy and not finding.evidence:
            first = self._told.setdefault((finding.detail, finding.remedy), check.id)
            if first != check.id:
                check = replace(check, finding=Finding(Status.UNKNOWN, f"blocked by {first}"))
        print_check(check)


def print_summary(report: Report) -> None:
    """How many checks ended how."""
    asked = [check.status for check in report.checks if not was_not_asked(check)]
    counted = [f"{asked.count(status)} {word}" for status, word in _WORDS.items() if status in asked]
    if unasked := len(report.checks) - len(asked):
        counted.append(f"{unasked} not asked for")
    if counted:
        print(f"\n{', '.join(counted)}.")


def was_not_asked(check: Checked) -> bool:
    """Whether nothing was given that it could look at: it is in the report, and only in the way of whoever reads."""
    return check.status is Status.SKIP and check.finding.detail.startswith(_NOT_GIVEN)


def nothing_seen(report: Report) -> str:
    """That nothing was looked at, and what would change that; empty where something was."""
    if any(check.status is not Status.SKIP for check in report.checks):
        return ""
    reasons = dict.fromkeys(check.finding.detail for check in report.checks)
    wanted = [each.removeprefix("no ") for each in reasons if each.startswith(_NOT_GIVEN)]
    others = [each for each in reasons if not each.startswith(_NOT_GIVEN)]
    why = [f"give {' or '.join(wanted).replace(' and no ', ' or ')}"] if wanted else others
    return f"Nothing was looked at: {'; '.join(why) or 'every check was left out'}"


def print_document(report: Report) -> None:
    """The whole report as JSON."""
    print(json.dumps(report.as_document(), indent=2, ensure_ascii=False))


def write_junit(report: Report, file: Path) -> None:
    """The report for a CI server."""
    file.write_text(junit(report), encoding="utf-8")


def verdict(report: Report, *, fail_on_warning: bool) -> Verdict:
    """What the shell sees."""
    if report.summary[Status.FAIL]:
        return Verdict.FAILED
    if report.is_broken:
        return Verdict.BROKEN
    if not report.summary[Status.PASS] + report.summary[Status.WARN]:
        return Verdict.NOT_RUN  # nothing at all was seen
    return Verdict.WARNED if fail_on_warning and report.summary[Status.WARN] else Verdict.OK
