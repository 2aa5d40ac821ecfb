"""`codemiectl db …`: the database alone."""

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

db_app = typer.Typer(help="Look after the database.", no_args_is_help=True, rich_markup_mode=None)

_EXIT_CODES = (
    "Exit codes: 0 done, 1 refused or not allowed, 2 wrong usage, 3 wrong configuration (a newer version's database), "
    "4 the database does not answer, 130 interrupted."
)


@db_app.command("check", epilog=EXIT_CODES, cls=CheckingCommand)
def look(
    home: HomeOption = None,
    only: OnlyOption = None,
    skip: SkipOption = None,
    timeout: TimeoutOption = 10,
    parallel: ParallelOption = 8,
    as_json: JsonOption = False,
    junit: JunitOption = None,
    fail_on: FailOnOption = FailOn.FAIL,
) -> None:
    """Make the doctor's checks of the database, and no others: it needs neither NATS nor an API that answers."""
    from codemie.cli import db, exits, options

    options.apply(home=home)
    asked = Asked(tuple(only or ()), tuple(skip or ()), timeout, parallel, as_json, junit, fail_on)
    with exits.one_line_errors(checking=True):
        raise typer.Exit(int(asked.run(db.examine, "Looking at the database")))


@db_app.command("status", epilog=_EXIT_CODES)
def status(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Say the server's version, the schema's, how large what is, who is connected, and what waits or runs long.

    Statements are shown without their values. It judges nothing: that does codemiectl db check.
    """
    from codemie.cli import db, exits, options

    options.apply(home=home)
    with exits.one_line_errors():
        raise typer.Exit(int(db.status(as_json=as_json)))


@db_app.command("migrate", epilog=_EXIT_CODES)
def migrate(home: HomeOption = None, as_json: JsonOption = False, allow_write: AllowWriteOption = False) -> None:
    """Say which migrations are missing and, with --allow-write, apply them as codemiectl migrate does.

    Without a backup: codemiectl upgrade run makes one first, and knows the way back.
    """
    from codemie.cli import db, exits, options

    options.apply(home=home)
    with exits.one_line_errors():
        raise typer.Exit(int(db.migrate(as_json=as_json, allow_write=allow_write)))
