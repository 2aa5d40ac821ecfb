"""Keeps a growing reply in the database, off the way of its tokens."""

import asyncio

from codemie.conversations.runtime import ConversationsRuntime
from codemie.conversations.transcript import Transcript
from codemie.conversations.turn_records import Place
from codemie.kernel.errors import CodeMieError
from codemie.kernel.telemetry import get_logger

log = get_logger(__name__)


class Heartbeat:
    """Writes what there is of a reply every few seconds, so that a crash loses no more than that.

    It also moves the row's `update_date`, by which others see that somebody still works on the reply.
    """

    def __init__(
        self, runtime: ConversationsRuntime, place: "asyncio.Future[Place | None]", transcript: Transcript
    ) -> None:
        self._runtime = runtime
        self._place = place
        self._transcript = transcript
        self._flush: asyncio.Task[None] | None = None
        self._timer = self._next()

    def stop(self) -> None:
        """No further writes are started."""
        self._timer.cancel()
        if self._flush:
            self._flush.cancel()

    def _next(self) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(self._runtime.settings.flush_seconds, self._beat)

    def _beat(self) -> None:
        self._flush = asyncio.create_task(self._write())

    async def _write(self) -> None:
        try:
            place = await asyncio.shield(self._place)
            if place is not None:
                await self._runtime.turns.flush(place, self._transcript.partial)
        except CodeMieError as error:  # the database is away: the next beat tries again, and so does the end
            log.warning("reply_not_flushed", error=str(error))
        except Exception:  # nor must anything else end the beats
            log.warning("reply_not_flushed", exc_info=True)
        self._timer = self._next()
