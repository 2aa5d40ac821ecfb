"""`kill -9` of the worker in the middle of indexing: nothing missing, nothing twice, resumed within seconds."""

import time
import uuid
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import text

from codemie.kernel import row_security
from tests.knowledge.repositories import make_repository
from tests.knowledge.sources import add_repository, fresh_name, indexed, named
from tests.knowledge.workers import WorkerProcess, platform_without_worker, worker_process
from tests.support import ADMIN_EMAIL, ADMIN_PASSWORD, Platform, until

pytestmark = [pytest.mark.process, pytest.mark.timeout(300)]

FILES = 1000
RESUMED_WITHIN_SECONDS = 30


@pytest.fixture
async def platform_alone(workplace: Path, postgres_url: str, nats_url: str) -> AsyncGenerator[Platform]:
    home = workplace / f"kill-{uuid.uuid4().hex[:6]}"
    async with platform_without_worker(home, postgres_url, nats_url) as platform:
        yield platform


def many_files(count: int) -> dict[str, str]:
    """Small Python modules, each with words of its own, each of several chunks."""
    body = "\n\n".join(
        f"def step_{part}(value):\n    '''{'Explain the step. ' * 20}'''\n    return value + {part}"
        for part in range(6)
    )
    return {
        f"pkg{number % 20}/module_{number}.py": f"MARKER_{number} = {number}\n\n{body}\n" for number in range(count)
    }


async def stored(platform: Platform, source_id: str) -> list[tuple[str, int, int, int]]:
    """Per live document: source, chunks it says it has, chunks there are, distinct places among them."""
    statement = text(
        "SELECT d.source, d.chunk_count, count(c.id), count(DISTINCT c.ordinal) FROM data_sources s"
        " JOIN documents d ON d.generation_id = s.live_generation"
        " LEFT JOIN chunks c ON c.generation_id = d.generation_id AND c.document_id = d.id"
        " WHERE s.id = :id GROUP BY d.source, d.chunk_count ORDER BY d.source"
    )
    with row_security.system("test"):
        async with platform.resources.database.session() as session:
            return [tuple(row) for row in await session.execute(statement, {"id": source_id})]


async def progressed(client: httpx2.AsyncClient, source_id: str, at_least: int) -> int:
    """Wait until so many documents are done, and tell how many are."""

    async def enough() -> int | None:
        row = (await client.get(f"/v1/index/{source_id}")).json()
        assert not row["error"], row["text"]
        return row["current_state"] if row["current_state"] >= at_least else None

    return await until(enough, seconds=120, what=f"{at_least} documents done")


async def test_killing_workers_loses_no_chunk_and_doubles_none(platform_alone: Platform, tmp_path: Path) -> None:
    files = many_files(FILES)
    link = make_repository(tmp_path / "repository", files)
    name = fresh_name("killed")
    restarted = platform_alone.environment
    another = {**restarted, "CODEMIE_EXECUTOR": f"other-{name}"}
    async with platform_alone.client(await platform_alone.login(ADMIN_EMAIL, ADMIN_PASSWORD)) as client:
        created = await add_repository(client, link, name=name)
        assert created.status_code == 201, created.text
        source_id = (await named(client, name))["id"]

        done = await killed_at(client, source_id, restarted, tmp_path / "first.log", FILES // 5)
        done = await killed_at(client, source_id, restarted, tmp_path / "restarted.log", done + 1)
        with worker_process(another, tmp_path / "another.log") as worker:
            await resumed(client, source_id, worker, done + 1)
            detail = await indexed(client, name, seconds=120)

    rows = await stored(platform_alone, source_id)
    assert {row[0] for row in rows} == set(files)
    assert all(claimed == present == distinct > 0 for _, claimed, present, distinct in rows)
    assert detail["current_state"] == detail["complete_state"] == FILES
    assert detail["current__chunks_state"] == sum(row[1] for row in rows)
    assert detail["processing_info"]["changed_documents"] == FILES, "no document was embedded twice"


async def killed_at(
    client: httpx2.AsyncClient, source_id: str, environment: Mapping[str, str], log: Path, at_least: int
) -> int:
    """Kill a worker as soon as so many documents are done, and tell how many are."""
    with worker_process(environment, log) as worker:
        before = await resumed(client, source_id, worker, at_least)
        worker.kill()
    assert before < FILES, "the worker was too fast to be killed in the middle"
    after_kill = (await client.get(f"/v1/index/{source_id}")).json()
    assert (after_kill["completed"], after_kill["error"]) == (False, False)
    return int(after_kill["current_state"])


async def resumed(client: httpx2.AsyncClient, source_id: str, worker: WorkerProcess, at_least: int) -> int:
    """Wait until so many documents are done, soon after the worker is ready, and tell how many are."""
    await worker.ready()
    begun = time.monotonic()
    done = await progressed(client, source_id, at_least)
    assert time.monotonic() - begun < RESUMED_WITHIN_SECONDS
    return done
