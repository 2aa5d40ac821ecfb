"""Making a backup while the platform runs: one snapshot of the database, and the files that are not in it."""

import asyncio
import shutil
import time
from collections import Counter
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from codemie import __version__
from codemie.kernel.crypto import Cipher
from codemie.kernel.database import Database
from codemie.kernel.errors import Conflict
from codemie.kernel.row_security import SYSTEM
from codemie.kernel.telemetry import get_logger
from codemie.operations.backup import archive, programs, target
from codemie.operations.backup.manifest import DUMP, Manifest
from codemie.operations.backup.scratch import Scratch
from codemie.operations.contents import part_of
from codemie.operations.rotation import keys_in_use

log = get_logger(__name__)

_DAY = 24 * 3600.0


def create(url: str, out: Path, files: Mapping[str, Path], home: Path, cipher: Cipher) -> Manifest:
    """Write a backup; what is in it.

    Args:
        url: of the database.
        out: the file to write; its folder needs room for the dump twice while it is made, never in the clear.
        files: path in the backup → the file.
        home: files in it are known by their name there.
        cipher: of the installation; its newest key opens the backup.

    Raises:
        Conflict: the database has no schema.
        Unavailable, ConfigurationError, UpstreamFailed: it cannot be read.
        OSError: the file cannot be written.
    """
    folder = out.resolve().parent
    _sweep(folder)
    with Scratch(folder) as dump:
        keys = _keys(url)
        with target.snapshot(url) as seen:
            if not seen.revision:
                raise Conflict("There is nothing to back up", details="The database has no schema of CodeMie.")
            with programs.streamed(
                "pg_dump",
                *("--format=custom", "--no-owner", "--no-privileges", "--enable-row-security"),
                f"--snapshot={seen.identity}",
                server=int(seen.server.partition(".")[0]),
                url=url,
            ) as printed:
                database = dump.fill(printed)
        # A rotation meanwhile: what the snapshot holds is under a key of before or of after.
        keys |= _keys(url)
        manifest = Manifest(
            version=__version__,
            created=seen.moment.isoformat(timespec="seconds"),
            revision=seen.revision,
            server=seen.server,
            key_ids=dict(keys),
            rows={name: content.rows for name, content in seen.tables.items()},
            fingerprints={name: content.fingerprint for name, content in seen.tables.items()},
            files={name: _former(path, home) for name, path in files.items()},
            parts={DUMP: database, **{name: part_of(path) for name, path in files.items()}},
        )
        opened = {name: partial(path.open, "rb") for name, path in files.items()}
        archive.write(out, manifest, {DUMP: dump.opened, **opened}, cipher)
    return manifest


def _sweep(folder: Path) -> None:
    """Take away what older versions, killed in the middle, left in the clear; none of their runs lasts for a day."""
    before = time.time() - _DAY
    for left in folder.glob(".codemie-backup-*"):
        if left.is_dir() and not left.is_symlink() and left.stat().st_mtime < before:
            shutil.rmtree(left, ignore_errors=True)
            log.warning("backup.swept", folder=str(left))


def _former(path: Path, home: Path) -> str:
    """Its name in the home, or its whole path elsewhere."""
    whole = path.resolve()
    return whole.name if whole.parent == home.resolve() else str(whole)


def _keys(url: str) -> Counter[str]:
    return asyncio.run(_keys_in(url))


async def _keys_in(url: str) -> Counter[str]:
    database = Database(url, pool_size=1, unbound=SYSTEM)
    try:
        return await keys_in_use(database)
    finally:
        await database.close()
