"""Progress of indexing as server-sent events: NATS tells that something moved, PostgreSQL says what."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from codemie.identity.caller import Caller
from codemie.kernel.database import Database
from codemie.kernel.errors import CodeMieError
from codemie.kernel.messaging import Messaging
from codemie.knowledge import service, views
from codemie.knowledge.runs import subject
from codemie.knowledge.schemas import Progress

_POLL_SECONDS = 2.0
_LEAST_SECONDS = 0.1
_LONGEST_SECONDS = 6 * 3600


async def follow(database: Database, messaging: Messaging, caller: Caller, source_id: str) -> AsyncIterator[str]:
    """Yield a `data:` event now and whenever the row moves; end when nothing moves any more, or the row is gone.

    An event only wakes us: it may be lost, so the row is read anyway every `_POLL_SECONDS`, and rights with it.
    """
    deadline = asyncio.get_running_loop().time() + _LONGEST_SECONDS
    told: Progress | None = None
    async with messaging.subscribe(subject(source_id)) as events, _alarm(events) as moved:
        while asyncio.get_running_loop().time() < deadline:
            moved.clear()
            try:
                async with database.session() as session:
                    now = views.progress(await service.get(session, caller, source_id))
            except CodeMieError as error:
                yield f"event: error\ndata: {json.dumps(error.envelope()['error'])}\n\n"
                return
            yield f"data: {now.model_dump_json()}\n\n" if now != told else ": still here\n\n"
            if views.finished(now):
                return
            told = now
            await asyncio.sleep(_LEAST_SECONDS)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(moved.wait(), _POLL_SECONDS)


@asynccontextmanager
async def _alarm(events: AsyncIterator[object]) -> AsyncIterator[asyncio.Event]:
    """An event that is set whenever a message arrives; waiting for it may be given up without losing the listener."""
    moved = asyncio.Event()

    async def listen() -> None:
        async for _ in events:
            moved.set()

    task = asyncio.create_task(listen())
    try:
        yield moved
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
