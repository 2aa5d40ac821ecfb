"""Open connections to MCP servers, shared by the runs of one person and bounded in number."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from codemie.kernel.errors import Unavailable
from codemie.mcp.session import Session
from codemie.mcp.settings import McpSettings
from codemie.mcp.target import Target


class _Kept:
    def __init__(self, session: Session) -> None:
        self.session = session
        self.users = 0
        self.last_used = time.monotonic()

    def is_idle_since(self, moment: float) -> bool:
        return self.users == 0 and self.last_used <= moment


class SessionPool:
    """Connections of one process.

    Args:
        settings: how many, and for how long.
    """

    def __init__(self, settings: McpSettings) -> None:
        self._settings = settings
        self._kept: dict[bytes, _Kept] = {}
        self._single = 0
        self._closing: set[asyncio.Task[None]] = set()
        self._sweeper = asyncio.create_task(self._sweep())

    def __len__(self) -> int:
        return len(self._kept) + self._single

    @asynccontextmanager
    async def use(self, target: Target, owner: str) -> AsyncGenerator[Session]:
        """A connection for the length of the block: one that is there, or a new one.

        Args:
            target: the server.
            owner: for whom; nobody else's connection is ever used.

        Raises:
            Unavailable: as many connections are in use as there may be.
            SignInNeeded: the server wants the owner to sign in.
            ConnectionFailed: there is no connection.
        """
        if target.single_use:
            async with self._once(target) as session:
                yield session
            return
        key = target.key(owner)
        kept = self._take(key, target)
        kept.users += 1
        try:
            yield await kept.session.ready()
        finally:
            kept.users -= 1
            kept.last_used = time.monotonic()
            if not kept.session.is_open:
                self._drop(key, kept)

    async def close(self) -> None:
        """End every connection."""
        self._sweeper.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._sweeper
        for key, kept in list(self._kept.items()):
            self._drop(key, kept)
        if self._closing:
            await asyncio.wait(self._closing)

    @asynccontextmanager
    async def _once(self, target: Target) -> AsyncGenerator[Session]:
        self._make_room()
        self._single += 1
        session = Session(target, self._settings)
        try:
            yield await session.ready()
        finally:
            self._single -= 1
            await session.close()

    def _take(self, key: bytes, target: Target) -> _Kept:
        kept = self._kept.get(key)
        if kept is not None and kept.session.is_open:
            return kept
        if kept is not None:
            self._drop(key, kept)
        self._make_room()
        kept = self._kept[key] = _Kept(Session(target, self._settings))
        return kept

    def _make_room(self) -> None:
        if len(self) < self._settings.max_connections:
            return
        idle = [(kept.last_used, key) for key, kept in self._kept.items() if kept.users == 0]
        if not idle:
            raise Unavailable("Too many MCP servers are in use", details="All connections are busy.", retry_after=5)
        _, key = min(idle)
        self._drop(key, self._kept[key])

    def _drop(self, key: bytes, kept: _Kept) -> None:
        if self._kept.get(key) is kept:
            del self._kept[key]
        task = asyncio.create_task(kept.session.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(min(30.0, self._settings.idle_seconds / 2))
            moment = time.monotonic() - self._settings.idle_seconds
            for key, kept in list(self._kept.items()):
                if kept.is_idle_since(moment) or not kept.session.is_open:
                    self._drop(key, kept)
