"""What `codemiectl backup` and `restore` do and say."""

import datetime as dt
import json
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from codemie.cli.exits import Exit, Refused
from codemie.cli.home import Home
from codemie.embedded.postgres import EmbeddedPostgres
from codemie.kernel import master_keys
from codemie.settings import Settings, load_settings, settings_file

if TYPE_CHECKING:
    from codemie.kernel.crypto import Cipher
    from codemie.operations.backup.listing import Listed
    from codemie.operations.backup.manifest import Manifest


def create(out: Path | None) -> None:
    """Write a backup and say what is in it.

    Raises:
        Refused: the file is there already, there is no database, or no master key to encrypt with.
        CodeMieError, OSError: it cannot be made.
    """
    from codemie.operations.backup.creation import create as written

    settings = load_settings()[0]
    path = out or Path(f"codemie-{dt.datetime.now(dt.UTC):%Y%m%d-%H%M%S}.backup")
    refuse_existing(path, "--out")
    home = settings.kernel.home
    refuse_without_database(settings)
    cipher = cipher_of(settings)
    if cipher is None:
        raise Refused(
            "No master key: a backup is encrypted with it. Put the installation's into CODEMIE_MASTER_KEY, or into "
            f"{home / master_keys.FILE_NAME}."
        )
    with opened_database(settings, writing=False) as url:
        manifest = written(url, path, files_of(settings), home, cipher)
    print(f"{path} holds everything:")
    _describe(path, manifest, cipher)


def refuse_existing(path: Path, option: str) -> None:
    """Raise `Refused` where a file is there already: it may be the only backup that somebody has."""
    if path.exists():
        raise Refused(f"{path} is there already: name another file with {option}.")


def verify(file: Path) -> None:
    """Read a backup as a whole and say what is in it.

    Raises:
        CodeMieError, OSError: it is damaged, or cannot be read.
    """
    from codemie.operations.backup.archive import verify as read

    cipher = cipher_of(load_settings()[0])
    manifest = read(file, cipher)
    print(f"{file} is whole:")
    _describe(file, manifest, cipher)


def listing(folder: Path, *, as_json: bool) -> Exit:
    """Print the backups of a folder, each read as a whole.

    Raises:
        CodeMieError, OSError: a master key or the folder cannot be read.
    """
    from codemie.operations.backup.listing import Verdict, listed

    found = listed(folder, cipher_of(load_settings()[0]))
    if as_json:
        print(json.dumps([one.as_document() for one in found], indent=2))
    else:
        for one in found:
            print(_line(one))
        print(f"{len(found)} backups in {folder}")
    return Exit.OK if all(one.verdict is Verdict.WHOLE for one in found) else Exit.FAILED


def _line(one: "Listed") -> str:
    told = (
        f"{one.created or '?':<25}  {one.version or '?':<8}  {one.bytes / 2**20:>9.1f} MB  {one.verdict:<7}  {one.file}"
    )
    extra = one.reason or ("" if one.key else "not encrypted")
    return f"{told}  ({extra})" if extra else told


def restore(file: Path, *, allow_write: bool, force: bool) -> Exit:
    """Bring an installation back and say what was done; what came back otherwise than it was kept is a failure.

    Args:
        file: the backup.
        allow_write: do it; else only look whether it could be done.
        force: take the place of what is there.

    Raises:
        Refused: nobody allowed it, or the platform runs.
        CodeMieError, OSError: it cannot be done.
    """
    from codemie.operations.backup import archive, restoration

    settings = load_settings()[0]
    cipher = cipher_of(settings)
    if not allow_write:
        manifest = archive.verify(file, cipher)
        restoration.refuse_unfit(manifest, cipher.key_ids if cipher else ())
        _describe(file, manifest, cipher)
        raise Refused("Nothing is changed. The backup is whole and its keys are here: restore with --allow-write.")
    if not _has_database(settings):
        # The server would be made here: what is refused must leave nothing behind.
        restoration.refuse_unfit(archive.verify(file, cipher), cipher.key_ids if cipher else ())
    with opened_database(settings, writing=True) as url:
        done = restoration.restore(file, url, settings.kernel.home, cipher, force=force)
    print(f"Restored the state of {done.manifest.created}:")
    _describe(file, done.manifest, cipher)
    print(f"  Compared    {_comparison(done.changed)}")
    print(f"  Schema      {len(done.applied)} migrations applied since" if done.applied else "  Schema      up to date")
    for returned in done.files:
        print(f"  File        {returned.path}" + ("  not in use: compare and move it" if returned.is_aside else ""))
    print("  Sign in     with the passwords of then; a first-password.txt that was here before tells none of them")
    print("  Not in it   former versions of the model file: llm history and rollback begin anew")
    if done.former:
        print(f"  Before      the database {done.former}: drop it when nobody misses anything")
    return Exit.FAILED if done.changed else Exit.OK


