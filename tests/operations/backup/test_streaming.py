"""A restore goes from the encryption into PostgreSQL: nothing lies in between, and nothing unproved is applied."""

import asyncio
import base64
import contextlib
import json
import os
import sys
import tarfile
import uuid
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psycopg
import pytest

from codemie.identity.accounts import create_account
from codemie.kernel.crypto import Cipher
from codemie.kernel.database import Database
from codemie.kernel.errors import Unprocessable, UpstreamFailed
from codemie.kernel.row_security import SYSTEM
from codemie.operations.backup import archive, pipes, programs, restoration, sealing, target
from codemie.operations.backup.creation import create
from codemie.operations.backup.manifest import DUMP
from tests.cli.installation import ctl, environment
from tests.databases import EMPTY_SCHEMA, create_database, drop_database
from tests.support import ADMIN_PASSWORD

pytestmark = pytest.mark.timeout(180)
KEY = base64.b64encode(os.urandom(32)).decode()
CIPHER = Cipher([base64.b64decode(KEY)])
PLANTED = "planted-in-a-row@codemie.test"

WATCHER = """\
#!{python}
# Stands in the place of pg_restore, and looks through what the caller has on the disk before and after it.
import os, pathlib, subprocess, sys

def clear(path):
    content = path.read_bytes()
    if content.startswith(b"PGDMP"):
        content = subprocess.run([{real!r}, "--file=-", path], capture_output=True, check=True).stdout
    return content

def look(log):
    caller = pathlib.Path("/proc", str(os.getppid()), "fd")
    # Files without a name are seen through whoever has them open.
    unnamed = [each for each in caller.iterdir() if {temporary!r} in os.readlink(each)]
    named = [path for path in pathlib.Path({temporary!r}).rglob("*") if path.is_file()]
    for path in (*named, *unnamed):
        if {planted!r}.encode() in clear(path):
            print("FOUND", os.readlink(path) if path.is_symlink() else path, file=log)
    print("looked", *sys.argv[1:2], file=log)

if sys.argv[1:] == ["--version"]:
    print("pg_restore (PostgreSQL) 99.1")
    sys.exit()
with open({log!r}, "a") as log:
    look(log)
    code = subprocess.run([{real!r}, *sys.argv[1:]]).returncode
    look(log)
sys.exit(code)
"""


@pytest.fixture(scope="module")
async def backup(postgres_url: str, workplace: Path) -> Path:
    """Of an installation with an account, and with a file of settings."""
    name, folder = f"streamed_{uuid.uuid4().hex[:8]}", workplace / f"streamed-{uuid.uuid4().hex[:8]}"
    folder.mkdir()
    url = create_database(postgres_url, name, template=EMPTY_SCHEMA)
    database = Database(url, pool_size=1, unbound=SYSTEM)
    async with database.session() as session:
        await create_account(session, email=PLANTED, password=ADMIN_PASSWORD)
    await database.close()
    (folder / "codemie.yaml").write_text(f"# {PLANTED}\n")
    file = folder / "whole.backup"
    files = {"files/settings/codemie.yaml": folder / "codemie.yaml"}
    await asyncio.to_thread(create, url, file, files, folder, CIPHER)
    drop_database(postgres_url, name)
    return file


@pytest.fixture
def empty_url(postgres_url: str) -> Iterator[str]:
    name = f"empty_{uuid.uuid4().hex[:8]}"
    yield create_database(postgres_url, name, template="template1")
    drop_database(postgres_url, name)


def people(url: str) -> list[str]:
    with target.connected(url) as connection:
        return [row[0] for row in connection.execute("SELECT email FROM users").fetchall()]


