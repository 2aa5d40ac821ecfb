"""Our agent on the whole platform: the acceptance tests of the protocol's description, by their numbers.

Number 4, bytes, is in `tests/plugins/wire`; 10, MCP servers, and 13 are in `test_agent` and `test_faults`; 15 is in
`tests/plugins/broker`; 17 is about a protocol that this agent does not speak.
"""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from codemie.kernel.tools import ToolResult
from codemie.plugins.failures import AgentLost, AgentOffline, BadArguments, PluginFailure
from tests.fakes.certificates import Authority
from tests.fakes.front import fronted
from tests.plugins.agent.grounds import our_agent
from tests.plugins.agent.witnesses import exists
from tests.plugins.official.plugged import Plugged, plugged_in
from tests.support import ADMIN_EMAIL, Platform, until

SHELL = "_run_command_line_tool"
TOOLS = 6


@dataclass
class Place:
    """A person with a key, and the doors of the platform.

    Attributes:
        nats: port of the broker.
        web: port of the API.
    """

    plugged: Plugged
    nats: int
    web: int

    @property
    def key(self) -> str:
        return self.plugged.key

    @property
    def uri(self) -> str:
        return f"nats://127.0.0.1:{self.nats}"


@pytest.fixture
async def place(platform: Platform, admin_token: str, nats_url: str) -> AsyncIterator[Place]:
    async with platform.client(admin_token) as client:
        plugged = await plugged_in(platform, client, ADMIN_EMAIL)
        yield Place(plugged, int(nats_url.rpartition(":")[2]), int(platform.url.rpartition(":")[2]))


async def test_1_and_2_the_agent_appears_over_every_transport(place: Place, tmp_path: Path) -> None:
    authority = Authority.made(tmp_path)
    (tmp_path / "ca.pem").write_text(authority.pem)
    path = "/v1/plugin-engine/ws"
    async with fronted(place.nats, authority.server()) as tls, fronted(place.web, authority.server()) as wss:
        for label, uri in {
            "nats": place.uri,
            "tls": f"tls://127.0.0.1:{tls.port}",
            "ws": f"ws://127.0.0.1:{place.web}{path}",
            "wss": f"wss://127.0.0.1:{wss.port}{path}",
        }.items():
            options = ("--label", label, *(("--ca", str(tmp_path / "ca.pem")) if label in {"tls", "wss"} else ()))
            async with our_agent(tmp_path, *options, "--allow", "shell", key=place.key, uri=uri) as agent:
                await agent.says("Connected")
                session = await place.plugged.session(label)
                assert len(session.tools) == TOOLS
                assert (await place.plugged.call(label, SHELL, command="echo 5")).text == "5\n"
                assert await agent.stop() == 0


async def test_3_a_key_that_is_saved_later_lets_the_waiting_agent_in(place: Place, tmp_path: Path) -> None:
    await place.plugged.delete_key()
    async with our_agent(tmp_path, "--label", "late", key=place.key, uri=place.uri) as agent:
        await agent.says("refuses the plugin key")

        await place.plugged.save_key()
        await place.plugged.session("late", seconds=60)


