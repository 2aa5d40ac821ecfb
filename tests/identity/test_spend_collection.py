"""Collecting what was spent: it adds up the ledger and changes nothing of what is told."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from dbos import DBOS
from sqlalchemy import select, text
from tests.conftest import MakeUser
from tests.identity.administration import SUPERUSERS, denial, new_project
from tests.identity.test_spending import PERIOD, charge
from tests.support import ADMIN_EMAIL, ADMIN_PASSWORD, Platform, environment_for, serving, until

from codemie.identity import spend_schedule
from codemie.identity.spending_tables import ProjectSpendingDay
from codemie.kernel.database import Database

COLLECT = "/v1/admin/spend-tracking/collect"


async def collected(client: httpx2.AsyncClient) -> int:
    answer = await client.post(COLLECT)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (set(body), set(body["data"])) == ({"message", "data"}, {"rows_inserted"})
    return int(body["data"]["rows_inserted"])


async def stored(database: Database, project: str) -> dict[str, float]:
    statement = select(ProjectSpendingDay).where(ProjectSpendingDay.project == project)
    async with database.session() as session:
        return {row.day.date().isoformat(): row.spent for row in await session.scalars(statement)}


async def told(client: httpx2.AsyncClient, project: str) -> Any:
    detail = (await client.get(f"/v1/projects/{project}", params={"include_spending": True})).json()["spending"]
    return detail, (await client.get(f"/v1/projects/{project}/spends", params=PERIOD)).json()


async def test_what_is_told_is_the_same_before_and_after(client: httpx2.AsyncClient, database: Database) -> None:
    project = await new_project(client)
    await charge(database, project, d0301=0.5, d0302=1.0, d0310=2.0)
    before = await told(client, project)

    assert await collected(client) >= 3
    assert await stored(database, project) == {"2026-03-01": 0.5, "2026-03-02": 1.0, "2026-03-10": 2.0}
    assert await told(client, project) == before

    await charge(database, project, d0302=0.25, d0312=4.0)  # late, and new
    grown = await told(client, project)
    assert grown[1]["total_spend"] == before[1]["total_spend"] + 4.25
    assert await collected(client) >= 2
    assert (await stored(database, project))["2026-03-02"] == 1.25
    assert await told(client, project) == grown


async def test_nothing_is_collected_twice(client: httpx2.AsyncClient, database: Database) -> None:
    project = await new_project(client)
    await charge(database, project, d0301=0.5)
    await collected(client)
    await collected(client)
    assert await stored(database, project) == {"2026-03-01": 0.5}


async def test_charges_that_are_being_written_are_not_lost(
    client: httpx2.AsyncClient, database: Database, platform: Platform
) -> None:
    """A row with a smaller number may become visible after one with a greater number."""
    project = await new_project(client)
    row = text(
        "INSERT INTO model_usage (date, kind, user_id, project, model, provider, input_tokens, output_tokens,"
        " cache_read_tokens, cache_creation_tokens, cost, duration_ms)"
        " VALUES (:date, 'chat', 'u', :project, 'm', 'p', 1, 1, 0, 0, 0.5, 1)"
    )
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'model_usage'::regclass")
    async with database.session() as slow:
        await slow.execute(row, {"date": datetime(2026, 3, 1, tzinfo=UTC), "project": project})
        collecting = asyncio.create_task(collected(client))

        async def held_up() -> bool:
            async with platform.resources.database.session() as session:
                return bool(await session.scalar(waiting))

        await until(held_up, what="the collection to wait for the charge")
    await collecting
    assert await stored(database, project) == {"2026-03-01": 0.5}


async def test_a_ledger_that_is_held_too_long_is_told(client: httpx2.AsyncClient, database: Database) -> None:
    async with database.session() as holder:
        await holder.execute(text("LOCK TABLE model_usage IN ROW EXCLUSIVE MODE"))
        answer = await client.post(COLLECT)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    await collected(client)


async def test_one_at_a_time(client: httpx2.AsyncClient, database: Database) -> None:
    async with database.session() as other:
        await other.execute(text("SELECT 1 FROM spend_collection FOR UPDATE"))
        answer = await client.post(COLLECT)
    assert answer.status_code == 409
    assert answer.json()["error"]["message"] == "Spend collection is already running"
    await collected(client)


async def test_each_night_it_is_done_without_anybody_asking(client: httpx2.AsyncClient, database: Database) -> None:
    project = await new_project(client)
    await charge(database, project, d0301=0.5)
    await asyncio.to_thread(DBOS.trigger_schedule, spend_schedule.SCHEDULE)

    async def done() -> bool:
        return await stored(database, project) == {"2026-03-01": 0.5}

    await until(done, what="the appointment of the worker")


async def test_the_appointment_gives_way_to_a_collection_by_hand(
    client: httpx2.AsyncClient, database: Database
) -> None:
    async with database.session() as other:
        await other.execute(text("SELECT 1 FROM spend_collection FOR UPDATE"))
        handle = await asyncio.to_thread(DBOS.trigger_schedule, spend_schedule.SCHEDULE)
        await asyncio.to_thread(handle.get_result)
    await collected(client)


async def test_only_administrators_collect(make_user: MakeUser, anonymous: httpx2.AsyncClient) -> None:
    for flags in ({}, {"is_auditor": True}):
        assert denial(await (await make_user("nosy", **flags)).post(COLLECT)) == (403, SUPERUSERS)
    assert (await anonymous.post(COLLECT)).status_code == 401


async def test_collecting_is_written_down(client: httpx2.AsyncClient) -> None:
    await collected(client)
    found = (await client.get("/v1/audit/events", params={"event_type": "spending.collected"})).json()["data"]
    assert found
    assert found[0]["actor_email"] == ADMIN_EMAIL
    assert "rows_inserted" in found[0]["attributes"]


@pytest.fixture(scope="module")
async def thrifty(
    tmp_path_factory: pytest.TempPathFactory, postgres_url: str, nats_url: str
) -> AsyncIterator[Platform]:
    """A platform that keeps no sums."""
    home = tmp_path_factory.mktemp(f"thrifty-{uuid.uuid4().hex[:4]}")
    extra = {"CODEMIE_IDENTITY_SPEND_TRACKING": "false"}
    async with serving(environment_for(home, postgres_url, nats_url, **extra)) as running:
        yield running


async def test_where_it_is_switched_off_the_setting_is_named(thrifty: Platform) -> None:
    async with thrifty.client(await thrifty.login(ADMIN_EMAIL, ADMIN_PASSWORD)) as boss:
        answer = await boss.post(COLLECT)
    assert answer.status_code == 503
    assert "CODEMIE_IDENTITY_SPEND_TRACKING" in answer.json()["error"]["help"]
