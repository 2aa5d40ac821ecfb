"""`codemiectl llm …`: from one model file to another, verified, and back."""

from pathlib import Path
from typing import Annotated

import typer

from codemie.cli.amounts import seconds
from codemie.cli.check_commands import EXIT_CODES
from codemie.cli.check_options import (
    Asked,
    FailOn,
    FailOnOption,
    JsonOption,
    JunitOption,
    OnlyOption,
    ParallelOption,
    SkipOption,
)
from codemie.cli.nats_commands import CheckingCommand
from codemie.cli.options import AllowWriteOption, HomeOption

llm_app = typer.Typer(help="Look after the models.", no_args_is_help=True, rich_markup_mode=None)

TimeoutOption = Annotated[
    float, typer.Option("--timeout", parser=seconds, metavar="SECONDS", help="Seconds for one answer of a model.")
]


@llm_app.command("verify", epilog=EXIT_CODES, cls=CheckingCommand)
def verify(
    file: Annotated[
        Path | None, typer.Option("--file", help="The model file. Default: the one in use.", metavar="FILE")
    ] = None,
    home: HomeOption = None,
    only: OnlyOption = None,
    skip: SkipOption = None,
    timeout: TimeoutOption = 30,
    parallel: ParallelOption = 4,
    as_json: JsonOption = False,
    junit: JunitOption = None,
    fail_on: FailOnOption = FailOn.FAIL,
) -> None:
    """Ask every model of a file for what the file says it can, and compare the file with what is stored.

    Of each endpoint: its name, connection, certificate, HTTP, and whether it takes the key. Of each model: whether it
    is known, a short answer, a stream, the call of a tool, or a vector of the declared length. Keys are never shown.
    These are real requests of a few tokens each; models that draw are not asked for pictures. Changes nothing.
    """
    from codemie.cli import exits, options
    from codemie.cli.llm import Verification

    options.apply(home=home)
    asked = Asked(tuple(only or ()), tuple(skip or ()), timeout, parallel, as_json, junit, fail_on)
    with exits.one_line_errors():
        raise typer.Exit(
            int(asked.run(Verification(file).examine, f"Asking the models of {file or 'this installation'}"))
        )


_SWITCH_EXIT_CODES = (
    "Exit codes: 0 done, 1 refused or not allowed, 2 a check failed, 3 wrong usage or configuration, 4 it failed, or a "
    "process does not use the new file, 130 interrupted. Nothing is changed unless it is 0, or 4 says so."
)
MapOption = Annotated[
    list[str] | None,
    typer.Option("--map", help="Assistants that name OLD name NEW from then on.", metavar="OLD=NEW"),
]
UnverifiedOption = Annotated[
    bool,
    typer.Option("--unverified", help="Do not ask the models; the file and the indexes are looked at all the same."),
]
WaitOption = Annotated[
    float,
    typer.Option(
        "--wait", min=1, max=86_400, help="Seconds for every process to use the new file, and to follow a re-indexing."
    ),
]
ReindexOption = Annotated[
    bool,
    typer.Option(
        "--reindex",
        help="Where an embedding model goes: have its data sources indexed anew with the file's default. The check "
        "llm.indexes says how many chunks that are. Both models are in use meanwhile, and search goes on.",
    ),
]


def _pairs(typed: list[str] | None) -> dict[str, str]:
    pairs = [each.partition("=") for each in typed or ()]
    if any(not (old and new) or old == new for old, _, new in pairs):
        raise typer.BadParameter("write OLD=NEW, two names of language models", param_hint="--map")
    return {old: new for old, _, new in pairs}


@llm_app.command("switch", epilog=_SWITCH_EXIT_CODES, cls=CheckingCommand)
def switch(
    file: Annotated[Path, typer.Option("--file", help="The model file to use from now on.", metavar="FILE")],
    home: HomeOption = None,
    replacements: MapOption = None,
    allow_write: AllowWriteOption = False,
    unverified: UnverifiedOption = False,
    wait: WaitOption = 60,
    reindex: ReindexOption = False,
    timeout: TimeoutOption = 30,
    parallel: ParallelOption = 4,
) -> None:
    """Put a model file into the place of the one in use, while the platform runs.

    Its models are asked first, as verify does. Refused where a process of the platform lacks a key, and where an index
    would lose the embedding model that made it, unless --reindex says that it is to be made anew. The former file is
    kept as a version; the audit log says who did what. Replies that are under way end with the model they began with.
    """
    from codemie.cli import exits, options
    from codemie.cli.llm_switch import Wish
    from codemie.cli.llm_switch import switch as carry_out

    options.apply(home=home)
    pairs = _pairs(replacements)
    with exits.one_line_errors():
        carry_out(file, Wish(pairs, allow_write, unverified, wait, reindex, Asked(timeout=timeout, parallel=parallel)))


@llm_app.command("rollback", epilog=_SWITCH_EXIT_CODES, cls=CheckingCommand)
def rollback(
    to: Annotated[
        int | None, typer.Option("--to", min=1, help="Version. Default: the one in use before.", metavar="N")
    ] = None,
    home: HomeOption = None,
    replacements: MapOption = None,
    allow_write: AllowWriteOption = False,
    unverified: UnverifiedOption = False,
    wait: WaitOption = 60,
    reindex: ReindexOption = False,
    timeout: TimeoutOption = 30,
    parallel: ParallelOption = 4,
) -> None:
    """Put a former version into the place of the file in use; everything else is as with switch."""
    from codemie.cli import exits, options
    from codemie.cli.llm_switch import Wish
    from codemie.cli.llm_switch import rollback as carry_out

    options.apply(home=home)
    pairs = _pairs(replacements)
    with exits.one_line_errors():
        carry_out(to, Wish(pairs, allow_write, unverified, wait, reindex, Asked(timeout=timeout, parallel=parallel)))


@llm_app.command("recover", epilog=_SWITCH_EXIT_CODES, cls=CheckingCommand)
def recover(home: HomeOption = None, allow_write: AllowWriteOption = False) -> None:
    """Complete, or forget, an exchange that was broken off; switch and rollback do so first by themselves."""
    from codemie.cli import exits, options
    from codemie.cli.llm_switch import recover as carry_out

    options.apply(home=home)
    with exits.one_line_errors():
        if not allow_write:
            raise exits.Refused("Nothing is changed: recover with --allow-write. codemiectl llm history shows what is.")
        carry_out()


@llm_app.command("history", epilog=_SWITCH_EXIT_CODES, cls=CheckingCommand)
def history(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List the versions of the model file, and which processes of the platform use which; changes nothing."""
    from codemie.cli import exits, options
    from codemie.cli.llm_switch import history as carry_out

    options.apply(home=home)
    with exits.one_line_errors():
        carry_out(as_json=as_json)
