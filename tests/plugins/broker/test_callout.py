"""Who enters, and what they may hear and say there: a real NATS server decides by what the callout answers."""

import asyncio
import secrets
import time
from typing import Any

import pytest
from nats.aio.msg import Msg
from sqlalchemy import func, select

from codemie.embedded.nats_access import NatsAccess
from codemie.identity.tables import ActivityEvent
from codemie.kernel.database import Database
from codemie.plugins import probing
from codemie.plugins.wire.subjects import key_hash, key_mark
from tests.plugins.broker.agents import agent, answer_to, is_let_in
from tests.plugins.broker.conftest import Broker
from tests.support import until

SESSION = "531b8ca1-0025-4f0d-92c8-5b0ee72ea125"
OTHER_SESSION = "2b0ee72e-0025-4f0d-92c8-531b8ca1a125"
OWN_AGENT = f"codemie-agent/0.1.0/{SESSION}"
REFUSED = "-ERR 'Authorization Violation'"


async def test_a_good_key_is_let_in_and_a_wrong_one_is_not(broker: Broker) -> None:
    key = broker.keys.new()

    assert await is_let_in(broker.server, key)
    assert not await is_let_in(broker.server, secrets.token_hex(16))


@pytest.mark.parametrize(
    "connect",
    [
        {},
        {"user": "KEY"},
        {"user": "KEY", "pass": "another-password-than-the-key-itself"},
        {"user": "a.b.c.d.e.f.g.h.i.j", "pass": "a.b.c.d.e.f.g.h.i.j"},
        {"user": ">", "pass": ">"},
        {"user": "short", "pass": "short"},
        {"user": "engine", "pass": "KEY"},
        {"user": ["KEY"], "pass": {"KEY": 1}},
        {"auth_token": "bridged 192.0.2.1 00", "user": "KEY"},
    ],
)
async def test_what_is_no_good_key_is_refused(broker: Broker, connect: dict[str, Any]) -> None:
    key = broker.keys.new()
    filled = {name: key if value == "KEY" else value for name, value in connect.items()}

    assert await answer_to(broker.server, filled) != "PONG"


async def test_a_key_may_come_as_a_token(broker: Broker) -> None:
    assert await answer_to(broker.server, {"auth_token": broker.keys.new()}) == "PONG"


async def test_a_key_hears_and_says_what_is_its_own(broker: Broker) -> None:
    key = broker.keys.new()
    async with agent(broker.server, key) as one:
        for subject in (f"{key}.list", f"{key}.live.reply", f"{key}.ping", f"{key}.{SESSION}.default.*"):
            assert await one.try_to_subscribe(subject) == ""
        for subject in (f"{key}.live", f"{key}.disconnected"):
            assert await one.try_to_publish(subject) == ""


@pytest.mark.parametrize("subject", [">", "*", "*.*.*.*", "_INBOX.>", "$SYS.>", "OTHER.list", "OTHER.*.*.*", "KEY.>"])
async def test_what_is_of_others_cannot_be_heard(broker: Broker, subject: str) -> None:
    key, other = broker.keys.new(), broker.keys.new()
    async with agent(broker.server, key) as one:
        complaint = await one.try_to_subscribe(subject.replace("KEY", key).replace("OTHER", other))

        assert "permissions violation for subscription" in complaint.lower()


@pytest.mark.parametrize(
    "subject", ["OTHER.live", "OTHER.S.default._tool", "KEY.S.default._tool", "_INBOX.x", "$SYS.x"]
)
async def test_nothing_can_be_said_in_the_name_of_others(broker: Broker, subject: str) -> None:
    key, other = broker.keys.new(), broker.keys.new()
    async with agent(broker.server, key) as one:
        complaint = await one.try_to_publish(subject.replace("KEY", key).replace("OTHER", other))

        assert "permissions violation for publish" in complaint.lower()


async def test_an_agent_answers_what_it_was_asked_and_only_once(broker: Broker) -> None:
    key = broker.keys.new()
    async with agent(broker.server, key) as one:

        async def answer_twice(message: Msg) -> None:
            await message.respond(b"first")
            await message.respond(b"second")

        await one.client.subscribe(f"{key}.list", cb=answer_twice)
        await one.client.flush()

        answer = await broker.engine.client.request(f"{key}.list", b"", timeout=5)
        await one.client.flush()

        assert answer.data == b"first"
        assert any("permissions violation" in complaint.lower() for complaint in one.errors)


