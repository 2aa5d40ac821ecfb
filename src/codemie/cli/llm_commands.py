"""`codemiectl llm …`: from one model file to another, verified, and back."""

from pathlib import Path
from typing import Annotated

import typer

from codemie.cli.check_commands import EXIT_CODES, HomeOption
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

llm_app = typer.Typer(help="Look after the models.", no_args_is_help=True, rich_markup_mode=None)

TimeoutOption = Annotated[float, typer.Option("--timeout", min=0.2, max=300, help="Seconds for one answer of a model.")]


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
