"""What the conversations room keeps open in a process."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from codemie.conversations.attachment_store import AttachmentStore
from codemie.conversations.driver import Driver
from codemie.conversations.live import LiveReplies
from codemie.conversations.replicas import Replicas
from codemie.conversations.settings import ConversationsSettings
from codemie.conversations.turn_repository import TurnRepository
from codemie.kernel.database import Database
from codemie.kernel.messaging import Messaging
from codemie.kernel.rate_limits import RateLimit
from codemie.knowledge.office import OfficeParser
from codemie.workspaces.runtime import Workspaces

_CLOSING_SECONDS = 10.0


class KnownUses:
    """Which people are already counted as users of which assistants; forgets everything when it grows too large."""

    _MOST = 100_000

    def __init__(self) -> None:
        self._seen: set[tuple[str, str]] = set()

    def add(self, use: tuple[str, str]) -> bool:
        """Whether the use is news."""
        if use in self._seen:
            return False
        if len(self._seen) >= self._MOST:
            self._seen.clear()
        self._seen.add(use)
        return True


class ConversationsRuntime:
    """The hot path's database connections, the attached files, and the replies this process is writing."""

    def __init__(
        self,
        settings: ConversationsSettings,
        driver: Driver,
        files: AttachmentStore,
        workspaces: Workspaces,
        messaging: Messaging,
    ) -> None:
        self.settings = settings
        self.driver = driver
        self.turns = TurnRepository(driver)
        self.files = files
        self.workspaces = workspaces
        self.parser = OfficeParser()
        self.known_uses = KnownUses()
        self.live = LiveReplies(settings.resume_bytes, settings.resume_seconds)
        self.replicas = Replicas(messaging, self.live)
        self.turn_limit = RateLimit("chat messages", settings.turns_per_minute)
        self.upload_limit = RateLimit("uploads", settings.uploads_per_minute)
        self.card_limit = RateLimit("agent cards", settings.agent_cards_per_minute)
        self.running: set[asyncio.Task[None]] = set()
        self.is_closing = False

    def launch(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Run `work` to its end even when the request that started it is gone."""
        task = asyncio.create_task(work)
        self.running.add(task)
        task.add_done_callback(self.running.discard)
        return task

    async def close(self) -> None:
        """Stop every reply; each keeps what there is of it."""
        self.is_closing = True
        running = list(self.running)
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running, timeout=_CLOSING_SECONDS)
        await self.parser.close()
        await self.driver.close()


@asynccontextmanager
async def open_runtime(
    settings: Any, database: Database, messaging: Messaging, files: AttachmentStore, workspaces: Workspaces
) -> AsyncGenerator[ConversationsRuntime]:
    """Open the connections; at the end stop what runs."""
    own: ConversationsSettings = settings.conversations
    driver = await Driver.connect(database.url, own.hot_connections)
    runtime = ConversationsRuntime(own, driver, files, workspaces, messaging)
    try:
        async with runtime.replicas.answering():
            yield runtime
    finally:
        await runtime.close()
