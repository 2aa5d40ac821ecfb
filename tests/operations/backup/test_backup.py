"""An installation is backed up, wiped and restored, and nothing is missing; what cannot be restored is refused."""

import asyncio
import base64
import contextlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import tarfile
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import alembic.command
import psycopg
import pytest
from sqlalchemy import create_engine

from codemie.kernel import migration
from codemie.kernel.crypto import Cipher
from codemie.kernel.database import sync_url
from codemie.kernel.errors import CodeMieError
from codemie.kernel.master_keys import new_key, open_cipher
from codemie.operations.backup import archive, sealing, target
from codemie.operations.backup.creation import create as create_backup
from codemie.operations.backup.manifest import DUMP, Manifest
from codemie.operations.backup.restoration import refuse_unfit, restore
from tests.cli.installation import COMMAND, ctl
from tests.conversations.chatting import ask, make_assistant
from tests.databases import EMPTY_SCHEMA, create_database, drop_database
from tests.integrations.credentials import create, jira
from tests.support import ADMIN_EMAIL, ADMIN_PASSWORD, environment_for, serving, until

pytestmark = [pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]
SECRET = "planted-before-the-backup"
PROJECT = "kept"


@dataclass
class Kept:
    """An installation that was backed up."""

    env: dict[str, str]
    file: Path
    said: str
    rows: dict[str, list[str]]
    assistant: str

    @property
    def url(self) -> str:
        return self.env["CODEMIE_DATABASE_URL"]

    @property
    def cipher(self) -> Cipher:
        return Cipher([base64.b64decode(self.env["CODEMIE_MASTER_KEY"])])


@pytest.fixture(scope="module")
def folder(workplace: Path) -> Iterator[Path]:
    place = workplace / "backup"
    place.mkdir()
    yield place
    shutil.rmtree(place)


@pytest.fixture(scope="module")
async def kept(postgres_url: str, nats_url: str, folder: Path) -> AsyncIterator[Kept]:
    """Accounts, an assistant, a conversation and a credential, backed up while the platform serves them."""
    name = f"kept_{uuid.uuid4().hex[:8]}"
    env = environment_for(folder / "home", create_database(postgres_url, name, template=EMPTY_SCHEMA), nats_url)
    migrated = await command(env, "migrate")
    assert migrated.returncode == 0, migrated.stderr
    (folder / "home").mkdir(exist_ok=True)
    (folder / "home" / "codemie.yaml").write_text("kernel:\n  log_level: ERROR\n")
    async with serving(env) as platform, platform.client(await platform.login(ADMIN_EMAIL, ADMIN_PASSWORD)) as client:
        made = await client.post("/v1/projects", json={"name": PROJECT, "description": "Backups"})
        assert made.status_code in (200, 201), made.text
        await create(client, "project", jira(PROJECT, "tracker", token=SECRET))
        assistant = await make_assistant(client, project=PROJECT, name="Kept for ever")
        await ask(client, assistant, "Remember this")
        done = await command(env, "backup", "create", "--out", str(folder / "kept.backup"))
        assert done.returncode == 0, done.stderr
    yield Kept(env, folder / "kept.backup", done.stdout, contents(env["CODEMIE_DATABASE_URL"]), assistant)
    drop_database(postgres_url, name)


@pytest.fixture
def empty_url(postgres_url: str) -> Iterator[str]:
    """A database with nothing in it, as an administrator of the server makes it."""
    name = f"empty_{uuid.uuid4().hex[:8]}"
    yield create_database(postgres_url, name, template="template1")
    drop_database(postgres_url, name)


def unencrypted(kept: Kept, out: Path, fingerprints: dict[str, str] | None = None) -> None:
    """The same as older versions wrote it: not encrypted, and without fingerprints, or with these."""
    with (
        sealing.opened(kept.file, kept.cipher) as inside,
        tarfile.open(fileobj=inside, mode="r|") as packed,
        tarfile.open(out, mode="w") as plain,
    ):
        for entry in packed:
            content = packed.extractfile(entry)
            assert content
            told = content.read()
            if entry.name == "manifest.json":
                told = json.dumps({**json.loads(told), "fingerprints": fingerprints or {}}).encode()
                entry.size = len(told)
            plain.addfile(entry, io.BytesIO(told))


