"""The installation that these tests look at."""

import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from tests.databases import EMPTY_SCHEMA, create_database, drop_database
from tests.fakes.vendors import running as system
from tests.operations.installation.world import World, furnished, refusing, settled, visit_of
from tests.plugins.diagnosis.servers import listening
from tests.support import environment_for, serving


@pytest.fixture(scope="module")
async def world(postgres_url: str, nats_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    home = tmp_path_factory.mktemp("doctor") / "home"
    home.mkdir()
    name = f"doctor_{uuid.uuid4().hex[:8]}"
    url = create_database(postgres_url, name, template=EMPTY_SCHEMA)
    async with AsyncExitStack() as left:
        at = await left.enter_async_context(system())
        environment = environment_for(home, url, nats_url, **furnished(home, at))
        platform = await left.enter_async_context(serving(environment))
        port = await left.enter_async_context(listening(refusing))
        world = await settled(platform, environment, url, await visit_of(port, left), at)
        yield world
        await world.worker.close()
        await world.database.close()
    drop_database(postgres_url, name)
