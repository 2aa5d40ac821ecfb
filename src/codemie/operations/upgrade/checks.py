"""Whether an upgrade can go well, looked at before anything is changed."""

from dataclasses import dataclass, field

from codemie.checks.check import Check, Severity, check
from codemie.checks.report import Finding, failed, passed, warned
from codemie.operations.upgrade.changes import Change

_ROOM = 2.0
"""Times the size of the database: its backup, and what a migration writes anew."""
_MB = 2**20


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an upgrade finds.

    Args:
        revision: of the database; empty: it has no tables yet.
        is_known: whether this version knows that revision.
        pending: revisions that are missing, in order.
        changes: that come with them.
        strangers: what is wrong with variables and settings that this version does not know.
        key: id of the master key that a backup is encrypted with; None: there is none.
        program: what is wrong with the program that dumps the database; empty: nothing.
        database_bytes: size of the database.
        free_bytes: where the backup goes.
    """

    revision: str
    is_known: bool
    pending: tuple[str, ...]
    changes: tuple[Change, ...]
    strangers: tuple[str, ...]
    key: str | None
    program: str
    database_bytes: int
    free_bytes: int
    place: str = field(default="")


@check(
    "upgrade.database",
    title="The database is of this version or an older one",
    symptom="The new version refuses to start.",
    remedy=("Install the version that wrote the database, or a newer one", "Or restore a backup of before"),
)
async def database(found: Surroundings) -> Finding:
    """A newer version has migrated the database already, and this one does not know its tables."""
    if not found.is_known:
        return failed(f"The database is at {found.revision}, which this version does not know", *database.remedy)
    if not found.pending:
        return passed(f"The database is at {found.revision}: nothing is missing")
    return passed(f"{len(found.pending)} migrations are missing: {', '.join(found.pending)}")


@check(
    "upgrade.changes",
    title="Nothing changes that somebody has to act on",
    symptom="After the upgrade something works in another way than before.",
    severity=Severity.MAJOR,
    remedy=("Read what is told, and do it before or after the upgrade",),
    needs=("upgrade.database",),
)
async def changes(found: Surroundings) -> Finding:
    """A version may stop doing something, need another part, or have a setting that should be thought of."""
    if not found.changes:
        return passed("No change asks for anything")
    told = {f"{each.kind} ({each.revision})": each.title for each in found.changes}
    return warned(f"{len(found.changes)} changes to read", *(each.do for each in found.changes), **told)


@check(
    "upgrade.settings",
    title="This version knows every variable that is set",
    symptom="A setting of before has no effect any more.",
    severity=Severity.MAJOR,
    remedy=("Compare the names with the reference of settings", "Take away those that are gone"),
)
async def settings(found: Surroundings) -> Finding:
    """A setting was renamed or removed, or its name is misspelt."""
    if found.strangers:
        return warned(" ".join(found.strangers), *settings.remedy)
    return passed("Every variable is known")


@check(
    "upgrade.key",
    title="The master key is here, so that a backup can be made",
    symptom="There would be no way back.",
    remedy=("Put the installation's key into CODEMIE_MASTER_KEY, or into master.key in the home folder",),
)
async def key(found: Surroundings) -> Finding:
    """The command runs elsewhere than the platform, without its key: a backup is encrypted with it."""
    return passed(f"A backup is encrypted with {found.key}") if found.key else failed("No master key", *key.remedy)


@check(
    "upgrade.program",
    title="A program that dumps this PostgreSQL is here",
    symptom="There would be no way back.",
    remedy=("Install the client programs of PostgreSQL, as new as the server or newer",),
)
async def program(found: Surroundings) -> Finding:
    """The server is newer than the pg_dump that comes along, and there is none of its version on this machine."""
    return failed(found.program, *program.remedy) if found.program else passed("pg_dump fits the server")


@check(
    "upgrade.room",
    title="There is room for a backup and for the migration",
    symptom="The upgrade breaks off halfway.",
    remedy=("Make room", "Or name another place for the backup with --backup"),
)
async def room(found: Surroundings) -> Finding:
    """A backup takes about the size of the database, and migrations may write tables anew."""
    told = (
        f"{found.free_bytes / _MB:.0f} MB are free at {found.place}, the database has {found.database_bytes / _MB:.0f}"
    )
    if found.free_bytes < found.database_bytes * _ROOM:
        return failed(told, *room.remedy)
    return passed(told)


CHECKS: tuple[Check, ...] = (database, changes, settings, key, program, room)
