"""A drill proves a backup or says what is wrong with it, and leaves nothing behind, whatever happens."""

import asyncio
import base64
import contextlib
import json
import os
import shutil
import signal
import stat
import subprocess
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil
import pytest
from sqlalchemy.engine import make_url

from codemie.checks.report import Report, Status
from codemie.checks.run import Options
from codemie.identity.accounts import create_account
from codemie.integrations.tables import Integration
from codemie.kernel.crypto import Cipher
from codemie.kernel.database import Database
from codemie.kernel.errors import Conflict
from codemie.kernel.row_security import SYSTEM
from codemie.operations.backup import target
from codemie.operations.backup.drill import drill
from codemie.operations.backup.drill_checks import CHECKS, removed
from codemie.operations.backup.rehearsal import Place, Rehearsal
from tests.cli.installation import COMMAND, alive, ctl, eventually
from tests.databases import EMPTY_SCHEMA, create_database, drop_database, inside
from tests.operations.backup.faults import FAULTS, Held, Spoilt, Subject
from tests.operations.injection import assert_only
from tests.support import ADMIN_PASSWORD

pytestmark = pytest.mark.timeout(300)
KEY = base64.b64encode(os.urandom(32)).decode()
SECRET = b"planted-before-the-drill"


@pytest.fixture(scope="module")
def folder(workplace: Path) -> Iterator[Path]:
    place = workplace / "drills"
    place.mkdir()
    yield place
    shutil.rmtree(place)


@pytest.fixture(scope="module")
async def subject(postgres_url: str, folder: Path) -> AsyncIterator[Subject]:
    """An installation with an account and a credential, and nobody connected to its database."""
    name = f"drilled_{uuid.uuid4().hex[:8]}"
    url = create_database(postgres_url, name, template=EMPTY_SCHEMA)
    cipher = Cipher([base64.b64decode(KEY)])
    database = Database(url, pool_size=1, unbound=SYSTEM)
    async with database.session() as session:
        person = await create_account(session, email="somebody@codemie.test", password=ADMIN_PASSWORD)
        identity = str(uuid.uuid4())
        kept = {"project": "drill", "user_id": person.id, "created_by": {}, "alias": "tracker"}
        sealed = cipher.seal(SECRET, context=f"integration:{identity}")
        session.add(Integration(id=identity, credential_type="Jira", setting_type="user", sealed=sealed, **kept))
    await database.close()
    yield Subject(url, cipher, folder)
    drop_database(postgres_url, name)


@pytest.fixture(scope="module")
async def whole(subject: Subject) -> Path:
    """A backup with which all is well."""
    return await asyncio.to_thread(subject.backup)


@pytest.fixture(scope="module")
async def healthy(subject: Subject, whole: Path) -> Report:
    """What is found of it."""
    return await drilled(subject, whole)


async def drilled(subject: Subject, file: Path, held: Held | None = None) -> Report:
    place = await asyncio.to_thread(Place.made, subject.url)
    with held.hold(place.url) if held else contextlib.nullcontext():
        report = await drill(Rehearsal(file, subject.cipher, place), Options())
    assert not place.folder.exists()
    if held:
        target.drop(subject.url, target.name_of(place.url))
    return report


def databases(url: str) -> set[str]:
    with target.connected(url) as connection:
        return {row[0] for row in connection.execute("SELECT datname FROM pg_database").fetchall()}


