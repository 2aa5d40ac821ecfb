"""What ends the connection of an agent: its key withdrawn, a recheck, the end of its login; and who tells of it."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from codemie.embedded.nats_access import Login
from codemie.identity.tables import ActivityEvent
from codemie.kernel.database import Database
from codemie.kernel.errors import Unavailable
from codemie.plugins.alone import alone
from codemie.plugins.cluster import Cluster, Connection
from codemie.plugins.gate import Gate
from codemie.plugins.links import Link
from codemie.plugins.refusals import Refusals
from codemie.plugins.wire.subjects import key_hash, key_mark
from tests.plugins.broker.agents import agent, is_let_in
from tests.plugins.broker.conftest import Broker
from tests.support import until

SESSION = "531b8ca1-0025-4f0d-92c8-5b0ee72ea125"
OWN_AGENT = f"codemie-agent/0.1.0/{SESSION}"
STAYS: dict[str, Any] = {"allow_reconnect": True, "max_reconnect_attempts": 5, "reconnect_time_wait": 0.1}


async def connections_of(broker: Broker, key: str) -> list[Connection]:
    return [one for one in await broker.gate.cluster.connections() if one.key_hash == key_hash(key)]


async def test_a_connection_shows_what_an_agent_is_and_nothing_shows_its_key(broker: Broker) -> None:
    key = broker.keys.new()
    async with agent(broker.server, key) as official:
        await official.try_to_subscribe(f"{key}.{SESSION}.default.*")
        async with agent(broker.server, key, name=OWN_AGENT):
            shown = {one.agent.version: one for one in await connections_of(broker, key)}

    assert set(shown) == {None, "0.1.0"}
    assert {one.session for one in shown.values()} == {SESSION}
    assert {one.address for one in shown.values()} == {"127.0.0.1"}
    assert all(one.language.startswith("python3 ") and one.round_trip < 5 for one in shown.values())
    assert all(one.since and abs(datetime.now(UTC) - one.since) < timedelta(minutes=1) for one in shown.values())
    assert key not in str(shown)


async def test_more_connections_than_a_page_are_all_found(broker: Broker, monkeypatch: Any) -> None:
    monkeypatch.setattr("codemie.plugins.cluster._PAGE", 2)
    key = broker.keys.new()
    async with agent(broker.server, key), agent(broker.server, key), agent(broker.server, key):
        assert len(await connections_of(broker, key)) == 3


async def test_a_withdrawn_key_loses_its_connections_and_cannot_come_back(broker: Broker) -> None:
    key, other = broker.keys.new(), broker.keys.new()
    async with agent(broker.server, key, **STAYS) as one, agent(broker.server, other) as untouched:
        broker.keys.good.remove(key)

        assert await broker.gate.revoke(key_hash(key)) == 1

        async def gone() -> bool:
            return not await connections_of(broker, key)

        await until(gone, what="the end of the connection")
        assert not await is_let_in(broker.server, key)
        assert not one.client.is_connected
        assert untouched.client.is_connected


async def test_a_key_that_is_withdrawn_while_nats_does_not_answer_loses_its_connections_later(
    broker: Broker, database: Database, monkeypatch: Any
) -> None:
    monkeypatch.setattr("codemie.plugins.gate._AGAIN_SECONDS", (0.2, 0.2, 0.2, 0.2, 0.2))
    system = Link([broker.server], Login.SYS, [broker.access])
    await system.open()
    gate = Gate(Cluster(system), Refusals(database), broker.keys.still_good, partial(alone, database))
    key = broker.keys.new()
    async with agent(broker.server, key):
        broker.keys.good.remove(key)
        await system.client.close()  # the link takes a moment to make another
        with pytest.raises(Unavailable):
            await gate.revoke(key_hash(key))

        async def gone() -> bool:
            return not await connections_of(broker, key)

        await until(gone, what="the end of the connection")
    await gate.close()
    await system.close()


async def test_a_kicked_agent_whose_key_is_good_comes_back(broker: Broker) -> None:
    key = broker.keys.new()
    async with agent(broker.server, key, **STAYS) as one:
        (before,) = await connections_of(broker, key)

        await broker.gate.cluster.kick_key(key_hash(key))

        async def is_back() -> bool:
            after = await connections_of(broker, key)
            return [one.number for one in after] not in ([], [before.number])

        await until(is_back, what="the agent's return")
        assert one.client.is_connected


async def test_a_recheck_ends_what_the_vault_does_not_know_and_audits_it(broker: Broker, database: Database) -> None:
    key, good = broker.keys.new(), broker.keys.new()
    async with agent(broker.server, key), agent(broker.server, good) as stays:
        broker.keys.good.remove(key)
        await broker.gate.recheck()

        async def gone() -> bool:
            return not await connections_of(broker, key)

        await until(gone, what="the end of the connection")
        assert stays.client.is_connected
    async with database.session() as session:
        events = await session.scalars(
            select(ActivityEvent.event_type).where(ActivityEvent.entity_id == key_mark(key)).limit(1)
        )
        assert events.one() == "plugin_connection.ended"


async def test_our_own_agent_that_is_late_with_its_login_is_made_to_come_back(broker: Broker) -> None:
    key = broker.keys.new()
    now = datetime.now(UTC)
    async with agent(broker.server, key, name=OWN_AGENT), agent(broker.server, key) as official:
        assert await broker.gate.end_overdue(now + timedelta(minutes=50)) == 0, "it may be busy for any replica"
        assert await broker.gate.end_overdue(now + timedelta(minutes=59)) == 1
        assert official.client.is_connected


async def test_replicas_take_turns_with_what_concerns_all_connections(database: Database) -> None:
    async with alone(database, "recheck") as first, alone(database, "recheck") as second:
        assert (first, second) == (True, False)
        async with alone(database, "end overdue") as other:
            assert other
    async with alone(database, "recheck") as again:
        assert again


async def test_comings_and_goings_are_told(broker: Broker) -> None:
    key = broker.keys.new()
    told: list[tuple[str, str, str | None]] = []
    system = Link([broker.server], Login.SYS, [broker.access])
    await system.open()
    cluster = Cluster(system)

    async def came(connection: Connection) -> None:
        told.append(("came", connection.key_hash, connection.session))

    async def went(connection: Connection) -> None:
        told.append(("went", connection.key_hash, connection.session))

    await cluster.when_connected(came)
    await cluster.when_disconnected(went)
    async with agent(broker.server, key, name=OWN_AGENT):
        pass

    async def both() -> bool:
        return len([one for one in told if one[1] == key_hash(key)]) == 2

    await until(both, what="both events")
    expected = [("came", key_hash(key), SESSION), ("went", key_hash(key), SESSION)]
    assert [one for one in told if one[1] == key_hash(key)] == expected
    await system.close()


async def test_an_agent_that_vanishes_without_a_word_is_noticed_within_twenty_seconds(broker: Broker) -> None:
    key = broker.keys.new()
    host, _, port = broker.server.removeprefix("nats://").rpartition(":")
    _, writer = await asyncio.open_connection(host, int(port))
    options = {"verbose": False, "user": key, "pass": key}
    writer.write(f"CONNECT {json.dumps(options)}\r\nPING\r\n".encode())

    async def connected() -> bool:
        return len(await connections_of(broker, key)) == 1

    async def gone() -> bool:
        return await connections_of(broker, key) == []

    await until(connected, what="the connection")
    await until(gone, seconds=20, every=0.5, what="the end of an agent that answers no ping")
    writer.close()
