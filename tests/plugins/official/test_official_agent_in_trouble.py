"""The unmodified official agent when keys, networks and processes go away: each call ends, and what can come back does.

The numbers are those of the acceptance tests of the protocol's description. What cannot be mended comes last.
"""

import asyncio
import signal
import time
from typing import Any

import pytest

from codemie.plugins.failures import AgentLost, AgentOffline, PluginFailure
from tests.plugins.official.conftest import Running
from tests.support import until

SHELL = "_run_command_line_tool"


async def answers(running: Running, label: str = "workshop") -> None:
    """Wait until a call succeeds again."""
    tool, arguments = ("_add", {"a": 2, "b": 3}) if label == "shed" else (SHELL, {"command": "echo 5"})

    async def probe() -> bool:
        try:
            result = await running.plugged.call(label, tool, seconds=10, **arguments)
        except PluginFailure:
            return False
        return result.text.strip() == "5"

    await until(probe, seconds=45, every=0.2, what=f"an answer of the agent {label}")


async def begun(running: Running, label: str, tool: str, **arguments: Any) -> "asyncio.Task[Exception | None]":
    """Start a call, and give what it ends with once it was sent."""
    session = await running.plugged.session(label)

    async def run() -> Exception | None:
        try:
            await running.plugged.engine.calls.call(session, tool, arguments, seconds=60)
        except PluginFailure as error:
            return error
        return None

    async def sent() -> bool:
        return session.lane.running > 0

    task = asyncio.create_task(run())
    await until(sent, seconds=20, every=0.01, what="the start of the call")
    return task


async def test_11_a_network_that_is_cut_during_a_call_ends_it_and_the_agent_comes_back(running: Running) -> None:
    before = (await running.plugged.session("workshop")).id
    call = await begun(running, "workshop", SHELL, command="sleep 2")
    since = time.monotonic()

    running.front.cut()
    ended = await call

    assert isinstance(ended, AgentLost | AgentOffline), ended
    assert time.monotonic() - since < 20
    await answers(running)
    assert (await running.plugged.session("workshop")).id == before, "a network that is back is no new agent"


async def test_11_a_network_that_falls_silent_during_a_call_ends_it_within_20_seconds(running: Running) -> None:
    call = await begun(running, "workshop", SHELL, command="sleep 2")
    since = time.monotonic()

    running.front.freeze()
    ended = await call
    await running.plugged.goes_offline("workshop", seconds=20)
    spent = time.monotonic() - since
    running.front.thaw()

    assert isinstance(ended, AgentLost | AgentOffline), ended
    assert spent < 20
    await answers(running)


async def test_14_and_3_a_deleted_key_ends_the_connections_and_the_same_key_saved_again_lets_in(
    running: Running,
) -> None:
    await answers(running)
    await running.plugged.delete_key()

    await running.plugged.goes_offline("workshop", seconds=10)
    await running.plugged.goes_offline("shed", seconds=10)

    await running.plugged.save_key()
    since = time.monotonic()
    await answers(running)
    await answers(running, "shed")
    assert time.monotonic() - since < 45


async def test_11_an_agent_that_is_killed_during_a_call_ends_it_at_once(running: Running) -> None:
    await answers(running, "shed")
    stays = (await running.plugged.session("workshop")).id
    call = await begun(running, "shed", "_nap", seconds=7.5)
    since = time.monotonic()

    await running.shed.kill()
    ended = await call

    assert isinstance(ended, AgentLost | AgentOffline), ended
    assert time.monotonic() - since < 7, "before the tool would have answered"
    # One that was too slow to show that it lives is soon found again.
    assert (await running.plugged.session("workshop")).id == stays, "the other agent of the key stays"


async def test_12_an_agent_that_was_told_to_stop_and_lingers_is_offline_within_20_seconds(running: Running) -> None:
    await answers(running)
    session = await running.plugged.session("workshop")
    since = time.monotonic()
    running.workshop.process.send_signal(signal.SIGTERM)
    await running.workshop.says("shutting down")

    with pytest.raises(PluginFailure):
        await running.plugged.engine.calls.call(session, SHELL, {"command": "echo never"}, seconds=60)
    await running.plugged.goes_offline("workshop", seconds=20)

    assert running.workshop.process.returncode is None, "it lingers; that is what this test is about"
    assert time.monotonic() - since < 20
