"""`codemiectl upgrade …`: from one version to the next, and back."""

from pathlib import Path
from typing import Annotated

import typer

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
    TimeoutOption,
)
from codemie.cli.nats_commands import CheckingCommand
from codemie.cli.options import AllowWriteOption, HomeOption

upgrade_app = typer.Typer(help="Go to this version, and back.", no_args_is_help=True, rich_markup_mode=None)


@upgrade_app.command("plan", epilog=EXIT_CODES, cls=CheckingCommand)
def plan(
    home: HomeOption = None,
    only: OnlyOption = None,
    skip: SkipOption = None,
    timeout: TimeoutOption = 10,
    parallel: ParallelOption = 8,
    as_json: JsonOption = False,
    junit: JunitOption = None,
    fail_on: FailOnOption = FailOn.FAIL,
) -> None:
    """Say which migrations are missing, what changes with them, and whether an upgrade can go well."""
    from codemie.cli import exits, options, upgrade

    options.apply(home=home)
    asked = Asked(tuple(only or ()), tuple(skip or ()), timeout, parallel, as_json, junit, fail_on)
    with exits.one_line_errors(checking=True):
        raise typer.Exit(int(upgrade.plan(asked)))


@upgrade_app.command("run", epilog=EXIT_CODES, cls=CheckingCommand)
def carry_out(
    home: HomeOption = None,
    backup: Annotated[
        Path | None, typer.Option("--backup", help="Where the backup goes. Default: the home folder.", metavar="FILE")
    ] = None,
    allow_write: AllowWriteOption = False,
) -> None:
    """Look, make a backup, bring the database to this version, and look again. Stop every API and worker first."""
    from codemie.cli import exits, options, upgrade

    options.apply(home=home)
    with exits.one_line_errors(checking=True):
        raise typer.Exit(int(upgrade.carry_out(Asked(), backup, allow_write=allow_write)))


@upgrade_app.command("rollback", epilog=EXIT_CODES, cls=CheckingCommand)
def roll_back(home: HomeOption = None, allow_write: AllowWriteOption = False) -> None:
    """Bring back what the last upgrade found, for the version of then; what it replaces is kept beside."""
    from codemie.cli import exits, options, upgrade

    options.apply(home=home)
    with exits.one_line_errors(checking=True):
        upgrade.roll_back(allow_write=allow_write)
