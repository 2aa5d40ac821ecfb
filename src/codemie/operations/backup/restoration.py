"""Bringing an installation back: everything that speaks against it is said before anything is changed."""

import contextlib
import datetime as dt
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from codemie.kernel import migration
from codemie.kernel.crypto import Cipher
from codemie.kernel.errors import CodeMieError, ConfigurationError, Conflict
from codemie.operations.backup import archive, programs, target
from codemie.operations.backup.manifest import DUMP, Manifest
from codemie.operations.backup.returning import Returned, give_back


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of it.

    Attributes:
        manifest: of the backup.
        applied: migrations that the backup's version did not know.
        former: name of the database that was in its place; empty where that was empty.
        files: that were put into the home.
        changed: tables that hold other values than the backup was made of; None: it does not say what they held.
    """

    manifest: Manifest
    applied: list[str]
    former: str
    files: list[Returned]
    changed: list[str] | None


def refuse_unfit(manifest: Manifest, key_ids: Collection[str]) -> None:
    """Raise `ConfigurationError` for a backup that this version cannot use, or whose secrets no key here opens."""
    if manifest.revision not in migration.known():
        raise ConfigurationError(
            "The backup belongs to a newer CodeMie",
            details=f"It was made by version {manifest.version} at revision '{manifest.revision}', which this version "
            "does not know.",
            help="Install the version that made it.",
        )
    if missing := sorted(set(manifest.key_ids) - set(key_ids)):
        raise ConfigurationError(
            "A master key of the backup is not here",
            details=f"{sum(manifest.key_ids[each] for each in missing)} secrets in it are sealed with "
            f"{', '.join(missing)}",
            help="Put the key into CODEMIE_MASTER_KEY or into master.key in the home folder: it is kept apart from "
            "backups.",
        )


def refuse_filled(url: str, *, force: bool) -> bool:
    """Whether the database is empty; raise `Conflict` when it is not and nobody insists, or while it is in use."""
    if target.is_empty(url):
        return True
    if not force:
        raise Conflict(
            "The database is not empty",
            help="Name an empty one in CODEMIE_DATABASE_URL, or put the backup in its place with --force: it is kept "
            "under another name.",
        )
    target.refuse_used(url)
    return False


def restore(
    file: Path, url: str, home: Path, cipher: Cipher | None, *, force: bool = False, migrate: bool = True
) -> Restored:
    """Bring back what a backup holds, with the schema of this version.

    The backup is read twice: first as a whole, to be sure of it, then the dump alone, which goes from the encryption
    into `pg_restore` and is nowhere in between. An empty database is filled in one transaction. Another is left as it
    is until a fresh one beside it is complete, which then takes its name.

    Args:
        file: the backup.
        url: of the database to fill.
        home: folder for the files.
        cipher: with the master keys that are here; None: there are none.
        force: put it in the place of what is there.
        migrate: bring the schema to this version's; else it stays that of the backup, for the version of then.

    Raises:
        Unprocessable: the backup is damaged.
        ConfigurationError: it is of a newer version, or a master key is missing.
        Conflict: the database is not empty or in use.
        Unavailable, UpstreamFailed: the database cannot be written.
    """
    proved = archive.prove(file, cipher)
    manifest = proved.manifest
    refuse_unfit(manifest, cipher.key_ids if cipher else ())
    dump = partial(archive.part, file, cipher, manifest, DUMP)
    if refuse_filled(url, force=force):
        filled, former = _fill(url, dump, manifest, migrate=migrate), ""
    else:
        filled, former = _replace(url, dump, manifest, dt.datetime.now(dt.UTC), migrate=migrate)
    files = give_back(manifest.files, proved.files, home)
    return Restored(manifest, filled.applied, former, files, filled.changed)


@dataclass(frozen=True, slots=True)
class _Filled:
    applied: list[str]
    changed: list[str] | None


def _replace(
    url: str, dump: archive.Opener, manifest: Manifest, moment: dt.datetime, *, migrate: bool
) -> tuple[_Filled, str]:
    fresh = target.fresh_beside(url, moment)
    try:
        filled = _fill(fresh, dump, manifest, migrate=migrate)
        return filled, target.exchange(url, fresh, moment)
    except BaseException:  # cancelled too: nobody else knows of the half-filled database
        # The first failure is what people must hear of, not that its remains could not be removed.
        with contextlib.suppress(CodeMieError):
            target.drop(url, target.name_of(fresh))
        raise


def _fill(url: str, dump: archive.Opener, manifest: Manifest, *, migrate: bool) -> _Filled:
    """Fill an empty database and, if asked, bring it to this version's schema."""
    found = load(url, dump)
    if wrong := miscounted(manifest, found):
        raise Conflict(
            "The database does not hold what the backup says",
            details=wrong[0],
            help="Do not use it: drop it, and restore into an empty one.",
        )
    return _Filled(migration.migrate(url) if migrate else [], changed(manifest, found))


def load(url: str, dump: archive.Opener) -> dict[str, target.Content]:
    """Fill an empty database with the dump of a backup, all or nothing; what is in it then.

    Args:
        url: of the database.
        dump: opens it, from its beginning each time.

    Raises:
        Unprocessable: it is another than before, or damaged; nothing of it is in the database.
        UpstreamFailed: it cannot be read, or does not fit.
        ConfigurationError, Unavailable: there is no program for it, or no database.
    """
    server = target.server_version(url)
    with dump() as content:
        listed = programs.run("pg_restore", "--list", server=server, given=content)
    # Names of tables, which are in every copy of this program; what the tables hold is in no file.
    with tempfile.NamedTemporaryFile("w", prefix="codemie-restore-") as contents, dump() as content:
        # Whoever may use an extension does not own it, and only its owner may comment on it.
        contents.write("\n".join(line for line in listed.splitlines() if " COMMENT - EXTENSION " not in line))
        contents.flush()
        programs.run(
            "pg_restore",
            *("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"),
            f"--use-list={contents.name}",
            server=server,
            url=url,
            given=content,
        )
    with target.connected(url) as connection:
        return target.contents(connection)


def miscounted(manifest: Manifest, found: Mapping[str, target.Content]) -> list[str]:
    """One sentence for each table that has more or fewer rows than the backup says."""
    counted = {name: content.rows for name, content in found.items()}
    return [
        f"{name} has {counted.get(name)} rows, not {manifest.rows.get(name)}"
        for name in sorted({*counted, *manifest.rows})
        if counted.get(name) != manifest.rows.get(name)
    ]


def changed(manifest: Manifest, found: Mapping[str, target.Content]) -> list[str] | None:
    """Tables that hold other values than the backup was made of; None: it does not say what they held."""
    if not manifest.fingerprints:
        return None
    return [name for name, content in found.items() if content.fingerprint != manifest.fingerprints.get(name)]
