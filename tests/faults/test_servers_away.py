"""PostgreSQL or NATS goes away under a running platform and comes back: nobody restarts anything."""

import asyncio
import json
import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from codemie.embedded.nats import EmbeddedNats
from codemie.embedded.postgres import EmbeddedPostgres
from codemie.kernel.migration import migrate
from tests.knowledge.sources import fresh_name, named, upload
from tests.support import ADMIN_EMAIL, ADMIN_PASSWORD, Platform, environment_for, serving, until

pytestmark = pytest.mark.process


@pytest.fixture
def folder(workplace: Path) -> Path:
    """A home of the test's own, with a path short enough for sockets."""
    made = workplace / f"away-{uuid.uuid4().hex[:6]}"
    made.mkdir(mode=0o755)
    return made


@asynccontextmanager
async def platform_of_its_own(
    folder: Path,
) -> AsyncGenerator[tuple[Platform, EmbeddedPostgres, EmbeddedNats]]:
    """A platform whose servers a test may stop."""
    postgres, nats = EmbeddedPostgres(folder / "pg"), EmbeddedNats(folder / "nats")
    try:
        url = postgres.start()
        migrate(url)
        async with serving(environment_for(folder, url, nats.start())) as platform:
            yield platform, postgres, nats
    finally:
        nats.stop()
        postgres.stop()


async def test_postgresql_away_gives_503_with_retry_after_and_then_all_goes_on(folder: Path) -> None:
    async with platform_of_its_own(folder) as (platform, postgres, _):
        token = await platform.login(ADMIN_EMAIL, ADMIN_PASSWORD)
        async with platform.client(token) as client:
            assert (await client.get("/v1/assistants")).status_code == 200

            postgres.stop()
            refused = await client.get("/v1/assistants")
            ready = await client.get("/health/ready")

            assert refused.status_code == 503
            assert int(refused.headers["Retry-After"]) >= 1
            assert refused.json()["error"]["message"] == "The database is not reachable"
            assert ready.status_code == 503
            assert (await client.get("/health/live")).status_code == 200

            postgres.start()

            async def answers() -> bool:
                return (await client.get("/v1/assistants")).status_code == 200

            await until(answers, what="recovery after the restart of PostgreSQL")


async def test_progress_of_indexing_is_told_while_nats_is_away(folder: Path) -> None:
    async with platform_of_its_own(folder) as (platform, _, nats):
        token = await platform.login(ADMIN_EMAIL, ADMIN_PASSWORD)
        async with platform.client(token) as client:
            name = fresh_name()
            assert (await upload(client, [("guide.txt", b"The turbine spins.")], name=name)).status_code == 200
            source = await named(client, name)
            messaging = platform.resources.messaging
            before = len(messaging.client._subs)
            nats.stop()

            async def away() -> bool:
                return not messaging.client.is_connected

            await until(away, what="the end of NATS")

            async with client.stream("GET", f"/v1/index/{source['id']}/events") as stream:
                assert stream.status_code == 200
                lines = stream.aiter_lines()
                told = await asyncio.wait_for(_first_event(lines), timeout=8)
                assert told["is_queued"] is True
                # No worker runs here: the row moves by another request.
                assert (await client.post(f"/v1/index/{source['id']}/cancel")).status_code == 200
                assert (await asyncio.wait_for(_first_event(lines), timeout=20))["error"] is True

            async def forgotten() -> bool:
                return len(messaging.client._subs) == before

            await until(forgotten, what="the end of the subscription")


async def _first_event(lines: AsyncIterator[str]) -> dict[str, Any]:
    async for line in lines:
        if line.startswith("data: "):
            event: dict[str, Any] = json.loads(line.removeprefix("data: "))
            return event
    pytest.fail("the stream ended without an event")


async def test_nats_away_is_reported_and_the_connection_comes_back_by_itself(folder: Path) -> None:
    async with platform_of_its_own(folder) as (platform, _, nats), platform.client() as client:
        nats.stop()

        async def ready_is(status: int) -> bool:
            return (await client.get("/health/ready")).status_code == status

        await until(lambda: ready_is(503), what="the report that NATS is away")
        checks = {check["name"]: check["ok"] for check in (await client.get("/health/ready")).json()["checks"]}
        assert checks == {"postgresql": True, "nats": False, "migrations": True}

        nats.start()
        await until(lambda: ready_is(200), what="the return of NATS")
