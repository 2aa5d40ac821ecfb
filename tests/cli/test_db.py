"""`codemiectl db`: the database alone, without NATS and without an API."""

import asyncio
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from codemie.kernel import migration
from codemie.kernel.database import new_id
from tests.cli.installation import ctl, environment
from tests.databases import EMPTY_SCHEMA, create_database, drop_database, inside
from tests.support import until


@pytest.fixture
def own_url(postgres_url: str) -> Iterator[str]:
    name = f"alone_{new_id()[:8]}"
    yield create_database(postgres_url, name, template=EMPTY_SCHEMA)
    drop_database(postgres_url, name)


async def db(home: Path, url: str, *words: str) -> "subprocess.CompletedProcess[str]":
    return await asyncio.to_thread(ctl, "db", *words, env=environment(home, CODEMIE_DATABASE_URL=url))


def stamp(url: str, revision: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = %s", (revision,))


async def test_a_database_is_examined_without_the_rest_of_the_platform(tmp_path: Path, own_url: str) -> None:
    whole = await db(tmp_path, own_url, "check", "--json")
    checks = {each["id"]: each["status"] for each in json.loads(whole.stdout)["checks"]}
    assert whole.returncode == 0, whole.stdout + whole.stderr
    assert {name.partition(".")[0] for name in checks} == {"db"}
    assert (checks["db.schema"], checks["db.locks"]) == ("pass", "pass")

    inside(own_url, "ALTER TABLE assistants DISABLE ROW LEVEL SECURITY")
    broken = await db(tmp_path, own_url, "check", "--only", "db.row_security", "--timeout", "20s")
    assert (broken.returncode, "assistants" in broken.stdout) == (2, True), broken.stdout


async def test_what_is_there_is_told_and_what_is_stored_is_not(tmp_path: Path, own_url: str) -> None:
    with psycopg.connect(own_url) as busy:
        busy.execute("LOCK TABLE conversations IN ACCESS EXCLUSIVE MODE")
        waiting = psycopg.connect(own_url)
        asked = asyncio.create_task(asyncio.to_thread(waiting.execute, "SELECT 'planted-words' FROM conversations"))
        await until(lambda: _waits_for_long(own_url))
        told = await db(tmp_path, own_url, "status")
    await asked
    waiting.close()
    document = json.loads((await db(tmp_path, own_url, "status", "--json")).stdout)

    assert told.returncode == 0, told.stderr
    assert f"{migration.head()}, this version's" in told.stdout
    assert "wait for AccessShareLock on conversations" in told.stdout
    assert "Tables      cannot be told: canceling statement due to lock timeout" in told.stdout
    assert "SELECT ? FROM conversations" in told.stdout
    assert "planted-words" not in told.stdout + json.dumps(document)
    assert (document["missing"], document["known"]) == ([], True)
    assert {row["table"] for row in document["tables"]} > {"assistants", "conversations"}


async def _waits_for_long(url: str) -> bool:
    """Whether a statement has waited long enough to be told of."""
    async with await psycopg.AsyncConnection.connect(url) as connection:
        found = await connection.execute(
            "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query_start < now() - interval '1.2 s'"
        )
        return found.rowcount > 0


async def test_what_is_missing_is_told_before_it_is_applied(tmp_path: Path, postgres_url: str) -> None:
    name = f"unmigrated_{new_id()[:8]}"
    url = create_database(postgres_url, name, template="template0")
    inside(url, "CREATE EXTENSION IF NOT EXISTS vector")
    try:
        behind = await db(tmp_path, url, "status")
        asked = await db(tmp_path, url, "migrate")
        untouched = await db(tmp_path, url, "status", "--json")
        done = await db(tmp_path, url, "migrate", "--allow-write")
        again = await db(tmp_path, url, "migrate")
    finally:
        drop_database(postgres_url, name)

    assert "migrations behind" in behind.stdout
    assert (asked.returncode, migration.head() in asked.stdout, "--allow-write" in asked.stderr) == (1, True, True)
    assert json.loads(untouched.stdout)["missing"][-1] == migration.head()
    assert done.returncode == 0, done.stderr
    assert (again.returncode, again.stdout) == (0, "The schema is up to date.\n")


async def test_a_newer_versions_database_is_left_alone(tmp_path: Path, own_url: str) -> None:
    stamp(own_url, "9999_of_tomorrow")

    looked, told = await db(tmp_path, own_url, "migrate"), await db(tmp_path, own_url, "status")

    assert (looked.returncode, "belongs to a newer CodeMie" in looked.stderr) == (3, True), looked.stderr
    assert "9999_of_tomorrow, of a newer CodeMie" in told.stdout


@pytest.mark.parametrize("command", ["check", "status", "migrate"])
async def test_without_a_database_there_is_nothing_to_look_at(tmp_path: Path, command: str) -> None:
    answer = await asyncio.to_thread(ctl, "db", command, env=environment(tmp_path))

    assert answer.returncode == (3 if command == "check" else 1)
    assert "No database: CODEMIE_DATABASE_URL is not set" in answer.stderr
    assert not (tmp_path / "postgres").exists()