async def command(env: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    return await asyncio.to_thread(ctl, *arguments, env=env)


def contents(url: str) -> dict[str, list[str]]:
    """Every row of every table as text, sorted."""
    with target.connected(url) as connection:
        return {
            name: sorted(row[0] for row in connection.execute(f"SELECT t::text FROM {name} AS t").fetchall())  # type: ignore[call-overload]
            for name in target.rows(connection)
        }


async def test_backup_wipe_restore_loses_nothing(kept: Kept, empty_url: str, folder: Path) -> None:
    env = {**kept.env, "CODEMIE_DATABASE_URL": empty_url, "CODEMIE_HOME": str(folder / "anew")}

    restored = await command(env, "restore", str(kept.file), "--allow-write")

    assert restored.returncode == 0, restored.stderr
    assert "every table holds what it held" in restored.stdout
    assert "Sign in     with the passwords of then" in restored.stdout
    assert "former versions of the model file" in restored.stdout
    assert contents(empty_url) == kept.rows
    assert kept.rows["public.conversations"], "there was something to lose"
    assert (folder / "anew" / "codemie.yaml").read_text() == "kernel:\n  log_level: ERROR\n"
    async with serving(env) as platform, platform.client(await platform.login(ADMIN_EMAIL, ADMIN_PASSWORD)) as client:
        assistant = await client.get(f"/v1/assistants/id/{kept.assistant}")
        assert (assistant.status_code, assistant.json()["name"]) == (200, "Kept for ever")
        assert (await ask(client, kept.assistant, "Still there?"))["generated"]
        with target.connected(empty_url) as connection:
            found = connection.execute("SELECT id, sealed FROM integrations WHERE alias = 'tracker'").fetchone()
        assert found
        opened = open_cipher(platform.home, env["CODEMIE_MASTER_KEY"]).open(found[1], context=f"integration:{found[0]}")
        assert SECRET in opened.decode()


async def test_the_archive_is_closed_and_says_which_key_it_needs(kept: Kept) -> None:
    manifest = archive.verify(kept.file, kept.cipher)

    content = kept.file.read_bytes()
    key = kept.env["CODEMIE_MASTER_KEY"]
    assert key.encode() not in content
    assert base64.b64decode(key) not in content
    assert SECRET.encode() not in content
    assert b"PGDMP" not in content, "what pg_dump begins with"
    assert b"Kept for ever" not in content
    (identity,) = manifest.key_ids
    assert f"Encrypted   with the key {identity}" in kept.said
    assert f"{identity} opens {manifest.key_ids[identity]} secrets and is here" in kept.said
    assert kept.file.stat().st_mode & 0o077 == 0
    assert {name: len(found) for name, found in kept.rows.items()} == manifest.rows
    verified = await command(kept.env, "backup", "verify", str(kept.file))
    assert verified.returncode == 0, verified.stderr
    assert "is whole" in verified.stdout


async def test_a_database_in_use_or_filled_is_left_alone(kept: Kept) -> None:
    rehearsed = await command(kept.env, "restore", str(kept.file))
    refused = await command(kept.env, "restore", str(kept.file), "--allow-write")
    with psycopg.connect(kept.url):
        in_use = await command(kept.env, "restore", str(kept.file), "--allow-write", "--force")

    assert (rehearsed.returncode, refused.returncode, in_use.returncode) == (1, 4, 4)
    assert "Nothing is changed" in rehearsed.stderr
    assert "not empty" in refused.stderr
    assert "in use" in in_use.stderr
    assert contents(kept.url) == kept.rows


async def test_force_takes_the_place_and_keeps_what_was_there(kept: Kept, postgres_url: str) -> None:
    name = f"lost_{uuid.uuid4().hex[:8]}"
    url = create_database(postgres_url, name, template=EMPTY_SCHEMA)
    with target.connected(url) as connection:
        connection.execute("CREATE TABLE left_behind (id int)")
    env = {**kept.env, "CODEMIE_DATABASE_URL": url}

    done = await command(env, "restore", str(kept.file), "--allow-write", "--force")

    assert done.returncode == 0, done.stderr
    assert contents(url) == kept.rows
    (former,) = [word.rstrip(":") for word in done.stdout.split() if word.startswith(f"{name}_before_")]
    with target.connected(url, database=former) as connection:
        assert "public.left_behind" in target.rows(connection)
    drop_database(postgres_url, former)
    drop_database(postgres_url, name)


async def test_a_backup_without_encryption_of_an_older_version_is_read_and_restored(
    kept: Kept, empty_url: str, folder: Path
) -> None:
    plain = folder / "codemie-backup-20250101-000000.tar"
    unencrypted(kept, plain)
    env = {**kept.env, "CODEMIE_DATABASE_URL": empty_url, "CODEMIE_HOME": str(folder / "from-plain")}

    restored = await command(env, "restore", str(plain), "--allow-write")

    assert restored.returncode == 0, restored.stderr
    assert "Encrypted   NOT" in restored.stdout
    assert contents(empty_url) == kept.rows


async def test_other_values_than_were_kept_are_a_failure(kept: Kept, empty_url: str, folder: Path) -> None:
    plain = folder / "codemie-backup-20250102-000000.tar"
    unencrypted(kept, plain, dict.fromkeys(kept.rows, "1"))
    env = {**kept.env, "CODEMIE_DATABASE_URL": empty_url, "CODEMIE_HOME": str(folder / "from-other")}

    restored = await command(env, "restore", str(plain), "--allow-write")

    assert (restored.returncode, "OTHER VALUES" in restored.stdout) == (4, True), restored.stdout + restored.stderr


async def test_without_its_master_key_nothing_is_restored_and_none_is_made_up(
    kept: Kept, empty_url: str, folder: Path
) -> None:
    unencrypted(kept, folder / "plain.tar")
    env = {**kept.env, "CODEMIE_DATABASE_URL": empty_url, "CODEMIE_HOME": str(folder / "keyless")}
    del env["CODEMIE_MASTER_KEY"]

    (identity,) = archive.verify(kept.file, kept.cipher).key_ids
    for file, reason in ((kept.file, f"Its key is {identity}"), (folder / "plain.tar", f"sealed with {identity}")):
        for keys in ({}, {"CODEMIE_MASTER_KEY": new_key()}):
            refused = await command({**env, **keys}, "restore", str(file), "--allow-write")
            assert refused.returncode == 3, refused.stderr
            assert reason in refused.stderr
    verified = await command(env, "backup", "verify", str(kept.file))
    assert (verified.returncode, f"Its key is {identity}" in verified.stderr) == (3, True)
    embedded = {name: value for name, value in env.items() if name != "CODEMIE_DATABASE_URL"}
    for options in ((), ("--allow-write",)):
        fresh = {**embedded, "CODEMIE_HOME": str(folder / "fresh")}
        refused = await command(fresh, "restore", str(kept.file), *options)
        assert (refused.returncode, f"Its key is {identity}" in refused.stderr) == (3, True)
        assert not (folder / "fresh").exists(), "what is refused makes no server"
    made = await command({**env, "CODEMIE_DATABASE_URL": kept.url}, "backup", "create", "--out", str(folder / "no"))
    assert (made.returncode, "No master key" in made.stderr) == (1, True)
    assert not (folder / "keyless" / "master.key").exists()
    assert not (folder / "no").exists()
    assert target.is_empty(empty_url)


async def test_a_damaged_archive_is_refused(kept: Kept, empty_url: str, folder: Path) -> None:
    unencrypted(kept, folder / "plain.tar")
    with tarfile.open(folder / "plain.tar") as packed:
        inside_dump = packed.getmember(DUMP).offset_data + packed.getmember(DUMP).size // 2
    for original in (kept.file.read_bytes(), (folder / "plain.tar").read_bytes()):
        damages = {
            "flipped": original[:inside_dump] + bytes([original[inside_dump] ^ 1]) + original[inside_dump + 1 :],
            "cut": original[:inside_dump],
            "other": os.urandom(20_000),
        }
        for name, content in damages.items():
            file = folder / f"{name}.damaged"
            file.write_bytes(content)
            with pytest.raises(CodeMieError, match=r"damaged|no backup"):
                archive.verify(file, kept.cipher)

        env = {**kept.env, "CODEMIE_DATABASE_URL": empty_url}
        refused = await command(env, "restore", str(folder / "flipped.damaged"), "--allow-write")
        assert refused.returncode == 4
        assert re.search(r"was changed or cut off|database.dump is not what was written", refused.stderr)
        assert target.is_empty(empty_url)


async def test_the_backups_of_a_folder_are_listed_with_what_they_are(kept: Kept, folder: Path) -> None:
    place = folder / "kept"
    place.mkdir()
    shutil.copy(kept.file, place / "a.backup")
    unencrypted(kept, place / "codemie-backup-20250101-000000.tar")
    whole = await command(kept.env, "backup", "list", str(place), "--json")
    (place / "b.backup").write_bytes(kept.file.read_bytes()[:-1])
    (place / "c.backup").write_bytes(b"")
    (place / "notes.txt").write_text("no backup")

    mixed = await command(kept.env, "backup", "list", str(place), "--json")
    for_people = await command(kept.env, "backup", "list", str(place))
    keyless = await command({**kept.env, "CODEMIE_MASTER_KEY": new_key()}, "backup", "list", str(place), "--json")

    manifest = archive.verify(kept.file, kept.cipher)
    told = {row["file"]: row for row in json.loads(mixed.stdout)}
    assert (whole.returncode, mixed.returncode, for_people.returncode, keyless.returncode) == (0, 4, 4, 4)
    assert {name: row["verdict"] for name, row in told.items()} == {
        "a.backup": "whole",
        "b.backup": "damaged",
        "c.backup": "damaged",
        "codemie-backup-20250101-000000.tar": "whole",
    }
    for name in ("a.backup", "b.backup"):
        assert (told[name]["created"], told[name]["version"]) == (manifest.created, manifest.version)
        assert told[name]["bytes"] == (place / name).stat().st_size
    assert re.search(rf"{re.escape(manifest.created)} .* MB +whole +a\.backup", for_people.stdout)
    assert {row["verdict"] for row in json.loads(keyless.stdout) if row["file"] == "a.backup"} == {"unknown"}


async def test_a_backup_of_a_newer_version_is_refused(kept: Kept) -> None:
    newer = archive.verify(kept.file, kept.cipher).model_copy(update={"revision": "9999_from_the_future"})

    with pytest.raises(CodeMieError, match="newer CodeMie"):
        refuse_unfit(Manifest.of(newer.as_bytes()), newer.key_ids)


async def test_a_backup_of_an_older_version_is_brought_forward(postgres_url: str, empty_url: str, folder: Path) -> None:
    name = f"older_{uuid.uuid4().hex[:8]}"
    url = create_database(postgres_url, name, template="template1")
    engine = create_engine(sync_url(url))
    with engine.begin() as connection:
        alembic.command.upgrade(migration._alembic(connection), "head-1")
    engine.dispose()

    cipher = Cipher([os.urandom(32)])
    made = await asyncio.to_thread(create_backup, url, folder / "older.backup", {}, folder, cipher)
    done = await asyncio.to_thread(restore, folder / "older.backup", empty_url, folder / "older", cipher)

    assert made.revision != migration.head()
    assert done.applied == [migration.head()]
    with target.connected(empty_url) as connection:
        assert target.revision(connection) == migration.head()
    drop_database(postgres_url, name)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="looks at the open files of a process")
