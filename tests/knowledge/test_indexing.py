"""Runs of the indexing: ended by people, overtaken by others, stopped and gone on with, shared by workers."""

import uuid
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import text

from codemie.kernel.database import Database
from codemie.knowledge import indexes
from codemie.knowledge.installed import installed
from codemie.knowledge.search import search
from tests.knowledge.repositories import make_repository
from tests.knowledge.sources import add_repository, fresh_name, give_up, indexed, named, own_project, settled, upload
from tests.knowledge.test_kill_worker import many_files, progressed, stored
from tests.knowledge.workers import platform_without_worker, worker_process
from tests.support import ADMIN_EMAIL, ADMIN_PASSWORD, Platform, until

pytestmark = pytest.mark.timeout(200)

GUIDE = ("guide.md", b"# Turbine\n\nThe turbine spins at 3000 rpm.")


async def leftovers(database: Database, source_id: str) -> tuple[int, int, int]:
    """Rows, generations and uploads that still belong to a data source."""
    statement = text(
        "SELECT (SELECT count(*) FROM data_sources WHERE id = :id),"
        " (SELECT count(*) FROM generations WHERE data_source_id = :id),"
        " (SELECT count(*) FROM uploaded_files WHERE data_source_id = :id)"
    )
    async with database.session() as session:
        row = (await session.execute(statement, {"id": source_id})).one()
        return row[0], row[1], row[2]


async def unfinished_runs(database: Database) -> int:
    """Indexing workflows that are waiting or under way."""
    statement = text(
        "SELECT count(*) FROM dbos.workflow_status WHERE name = 'knowledge.index' AND status IN ('ENQUEUED', 'PENDING')"
    )
    async with database.session() as session:
        return int((await session.execute(statement)).scalar_one())


@pytest.fixture
async def alone(workplace: Path, postgres_url: str, nats_url: str) -> AsyncGenerator[Platform]:
    """A platform whose workers the test starts and stops."""
    home = workplace / f"runs-{uuid.uuid4().hex[:6]}"
    async with platform_without_worker(home, postgres_url, nats_url) as platform:
        yield platform


@pytest.fixture
async def admin(alone: Platform) -> AsyncGenerator[httpx2.AsyncClient]:
    async with alone.client(await alone.login(ADMIN_EMAIL, ADMIN_PASSWORD)) as client:
        yield client


async def test_a_source_deleted_while_it_is_indexed_never_comes_back(
    client: httpx2.AsyncClient, database: Database, tmp_path: Path
) -> None:
    name = fresh_name("deleted")
    await add_repository(client, make_repository(tmp_path / "repo", many_files(400)), name=name)
    source_id = (await named(client, name))["id"]
    await progressed(client, source_id, 64)

    assert (await client.delete(f"/v1/index/{source_id}")).status_code == 200

    async def quiet() -> bool:
        return await unfinished_runs(database) == 0

    await until(quiet, seconds=60, what="the end of the run")
    assert await leftovers(database, source_id) == (0, 0, 0)
    assert (await client.get(f"/v1/index/{source_id}")).status_code == 404


async def test_a_cancelled_run_ends_and_can_be_resumed(client: httpx2.AsyncClient, tmp_path: Path) -> None:
    name, project = fresh_name("cancelled"), await own_project(client)
    await add_repository(client, make_repository(tmp_path / "repo", many_files(400)), name=name)
    source_id = (await named(client, name))["id"]
    done = await progressed(client, source_id, 64)

    answer = await client.post(f"/v1/index/{source_id}/cancel")

    assert answer.status_code == 200
    detail = await settled(client, source_id)
    assert (detail["error"], detail["text"]) == (True, "Indexing was cancelled")
    assert (await client.post(f"/v1/index/{source_id}/cancel")).status_code == 422

    path = f"/v1/application/{project}/index/{name}"
    resumed = await client.put(path, params={"resume_indexing": True}, json={})
    assert "has been resumed" in resumed.json()["message"]
    after = await indexed(client, name)
    assert after["processing_info"]["documents_count_key"] == 400
    assert after["processing_info"]["changed_documents"] <= 400 - done, "what was stored is not embedded again"
    await give_up(client, source_id)


