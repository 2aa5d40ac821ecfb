"""The objects of a streamed reply, kept for clients that lost their connection."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Protocol

from codemie.agents.events import AgentEvent, ModelFinished, ModelStarted, TextDelta
from codemie.conversations.streaming import ChunkEncoder
from codemie.conversations.transcript import Transcript

_BATCH_BYTES = 262_144
_EVENT_BYTES = 160
"""What an event takes besides its text."""


class Lost(Exception):
    """The objects that are asked for are not there any more; the stored reply has to answer."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Objects that follow each other, and whether the stream ends with them."""

    objects: Sequence[bytes]
    is_last: bool


class ReplySource(Protocol):
    """Something a stream can be continued from."""

    async def read(self, after: int) -> Batch:
        """The objects after the first `after`; waits for them, and may give none when it takes long.

        Raises:
            Lost: it cannot.
        """
        ...


class Memory:
    """What all logs of a process may hold together."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.held = 0


class ReplyLog:
    """One reply's objects in order. When the process has no more memory for them, it forgets those it has.

    Of text it keeps the events rather than the objects made of them: these are four times as large, and can be made
    again at any time. What is told of a tool can tell the time, so it is kept as it was told first.
    """

    def __init__(self, transcript: Transcript, memory: Memory) -> None:
        self.transcript = transcript
        self._encoder = ChunkEncoder(transcript)
        self._memory = memory
        self._kept: list[AgentEvent | bytes] = []
        self._forgotten = 0
        self._size = 0
        self._is_over = False
        self._readers: set[asyncio.Future[None]] = set()

    async def hear(self, event: AgentEvent) -> None:
        """The next event. Readers hear of text with more behind it together with that."""
        if isinstance(event, ModelStarted):
            return
        if isinstance(event, (TextDelta, ModelFinished)):
            self._keep(event, _EVENT_BYTES + (len(event.text) if isinstance(event, TextDelta) else 0))
        else:
            told = self._encoder.encode(event)
            self._keep(told, _EVENT_BYTES + len(told))
        if not (isinstance(event, TextDelta) and event.more):
            self._tell()

    async def end(self, objects: Sequence[bytes]) -> None:
        """The last objects; none come after."""
        for last in objects:
            self._keep(last, _EVENT_BYTES + len(last))
        self._is_over = True
        self._tell()

    async def read(self, after: int) -> Batch:
        """See `ReplySource.read`."""
        while after == self._count and not self._is_over:
            await self._news()
        if not self._forgotten <= after <= self._count:
            raise Lost
        objects: list[bytes] = []
        size = 0
        for kept in self._kept[after - self._forgotten :]:
            if size >= _BATCH_BYTES:
                break
            objects.append(kept if isinstance(kept, bytes) else self._encoder.encode(kept))
            size += len(objects[-1])
        return Batch(objects, is_last=self._is_over and after + len(objects) == self._count)

    def forget(self) -> None:
        """Give the memory back."""
        self._memory.held -= self._size
        self._forgotten += len(self._kept)
        self._size = 0
        self._kept = []

    @property
    def _count(self) -> int:
        return self._forgotten + len(self._kept)

    def _keep(self, item: AgentEvent | bytes, size: int) -> None:
        if self._memory.held + size > self._memory.most:
            self.forget()
        self._kept.append(item)
        self._size += size
        self._memory.held += size

    def _tell(self) -> None:
        for reader in self._readers:
            if not reader.done():
                reader.set_result(None)
        self._readers.clear()

    async def _news(self) -> None:
        reader = asyncio.get_running_loop().create_future()
        self._readers.add(reader)
        try:
            await reader
        finally:
            self._readers.discard(reader)


async def pieces(source: ReplySource, after: int) -> AsyncGenerator[bytes]:
    """Everything after the first `after` objects, to the end of the reply.

    Raises:
        Lost: the source does not have it any more.
    """
    while True:
        batch = await source.read(after)
        after += len(batch.objects)
        if batch.objects:
            yield b"".join(batch.objects)
        if batch.is_last:
            return
