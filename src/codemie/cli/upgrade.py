"""What `codemiectl upgrade plan|run|rollback` do and say."""

import datetime as dt
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from codemie import __version__
from codemie.checks.report import Report
from codemie.checks.run import Options, run
from codemie.checks.sources import Sources
from codemie.cli import backup
from codemie.cli.check_options import Asked
from codemie.cli.exits import Refused
from codemie.cli.reports import Verdict
from codemie.kernel import migration
from codemie.kernel.errors import ConfigurationError
from codemie.operations.backup import programs, restoration, target
from codemie.operations.backup.creation import create
from codemie.operations.upgrade import checks, journal
from codemie.operations.upgrade.changes import coming
from codemie.operations.upgrade.checks import Surroundings
from codemie.settings import Settings, load_settings, reread

_FOLDER = "backups"


@dataclass(frozen=True)
class Plan:
    """Looks whether an upgrade can go well.

    Attributes:
        url: of the database.
        settings: of this version.
        place: where the backup goes.
    """

    url: str = field(repr=False)
    settings: Settings
    place: Path

    async def examine(self, options: Options) -> Report:
        """Make the checks; nothing is changed."""
        found = self._surroundings()
        return await run("upgrade plan", checks.CHECKS, Sources().offer(Surroundings, found), options)

    def _surroundings(self) -> Surroundings:
        with target.connected(self.url) as connection:
            revision = "" if target.is_empty(self.url) else target.revision(connection)
            row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        cipher, pending = backup.cipher_of(self.settings), tuple(migration.missing(revision))
        return Surroundings(
            revision=revision,
            is_known=not revision or revision in migration.known(),
            pending=pending,
            changes=tuple(coming(pending)) if revision else (),
            strangers=tuple(reread()),
            key=cipher.key_ids[0] if cipher else None,
            program=_unfit(target.server_version(self.url)),
            database_bytes=int(row[0]) if row else 0,
            free_bytes=shutil.disk_usage(self.place).free,
            place=str(self.place),
        )


def plan(asked: Asked) -> Verdict:
    """Say what an upgrade to this version would do, and whether it can go well.

    Raises:
        Refused: there is no database.
    """
    settings = load_settings()[0]
    backup.refuse_without_database(settings)
    with backup.opened_database(settings, writing=False) as url:
        return asked.run(Plan(url, settings, settings.kernel.home).examine, "Looking at the upgrade, changing nothing")


def carry_out(asked: Asked, out: Path | None, *, allow_write: bool) -> Verdict:
    """Look, make a backup, migrate, and look again.

    Args:
        asked: options of the checks.
        out: where the backup goes; None: into the home folder.
        allow_write: do it; else only look.

    Raises:
        Refused: nobody allowed it, or the platform runs.
        CodeMieError, OSError: a step failed; says which backup is there.
    """
    settings = load_settings()[0]
    home = settings.kernel.home
    backup.refuse_without_database(settings)
    if out:
        backup.refuse_existing(out, "--backup")
    with backup.opened_database(settings, writing=True) as url:
        place = out.parent if out else home
        verdict = asked.run(Plan(url, settings, place).examine, "Looking whether the upgrade can go well")
        if verdict not in {Verdict.OK, Verdict.WARNED}:
            return verdict
        if not allow_write:
            raise Refused("Nothing is changed: run it with --allow-write.")
        with target.connected(url) as connection:
            before = "" if target.is_empty(url) else target.revision(connection)
        if not migration.missing(before):
            print("Nothing to do: the database is this version's.")
            return verdict
        # The embedded server is ours alone while its home is locked; this one may have others on it.
        target.refuse_used(url)
        _upgrade(settings, url, before, out)
    return verdict


def _upgrade(settings: Settings, url: str, before: str, out: Path | None) -> None:
    home, began = settings.kernel.home, dt.datetime.now(dt.UTC)
    file = out or home / _FOLDER / f"before-{migration.head()}-{began:%Y%m%d-%H%M%S}.backup"
    file.parent.mkdir(parents=True, exist_ok=True)
    cipher = backup.cipher_of(settings)
    if cipher is None:
        raise ConfigurationError("No master key", help="Without one no backup can be made.")
    create(url, file, backup.files_of(settings), home, cipher)
    print(f"Backup     {file}")
    told = (str(file.resolve()), before, migration.head(), __version__, began.isoformat(timespec="seconds"))
    journal.write(home, journal.Entry("backed up", *told))
    applied = migration.migrate(url)
    with target.connected(url) as connection:
        if (reached := target.revision(connection)) != migration.head():
            raise ConfigurationError(f"The database is at {reached}, not at {migration.head()}", help=_WAY_BACK)
    journal.write(home, journal.Entry("done", *told))
    print(f"Migrated   {len(applied)}: {', '.join(applied)}")
    print("Start the platform, then: codemiectl doctor, codemiectl smoke")
    print(f"Way back   {_WAY_BACK}")


_WAY_BACK = "codemiectl upgrade rollback --allow-write, then start the version of before"


def roll_back(*, allow_write: bool) -> None:
    """Bring the state of before the last upgrade back, with the schema of then.

    Raises:
        Refused: there was no upgrade, nobody allowed it, or the platform runs.
        CodeMieError, OSError: it cannot be done.
    """
    settings = load_settings()[0]
    home = settings.kernel.home
    last = journal.read(home)
    if last is None or last.state == "rolled back":
        raise Refused(f"There is no upgrade to take back: {home / journal.FILE_NAME} tells of none.")
    print(f"The upgrade of {last.time} went from {last.before or 'an empty database'} to {last.after}.")
    print(f"Its backup is {last.backup}. What was written since is not in it; it stays in a database beside.")
    if not allow_write:
        raise Refused("Nothing is changed: run it with --allow-write.")
    with backup.opened_database(settings, writing=True) as url:
        done = restoration.restore(Path(last.backup), url, home, backup.cipher_of(settings), force=True, migrate=False)
    journal.write(home, journal.Entry("rolled back", last.backup, last.before, last.after, last.version, last.time))
    print(f"Back at    {done.manifest.revision}")
    if done.former:
        print(f"Before     the database {done.former}: drop it when nobody misses anything")
    print("Start the version of before now: this one would migrate again.")


def _unfit(server: int) -> str:
    try:
        programs.found("pg_dump", server)
    except ConfigurationError as error:
        return str(error)
    return ""
