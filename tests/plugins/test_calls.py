"""Calls of tools of agents: one result, in time, whatever the agent does."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from codemie.embedded.nats import EmbeddedNats
from codemie.kernel.tools import ToolResult
from codemie.plugins import failures
from codemie.plugins.wire.messages import MalformedMessage, decode_answer
from codemie.plugins.wire.results import read_answer
from codemie.plugins.wire.subjects import key_hash
from tests.fakes.front import fronted
from tests.plugins.engine_room import EngineRoom, engine_at, engine_room
from tests.plugins.fake_agent import OURS, echo
from tests.support import until

NUMBERS: dict[str, Any] = {
    "type": "object",
    "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
    "required": ["a", "b"],
}


class Gate:
    """A tool that answers when the test lets it."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.begun = 0

    async def __call__(self, text: str | None = None) -> str:
        self.begun += 1
        await self.opened.wait()
        return f"through {text or ''}".strip()

    async def entered(self, times: int = 1) -> None:
        async def enough() -> bool:
            return self.begun >= times

        await until(enough, seconds=5, every=0.005, what="the call to begin")


@pytest.fixture(scope="module")
async def room(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EngineRoom]:
    async with engine_room(
        tmp_path_factory.mktemp("n"), agent_seconds=0.3, call_seconds=1, probe_seconds=0.3, queue_seconds=5
    ) as opened:
        yield opened


async def failure(work: Awaitable[ToolResult], kind: type[failures.PluginFailure]) -> failures.PluginFailure:
    with pytest.raises(failures.PluginFailure) as raised:
        await asyncio.wait_for(work, 10)
    assert type(raised.value) is kind, raised.value
    return raised.value


async def test_a_tool_answers_with_the_text_inside_the_agents_message(room: EngineRoom) -> None:
    agent = await room.agent({"_echo": echo})

    assert await room.call(agent, "_echo", text="it's\nme") == ToolResult("it's\nme")
    assert await room.call(agent, "_echo", text=None) == ToolResult("nothing"), "absent and null are the same"


async def test_a_tool_that_fails_says_so(room: EngineRoom) -> None:
    def broken(text: str | None = None) -> str:
        raise ValueError("no such file")

    agent = await room.agent({"_broken": broken})

    assert await room.call(agent, "_broken") == ToolResult("An error occurred: no such file", is_error=True)


async def test_what_does_not_fit_the_schema_is_never_sent(room: EngineRoom) -> None:
    agent = await room.agent({"_add": lambda a, b: str(a + b)}, schemas={"_add": NUMBERS})

    refused = await failure(room.call(agent, "_add", a=1), failures.BadArguments)
    assert "'b' is a required property" in str(refused)
    await failure(room.call(agent, "_add", a="x", b=2), failures.BadArguments)
    await failure(room.call(agent, "_subtract", a=1, b=2), failures.ToolUnknown)
    assert agent.started == []
    assert await room.call(agent, "_add", a="1", b=2) == ToolResult("3"), "a number in a text is taken as one"


async def test_arguments_longer_than_a_message_are_never_sent(room: EngineRoom) -> None:
    agent = await room.agent({"_echo": echo})

    refused = await failure(room.call(agent, "_echo", text="x" * 9_000_000), failures.BadArguments)
    assert "8388608" in str(refused)
    assert agent.started == []


async def test_calls_of_one_agent_wait_for_their_turn_and_their_time_begins_then(room: EngineRoom) -> None:
    async def slow(text: str | None = None) -> str:
        await asyncio.sleep(0.3)
        return text or ""

    agent = await room.agent({"_slow": slow})
    results = await asyncio.gather(*(room.call(agent, "_slow", text=str(number)) for number in range(5)))

    assert [result.text for result in results] == ["0", "1", "2", "3", "4"], "five of them take longer than one may"


async def test_an_agent_of_ours_runs_calls_side_by_side(room: EngineRoom) -> None:
    gate = Gate()
    agent = await room.agent({"_gate": gate}, ours=OURS)
    calls = [asyncio.create_task(room.call(agent, "_gate", text=str(number))) for number in range(4)]
    await gate.entered(4)
    gate.opened.set()

    assert [result.text for result in await asyncio.gather(*calls)] == [f"through {number}" for number in range(4)]


