"""From one embedding model to another and back: search answers all the while, and each index is made anew.

The mock's vectors of two lengths stand for two models; a worker is a process of its own, and so are the commands.
"""

import asyncio
import os
import subprocess
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from codemie.embedded.nats import EmbeddedNats
from codemie.kernel.database import Database
from codemie.kernel.row_security import SYSTEM
from codemie.models.versions import Versions
from tests.cli.installation import ctl
from tests.knowledge.sources import indexed, upload
from tests.knowledge.workers import platform_without_worker, worker_process
from tests.support import ADMIN_EMAIL, ADMIN_PASSWORD, BROKER_SECRET, Platform, until

pytestmark = [pytest.mark.process, pytest.mark.timeout(400)]

FILE = """\
llm_models:
  - {{base_name: mock-chat, provider: mock, default_for_categories: [global]}}
embeddings_models:
  - {{base_name: {name}, provider: mock, dimensions: {dimensions}, default_for_categories: [global]}}
"""
FIRST, SECOND = FILE.format(name="first", dimensions=48), FILE.format(name="second", dimensions=96)
GUIDE = "# Turbine {number}\n\nThe turbine spins at 3000 rpm and hums.\n\n" + "It is serviced in May. " * 400


@dataclass
class Grounds:
    """An API, a worker and two data sources that were indexed with the first model."""

    platform: Platform
    client: httpx2.AsyncClient
    database: Database
    sources: dict[str, str]

    @property
    def file(self) -> Path:
        return self.platform.home / "models.yaml"

    async def ctl(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CODEMIE_")}
        return await asyncio.to_thread(ctl, "llm", *arguments, env={**kept, **self.platform.environment})

    def candidate(self, content: str) -> str:
        file = self.platform.home / f"candidate-{uuid.uuid4().hex[:6]}.yaml"
        file.write_text(content)
        return str(file)

    async def generations(self) -> set[tuple[str, bool]]:
        """Of what model the live vectors are, and whether all are there."""
        statement = (
            "SELECT g.dense_identity, g.dense_ready FROM data_sources d LEFT JOIN generations g"
            " ON g.id = d.live_generation"
        )
        async with self.database.session() as session:
            return {(row[0], row[1]) for row in await session.execute(text(statement))}


async def asking(client: httpx2.AsyncClient, source: str, stopping: asyncio.Event) -> list[int]:
    """Somebody who searches again and again: how many passages each answer had."""
    heard: list[int] = []
    while not stopping.is_set():
        answer = await client.get(f"/v1/index/{source}/search", params={"query": "how fast does the turbine spin"})
        assert answer.status_code == 200, answer.text
        heard.append(len(answer.json()["data"]))
        await asyncio.sleep(0.05)
    return heard


@pytest.fixture(scope="module")
async def grounds(
    postgres_url: str, tmp_path_factory: pytest.TempPathFactory, workplace: Path
) -> AsyncIterator[Grounds]:
    folder = tmp_path_factory.mktemp("reindex")
    home = folder / "home"
    home.mkdir()
    (home / "models.yaml").write_text(FIRST)
    # A bus of its own: whoever else listens there is asked whether it can use the file.
    bus = EmbeddedNats(workplace / f"nats-{uuid.uuid4().hex[:6]}", BROKER_SECRET)
    async with AsyncExitStack() as stack:
        stack.callback(bus.stop)
        platform = await stack.enter_async_context(platform_without_worker(home, postgres_url, bus.start()))
        worker = stack.enter_context(worker_process(platform.environment, folder / "worker.log"))
        await worker.ready()
        client = await stack.enter_async_context(platform.client(await platform.login(ADMIN_EMAIL, ADMIN_PASSWORD)))
        sources: dict[str, str] = {}
        for name in ("handbook", "manual"):
            files = [(f"{number}.md", GUIDE.format(number=number).encode()) for number in range(8)]
            assert (await upload(client, files, name=name, embedding_model="first")).status_code == 200
            sources[name] = (await indexed(client, name))["id"]
        database = Database(platform.environment["CODEMIE_DATABASE_URL"], pool_size=1, unbound=SYSTEM)
        stack.push_async_callback(database.close)
        made = Grounds(platform, client, database, sources)

        async def refined() -> bool:
            return await made.generations() == {("first:48", True)}

        await until(refined, seconds=60, what="the vectors of the first model")
        yield made


async def test_a_change_of_the_embedding_model_tells_its_price_and_is_refused(grounds: Grounds) -> None:
    file = grounds.candidate(SECOND)

    verified = await grounds.ctl("verify", "--file", file)
    switched = await grounds.ctl("switch", "--file", file, "--allow-write")
    looked = await grounds.ctl("switch", "--file", file, "--reindex")
    renamed = grounds.candidate(FILE.format(name="first", dimensions=96))
    same_name = await grounds.ctl("switch", "--file", renamed, "--reindex", "--allow-write")

    assert (verified.returncode, switched.returncode, looked.returncode, same_name.returncode) == (2, 2, 1, 2)
    assert "The embedding model of 2 data sources with" in verified.stdout
    assert "/handbook" in verified.stdout
    assert "llm switch --reindex" in verified.stdout
    assert "are to be indexed anew with second; each chunk is sent to it once" in looked.stdout
    assert "--allow-write" in looked.stderr
    assert "name of its own" in same_name.stdout
    assert grounds.file.read_text() == FIRST


async def test_search_goes_on_while_each_index_is_made_anew_and_back(grounds: Grounds) -> None:
    stopping = asyncio.Event()
    people = [asyncio.create_task(asking(grounds.client, each, stopping)) for each in grounds.sources.values()]
    begun = time.monotonic()

    there = await grounds.ctl("switch", "--file", grounds.candidate(SECOND), "--reindex", "--allow-write")
    seen = await grounds.generations()
    told = await grounds.ctl("history")
    bridge = Versions(grounds.file).content(2).decode()
    back = await grounds.ctl("rollback", "--to", "1", "--reindex", "--allow-write")
    stopping.set()
    heard = await asyncio.gather(*people)

    assert there.returncode == 0, there.stdout + there.stderr
    assert "2 of 2 data sources" in there.stdout
    assert seen == {("second:96", True)}
    assert "version 3 now, in place of 2" in there.stdout
    assert "base_name: first" in bridge, "both models answer while indexes are made"
    assert "base_name: second" in bridge
    assert "Last: switch from 2 to 3" in told.stdout
    assert back.returncode == 0, back.stdout + back.stderr
    assert await grounds.generations() == {("first:48", True)}
    assert grounds.file.read_text() == FIRST
    assert all(count > 0 for each in heard for count in each), "no search came back empty"
    assert all(len(each) > (time.monotonic() - begun) / 5 for each in heard), "nobody waited for long"
    events = await audited(grounds.client)
    assert [(event["reindexed"], event.get("data_sources")) for event in events] == [
        ({"first": "second"}, 2),
        ({}, None),
        ({"second": "first"}, 2),
        ({}, None),
    ]


async def audited(client: httpx2.AsyncClient) -> list[dict[str, Any]]:
    """What the audit log says of exchanges, oldest first."""
    events = (await client.get("/v1/audit/events", params={"domain": "model_management"})).json()["data"]
    found = [event["attributes"] for event in events if event["event_type"].startswith("models.")]
    return found[::-1]