async def test_our_own_agent_hears_only_what_is_meant_for_its_session(broker: Broker) -> None:
    key = broker.keys.new()
    async with agent(broker.server, key, name=OWN_AGENT) as one:
        assert await one.try_to_subscribe(f"{key}.{SESSION}.default.*") == ""
        assert await one.try_to_subscribe(f"{key}.{SESSION}.default.cancel") == ""
        assert "permissions violation" in (await one.try_to_subscribe(f"{key}.{OTHER_SESSION}.default.*")).lower()
        assert "permissions violation" in (await one.try_to_subscribe(f"{key}.*.*.*")).lower()


async def test_our_own_agent_may_answer_in_chunks(broker: Broker) -> None:
    key = broker.keys.new()
    heard: list[bytes] = []

    async def hear(message: Msg) -> None:
        heard.append(message.data)

    async def answer(message: Msg) -> None:
        for chunk in range(64):
            await message.respond(b"%d" % chunk)

    inbox = broker.engine.client.new_inbox()
    await broker.engine.subscribe(inbox, hear)
    async with agent(broker.server, key, name=OWN_AGENT) as one:
        await one.client.subscribe(f"{key}.{SESSION}.default.*", cb=answer)
        await one.client.flush()
        await broker.engine.client.publish(f"{key}.{SESSION}.default._tool", b"", reply=inbox)

        async def all_heard() -> bool:
            return len(heard) == 64

        await until(all_heard, what="the last chunk")
        assert one.errors == []


async def test_a_platform_that_cannot_look_keys_up_lets_nobody_in_and_remembers_nothing(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = broker.keys.new()

    async def broken(key: str) -> object | None:
        raise OSError("the database is away")

    with monkeypatch.context() as away:
        away.setattr(broker.callout, "_admit", broken)
        assert not await is_let_in(broker.server, key)

    assert await is_let_in(broker.server, key)


async def test_a_wrong_key_is_asked_for_once_and_found_when_it_was_made(broker: Broker) -> None:
    key = secrets.token_hex(16)
    before = broker.keys.asked
    assert [await is_let_in(broker.server, key) for _ in range(3)] == [False] * 3
    assert broker.keys.asked == before + 1

    broker.keys.good.add(key)

    async def enters() -> bool:
        return await is_let_in(broker.server, key)

    await until(enters, seconds=10, what="the new key")


async def test_a_refusal_is_audited_with_a_mark_of_the_key_only(broker: Broker, database: Database) -> None:
    key = f"wrong-{secrets.token_hex(16)}"
    assert not await is_let_in(broker.server, key)

    async with database.session() as session:
        statement = select(ActivityEvent).where(ActivityEvent.entity_id == key_mark(key))
        (event,) = (await session.scalars(statement)).all()

    assert event.attributes == {"address": "127.0.0.1", "reason": "wrong key"}
    assert key_hash(key).startswith(event.entity_id)


async def test_the_wrong_key_of_a_check_is_called_so_and_covers_no_other(
    broker: Broker, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, guess, strangers, late = (secrets.token_hex(16) for _ in range(4))
    name = probing.name_for(broker.access, ours)
    other = probing.name_for(NatsAccess("x" * 32), strangers)
    with monkeypatch.context() as patched:
        past = time.time() - probing.SECONDS - 1
        patched.setattr(time, "time", lambda: past)
        stale = probing.name_for(broker.access, late)
    for key, called in ((ours, name), (guess, name), (strangers, other), (late, stale)):
        assert not await is_let_in(broker.server, key, name=called)

    assert await refusals_of(database, [ours, guess, strangers, late]) == 3
    assert await refusals_of(database, [ours], "plugin_connection.probed") == 1


async def test_a_flood_of_wrong_keys_neither_slows_a_good_one_nor_fills_the_audit_log(
    broker: Broker, database: Database
) -> None:
    key = broker.keys.new()
    wrong = [secrets.token_hex(16) for _ in range(1000)]
    gate = asyncio.Semaphore(250)

    async def guess(guessed: str) -> str:
        async with gate:
            return await answer_to(broker.server, {"user": guessed, "pass": guessed}, seconds=60)

    guesses = [asyncio.create_task(guess(one)) for one in wrong]
    await asyncio.sleep(0)
    began = time.monotonic()
    assert await is_let_in(broker.server, key)
    took = time.monotonic() - began
    answers = await asyncio.gather(*guesses)

    assert set(answers) == {REFUSED}
    assert took < 3
    assert await refusals_of(database, wrong) <= 30


async def refusals_of(database: Database, keys: list[str], event: str = "plugin_connection.refused") -> int:
    """How many rows of the audit log tell of these keys."""
    async with database.session() as session:
        count = await session.scalar(
            select(func.count())
            .select_from(ActivityEvent)
            .where(
                ActivityEvent.event_type == event,
                ActivityEvent.entity_id.in_([key_mark(key) for key in keys]),
            )
        )
        return int(count or 0)