async def test_too_many_waiting_calls_are_refused(room: EngineRoom) -> None:
    gate = Gate()
    agent = await room.agent({"_gate": gate})
    await room.session(agent)
    calls = [asyncio.create_task(room.call(agent, "_gate")) for _ in range(65)]
    await gate.entered()

    await failure(room.call(agent, "_gate"), failures.AgentBusy)
    gate.opened.set()
    assert {result.text for result in await asyncio.gather(*calls)} == {"through"}


async def test_a_tool_that_takes_too_long_ends_with_its_deadline_and_its_late_answer_is_logged(
    room: EngineRoom,
) -> None:
    gate = Gate()
    agent = await room.agent({"_gate": gate})
    await room.session(agent)
    begun = time.monotonic()
    late = await failure(room.call(agent, "_gate"), failures.AgentSilent)

    assert time.monotonic() - begun < 3
    assert "may have run" in str(late)
    with capture_logs() as logged:
        gate.opened.set()

        async def told() -> bool:
            return any(line["event"] == "plugin_call_answered_late" and line["tool"] == "_gate" for line in logged)

        await until(told, seconds=5)
    assert await room.call(agent, "_gate", text="again") == ToolResult("through again"), "it has recovered"


async def test_a_caller_that_goes_away_lets_an_agent_of_ours_stop(room: EngineRoom) -> None:
    gate = Gate()
    agent = await room.agent({"_gate": gate}, ours=OURS)
    call = asyncio.create_task(room.call(agent, "_gate"))
    await gate.entered()
    call.cancel()

    async def told() -> bool:
        return len(agent.cancelled) == 1

    await until(told, seconds=5, every=0.01)


async def test_a_zombie_fails_at_once_when_it_shows_no_life(room: EngineRoom) -> None:
    agent = await room.agent({"_echo": echo})
    await room.session(agent)
    agent.is_zombie = True

    lost = await failure(room.call(agent, "_echo"), failures.AgentLost)
    assert "did not answer" in str(lost)


async def test_an_agent_that_dies_during_a_call_fails_it_at_once(room: EngineRoom) -> None:
    async with engine_at(room.server, probe_seconds=1) as patient:
        agent = await patient.agent({"_gate": Gate()})
        session = await patient.session(agent)
        call = asyncio.create_task(patient.calls.call(session, "_gate", {}))
        waiting = asyncio.create_task(patient.calls.call(session, "_gate", {}))

        async def begun() -> bool:
            return agent.started == ["_gate"]

        await until(begun, seconds=5, every=0.005)
        died = time.monotonic()
        await agent.kill()
        patient.registry.lost_connection(key_hash(agent.key))  # as the broker tells

        await failure(call, failures.AgentLost)
        assert time.monotonic() - died < 3, "long before the call's own deadline"
        await failure(waiting, failures.AgentOffline)


async def test_an_agent_that_has_left_unnoticed_fails_at_once(room: EngineRoom) -> None:
    agent = await room.agent({"_echo": echo})
    session = await room.session(agent)
    await agent.kill()
    await room.left(agent)

    # By the server's word: who waits for an agent in vain, and then asks after it, gets another error.
    await failure(room.calls.call(session, "_echo", {}), failures.AgentOffline)
    assert session.is_gone


async def test_of_an_answer_that_comes_twice_one_counts(room: EngineRoom) -> None:
    agent = await room.agent({"_echo": echo}, answers=3)

    for text in ("one", "two", "three"):
        assert await room.call(agent, "_echo", text=text) == ToolResult(text)
    assert agent.started == ["_echo"] * 3


async def test_two_agents_with_one_key_get_their_own_calls(room: EngineRoom) -> None:
    first = await room.agent({"_who": lambda text=None: "first"}, label="a")
    second = await room.agent({"_who": lambda text=None: "second"}, first.key, label="b")

    assert await room.call(first, "_who") == ToolResult("first")
    assert await room.call(second, "_who") == ToolResult("second")


async def test_a_large_result_of_an_agent_of_ours_comes_in_parts(room: EngineRoom) -> None:
    large = "0123456789abcdef" * 1_000_000
    agent = await room.agent({"_large": lambda text=None: large}, ours=OURS)

    assert (await room.call(agent, "_large")).text == large


