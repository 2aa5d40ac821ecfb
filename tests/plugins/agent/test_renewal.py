"""The login of our agent ends after an hour: it takes a new one before, when nothing runs, and nobody notices."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from codemie.kernel.tools import Tool, ToolResult
from codemie.plugins.agent.addresses import parse_address
from codemie.plugins.agent.agent import Agent, Rhythm
from codemie.plugins.agent.calls import Calls
from codemie.plugins.agent.connection import Door
from codemie.plugins.agent.consent import Gate
from codemie.plugins.agent.console import Console
from codemie.plugins.agent.tools import AgentTool, Arguments, Offered
from codemie.plugins.sessions import Session
from codemie.plugins.wire.subjects import SessionAddress, key_hash
from tests.plugins.agent.grounds import Grounds
from tests.support import until

RENEW_SECONDS = 0.4


@asynccontextmanager
async def serving(grounds: Grounds, go: asyncio.Event) -> AsyncIterator[SessionAddress]:
    """An agent in this process whose login grows old at once, with a tool that waits."""

    async def call(arguments: Arguments) -> ToolResult:
        await go.wait()
        return ToolResult("went")

    tool = AgentTool(Tool("_wait", "Waits.", {"type": "object", "properties": {}}, call, effect="reads"), "files")
    offered = Offered({"_wait": tool}, asyncio.Event())
    address = SessionAddress(grounds.new_key(), "6f0b1c52-0000-4000-8000-000000000001", "old")
    console = Console(address.key)
    door = Door(parse_address(grounds.url), None, ssl.create_default_context(), 5)
    calls = Calls(offered.tools, Gate([], None, 1), 60, console)
    agent = Agent(address, door, offered, calls, Rhythm(renew=RENEW_SECONDS), console, host="laptop")
    stop = asyncio.Event()
    running = asyncio.create_task(agent.run(stop))
    try:
        yield address
    finally:
        stop.set()
        await asyncio.wait_for(running, 10)


async def known(grounds: Grounds, address: SessionAddress) -> Session:
    async def probe() -> Session | None:
        return next(iter(grounds.room.registry.known(key_hash(address.key))), None)

    return await until(probe, seconds=10, every=0.01, what="the agent in the registry")


async def test_a_login_is_renewed_when_nothing_runs_and_the_session_goes_on(grounds: Grounds) -> None:
    go = asyncio.Event()
    async with serving(grounds, go) as address:
        session = await known(grounds, address)
        call = asyncio.create_task(grounds.room.calls.call(session, "_wait", {}))

        await asyncio.wait({call}, timeout=3 * RENEW_SECONDS)
        assert grounds.let_in.count(address.key) == 1, "while a call runs, the connection stays"
        go.set()
        assert (await call).text == "went"

        async def renewed() -> bool:
            return grounds.let_in.count(address.key) >= 3

        await until(renewed, seconds=10, what="two more logins")
        assert (await grounds.room.calls.call(session, "_wait", {})).text == "went"
        assert not session.is_gone, "to the platform it is the same agent all along"