def environment(folder: Path, **variables: str) -> dict[str, str]:
    """Of an operator who has the key and a folder for temporary files."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CODEMIE_")}
    (folder / "temporary").mkdir(exist_ok=True)
    given = {"CODEMIE_HOME": str(folder / "home"), "CODEMIE_MASTER_KEY": KEY, "TMPDIR": str(folder / "temporary")}
    return {**kept, **given, **variables}


def test_all_is_well_with_a_good_backup(healthy: Report) -> None:
    assert {each.id: each.status for each in healthy.checks} == {each.id: Status.PASS for each in (*CHECKS, removed)}
    (secrets,) = [each for each in healthy.checks if each.id == "drill.secrets"]
    assert secrets.finding.detail == "1 secrets open"


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.check}: {fault.what}")
async def test_each_fault_is_told_by_its_check_alone(
    subject: Subject, whole: Path, healthy: Report, fault: Spoilt | Held
) -> None:
    before = databases(subject.url)
    file = await asyncio.to_thread(fault.made, subject) if isinstance(fault, Spoilt) else whole

    broken = await drilled(subject, file, fault if isinstance(fault, Held) else None)

    assert_only(fault, healthy, broken)
    assert databases(subject.url) == before


def test_every_check_has_its_fault() -> None:
    assert {fault.check for fault in FAULTS} == {each.id for each in (*CHECKS, removed)}


async def test_beside_a_configured_database_nothing_stays_and_nothing_changes(
    subject: Subject, whole: Path, folder: Path
) -> None:
    with target.connected(subject.url) as connection:
        held = target.contents(connection)
    before = databases(subject.url)
    env = environment(folder, CODEMIE_DATABASE_URL=subject.url)

    done = await asyncio.to_thread(ctl, "backup", "drill", str(whole), "--json", env=env)

    report = json.loads(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (report["schema"], report["command"]) == ("codemiectl.report/1", "backup drill")
    assert {each["status"] for each in report["checks"]} == {"pass"}
    assert databases(subject.url) == before
    with target.connected(subject.url) as connection:
        assert target.contents(connection) == held
    assert list((folder / "temporary").iterdir()) == []


async def test_with_nothing_but_the_file_and_the_key_a_server_of_its_own_is_used(whole: Path, folder: Path) -> None:
    done = await asyncio.to_thread(ctl, "backup", "drill", str(whole), env=environment(folder))

    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok       drill.secrets" in done.stdout
    assert list((folder / "temporary").iterdir()) == []
    assert not (folder / "home").exists(), "the installation's home is not touched"


def test_an_interrupted_drill_takes_everything_away(whole: Path, folder: Path) -> None:
    env = environment(folder)
    running = subprocess.Popen([*COMMAND, "backup", "drill", str(whole)], env=env, start_new_session=True)
    begun = folder / "temporary"
    eventually(lambda: bool(list(begun.glob("codemie-drill-*/postgres/postmaster.pid"))), seconds=60, what="a server")
    pid_file = next(begun.glob("codemie-drill-*/postgres/postmaster.pid"))
    server = psutil.Process(int(pid_file.read_text().split()[0]))

    running.send_signal(signal.SIGINT)

    assert running.wait(60) == 130
    assert list(begun.iterdir()) == []
    assert not alive(server)


async def test_the_shell_sees_a_failure_and_what_could_not_be_tried(subject: Subject, folder: Path) -> None:
    spoilt = FAULTS[0]
    assert isinstance(spoilt, Spoilt)
    file = await asyncio.to_thread(spoilt.made, subject)
    env = environment(folder, CODEMIE_DATABASE_URL=subject.url)

    failed = await asyncio.to_thread(ctl, "backup", "drill", str(file), env=env)
    absent = await asyncio.to_thread(ctl, "backup", "drill", str(folder / "gone.backup"), env=env)
    keyless = {name: value for name, value in env.items() if name != "CODEMIE_MASTER_KEY"}
    closed = await asyncio.to_thread(ctl, "backup", "drill", str(file), "--json", env=keyless)

    assert (failed.returncode, absent.returncode, closed.returncode) == (2, 3, 2)
    assert "blocked by drill.archive" in failed.stdout
    assert "gone.backup is no file" in absent.stderr
    assert "encrypted with a master key that is not here" in json.loads(closed.stdout)["checks"][0]["detail"]
    assert list((folder / "temporary").iterdir()) == []


async def test_a_role_that_may_make_no_database_is_told_and_leaves_no_folder(
    subject: Subject, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    (folder / "poor").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder / "poor"))
    inside(subject.url, "CREATE ROLE poor LOGIN")
    poor = make_url(subject.url).set(username="poor").render_as_string(hide_password=False)
    try:
        with pytest.raises(Conflict, match="CREATEDB"):
            await asyncio.to_thread(Place.made, poor)
    finally:
        inside(subject.url, "DROP ROLE poor")
    assert list((folder / "poor").iterdir()) == []


async def test_what_is_made_lies_where_only_its_owner_may_go_and_goes_away(subject: Subject) -> None:
    place = await asyncio.to_thread(Place.made, subject.url)

    there = place.left()
    mode = stat.S_IMODE(place.folder.stat().st_mode)

    await asyncio.to_thread(place.remove)
    assert mode == 0o700
    assert len(there) == 2, "the database and the folder"
    assert place.left() == []
