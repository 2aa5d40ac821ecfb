"""PostgreSQL or NATS goes away under a running platform and comes back: nobody restarts anything."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from codemie.embedded.nats import EmbeddedNats
from codemie.embedded.postgres import EmbeddedPostgres
from codemie.kernel.migration import migrate
from tests.knowledge.sources import fresh_name, named, upload
from tests.support import ADMIN_EMAIL, ADMIN_PASSWORD, BROKER_SECRET, Platform, environment_for, serving, until

pytestmark = pytest.mark.process


@dataclass(frozen=True)
class Stoppable:
    """A platform whose servers a test may stop; it starts them again before it ends."""

    platform: Platform
    postgres: EmbeddedPostgres
    nats: EmbeddedNats


@pytest.fixture(scope="module")
async def stoppable(workplace: Path) -> AsyncIterator[Stoppable]:
    """One for all tests of the module."""
    # A short path, as sockets need.
    folder = workplace / "away"
    folder.mkdir(mode=0o755)
    postgres, nats = EmbeddedPostgres(folder / "pg"), EmbeddedNats(folder / "nats", BROKER_SECRET)
    try:
        url = postgres.start()
        migrate(url)
        async with serving(environment_for(folder, url, nats.start())) as platform:
            yield Stoppable(platform, postgres, nats)
    finally:
        nats.stop()
        postgres.stop()


@pytest.fixture
async def person(stoppable: Stoppable) -> AsyncIterator[httpx2.AsyncClient]:
    """The administrator of a platform at which everything runs."""
    async with stoppable.platform.client() as client:
        await until(lambda: ready_is(client, 200), what="the return of all servers")
        token = await stoppable.platform.login(ADMIN_EMAIL, ADMIN_PASSWORD)
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


async def ready_is(client: httpx2.AsyncClient, status: int) -> bool:
    return (await client.get("/health/ready")).status_code == status


async def test_postgresql_away_gives_503_with_retry_after_and_then_all_goes_on(
    stoppable: Stoppable, person: httpx2.AsyncClient
) -> None:
    assert (await person.get("/v1/assistants")).status_code == 200

    stoppable.postgres.stop()
    refused = await person.get("/v1/assistants")
    ready = await person.get("/health/ready")

    assert refused.status_code == 503
    assert int(refused.headers["Retry-After"]) >= 1
    assert refused.json()["error"]["message"] == "The database is not reachable"
    assert ready.status_code == 503
    assert (await person.get("/health/live")).status_code == 200

    stoppable.postgres.start()

    async def answers() -> bool:
        return (await person.get("/v1/assistants")).status_code == 200

    await until(answers, what="recovery after the restart of PostgreSQL")


async def test_nats_away_is_reported_and_the_connection_comes_back_by_itself(
    stoppable: Stoppable, person: httpx2.AsyncClient
) -> None:
    stoppable.nats.stop()

    await until(lambda: ready_is(person, 503), what="the report that NATS is away")
    checks = {check["name"]: check["ok"] for check in (await person.get("/health/ready")).json()["checks"]}
    assert checks == {"postgresql": True, "nats": False, "migrations": True}

    stoppable.nats.start()
    await until(lambda: ready_is(person, 200), what="the return of NATS")


async def test_progress_of_indexing_is_told_while_nats_is_away(
    stoppable: Stoppable, person: httpx2.AsyncClient
) -> None:
    name = fresh_name()
    assert (await upload(person, [("guide.txt", b"The turbine spins.")], name=name)).status_code == 200
    source = await named(person, name)
    messaging = stoppable.platform.resources.messaging
    before = len(messaging.client._subs)
    stoppable.nats.stop()

    async def away() -> bool:
        return not messaging.client.is_connected

    await until(away, what="the end of NATS")

    async with person.stream("GET", f"/v1/index/{source['id']}/events") as stream:
        assert stream.status_code == 200
        lines = stream.aiter_lines()
        told = await asyncio.wait_for(_first_event(lines), timeout=20)
        assert told["is_queued"] is True
        # No worker runs here: the row moves by another request.
        assert (await person.post(f"/v1/index/{source['id']}/cancel")).status_code == 200
        assert (await asyncio.wait_for(_first_event(lines), timeout=20))["error"] is True

    async def forgotten() -> bool:
        return len(messaging.client._subs) == before

    await until(forgotten, what="the end of the subscription")
    stoppable.nats.start()


async def _first_event(lines: AsyncIterator[str]) -> dict[str, Any]:
    async for line in lines:
        if line.startswith("data: "):
            event: dict[str, Any] = json.loads(line.removeprefix("data: "))
            return event
    pytest.fail("the stream ended without an event")
