"""From the schema of before to this one and back, through the command line, on a real database."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from alembic import command
from sqlalchemy import create_engine

from codemie.checks.run import Options, run
from codemie.checks.sources import Sources
from codemie.kernel import migration
from codemie.kernel.database import new_id, sync_url
from codemie.operations.upgrade import changes, checks, journal
from codemie.operations.upgrade.checks import Surroundings
from tests.databases import create_database, drop_database, inside
from tests.operations.injection import assert_only
from tests.operations.upgrade.faults import FAULTS, HEALTHY, Obstacle
from tests.support import environment_for

BEFORE = "0031_branches"


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.check)
async def test_each_obstacle_turns_exactly_its_own_check_red(fault: Obstacle) -> None:
    healthy, broken = [
        await run("upgrade plan", checks.CHECKS, Sources().offer(Surroundings, found), Options())
        for found in (HEALTHY, fault.put(HEALTHY))
    ]

    assert_only(fault, healthy, broken)


def test_every_change_names_a_schema_that_exists() -> None:
    assert {change.revision for change in changes.all_changes()} <= migration.known()
    assert all(change.title and change.do for change in changes.all_changes())


@dataclass
class Old:
    """An installation of a former version."""

    env: dict[str, str]
    home: Path

    async def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        asked = [sys.executable, "-m", "codemie.cli", "upgrade", *words]
        return await asyncio.to_thread(
            subprocess.run, asked, env=self.env, capture_output=True, text=True, timeout=150, check=False
        )

    @property
    def revision(self) -> str:
        with psycopg.connect(self.env["CODEMIE_DATABASE_URL"]) as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(row[0]) if row else ""


@pytest.fixture
async def old(postgres_url: str, nats_url: str, tmp_path: Path) -> AsyncIterator[Old]:
    name = f"upgrading_{new_id()[:8]}"
    url = create_database(postgres_url, name, template="template0")
    inside(url, "CREATE EXTENSION IF NOT EXISTS vector")
    await asyncio.to_thread(at_schema, url, BEFORE)
    home = tmp_path / "home"
    home.mkdir()
    yield Old(environment_for(home, url, nats_url), home)
    drop_database(postgres_url, name)


def at_schema(url: str, revision: str) -> None:
    engine = create_engine(sync_url(url))
    with engine.connect() as connection:
        command.upgrade(migration._alembic(connection), revision)
        connection.commit()
    engine.dispose()


async def test_there_and_back(old: Old) -> None:
    planned = await old("plan", "--json")
    found = {check["id"]: check for check in json.loads(planned.stdout)["checks"]}
    assert planned.returncode == 0, planned.stderr
    assert migration.head() in found["upgrade.database"]["detail"]

    looked = await old("run")
    assert (looked.returncode, old.revision) == (3, BEFORE), "nothing is changed before somebody allows it"

    done = await old("run", "--allow-write")
    assert (done.returncode, old.revision) == (0, migration.head()), done.stdout + done.stderr
    last = journal.read(old.home)
    assert last is not None
    assert (last.state, last.before, last.after) == ("done", BEFORE, migration.head())
    assert await asyncio.to_thread(Path(last.backup).is_file)

    again = await old("run", "--allow-write")
    assert "Nothing to do" in again.stdout

    refused = await old("rollback")
    assert (refused.returncode, old.revision) == (3, migration.head())

    back = await old("rollback", "--allow-write")
    assert (back.returncode, old.revision) == (0, BEFORE), back.stdout + back.stderr
    assert "Start the version of before" in back.stdout
    assert (await old("rollback", "--allow-write")).returncode == 3, "it is taken back once"


async def test_what_speaks_against_it_stops_it_before_the_backup(old: Old) -> None:
    del old.env["CODEMIE_MASTER_KEY"]

    told = await old("run", "--allow-write")

    assert (told.returncode, "upgrade.key" in told.stdout, old.revision) == (2, True, BEFORE), told.stdout + told.stderr
    assert journal.read(old.home) is None
    assert not (old.home / "backups").exists()


async def test_a_database_of_a_newer_version_is_left_alone(old: Old) -> None:
    with psycopg.connect(old.env["CODEMIE_DATABASE_URL"], autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0999_future'")

    told = await old("run", "--allow-write")

    assert (told.returncode, old.revision) == (2, "0999_future"), told.stdout + told.stderr


async def test_where_there_is_no_database_none_is_made(old: Old) -> None:
    del old.env["CODEMIE_DATABASE_URL"]

    told = [await old("plan"), await old("run", "--allow-write")]

    assert [(each.returncode, "No database" in each.stderr) for each in told] == [(3, True), (3, True)]
    assert not (old.home / "postgres").exists()


async def test_a_backup_that_is_there_is_not_written_over(old: Old, tmp_path: Path) -> None:
    kept = tmp_path / "the-only-one.backup"
    kept.write_text("what somebody keeps")

    told = await old("run", "--allow-write", "--backup", str(kept))

    assert (told.returncode, kept.read_text(), old.revision) == (3, "what somebody keeps", BEFORE)
    assert "is there already" in told.stderr


async def test_a_database_in_use_is_not_migrated(old: Old) -> None:
    with psycopg.connect(old.env["CODEMIE_DATABASE_URL"]):
        told = await old("run", "--allow-write")

    assert (told.returncode, old.revision) == (3, BEFORE)
    assert "in use" in told.stderr
    assert not (old.home / "backups").exists()
