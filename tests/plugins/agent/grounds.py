"""A real server with the platform's callout and engine, and our agent as a program that people start."""

import asyncio
import os
import secrets
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from codemie.embedded.nats import EmbeddedNats
from codemie.embedded.nats_access import Login
from codemie.kernel.database import Database
from codemie.kernel.tools import ToolResult
from codemie.plugins.callout import Callout
from codemie.plugins.links import Link
from codemie.plugins.refusals import Refusals
from codemie.plugins.sessions import Session
from codemie.plugins.wire.subjects import key_hash
from tests.plugins.engine_room import EngineRoom, address_of, engine_at
from tests.support import until

BARE = {name: value for name, value in os.environ.items() if not name.startswith(("PLUGIN_", "CODEMIE_"))}
"""The environment without what would set an agent up."""


@dataclass
class RunningAgent:
    """A started `codemiectl plugin run` and what it printed."""

    process: Process
    key: str
    printed: list[str] = field(default_factory=list)

    @property
    def output(self) -> str:
        return "".join(self.printed)

    async def read(self) -> None:
        """Keep what it prints; it never prints the key."""
        assert self.process.stderr is not None
        while line := await self.process.stderr.readline():
            self.printed.append(line.decode())

    async def says(self, text: str, *, seconds: float = 20) -> None:
        async def probe() -> bool:
            return text in self.output or self.process.returncode is not None

        await until(probe, seconds=seconds, what=f"`{text}` of the agent")
        assert text in self.output, self.output

    async def stop(self, number: int = signal.SIGTERM, *, seconds: float = 20) -> int:
        """Send a signal and give the exit code."""
        self.process.send_signal(number)
        return await self.ended(seconds=seconds)

    async def ended(self, *, seconds: float = 20) -> int:
        return await asyncio.wait_for(self.process.wait(), seconds)


@asynccontextmanager
async def our_agent(folder: Path, *options: str, key: str, uri: str, **variables: str) -> AsyncIterator[RunningAgent]:
    """Our agent on a folder, until the end of the block."""
    own = {"HOME": str(folder), "PLUGIN_KEY": key, "PLUGIN_ENGINE_URI": uri}
    command = (sys.executable, "-m", "codemie.cli", "plugin", "run", "--repo-path", str(folder))
    process = await asyncio.create_subprocess_exec(
        *command,
        *options,
        env={**BARE, **own, **variables},
        stderr=PIPE,
        stdin=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    running = RunningAgent(process, key)
    reading = asyncio.create_task(running.read())
    try:
        yield running
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await reading
        assert key not in running.output


@dataclass
class Grounds:
    """A server, the engine on it, the keys that are good, and how often somebody was let in."""

    server: EmbeddedNats
    room: EngineRoom
    good: set[str]
    let_in: list[str]

    @property
    def url(self) -> str:
        return address_of(self.server)

    def new_key(self) -> str:
        key = secrets.token_hex(16)
        self.good.add(key)
        return key

    @asynccontextmanager
    async def agent(
        self, folder: Path, *options: str, key: str | None = None, uri: str | None = None, **variables: str
    ) -> AsyncIterator[RunningAgent]:
        """Our agent on a folder, until the end of the block."""
        good, where = key or self.new_key(), uri or self.url
        async with our_agent(folder, *options, key=good, uri=where, **variables) as running:
            yield running

    async def session(self, agent: RunningAgent, *, label: str | None = None, seconds: float = 20) -> Session:
        """The agent as the engine knows it, once it does."""

        async def probe() -> Session | None:
            known = self.room.registry.known(key_hash(agent.key))
            return next((one for one in known if one.tools and label in {None, one.label}), None)

        return await until(probe, seconds=seconds, every=0.01, what="the agent in the registry")

    async def is_gone(self, agent: RunningAgent, *, seconds: float = 20) -> None:
        async def probe() -> bool:
            return not self.room.registry.known(key_hash(agent.key))

        await until(probe, seconds=seconds, every=0.01, what="the end of the session")

    async def call(
        self, agent: RunningAgent, tool: str, /, *, seconds: float | None = None, **arguments: Any
    ) -> ToolResult:
        return await self.room.calls.call(await self.session(agent), tool, arguments, seconds=seconds)


@asynccontextmanager
async def grounds_in(folder: Path, database: Database) -> AsyncIterator[Grounds]:
    """Start a server with the platform's callout and engine."""
    server = EmbeddedNats(folder / "nats")
    server.start()
    good: set[str] = set()
    let_in: list[str] = []

    async def admit(key: str) -> object | None:
        if key not in good:
            return None
        let_in.append(key)
        return key

    auth = Link([address_of(server)], Login.AUTH, [server.access])
    callout = Callout([server.access], admit, Refusals(database))
    try:
        await auth.open()
        await callout.listen(auth)
        async with engine_at(server) as room:
            yield Grounds(server, room, good, let_in)
    finally:
        await callout.close()
        await auth.close()
        server.stop()
