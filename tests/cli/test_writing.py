"""Nothing is changed unasked: each command reads only, asks for `--allow-write`, or is told of as an exception."""

from collections.abc import Iterator
from typing import Any

import typer

from codemie.cli.commands import app
from codemie.cli.writing import UNASKED

READING = {
    "backup list", "backup verify", "bundle verify", "config show", "db check", "db status", "docs scan", "doctor",
    "explain", "idp explain", "integrations requirements", "lb logs", "llm history", "llm verify", "nats config",
    "nats test", "net dns", "net http", "net tcp", "net tls", "plugin doctor", "plugin list", "secrets status",
    "secrets wrap", "sizing", "tf diagnose", "upgrade plan", "version",
}  # fmt: skip
ASKING = {
    "bundle push", "db migrate", "idp apply", "llm recover", "llm rollback", "llm switch", "nats rotate", "preflight",
    "restore", "secrets rotate", "tf apply", "tf bootstrap", "upgrade rollback", "upgrade run",
}  # fmt: skip


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    children = getattr(command, "commands", None)
    if children is None:
        yield " ".join(path), command
        return
    for name, child in children.items():
        yield from commands(child, (*path, name))


def test_every_command_reads_only_or_asks_or_is_told_of() -> None:
    found = dict(commands(typer.main.get_command(app)))
    asking = {name for name, each in found.items() if any("--allow-write" in given.opts for given in each.params)}

    assert asking == ASKING
    assert set(found) == READING | ASKING | set(UNASKED)
    assert len(found) == len(READING) + len(ASKING) + len(UNASKED), "each is in one of the three"