async def test_whoever_is_killed_in_the_middle_leaves_nothing_and_wrote_nothing_in_the_clear(
    postgres_url: str, kept: Kept, folder: Path
) -> None:
    # Given a dump that takes a moment, and what an older version left behind yesterday
    name = f"bulk_{uuid.uuid4().hex[:8]}"
    url = create_database(postgres_url, name, template=EMPTY_SCHEMA)
    with target.connected(url) as connection:
        connection.execute(
            "CREATE TABLE bulk AS SELECT md5(i::text) || md5(i::text || 'x') FROM generate_series(1, 1000000) i"
        )
    place = folder / "killed"
    left = place / ".codemie-backup-older"
    left.mkdir(parents=True)
    (left / DUMP).write_bytes(b"PGDMP in the clear")
    os.utime(left, (0, 0))
    env = {**kept.env, "CODEMIE_DATABASE_URL": url}
    words = [*COMMAND, "backup", "create", "--out", str(place / "new.backup")]
    running = await asyncio.to_thread(subprocess.Popen, words, env=env, stdout=subprocess.DEVNULL)

    def held() -> list[Path]:
        """Files in the folder that the process holds open and has written to."""
        found: list[Path] = []
        for each in Path(f"/proc/{running.pid}/fd").glob("*"):
            with contextlib.suppress(FileNotFoundError):  # closed meanwhile
                if str(each.readlink()).startswith(f"{place}/") and each.stat().st_size > 2**20:
                    found.append(each)
        return found

    async def is_written() -> list[Path]:
        assert running.poll() is None, "it was too fast to be killed"
        return held()

    # When
    (written, *_) = await until(is_written, every=0.002, what="the first pieces of the dump")
    running.send_signal(signal.SIGSTOP)
    content = written.read_bytes()
    running.kill()
    running.wait()

    # Then
    assert list(place.iterdir()) == []
    assert content.startswith(sealing.MAGIC)
    assert b"PGDMP" not in content
    drop_database(postgres_url, name)
