"""`codemiectl tf diagnose`: what a log of Terraform says, for a person or a program."""

import sys
from pathlib import Path

from codemie.cli import reports
from codemie.cli.exits import PREFIX
from codemie.operations.terraform.diagnosis import report

_MOST_BYTES = 64 * 2**20


def diagnose(source: str, *, as_json: bool, junit: Path | None) -> reports.Verdict:
    """Read the log, and print each error with its cause and what to do.

    Args:
        source: a file, or `-` for standard input.
        as_json: print one document.
        junit: write one for a CI server, too.
    """
    try:
        log = _read(source)
    except OSError as error:
        print(f"{PREFIX}{source}: {error.strerror or error}", file=sys.stderr)
        return reports.Verdict.NOT_RUN
    found = report(log, "standard input" if source == "-" else source)
    if junit:
        reports.write_junit(found, junit)
    if as_json:
        reports.print_document(found)
    else:
        for check in found.checks:
            reports.print_check(check)
        reports.print_summary(found)
    return reports.verdict(found, fail_on_warning=False)


def _read(source: str) -> str:
    """The end of it, where it is very long: errors are told last."""
    if source == "-":
        return sys.stdin.buffer.read()[-_MOST_BYTES:].decode(errors="replace")
    with Path(source).open("rb") as file:
        file.seek(max(0, Path(source).stat().st_size - _MOST_BYTES))
        return file.read().decode(errors="replace")