async def test_nothing_of_a_restore_lies_in_the_clear_beside_the_database(
    backup: Path, empty_url: str, tmp_path: Path
) -> None:
    temporary, log, home = tmp_path / "temporary", tmp_path / "log", tmp_path / "home"
    temporary.mkdir()
    watcher = tmp_path / "bin" / "pg_restore"
    watcher.parent.mkdir()
    real = str(programs.found("pg_restore", 1))
    told = {"python": sys.executable, "real": real, "temporary": str(temporary), "planted": PLANTED, "log": str(log)}
    watcher.write_text(WATCHER.format(**told))
    watcher.chmod(0o755)
    env = environment(home, CODEMIE_DATABASE_URL=empty_url, CODEMIE_MASTER_KEY=KEY, TMPDIR=str(temporary))
    env["PATH"] = f"{watcher.parent}:{env['PATH']}"

    done = await asyncio.to_thread(ctl, "restore", str(backup), "--allow-write", env=env)

    assert done.returncode == 0, done.stderr
    assert people(empty_url) == [PLANTED]
    assert (home / "codemie.yaml").read_text() == f"# {PLANTED}\n"
    looked = log.read_text().splitlines()
    assert "FOUND" not in log.read_text()
    assert looked.count("looked --list") == 2, looked
    assert looked.count("looked --single-transaction") == 2, looked
    assert list(temporary.iterdir()) == []


def unencrypted(backup: Path, out: Path) -> None:
    """The same as older versions wrote it."""
    with sealing.opened(backup, CIPHER) as inside:
        out.write_bytes(inside.read())


def proved(file: Path) -> archive.Opener:
    return partial(archive.part, file, CIPHER, archive.prove(file, CIPHER).manifest, DUMP)


async def test_what_is_exchanged_after_it_was_proved_is_not_applied(
    backup: Path, empty_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "moved.backup"
    unencrypted(backup, file)
    dump = proved(file)
    with tarfile.open(file) as packed:
        entry = packed.getmember(DUMP)
    content = bytearray(file.read_bytes())
    content[entry.offset_data + entry.size - 200] ^= 1

    file.write_bytes(content)
    with pytest.raises(Unprocessable, match="is not what was written"):
        await asyncio.to_thread(restoration.load, empty_url, dump)
    assert target.is_empty(empty_url)

    manifest = archive.verify(backup, CIPHER)
    archive.write(file, manifest.model_copy(update={"created": "2001"}), _parts(backup), CIPHER)
    with pytest.raises(Unprocessable, match="exchanged while it was read"):
        await asyncio.to_thread(restoration.load, empty_url, dump)
    assert target.is_empty(empty_url)


def _parts(backup: Path) -> dict[str, archive.Opener]:
    manifest = archive.verify(backup, CIPHER)
    return {name: partial(archive.part, backup, CIPHER, manifest, name) for name in manifest.parts}


async def test_what_breaks_off_behind_all_rows_is_not_applied_either(
    backup: Path, empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Breaking:
        """Gives every byte, and fails where it should say that this was all."""

        def __init__(self, content: bytes) -> None:
            self.left = content

        def read(self, most: int) -> bytes:
            if not self.left:
                raise OSError("the share is gone")
            given, self.left = self.left[:most], self.left[most:]
            return given

    with proved(backup)() as content:
        whole = content.read()
    # So that pg_restore has nearly everything when it breaks off.
    monkeypatch.setattr(pipes, "_BLOCK", 1024)

    with pytest.raises(OSError, match="the share is gone"):
        await asyncio.to_thread(restoration.load, empty_url, lambda: contextlib.nullcontext(Breaking(whole)))  # type: ignore[arg-type]

    assert target.is_empty(empty_url)


async def test_a_row_that_is_refused_is_not_quoted(backup: Path, empty_url: str) -> None:
    """The dump is larger than what goes into a pipe, and pg_restore ends while it is still given something."""
    with psycopg.connect(empty_url) as connection:
        connection.execute("CREATE TABLE users (id int)")

    with pytest.raises(UpstreamFailed, match="already exists") as told:
        await asyncio.to_thread(restoration.load, empty_url, proved(backup))

    assert PLANTED not in str(told.value)


def test_files_of_settings_that_are_none_are_refused(backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(archive.prove(backup, CIPHER).files) == ["files/settings/codemie.yaml"]
    monkeypatch.setattr(archive, "_MOST_KEPT", 10)

    with pytest.raises(Unprocessable, match="too large for a file of settings"):
        archive.prove(backup, CIPHER)
    assert json.loads(archive.verify(backup, CIPHER).as_bytes())["format"] == "codemie.backup/1"
