"""Keeps a growing reply in the database, off the way of its tokens."""

import asyncio
from collections.abc import Callable

from codemie.conversations.live import LiveReply
from codemie.conversations.runtime import ConversationsRuntime
from codemie.conversations.transcript import Transcript
from codemie.conversations.turn_records import Charge, Place
from codemie.kernel.errors import CodeMieError
from codemie.kernel.telemetry import get_logger

log = get_logger(__name__)


class Heartbeat:
    """Writes what there is of a reply every few seconds, so that a crash loses no more than that.

    It also moves the row's `update_date`, by which others see that somebody still works on the reply, and says what the
    reply would cost if it ended here: who settles it after a crash knows nothing else. A reply whose place is gone is
    stopped.
    """

    def __init__(
        self,
        runtime: ConversationsRuntime,
        reply: LiveReply,
        transcript: Transcript,
        charges: Callable[[], list[Charge]],
    ) -> None:
        self._runtime = runtime
        self._reply = reply
        self._transcript = transcript
        self._charges = charges
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

    async def _kept(self, place: Place) -> bool:
        """Write it; false when somebody has deleted what it is written for."""
        growing, turns = self._transcript, self._runtime.turns
        if await turns.flush(place, growing.partial, self._charges(), growing.seconds):
            return True
        # Nor is a reply growing that was settled as a dead process's; that one may still come to its end.
        return await turns.reply(place) is not None

    async def _write(self) -> None:
        try:
            place = await asyncio.shield(self._reply.place)
            if place is not None and not await self._kept(place):
                self._reply.stop()
        except CodeMieError as error:  # the database is away: the next beat tries again, and so does the end
            log.warning("reply_not_flushed", error=str(error))
        except Exception:  # nor must anything else end the beats
            log.warning("reply_not_flushed", exc_info=True)
        self._timer = self._next()
