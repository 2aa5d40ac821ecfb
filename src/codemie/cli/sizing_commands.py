"""`codemiectl sizing`: what so many people need."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

_EXIT_CODES = (
    "Exit codes: 0 done, 2 wrong usage, 3 a figure nobody knows or that makes no sense, or a file that cannot be read, "
    "141 nobody reads the output."
)


class Kind(StrEnum):
    """What people do with the platform all day."""

    LIGHT = "light"
    ENGINEER = "engineer"
    HEAVY = "heavy"


def sizing(
    users: Annotated[int, typer.Option("--users", help="People with an account.", min=1, max=100_000_000)],
    profile: Annotated[
        Kind, typer.Option("--profile", help="light: a few questions a day; heavy: agents at work all day.")
    ] = Kind.ENGINEER,
    chunks: Annotated[
        int | None,
        typer.Option("--chunks", help="Indexed in all. Default: so many a person.", min=0, max=10**13),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option("--figures", help="YAML of NAME: VALUE, in place of ours.", metavar="FILE"),
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="One figure; wins over the file.", metavar="NAME=VALUE")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the simulation.", min=0)] = 7,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document, with all figures.")] = False,
) -> None:
    """Say what so many people need: replicas, database, NATS, tokens and money, and which limit comes first.

    It asks nobody and changes nothing. What a piece of work costs was measured once, what people do is assumed; --json
    lists every figure with its origin, and each can be overruled with --figures or --set.
    """
    from codemie.cli import exits
    from codemie.cli import sizing as carry_out

    with exits.one_line_errors():
        asked = carry_out.Asked(users, profile.value, chunks, file, tuple(settings or ()), seed)
        carry_out.show(asked.plan(), as_json=as_json)


def add_to(app: typer.Typer) -> None:
    """Offer the command."""
    app.command(epilog=_EXIT_CODES)(sizing)