async def test_a_result_longer_than_a_message_is_a_clear_error(room: EngineRoom) -> None:
    # The official agent's client refuses to send it, and says nothing to anybody.
    agent = await room.agent({"_large": lambda text=None: "x" * 9_000_000})

    told = await failure(room.call(agent, "_large"), failures.AgentSilent)
    assert "longer than 8 MB" in str(told)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(answer=st.binary(max_size=100))
async def test_no_answer_does_more_than_fail_at_once(room: EngineRoom, answer: bytes) -> None:
    agent = next((one for one in room.agents if one.label == "fuzz"), None)
    agent = agent or await room.agent({"_echo": echo}, label="fuzz")
    agent.raw_answer = answer

    try:
        expected = read_answer(decode_answer(answer), "_echo")
    except MalformedMessage:
        await failure(room.call(agent, "_echo"), failures.AnswerUnusable)
    else:
        assert await room.call(agent, "_echo") == expected


async def test_a_server_that_restarts_during_a_call_is_a_clear_error_and_everything_recovers(tmp_path: Path) -> None:
    async with engine_room(tmp_path, agent_seconds=1.5, call_seconds=20, probe_seconds=1) as room:
        gate = Gate()
        agent = await room.agent({"_gate": gate})
        session = await room.session(agent)
        call = asyncio.create_task(room.calls.call(session, "_gate", {}))
        await gate.entered()
        kill(room.server)
        await _away(room)

        await failure(room.calls.call(session, "_gate", {}), failures.BrokerAway)
        gate.opened.set()
        room.server.start()
        lost = await failure(call, failures.AgentSilent)
        assert "may have run" in str(lost)

        async def answers() -> ToolResult | None:
            try:
                found = await room.registry.sessions(agent.key)
                return await room.calls.call(found[0], "_gate", {}) if found else None
            except failures.PluginFailure:
                return None

        assert await until(answers, seconds=15) == ToolResult("through")


async def test_an_agent_of_ours_gives_its_answer_after_the_server_restarted_and_runs_the_call_once(
    tmp_path: Path,
) -> None:
    async with engine_room(tmp_path, call_seconds=20) as room:
        gate = Gate()
        agent = await room.agent({"_gate": gate}, ours=OURS)
        call = asyncio.create_task(room.call(agent, "_gate", text="it"))
        await gate.entered()
        kill(room.server)
        await _away(room)
        gate.opened.set()
        room.server.start()

        assert await asyncio.wait_for(call, 15) == ToolResult("through it")
        assert agent.started == ["_gate"]


def kill(server: EmbeddedNats) -> None:
    assert server.process is not None
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()


async def _away(room: EngineRoom) -> None:
    async def noticed() -> bool:
        return not room.broker.link.is_connected

    await until(noticed, seconds=5, every=0.01)


@pytest.mark.parametrize("ours", [None, OURS])
async def test_one_of_two_agents_that_is_cut_off_and_back_in_a_moment_leaves_no_call_waiting(
    tmp_path: Path, ours: dict[str, Any] | None
) -> None:
    gate = Gate()
    async with engine_room(tmp_path, probe_seconds=3) as room, fronted(int(room.url.rpartition(":")[2])) as front:
        agent = await room.agent({"_gate": gate}, ours=ours, url=f"nats://127.0.0.1:{front.port}")
        await room.session(await room.agent({"_echo": echo}, key=agent.key))
        call = asyncio.create_task(room.call(agent, "_gate"))
        await gate.entered()
        before = front.connections

        front.cut()
        room.registry.lost_connection(key_hash(agent.key))

        async def back() -> bool:
            return front.connections > before and agent.client.is_connected

        await until(back, seconds=5, every=0.005, what="the agent's return")
        await agent.live()
        room.registry.new_connection(key_hash(agent.key))
        if ours is None:
            assert isinstance(await failure(call, failures.AgentLost), failures.AgentLost)
            gate.opened.set()
        else:
            gate.opened.set()
            assert await asyncio.wait_for(call, 5) == ToolResult("through")
            assert gate.begun == 1, "it was asked again, and did not run twice"
