"""What a single agent can make the registry do: little, however much it says."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from codemie.plugins import registry as registry_module
from codemie.plugins.wire.extensions import CHANGED
from codemie.plugins.wire.listing import MAX_LIST_BYTES
from codemie.plugins.wire.subjects import key_hash
from tests.plugins.engine_room import EngineRoom, engine_room
from tests.plugins.fake_agent import FakeAgent, echo
from tests.support import until

TOOLS = {"_echo": echo}
FLOOD = 400


@pytest.fixture(scope="module")
async def room(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EngineRoom]:
    async with engine_room(tmp_path_factory.mktemp("n"), probe_seconds=0.5, list_seconds=2) as opened:
        yield opened


@pytest.mark.parametrize("headers", [None, {CHANGED: "true"}])
async def test_signs_of_life_without_end_leave_no_work_behind(room: EngineRoom, headers: dict[str, str] | None) -> None:
    agent = await room.agent(TOOLS)
    await room.session(agent)
    agent.is_zombie = True  # what it is asked takes as long as it may
    for strange in ("", agent.session, "somebody-else"):
        before = len(asyncio.all_tasks())
        heard = asyncio.Event()
        await room.broker.listen(f"{agent.key}.disconnected", lambda _, heard=heard: heard.set())
        for _ in range(FLOOD):
            await agent.client.publish(
                f"{agent.key}.live", strange.encode(), reply=f"{agent.key}.live.reply", headers=headers
            )
        await agent.client.publish(f"{agent.key}.disconnected", b"nobody")
        await agent.client.flush()
        await asyncio.wait_for(heard.wait(), 10)

        assert len(asyncio.all_tasks()) - before < 20


async def test_an_agent_under_another_label_takes_the_place_of_the_one_before(
    room: EngineRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = await room.agent(TOOLS, label="label-0")
    first = await room.session(agent)
    others = sum(1 for one in room.registry.everybody() if one.id != agent.session)
    monkeypatch.setattr(registry_module, "MOST_SESSIONS", others + 3)
    for number in range(1, 6):
        agent.label = f"label-{number}"
        await room.registry.verify(agent.key)
        assert [one.label for one in room.registry.known(key_hash(agent.key))] == [agent.label]

    assert first.is_gone, "whoever waits for it learns of it"
    newcomer = await room.agent(TOOLS)
    assert (await room.session(newcomer)).id == newcomer.session


async def test_an_agent_that_is_back_while_another_is_welcomed_is_found(
    room: EngineRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry_module, "_KNOCKS", (0.05,))
    stays = await room.agent(TOOLS, label="stays")
    await room.session(stays)
    late = FakeAgent(room.url, stays.key, TOOLS, label="late", login=stays.login)
    asked = asyncio.Event()

    async def hear(_: object) -> None:
        asked.set()

    await stays.client.subscribe(f"{stays.key}.list", cb=hear)
    room.registry.new_connection(key_hash(stays.key))
    await asyncio.wait_for(asked.wait(), 5)  # the last question of this welcome is out
    room.registry.new_connection(key_hash(stays.key))
    await late.start(announced=False)
    room.agents.append(late)

    async def known() -> bool:
        return {one.label for one in room.registry.known(key_hash(stays.key))} == {"stays", "late"}

    await until(known, seconds=5, every=0.01, what="the agent that came last")


async def test_a_list_of_tools_has_a_size(room: EngineRoom) -> None:
    agent = await room.agent(TOOLS)
    session = await room.session(agent)
    agent.tools = {**TOOLS, "_more": echo}
    offered = json.dumps(agent.entries()).encode()
    agent.raw_list = offered + b" " * (MAX_LIST_BYTES + 1 - len(offered))

    await room.registry.verify(agent.key)
    assert list(session.tools) == ["_echo"], "as it was"
    agent.raw_list = agent.raw_list[:-1]
    await room.registry.verify(agent.key)
    assert list(session.tools) == ["_echo", "_more"]
