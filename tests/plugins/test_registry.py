"""Who is connected: found at once, gone at once, told what was found."""

import json
import time
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from codemie.plugins.wire.subjects import key_hash
from tests.plugins.engine_room import EngineRoom, engine_at, engine_room
from tests.plugins.fake_agent import FakeAgent, echo
from tests.support import until

TOOLS = {"_echo": echo, "_shout": echo}


@pytest.fixture(scope="module")
async def room(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EngineRoom]:
    async with engine_room(tmp_path_factory.mktemp("n"), probe_seconds=0.5, list_seconds=1) as opened:
        yield opened


async def reply(agent: FakeAgent) -> str:
    async def heard() -> str | None:
        return agent.replies[-1] if agent.replies else None

    return await until(heard, seconds=5, every=0.01, what="a reply")


async def gone(room: EngineRoom, agent: FakeAgent) -> None:
    async def absent() -> bool:
        return agent.session not in {session.id for session in room.registry.everybody()}

    await until(absent, seconds=5, every=0.01, what="the end of the session")


async def test_a_new_agent_is_known_within_a_moment_and_told_so(room: EngineRoom) -> None:
    begun = time.monotonic()
    agent = await room.agent(TOOLS, label="repo")
    session = await room.session(agent)

    assert time.monotonic() - begun < 2
    assert (session.label, list(session.tools)) == ("repo", ["_echo", "_shout"])
    assert await reply(agent) == "2 tools connected"
    agent.replies.clear()
    await agent.live()
    assert await reply(agent) == "alive"


async def test_an_agent_that_is_back_without_a_word_is_found_when_the_broker_lets_it_in(room: EngineRoom) -> None:
    stays = await room.agent(TOOLS, label="stays")
    back = await room.agent(TOOLS, key=stays.key, label="back")
    await room.session(stays)
    await room.session(back)
    await back.kill()
    room.registry.lost_connection(key_hash(back.key))
    await gone(room, back)

    await back.start(announced=False)
    room.registry.new_connection(key_hash(back.key))

    assert (await room.session(back)).label == "back"


async def test_an_agent_without_tools_is_told_so(room: EngineRoom) -> None:
    agent = await room.agent({})

    assert await reply(agent) == "no tools found"
    assert await room.registry.sessions(agent.key) == ()


async def test_an_agent_that_says_nonsense_is_not_there(room: EngineRoom) -> None:
    for nonsense in (b"\xff", b"{}", json.dumps([{"name": "_x", "subject": "a.b.c._x"}]).encode()):
        agent = await room.agent(TOOLS, raw_list=nonsense)
        assert await reply(agent) == "no tools found"


async def test_an_agent_that_says_goodbye_is_gone(room: EngineRoom) -> None:
    agent = await room.agent(TOOLS)
    await room.session(agent)
    await agent.stop()

    await gone(room, agent)
    assert await room.registry.sessions(agent.key) == ()


async def test_of_two_agents_with_one_key_the_one_that_is_gone_is_found_out(room: EngineRoom) -> None:
    first = await room.agent(TOOLS, label="one")
    second = await room.agent(TOOLS, first.key, label="two")
    assert {s.label for s in (await room.session(first), await room.session(second))} == {"one", "two"}
    await first.kill()
    room.registry.lost_connection(key_hash(first.key))

    await gone(room, first)
    assert [s.label for s in await room.registry.sessions(second.key)] == ["two"]


async def test_an_agent_that_was_only_slow_when_another_went_is_found_again(room: EngineRoom) -> None:
    slow = await room.agent(TOOLS, label="slow")
    went = await room.agent(TOOLS, slow.key, label="went")
    session = await room.session(slow)
    await room.session(went)
    slow.is_zombie = True
    await went.kill()
    room.registry.lost_connection(key_hash(went.key))
    await gone(room, slow)

    slow.is_zombie = False

    assert (await room.session(slow)).id == session.id, "without a word of its own"
    await gone(room, went)


async def test_a_zombie_is_found_out(room: EngineRoom) -> None:
    agent = await room.agent(TOOLS)
    session = await room.session(agent)
    agent.is_zombie = True

    assert not await room.registry.is_alive(session)
    await gone(room, agent)


async def test_an_agent_that_came_before_the_engine_is_found_when_it_is_needed(room: EngineRoom) -> None:
    agent = await room.agent(TOOLS)
    await room.session(agent)
    async with engine_at(room.server) as replica:
        found = await replica.registry.sessions(agent.key)

    assert [session.id for session in found] == [agent.session]


async def test_nobody_is_found_at_once(room: EngineRoom) -> None:
    begun = time.monotonic()

    assert await room.registry.sessions(uuid.uuid4().hex) == ()
    assert time.monotonic() - begun < 0.4, "the server says that nobody listens"


async def test_new_tools_of_an_agent_are_taken_over_with_its_next_sign_of_life(tmp_path: Path) -> None:
    async with engine_room(tmp_path, refresh_seconds=0.001) as room:
        tools = dict(TOOLS)
        agent = await room.agent(tools)
        session = await room.session(agent)
        await reply(agent)  # nobody asks any more

        async def may_be_old() -> bool:
            return time.monotonic() - session.listed > 0.001

        async def taken() -> bool:
            return "_more" in session.tools

        await until(may_be_old, every=0.001)
        tools["_more"] = echo
        await agent.live()

        await until(taken, every=0.01)


async def test_a_silent_agent_expires(tmp_path: Path) -> None:
    async with engine_room(tmp_path, expire_seconds=0.2, probe_seconds=0.2) as room:
        alive = await room.agent(TOOLS)
        dead = await room.agent(TOOLS)
        await room.session(alive)
        await room.session(dead)
        dead.is_zombie = True

        await gone(room, dead)
        await room.session(alive)


async def test_a_withdrawn_key_has_no_agents(room: EngineRoom) -> None:
    agent = await room.agent(TOOLS)
    session = await room.session(agent)
    room.registry.revoked(key_hash(agent.key))

    assert session.is_gone
    assert room.registry.known(key_hash(agent.key)) == ()


async def test_one_key_cannot_fill_the_registry(room: EngineRoom) -> None:
    first = await room.agent(TOOLS)
    await room.session(first)
    for _ in range(40):
        extra = FakeAgent(room.url, first.key, TOOLS)
        await first.client.subscribe(f"{extra.subject}.*", cb=extra._hear_call)
        extra.client = first.client
        await first.client.subscribe(f"{first.key}.list", cb=extra._list)
        await extra.live()

    async def full() -> bool:
        return len(room.registry.known(key_hash(first.key))) == 32

    await until(full, seconds=10)
    await first.live()
    await first.client.flush()
    assert len(room.registry.known(key_hash(first.key))) == 32