async def test_a_failed_reindex_leaves_the_former_index_searchable(client: httpx2.AsyncClient, tmp_path: Path) -> None:
    name, project = fresh_name("failing"), await own_project(client)
    await add_repository(client, make_repository(tmp_path / "repo", {"a.md": "# Turbine\n\nIt spins."}), name=name)
    source_id = (await indexed(client, name))["id"]
    (tmp_path / "repo").rename(tmp_path / "gone")

    await client.put(f"/v1/application/{project}/index/{name}", params={"full_reindex": True}, json={})

    failed = await settled(client, source_id)
    assert failed["error"] is True
    assert "no Git repository" in failed["text"]
    found = (await client.get(f"/v1/index/{source_id}/search", params={"query": "turbine"})).json()["data"]
    assert found[0]["source"] == "a.md"
    tool = (await client.post(f"/v1/index/{source_id}/search", json={"query": "turbine"})).json()
    assert "Its last indexing failed" in tool["output"]


async def test_a_newer_run_overtakes_the_one_under_way(
    client: httpx2.AsyncClient, database: Database, tmp_path: Path
) -> None:
    name, project = fresh_name("overtaken"), await own_project(client)
    await add_repository(client, make_repository(tmp_path / "repo", many_files(300)), name=name)
    source_id = (await named(client, name))["id"]
    await progressed(client, source_id, 64)

    await client.put(f"/v1/application/{project}/index/{name}", params={"full_reindex": True}, json={})

    detail = await indexed(client, name)
    assert detail["processing_info"]["documents_count_key"] == 300
    assert await leftovers(database, source_id) == (1, 1, 0)
    await give_up(client, source_id)


@pytest.mark.timeout(400)
async def test_a_large_source_is_searchable_before_its_vectors_are_indexed_in_the_background(
    client: httpx2.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexes, "SMALL", 0)
    name = fresh_name("large")
    await upload(client, [GUIDE], name=name)
    source_id = (await indexed(client, name))["id"]

    async def index() -> str | None:
        statement = text(
            "SELECT to_regclass('chunks_g' || live_generation || '_static')::text FROM data_sources WHERE id = :id"
        )
        async with database.session() as session:
            return await session.scalar(statement, {"id": source_id})

    # Better vectors of the sources before come first.
    assert await until(index, seconds=360, what="the vector index is built")
    async with database.session() as session:
        hits = await search(session, installed(), [source_id], "how fast does it spin?")
    assert [hit.source for hit in hits] == ["guide.md"]


@pytest.mark.process
async def test_what_was_accepted_while_no_worker_ran_is_done_by_the_first_that_does(
    alone: Platform, admin: httpx2.AsyncClient, tmp_path: Path
) -> None:
    name = fresh_name("waiting")
    await upload(admin, [GUIDE], name=name)
    assert (await named(admin, name))["is_queued"] is True

    with worker_process(alone.environment, tmp_path / "worker.log"):
        assert (await indexed(admin, name))["current_state"] == 1


@pytest.mark.process
async def test_a_worker_asked_to_stop_leaves_its_run_to_the_next(
    alone: Platform, admin: httpx2.AsyncClient, tmp_path: Path
) -> None:
    name = fresh_name("stopped")
    await add_repository(admin, make_repository(tmp_path / "repo", many_files(600)), name=name)
    source_id = (await named(admin, name))["id"]

    with worker_process(alone.environment, tmp_path / "first.log") as worker:
        await progressed(admin, source_id, 64)
        assert worker.terminate() == 0
    between = (await admin.get(f"/v1/index/{source_id}")).json()
    assert (between["completed"], between["error"], between["text"]) == (False, False, "")

    with worker_process(alone.environment, tmp_path / "second.log"):
        await indexed(admin, name, seconds=100)
    rows = await stored(alone, source_id)
    assert len(rows) == 600
    assert all(claimed == present == distinct for _, claimed, present, distinct in rows)


@pytest.mark.process
async def test_two_workers_share_the_queue_and_each_document_is_stored_once(
    alone: Platform, admin: httpx2.AsyncClient, tmp_path: Path
) -> None:
    names = [fresh_name("shared") for _ in range(4)]
    link = make_repository(tmp_path / "repo", many_files(150))
    for name in names:
        await add_repository(admin, link, name=name)

    first, second = (alone.environment | {"CODEMIE_EXECUTOR": f"worker-{number}"} for number in (1, 2))
    with worker_process(first, tmp_path / "first.log"), worker_process(second, tmp_path / "second.log"):
        for name in names:
            detail = await indexed(admin, name, seconds=120)
            rows = await stored(alone, detail["id"])
            assert len(rows) == 150
            assert all(claimed == present == distinct for _, claimed, present, distinct in rows)
