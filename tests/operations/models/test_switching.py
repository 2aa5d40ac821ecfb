"""An exchange of model files is complete or has not happened, wherever it is killed; and it is written down once."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from codemie.assistants.tables import Assistant
from codemie.identity.tables import ActivityEvent
from codemie.kernel.database import Database
from codemie.kernel.errors import Conflict, InvalidInput, Unavailable
from codemie.models.versions import Exchange, Version, Versions
from codemie.operations.models.switching import Settled, Switching
from tests.operations.models.crashing import NEW, OLD, model
from tests.operations.models.world import World, world
from tests.support import until

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
async def database(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Database]:
    made: World
    async with world(postgres_url, tmp_path_factory.mktemp("switching")) as made:
        yield made.database


@dataclass
class Room:
    """A model file of its own, and who exchanges it."""

    file: Path
    database: Database

    @property
    def versions(self) -> Versions:
        return Versions(self.file)

    @property
    def switching(self) -> Switching:
        return Switching(self.versions, self.database, "tests@here")

    def begun(self, **pairs: str) -> tuple[Exchange, Version]:
        """An exchange that is about to happen, and stands in the journal."""
        former, wanted = self.switching.stage(NEW)
        exchange = self.switching.plan("switch", former, wanted, pairs)
        self.versions.begin(exchange, wanted)
        return exchange, wanted

    async def settled(self) -> Settled | None:
        """As the next command does it."""
        async with self.switching.alone():
            return await self.switching.settle()

    async def written(self) -> list[ActivityEvent]:
        """What the audit log says of this file."""
        rows = select(ActivityEvent).where(ActivityEvent.attributes["file"].astext == str(self.file.resolve()))
        async with self.database.session() as session:
            return list(await session.scalars(rows.order_by(ActivityEvent.created_at)))


@pytest.fixture
def room(tmp_path: Path, database: Database) -> Room:
    file = tmp_path / "models.yaml"
    file.write_bytes(OLD)
    return Room(file, database)


async def test_killed_at_any_step_it_is_old_or_new_and_the_audit_log_agrees(database: Database, tmp_path: Path) -> None:
    async with database.session() as session:
        session.add_all(
            Assistant(name=f"a{step}", slug=f"a{step}", project="demo", llm_model_type=model(step, "old"))
            for step in range(1, 100)
        )
    command = [sys.executable, "-m", "tests.operations.models.crashing", str(tmp_path), database.url]
    done = await asyncio.to_thread(
        subprocess.run, command, cwd=ROOT, capture_output=True, text=True, timeout=150, check=False
    )
    assert done.returncode == 0, done.stderr
    steps = int(done.stdout.split()[-1])
    assert steps > 20, "the kills are to fall between all steps"
    seen: set[tuple[str, bool]] = set()

    for step in range(1, steps + 1):
        room = Room(tmp_path / str(step) / "models.yaml", database)
        assert room.file.read_bytes() in {OLD, NEW}, "a reader must never find half a file"

        async def free(room: Room = room) -> tuple[Settled | None] | None:
            try:  # the lock of the killed one goes when the server notices
                return (await room.settled(),)
            except Conflict:
                return None

        (outcome,) = await until(free, what="the end of the killed command's lock")

        is_new = room.file.read_bytes() == NEW
        seen.add((outcome.value if outcome else "nothing", is_new))
        assert room.versions.manifest().pending is None
        assert len(await room.written()) == is_new, f"killed at step {step}"
        async with database.session() as session:
            named = await session.scalar(select(Assistant.llm_model_type).where(Assistant.name == f"a{step}"))
        assert named == model(step, "new" if is_new else "old"), f"killed at step {step}"
        assert await room.settled() is None

        if not is_new:
            former, wanted = room.switching.stage(NEW)
            await room.switching.carry_out(room.switching.plan("switch", former, wanted, {}), wanted)
        assert room.file.read_bytes() == NEW
        assert len(await room.written()) == 1

    assert seen == {("nothing", False), ("undone", False), ("finished", True), ("nothing", True)}


async def test_before_the_file_is_moved_nothing_has_happened(room: Room) -> None:
    room.begun()

    assert await room.settled() is Settled.UNDONE

    assert room.file.read_bytes() == OLD
    assert (room.versions.manifest().active, await room.written()) == (1, [])


async def test_after_the_file_is_moved_the_audit_log_is_completed_once(room: Room) -> None:
    exchange, _ = room.begun()
    room.versions.swap(exchange)

    assert await room.settled() is Settled.FINISHED

    manifest = room.versions.manifest()
    assert (manifest.active, manifest.pending, manifest.last) == (2, None, exchange)
    (event,) = await room.written()
    assert (event.id, event.event_type, event.actor_id) == (exchange.operation, "models.switched", None)
    told = event.attributes
    assert (told["by"], told["from_version"], told["to_version"]) == ("tests@here", 1, 2)
    assert [told["from_sha256"], told["to_sha256"]] == [version.sha256 for version in manifest.versions]


async def test_when_only_the_end_is_missing_nothing_is_written_twice(room: Room) -> None:
    exchange, _ = room.begun()
    await room.switching.exchange(exchange)

    assert await room.settled() is Settled.FINISHED

    assert len(await room.written()) == 1


async def test_a_file_edited_between_kill_and_recovery_is_left_alone(room: Room) -> None:
    room.begun()
    room.file.write_bytes(b"# by hand\n")

    assert await room.settled() is Settled.UNDONE

    assert room.file.read_bytes() == b"# by hand\n"
    former, wanted = room.switching.stage(NEW)
    assert (former.number, wanted.number) == (3, 2), "what was edited by hand is a version of its own"
    await room.switching.carry_out(room.switching.plan("switch", former, wanted, {}), wanted)
    assert room.versions.content(3) == b"# by hand\n"


async def test_a_file_edited_in_the_last_moment_is_not_overwritten(room: Room) -> None:
    former, wanted = room.switching.stage(NEW)
    room.file.write_bytes(b"# by hand\n")
    with pytest.raises(Conflict, match="changed meanwhile"):
        await room.switching.carry_out(room.switching.plan("switch", former, wanted, {}), wanted)

    assert room.file.read_bytes() == b"# by hand\n"
    assert await room.written() == []


async def test_without_a_database_the_file_stays(room: Room) -> None:
    former, wanted = room.switching.stage(NEW)
    away = Database("postgresql://nobody@127.0.0.1:9/none", pool_size=1)
    switching = Switching(room.versions, away, "tests@here")

    with pytest.raises(Unavailable):
        await switching.carry_out(switching.plan("switch", former, wanted, {}), wanted)

    await away.close()
    assert room.file.read_bytes() == OLD
    assert room.versions.manifest().pending is None


async def test_two_at_once_is_refused(room: Room) -> None:
    async with room.switching.alone():
        with pytest.raises(Conflict, match="Somebody else"):
            async with room.switching.alone():
                pass


async def test_there_and_back_and_there_again_keeps_two_versions(room: Room) -> None:
    room.file.chmod(0o640)
    for kind, content in (("switch", NEW), ("rollback", OLD), ("switch", NEW)):
        former, wanted = room.switching.stage(content)
        plan = room.switching.plan("switch" if kind == "switch" else "rollback", former, wanted, {})
        await room.switching.carry_out(plan, wanted)
        assert room.file.read_bytes() == content

    with pytest.raises(InvalidInput, match="in use already"):
        room.switching.stage(NEW)
    manifest = room.versions.manifest()
    assert [(version.number, version.replaced) for version in manifest.versions] == [(1, None), (2, 1)]
    assert [event.event_type for event in await room.written()] == [
        "models.switched",
        "models.rolled_back",
        "models.switched",
    ]
    kept = [room.file, room.versions.path(1), room.versions.path(2)]
    assert {path.stat().st_mode & 0o777 for path in kept} == {0o640}, "who could read the file still can, nobody else"


async def test_a_version_that_was_changed_is_not_used(room: Room) -> None:
    former, wanted = room.switching.stage(NEW)
    await room.switching.carry_out(room.switching.plan("switch", former, wanted, {}), wanted)
    room.versions.path(1).write_bytes(b"# tampered\n")

    with pytest.raises(Conflict, match="changed since"):
        room.versions.content(1)
