"""The replies this process is writing: to be stopped, and to be followed by clients that come back."""

import asyncio
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass

from codemie.conversations.reply_log import Memory, ReplyLog
from codemie.conversations.transcript import Transcript
from codemie.conversations.turn_records import Place


@dataclass(slots=True, eq=False)
class LiveReply:
    """One of them.

    Attributes:
        place: where it is kept, as soon as that is known.
        log: what was streamed; `None` when nobody can continue it.
        is_stopped: whether a person wants it to end.
    """

    place: "asyncio.Future[Place | None]"
    log: ReplyLog | None = None
    writer: "asyncio.Task[object] | None" = None
    is_stopped: bool = False

    async def message_id(self) -> int | None:
        """Which message it becomes."""
        await asyncio.wait([self.place])
        if self.place.cancelled() or self.place.exception() is not None:
            return None
        place = self.place.result()
        return place.message_id if place else None

    def stop(self) -> None:
        """End it; what there is of it is kept."""
        self.is_stopped = True
        if self.writer is not None:
            self.writer.cancel()


class LiveReplies:
    """All of a process, by conversation.

    Args:
        memory: bytes the logs may take together.
        resume_seconds: how long a log outlives its reply.
    """

    def __init__(self, memory: int, resume_seconds: float) -> None:
        self._memory = Memory(memory)
        self._resume_seconds = resume_seconds
        self._replies: dict[str, list[LiveReply]] = {}

    def log(self, transcript: Transcript) -> ReplyLog:
        """A log for a reply that is to be written."""
        return ReplyLog(transcript, self._memory)

    @contextmanager
    def writing(
        self, conversation_id: str, place: "asyncio.Future[Place | None]", log: ReplyLog | None
    ) -> Generator[LiveReply]:
        """The reply that the current task writes in the block."""
        reply = LiveReply(place, log, asyncio.current_task())
        self._replies.setdefault(conversation_id, []).append(reply)
        try:
            yield reply
        finally:
            reply.writer = None
            if log is None:
                self._remove(conversation_id, reply)
            else:
                asyncio.get_running_loop().call_later(self._resume_seconds, self._remove, conversation_id, reply)

    def end(self, conversation_ids: Iterable[str]) -> None:
        """Stop whatever is written for conversations that are being deleted."""
        for conversation_id in conversation_ids:
            for reply in self._replies.get(conversation_id, ()):
                reply.stop()

    async def find(self, conversation_id: str, message_id: int) -> LiveReply | None:
        """The reply that becomes that message, while it is written and shortly after."""
        for reply in tuple(self._replies.get(conversation_id, ())):
            if await reply.message_id() == message_id:
                return reply
        return None

    def _remove(self, conversation_id: str, reply: LiveReply) -> None:
        if reply.log is not None:
            reply.log.forget()
        left = self._replies[conversation_id]
        left.remove(reply)
        if not left:
            del self._replies[conversation_id]
