"""A NATS server with a callout that knows the keys a test tells it."""

import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from codemie.embedded.nats import EmbeddedNats
from codemie.embedded.nats_access import Login, NatsAccess
from codemie.kernel.database import Database
from codemie.plugins.alone import alone
from codemie.plugins.callout import Callout
from codemie.plugins.cluster import Cluster
from codemie.plugins.gate import Gate
from codemie.plugins.links import Link
from codemie.plugins.refusals import Refusals
from codemie.plugins.wire.subjects import key_hash


@dataclass
class Keys:
    """The keys that are good, and how often somebody asked."""

    good: set[str] = field(default_factory=set)
    asked: int = 0

    def new(self) -> str:
        """A good key of its own for each test."""
        key = secrets.token_hex(16)
        self.good.add(key)
        return key

    def wrong(self) -> str:
        """One that opens nothing."""
        return secrets.token_hex(16)

    async def admit(self, key: str) -> object | None:
        self.asked += 1
        return key if key in self.good else None

    async def still_good(self, wanted: str) -> bool:
        return any(key_hash(key) == wanted for key in self.good)


@dataclass
class Broker:
    """A server, where it is without users, and the keys it lets in."""

    embedded: EmbeddedNats
    keys: Keys
    engine: Link
    callout: Callout
    gate: Gate

    @property
    def access(self) -> NatsAccess:
        return self.embedded.access

    @property
    def server(self) -> str:
        return address(self.embedded)


def address(embedded: EmbeddedNats) -> str:
    """Where a server is, without users."""
    return f"nats://{embedded.url.rpartition('@')[2]}"


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedNats]:
    """A server of the module's own: other platforms of the run would answer for the shared one."""
    folder: Path = tmp_path_factory.mktemp("broker") / "nats"
    server = EmbeddedNats(folder)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
async def broker(embedded: EmbeddedNats, database: Database) -> AsyncIterator[Broker]:
    """The server with an engine and a callout."""
    keys, refusals = Keys(), Refusals(database)
    links = [Link([address(embedded)], login, [embedded.access]) for login in (Login.AUTH, Login.PLUGINS, Login.SYS)]
    auth, engine, system = links
    for link in links:
        await link.open()
    callout = Callout([embedded.access], keys.admit, refusals)
    await callout.listen(auth)
    gate = Gate(Cluster(system), refusals, keys.still_good, partial(alone, database))
    yield Broker(embedded, keys, engine, callout, gate)
    await gate.close()
    await callout.close()
    for link in links:
        await link.close()
