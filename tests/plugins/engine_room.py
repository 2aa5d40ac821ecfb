"""An engine on a NATS server of its own, for tests of what happens when servers and agents come and go."""

import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nats.errors import NoRespondersError

from codemie.embedded.nats import EmbeddedNats
from codemie.embedded.nats_access import Login
from codemie.kernel.tools import ToolResult
from codemie.plugins import engine
from codemie.plugins.arguments import prepared
from codemie.plugins.calls import Calls
from codemie.plugins.connection import Broker
from codemie.plugins.registry import Registry
from codemie.plugins.sessions import Session
from codemie.plugins.settings import PluginsSettings
from tests.plugins.fake_agent import FakeAgent, Run
from tests.support import until


@dataclass
class EngineRoom:
    """What the tests hold in their hands."""

    server: EmbeddedNats
    broker: Broker
    registry: Registry
    calls: Calls
    agents: list[FakeAgent]

    @property
    def url(self) -> str:
        return address_of(self.server)

    async def agent(self, tools: Mapping[str, Run], key: str | None = None, **options: Any) -> FakeAgent:
        """A connected agent. No callout decides here, so it enters as the engine does."""
        login = (Login.PLUGINS.value, self.server.access.password(Login.PLUGINS))
        agent = FakeAgent(options.pop("url", self.url), key or uuid.uuid4().hex, tools, login=login, **options)
        self.agents.append(agent)
        await agent.start()
        return agent

    async def session(self, agent: FakeAgent) -> Session:
        """The agent as the engine knows it, once it does."""

        async def probe() -> Session | None:
            found = (s for s in self.registry.everybody() if s.id == agent.session and s.tools)
            return next(found, None)

        return await until(probe, seconds=10, every=0.005, what="the agent in the registry")

    async def left(self, agent: FakeAgent) -> None:
        """Wait until the server has noticed that an agent's connection has ended; until then it hands calls to it."""

        async def probe() -> bool:
            try:
                await self.broker.link.client.request(f"{agent.subject}.probe", timeout=0.05)
            except NoRespondersError:
                return True
            except TimeoutError:
                return False
            return False

        await until(probe, seconds=10, every=0.005, what="the end of the agent's connection")

    async def call(self, agent: FakeAgent, tool: str, **arguments: Any) -> ToolResult:
        """Call a tool, its arguments checked as every caller of the engine does."""
        session = await self.session(agent)
        return await self.calls.call(session, tool, prepared(session.tool(tool), arguments))


@asynccontextmanager
async def engine_room(folder: Path, **settings: Any) -> AsyncIterator[EngineRoom]:
    """A server, an engine, no agents yet."""
    server = EmbeddedNats(folder / "nats")
    server.start()
    try:
        async with engine_at(server, **settings) as room:
            yield room
    finally:
        server.stop()


@asynccontextmanager
async def engine_at(server: EmbeddedNats, **settings: Any) -> AsyncIterator[EngineRoom]:
    """One more engine, as another replica is."""
    async with engine.running([address_of(server)], [server.access], PluginsSettings(**settings)) as opened:
        room = EngineRoom(server, opened.broker, opened.registry, opened.calls, [])
        try:
            yield room
        finally:
            for agent in room.agents:
                await agent.kill()


def address_of(server: EmbeddedNats) -> str:
    """Where a server is, without users."""
    return f"nats://{server.url.rpartition('@')[2]}"