async def test_5_and_6_calls_answer_in_plain_text_and_failures_are_told(place: Place, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one\ntwo\n")
    async with our_agent(tmp_path, "--label", "w", "--allow", "all", key=place.key, uri=place.uri):
        call = place.plugged.call

        assert (await call("w", "_read_file_from_file_system", file_path="a.txt")).text == "one\ntwo\n"
        assert (await call("w", "_list_files_in_directory", dir_path=".")).text == "a.txt"
        assert not (await call("w", "_generic_git_tool", git_command="init -q")).is_error
        failed = await call("w", SHELL, command="echo bad >&2; exit 3")
        assert (failed.text, failed.is_error) == ("bad\nExit code: 3\n", False)
        assert (await call("w", SHELL, command="rm -rf /")).is_error
        assert await fails(call("w", SHELL))
        assert await fails(call("w", SHELL, command=["ls"]))


async def fails(work: Coroutine[Any, Any, ToolResult]) -> bool:
    """Whether a call is refused before it is sent, or by the agent."""
    try:
        return (await work).is_error
    except BadArguments:
        return True


async def test_7_a_tool_that_takes_too_long_is_told_and_stopped(place: Place, tmp_path: Path) -> None:
    options = ("--label", "slow", "--allow", "shell")
    async with our_agent(tmp_path, *options, key=place.key, uri=place.uri, COMMAND_LINE_TOOL_TIMEOUT="1"):
        result = await place.plugged.call("slow", SHELL, command="sleep 65")

    assert result.is_error
    assert "timed out" in result.text
    assert "what it did before is done" in result.text


async def test_8_two_calls_at_once_both_succeed(place: Place, tmp_path: Path) -> None:
    async with our_agent(tmp_path, "--label", "two", "--allow", "shell", key=place.key, uri=place.uri):
        first, second = await asyncio.gather(
            place.plugged.call("two", SHELL, command="echo 1"), place.plugged.call("two", SHELL, command="echo 2")
        )

    assert (first.text, second.text) == ("1\n", "2\n")


async def test_9_two_agents_of_one_key_are_told_apart(place: Place, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "name.txt").write_text(name)
    async with (
        our_agent(tmp_path / "a", key=place.key, uri=place.uri),
        our_agent(tmp_path / "b", key=place.key, uri=place.uri),
    ):
        for name in ("a", "b"):
            read = await place.plugged.call(name, "_read_file_from_file_system", file_path="name.txt")
            assert read.text == name


async def begun(place: Place, label: str, folder: Path) -> "asyncio.Task[Exception | None]":
    """Start a long call, and give what it ends with once the agent runs it."""

    async def run() -> Exception | None:
        try:
            await place.plugged.call(label, SHELL, command="echo > begun; sleep 300", seconds=60)
        except PluginFailure as error:
            return error
        return None

    task = asyncio.create_task(run())
    await until(lambda: exists(folder / "begun"), seconds=60, what="the command")
    return task


async def test_11_an_agent_that_is_killed_during_a_call_ends_it_at_once(place: Place, tmp_path: Path) -> None:
    async with our_agent(tmp_path, "--label", "dies", "--allow", "shell", key=place.key, uri=place.uri) as agent:
        call = await begun(place, "dies", tmp_path)
        since = time.monotonic()

        agent.process.kill()

        assert isinstance(await call, AgentLost | AgentOffline)
        assert time.monotonic() - since < 10
        await place.plugged.goes_offline("dies", seconds=10)


async def test_11_a_network_that_falls_silent_ends_the_call_and_the_agent_comes_back(
    place: Place, tmp_path: Path
) -> None:
    async with fronted(place.nats) as front:
        uri = f"nats://127.0.0.1:{front.port}"
        async with our_agent(tmp_path, "--label", "cut", "--allow", "shell", key=place.key, uri=uri):
            before = (await place.plugged.session("cut")).id
            call = await begun(place, "cut", tmp_path)
            since = time.monotonic()

            front.freeze()
            assert isinstance(await call, AgentLost | AgentOffline)
            await place.plugged.goes_offline("cut", seconds=20)
            assert time.monotonic() - since < 25
            front.thaw()

            assert (await place.plugged.session("cut", seconds=60)).id == before


async def test_12_an_agent_that_is_told_to_stop_is_offline_at_once(place: Place, tmp_path: Path) -> None:
    async with our_agent(tmp_path, "--label", "stops", key=place.key, uri=place.uri) as agent:
        await place.plugged.session("stops")

        assert await agent.stop(signal.SIGTERM) == 0

        await place.plugged.goes_offline("stops", seconds=3)


async def test_14_a_deleted_key_cuts_the_agent_and_keeps_it_out(place: Place, tmp_path: Path) -> None:
    async with our_agent(tmp_path, "--label", "cut-off", key=place.key, uri=place.uri) as agent:
        await place.plugged.session("cut-off")

        await place.plugged.delete_key()

        await agent.says("refuses the plugin key")
        await place.plugged.goes_offline("cut-off", seconds=10)


async def test_18_a_result_beyond_one_message_comes_in_parts(place: Place, tmp_path: Path) -> None:
    (tmp_path / "large.txt").write_text("x" * 8_000_000)
    options = ("--label", "large")
    async with our_agent(tmp_path, *options, key=place.key, uri=place.uri, NATS_MAX_PAYLOAD="1000000"):
        result = await place.plugged.call("large", "_read_file_from_file_system", file_path="large.txt")

    assert len(result.text) == 8_000_000
