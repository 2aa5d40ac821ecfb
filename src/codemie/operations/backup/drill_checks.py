"""What a drill looks at: would this backup bring the installation back?"""

import asyncio

from sqlalchemy.exc import DBAPIError

from codemie.checks.check import check
from codemie.checks.report import Finding, failed, passed, unknown
from codemie.checks.sources import Unobservable
from codemie.kernel.errors import CodeMieError
from codemie.operations.backup import restoration
from codemie.operations.backup.rehearsal import Place, Rehearsal

# As long as a restore may take.
_SECONDS = 24 * 3600.0
_NAMED = 5


@check(
    "drill.archive",
    title="The backup is whole, and its keys are here",
    symptom="A restore is refused before anything is changed.",
    remedy=("Copy the backup again from where it was kept, or use another", "Put its master key behind those here"),
    timeout=_SECONDS,
)
async def archive(rehearsal: Rehearsal) -> Finding:
    """The file is damaged or of a newer version, or a master key that it needs is not here."""
    try:
        manifest = await asyncio.to_thread(rehearsal.prove)
    except (CodeMieError, OSError) as error:
        return failed(str(error), *archive.remedy)
    size = sum(part.bytes for part in manifest.parts.values())
    return passed(f"{len(manifest.parts)} parts, {size / 2**20:.1f} MB, made {manifest.created}", file=rehearsal.file)


@check(
    "drill.restore",
    title="The dump comes into a database",
    symptom="A restore breaks off in the middle.",
    remedy=("Make a new backup, and drill that one", "Compare the version of PostgreSQL with that of the backup"),
    needs=("drill.archive",),
    timeout=_SECONDS,
)
async def restore(rehearsal: Rehearsal) -> Finding:
    """What `pg_dump` wrote cannot be read, or the server is older than the one it was made of."""
    try:
        await asyncio.to_thread(rehearsal.load)
    except (CodeMieError, OSError) as error:
        return failed(str(error), *restore.remedy)
    return passed(f"{len(rehearsal.found)} tables are there")


@check(
    "drill.counts",
    title="No row is missing",
    symptom="After a restore something is missing, or there twice.",
    remedy=("Make a new backup, and drill that one", "Keep this one until the new one is proved"),
    needs=("drill.restore",),
)
async def counts(rehearsal: Rehearsal) -> Finding:
    """The dump and what the backup says of it are not of the same moment, or rows were lost on the way."""
    if wrong := restoration.miscounted(rehearsal.manifest, rehearsal.found):
        return failed("; ".join(wrong[:_NAMED]), *counts.remedy, tables=len(wrong))
    return passed(f"{sum(rehearsal.manifest.rows.values())} rows in {len(rehearsal.manifest.rows)} tables, all counted")


@check(
    "drill.fingerprints",
    title="Every row holds what it held",
    symptom="After a restore values differ from what people had entered.",
    remedy=(
        "Drill on the version of PostgreSQL that the backup was made of: another one may spell a value otherwise",
        "Make a new backup, and drill that one",
    ),
    needs=("drill.counts",),
)
async def fingerprints(rehearsal: Rehearsal) -> Finding:
    """Values were changed on the way, or this PostgreSQL writes them otherwise."""
    changed = restoration.changed(rehearsal.manifest, rehearsal.found)
    if changed is None:
        return unknown("A backup of an older version does not say what its rows held", "Make a new backup")
    if changed:
        return failed(f"Other values are in {', '.join(changed[:_NAMED])}", *fingerprints.remedy, tables=len(changed))
    return passed(f"The fingerprints of {len(rehearsal.found)} tables agree")


@check(
    "drill.schema",
    title="The schema can be brought to this version",
    symptom="After a restore the platform refuses to start.",
    remedy=("Restore with the version that made the backup, then upgrade", "Ask support, with this report"),
    needs=("drill.restore",),
    timeout=_SECONDS,
)
async def schema(rehearsal: Rehearsal) -> Finding:
    """A migration does not go through with this data, or the schema was changed by hand."""
    # What is compared with the backup is what came out of it, not what migrations made of that: it was read before.
    try:
        applied = await asyncio.to_thread(rehearsal.migrate)
    except (CodeMieError, DBAPIError) as error:
        return failed(str(error).splitlines()[0], *schema.remedy)
    return passed(f"{len(applied)} migrations applied" if applied else "It is this version's")


@check(
    "drill.secrets",
    title="Every stored secret opens",
    symptom="After a restore integrations and sign-ins fail, for their credentials cannot be read.",
    remedy=("Look which keys the secrets are under: codemiectl secrets status", "Enter those credentials again"),
    needs=("drill.schema",),
    timeout=_SECONDS,
)
async def secrets(rehearsal: Rehearsal) -> Finding:
    """Secrets are damaged, or sealed with a master key that is not here."""
    opened, lost = await rehearsal.open_secrets()
    if lost:
        told = ", ".join(f"{count} of {name}" for name, count in sorted(lost.items()))
        return failed(f"They do not open: {told}", *secrets.remedy, opened=opened)
    return passed(f"{opened} secrets open")


@check(
    "drill.reads",
    title="The platform can read what is there",
    symptom="After a restore pages end with an error.",
    remedy=("Compare the schema with this version's: codemiectl doctor --only db", "Ask support, with this report"),
    needs=("drill.schema",),
    timeout=_SECONDS,
)
async def reads(rehearsal: Rehearsal) -> Finding:
    """A table or a column is missing or of another kind, although the schema says it is this version's."""
    try:
        tables, rows = await rehearsal.read_something()
    except (DBAPIError, LookupError, ValueError, TypeError) as error:
        return failed(str(error).splitlines()[0], *reads.remedy)
    return passed(f"{rows} rows of {tables} tables were read as the platform reads them")


CHECKS = (archive, restore, counts, fingerprints, schema, secrets, reads)


@check(
    "drill.removed",
    title="Nothing is left of the drill",
    symptom="The disk fills up, and copies of the data lie about.",
    remedy=("Drop the database and delete the folder that are named, by hand",),
)
async def removed(place: Place) -> Finding:
    """Somebody was connected to the database of the drill, or the server or the disk did not answer."""
    try:
        left = await asyncio.to_thread(place.left)
    except CodeMieError as error:
        raise Unobservable(str(error), *removed.remedy) from error
    if left:
        return failed(f"Still there: {', '.join(left)}", *removed.remedy, reason=place.problem)
    return passed("Its database and its folder are gone")
