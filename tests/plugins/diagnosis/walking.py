"""Walks of tests, and what is looked for in their reports."""

import asyncio
from typing import Any

from codemie.checks.report import Finding, Report, Status
from codemie.plugins.diagnosis.target import Options, Target
from codemie.plugins.diagnosis.walk import walk
from tests.plugins.diagnosis.servers import KEY


async def walked(uri: str, **options: Any) -> Report:
    """The report of a walk that waits for little, on a loop like that of the command line."""
    asked = Target.parsed(uri), Options(**{"key": KEY, "timeout": 5.0, **options})

    def apart() -> Report:
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            return runner.run(walk(*asked))

    return await asyncio.to_thread(apart)


def finding(report: Report, name: str) -> Finding:
    """What the check `nats.<name>` found."""
    return next(check.finding for check in report.checks if check.id == f"nats.{name}")


def ids(report: Report, status: Status) -> list[str]:
    """Which checks ended so, without `nats.`."""
    return [check.id.removeprefix("nats.") for check in report.checks if check.status is status]


def only_failure(report: Report) -> tuple[str, Finding]:
    """The one check that failed, and what it found; all that were blocked name it."""
    failures = ids(report, Status.FAIL)
    assert len(failures) == 1, [(check.id, check.finding.detail) for check in report.checks]
    blocked = [check.finding.detail for check in report.checks if check.finding.detail.startswith("blocked")]
    assert set(blocked) <= {f"blocked by nats.{failures[0]}"}
    found = finding(report, failures[0])
    assert found.remedy, "a failure says what to do"
    return failures[0], found