def _comparison(changed: list[str] | None) -> str:
    if changed is None:
        return "rows are counted; what they held, a backup of an older version does not say"
    if changed:
        return f"OTHER VALUES than in the backup are in {', '.join(changed)}: look at them before people come in"
    return "every table holds what it held, by number and fingerprint"


def _describe(file: Path, manifest: "Manifest", cipher: "Cipher | None") -> None:
    from codemie.operations.backup import sealing

    header, keys = sealing.header_of(file), cipher.key_ids if cipher else ()
    size = sum(part.bytes for part in manifest.parts.values())
    print(f"  Made        {manifest.created} by version {manifest.version}, schema {manifest.revision}")
    print(f"  Database    {sum(manifest.rows.values())} rows in {len(manifest.rows)} tables, {size / 2**20:.1f} MB")
    for name in manifest.files:
        print(f"  File        {name.partition('/')[2]}")
    print(f"  Encrypted   with the key {header.key_id}" if header else "  Encrypted   NOT: an older version made it")
    for identity, count in manifest.key_ids.items():
        here = "is here" if identity in keys else "IS NOT HERE: without it they are lost"
        print(f"  Key         {identity} opens {count} secrets and {here}")


def refuse_without_database(settings: Settings) -> None:
    """Raise `Refused` where there is none: looking must not make one."""
    if not _has_database(settings):
        raise Refused(
            f"No database: CODEMIE_DATABASE_URL is not set, and {settings.kernel.home} holds none. Name its home with "
            "--home."
        )


def _has_database(settings: Settings) -> bool:
    """Whether one is configured, or the home holds the embedded one, running or not."""
    return settings.kernel.database_url is not None or (settings.kernel.home / "postgres" / "PG_VERSION").exists()


def files_of(settings: Settings) -> dict[str, Path]:
    """Files that are not in the database: path in a backup → the file. Everything people made is in the database.

    Keys and certificates are left out: who has a backup has no key to it.
    """
    from codemie.mcp import managed

    home = settings.kernel.home
    wanted = {
        "settings": settings_file(os.environ),
        "models": settings.models.file or home / "models.yaml",
        "mock-rules": settings.models.mock_rules or home / "mock-rules.yaml",
        "mcp-servers": settings.mcp.managed_servers_file or home / managed.FILE_NAME,
        "customer": settings.configuration.customer_config,
        "applications": settings.identity.applications_file,
    }
    return {f"files/{what}/{path.name}": path for what, path in wanted.items() if path and path.is_file()}


@contextmanager
def opened_database(settings: Settings, *, writing: bool) -> Generator[str]:
    """The database that is configured, else the embedded one, which is started where no platform runs."""
    if url := settings.kernel.database_url:
        yield url.get_secret_value()
        return
    home = Home(settings.kernel.home)
    own = EmbeddedPostgres(home.folder / "postgres")
    if not writing and own.pid is not None:
        yield own.url
        return
    home.prepare()
    with home.locked(alone=True):
        url = own.start()
        try:
            yield url
        finally:
            own.stop()


def cipher_of(settings: Settings) -> "Cipher | None":
    """With the master keys that are configured; looking makes none."""
    given = settings.identity.master_key
    if given is None and not (settings.kernel.home / master_keys.FILE_NAME).is_file():
        return None
    return master_keys.open_cipher(settings.kernel.home, given.get_secret_value() if given else None)
