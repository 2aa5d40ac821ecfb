"""`codemiectl backup …` and `codemiectl restore`: everything one installation needs, in one file and back."""

from pathlib import Path
from typing import Annotated

import typer

from codemie.cli.check_commands import EXIT_CODES
from codemie.cli.check_options import Asked, FailOn, FailOnOption, JsonOption, JunitOption, OnlyOption, SkipOption
from codemie.cli.nats_commands import CheckingCommand
from codemie.cli.options import AllowWriteOption, HomeOption

backup_app = typer.Typer(help="Keep everything an installation needs.", no_args_is_help=True, rich_markup_mode=None)

_EXIT_CODES = (
    "Exit codes: 0 done, 1 refused, 2 wrong usage, 3 wrong configuration (a newer version's backup, a missing master "
    "key), 4 a damaged backup, a database that fails or holds other values now, 130 interrupted."
)

FileArgument = Annotated[Path, typer.Argument(help="The backup.", metavar="FILE")]


def restore(
    file: FileArgument,
    home: HomeOption = None,
    allow_write: AllowWriteOption = False,
    force: Annotated[
        bool, typer.Option("--force", help="Take the place of a database that is not empty; that one is kept.")
    ] = False,
) -> None:
    """Bring an installation back from a backup, and its schema to this version.

    Refused for a damaged backup, one of a newer version, one whose master keys are not here, and a database that is not
    empty. Nothing is changed before all of that is known. Stop every API and worker first.
    """
    from codemie.cli import backup, exits, options

    options.apply(home=home)
    with exits.one_line_errors():
        raise typer.Exit(int(backup.restore(file, allow_write=allow_write, force=force)))


@backup_app.command("create", epilog=_EXIT_CODES)
def create(
    home: HomeOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Where to. Default: codemie-TIME.backup", metavar="FILE")
    ] = None,
) -> None:
    """Write everything the installation needs into one file, while it runs or stands still.

    That is the database as it is at one moment, the settings file and the files it names. It is encrypted with the
    installation's master key, which is not in it: keep the key elsewhere, for without it nobody opens the backup.
    """
    from codemie.cli import backup, exits, options

    options.apply(home=home)
    with exits.one_line_errors():
        backup.create(out)


@backup_app.command("verify", epilog=_EXIT_CODES)
def verify(file: FileArgument, home: HomeOption = None) -> None:
    """Read a whole backup and compare every part with its SHA-256; say what is in it, and whether its keys are here."""
    from codemie.cli import backup, exits, options

    options.apply(home=home)
    with exits.one_line_errors():
        backup.verify(file)


@backup_app.command("list", epilog=_EXIT_CODES)
def listing(
    folder: Annotated[Path, typer.Argument(help="Where backups are kept.", metavar="FOLDER")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the backups of a folder: when each was made, by which version, its size, and whether it is whole.

    Each is read from beginning to end with the master keys of this machine. Those are looked at that are called
    *.backup, or codemie-backup-*.tar as older versions called them. Ends with 4 when one is not whole, or nobody can
    tell because its key is not here.
    """
    from codemie.cli import backup, exits, options

    options.apply(home=home)
    with exits.one_line_errors():
        raise typer.Exit(int(backup.listing(folder, as_json=as_json)))


@backup_app.command("drill", epilog=EXIT_CODES, cls=CheckingCommand)
def drill(
    file: FileArgument,
    home: HomeOption = None,
    only: OnlyOption = None,
    skip: SkipOption = None,
    as_json: JsonOption = False,
    junit: JunitOption = None,
    fail_on: FailOnOption = FailOn.FAIL,
) -> None:
    """Restore a backup into a database that is thrown away, and say whether it would bring the installation back.

    The installation is not touched and may run. The database is made beside that of CODEMIE_DATABASE_URL, whose role
    needs CREATEDB; without that variable, on a server of its own. Nothing of the platform is started, so no job of the
    backup goes on. It needs as much room as a restore.
    """
    from codemie.cli import exits, options
    from codemie.cli.drill import Drill

    options.apply(home=home)
    asked = Asked(tuple(only or ()), tuple(skip or ()), as_json=as_json, junit=junit, fail_on=fail_on)
    with exits.one_line_errors():
        raise typer.Exit(int(asked.run(Drill(file).examine, f"Trying {file}")))


def add_to(app: typer.Typer) -> None:
    """Make them commands of `codemiectl`."""
    app.add_typer(backup_app, name="backup")
    app.command("restore", epilog=_EXIT_CODES)(restore)
