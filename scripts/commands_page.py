"""The reference page of the command line: what holds for every command, and the help of each."""

from collections.abc import Iterator
from typing import Any

import typer

from codemie.cli.commands import app
from codemie.cli.writing import UNASKED

_RULES = """\
# Command line

## What holds for all commands

**Nothing is changed unasked.** A command that changes what is in use does so only with `--allow-write`; without it, it
looks whether it could, says what it would do, and ends with 1 (commands of checks with 3). `idp apply` knows `--yes`
for the same, and ends with 0 where it only planned; `preflight --allow-write` tries the bucket of states with a file
that it deletes again. These write without the option:

| Command | What it writes, or why it does not ask |
|---|---|
"""
_CHECKS = """
Commands of checks also note when they ran and what came of it in `history.jsonl` of the home, for support.

**Commands of checks** are `preflight`, `doctor`, `smoke`, `db check`, `llm verify`, `nats test`, `net …`,
`backup drill`, `upgrade plan`, `tf diagnose` and `tf plan`. They print the same report (`--json`: schema
`codemiectl.report/1`; `--junit FILE` for CI servers), and end with 0 where nothing failed, 1 for a warning with
`--fail-on warn`, 2 for a failed check, 3 where they could not be run, 4 where a check itself broke, 130 when
interrupted. `--only` and `--skip` take ids, patterns and phases, `--timeout` is for one check (`10`, `10s`, `2m`),
`--parallel` says how many at once.

Where these rules do not hold:

| Where | What differs | Why |
|---|---|---|
"""
_DIFFERENCES = (
    (
        "other commands",
        "1 is *refused*, 2 wrong usage, 3 wrong configuration, 4 *failed*",
        "there is nothing to warn of, and shells expect 2 for wrong usage",
    ),
    ("`secrets status`", "1 where a key is missing", "scripts look at it"),
    (
        "all but `doctor`, `preflight` and `support-bundle`",
        "no `--no-network`",
        "they ask what they are told to ask, or nobody outside",
    ),
    (
        "all but `doctor`, `preflight` and `tf plan`",
        "no `--profile`",
        "they judge nothing by what the installation is for",
    ),
    ("`nats test`", "no `--parallel`", "each step goes on from the one before"),
    (
        "`backup drill`",
        "no `--timeout`, no `--parallel`",
        "its checks share one database, and a restore takes as long as it takes",
    ),
    (
        "`tf diagnose`, `tf plan`",
        "no `--only`, `--skip`, `--timeout`, `--parallel`, `--fail-on`",
        "one log or one plan is judged, at once",
    ),
    (
        "`support-bundle`",
        "Helm values are not in it; its manifest says so",
        "they may hold secrets under any name: look through them, and send them beside",
    ),
    ("`doctor --remote`", "what the platform cannot follow is refused", "it looks at itself"),
)


def command_line_page() -> str:
    """What holds for all of them, then the help of every command as `--help` prints it."""
    unasked = "".join(f"| `{command}` | {reason} |\n" for command, reason in UNASKED.items())
    differences = "".join(f"| {' | '.join(row)} |\n" for row in _DIFFERENCES)
    root = typer.main.get_command(app)
    helps = "".join(f"\n## {path}\n\n```text\n{text}\n```\n" for path, text in _helps(root, "codemiectl", None))
    return _RULES + unasked + _CHECKS + differences + helps


def _helps(command: Any, path: str, parent: Any) -> Iterator[tuple[str, str]]:
    context = command.make_context(path.rpartition(" ")[2], ["--help"], parent=parent, resilient_parsing=True)
    yield path, command.get_help(context)
    for name, child in sorted(getattr(command, "commands", {}).items()):
        yield from _helps(child, f"{path} {name}", context)
