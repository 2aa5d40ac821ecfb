"""The options that every command of checks takes, and how such a command runs."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from codemie.cli.amounts import seconds

if TYPE_CHECKING:
    from codemie.checks.report import Report
    from codemie.checks.run import Options
    from codemie.cli.reports import Verdict


class FailOn(StrEnum):
    """What makes the exit code differ from 0."""

    WARN = "warn"
    FAIL = "fail"


class Profile(StrEnum):
    """What the installation is for."""

    DEV = "dev"
    PROD = "prod"


OnlyOption = Annotated[
    list[str] | None, typer.Option("--only", help="Make only these, and what they need: an id, a pattern, a phase.")
]
SkipOption = Annotated[list[str] | None, typer.Option("--skip", help="Leave these out: an id, a pattern, a phase.")]
TimeoutOption = Annotated[
    float, typer.Option("--timeout", parser=seconds, metavar="SECONDS", help="Seconds for one check, such as 10s.")
]
ParallelOption = Annotated[int, typer.Option("--parallel", min=1, max=64, help="So many checks at once.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of lines.")]
JunitOption = Annotated[
    Path | None, typer.Option("--junit", help="Write the report for a CI server, JUnit XML.", metavar="FILE")
]
FailOnOption = Annotated[FailOn, typer.Option("--fail-on", help="End with 1 on a warning too.")]


NetworkOption = Annotated[
    bool, typer.Option("--network/--no-network", help="Ask systems outside: identity provider, integrations.")
]
ProfileOption = Annotated[
    Profile | None,
    typer.Option("--profile", help="How strictly to judge. Default: prod where the public address is https, else dev."),
]

TfvarsOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--tfvars", help="Values for Terraform: a file, or a folder with some. The last wins.", metavar="FILE"
    ),
]


@dataclass(frozen=True)
class Asked:
    """The options as they were typed."""

    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    timeout: float = 10.0
    parallel: int = 8
    as_json: bool = False
    junit: Path | None = None
    fail_on: FailOn = FailOn.FAIL

    def run(self, examine: "Callable[[Options], Awaitable[Report]]", about: str) -> "Verdict":
        """Run the checks, print each as it is made or one document at the end, and say how it went.

        Args:
            examine: makes the checks with these options.
            about: the line in front of the checks.
        """
        from codemie.cli import reports, terminal_log
        from codemie.cli.exits import PREFIX, Refused
        from codemie.cli.options import home_folder
        from codemie.kernel.errors import CodeMieError
        from codemie.operations.history import remember

        # Standard output is the report's alone: a program reads it.
        terminal_log.set_up()
        if not self.as_json:
            print(f"{about}\n", flush=True)
        try:
            report = asyncio.run(_examined(examine, self._options()))
            remember(home_folder(), report)
            if self.junit:
                reports.write_junit(report, self.junit)
        except BrokenPipeError:
            raise  # who reads has seen enough: that is no failure of the checks
        except (CodeMieError, Refused, OSError) as error:
            print(f"{PREFIX}{error}", file=sys.stderr)
            return reports.Verdict.NOT_RUN
        if self.as_json:
            reports.print_document(report)
        else:
            reports.print_summary(report)
        if nothing := reports.nothing_seen(report):
            print(f"{PREFIX}{nothing}", file=sys.stderr)
        return reports.verdict(report, fail_on_warning=self.fail_on is FailOn.WARN)

    def _options(self) -> "Options":
        from codemie.checks.run import Options
        from codemie.cli.reports import Printing

        chosen = Options(only=self.only, skip=self.skip, timeout=self.timeout, parallel=self.parallel)
        return chosen if self.as_json else replace(chosen, seen=Printing())


async def _examined(examine: "Callable[[Options], Awaitable[Report]]", options: "Options") -> "Report":
    return await examine(options)
