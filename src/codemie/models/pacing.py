"""How often the streams of a busy process look for new tokens.

A token costs a tenth of a millisecond of the processor, most of it for waking up: reading the socket, the way through
the reply, writing to the client. A few hundred streams at 20 tokens a second are more than one process can do so. Then
each stream leaves its tokens in the kernel for a moment and takes two or three at once, at the price of one. People
read neither sooner nor later: the first token is never held back, and no token longer than `_LONGEST_SECONDS`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import aiohttp

_FEW = 100
"""So many open streams are woken for each token."""
_MANY = 400
_LONGEST_SECONDS = 0.15


class Pace:
    """Of the streams of a process."""

    def __init__(self) -> None:
        self._open = 0

    @contextmanager
    def stream(self) -> Iterator[None]:
        """A stream that is open in the block."""
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1

    @property
    def seconds(self) -> float:
        """How long a stream rests after it has read: nothing while there are few."""
        return _LONGEST_SECONDS * min(max(self._open - _FEW, 0) / (_MANY - _FEW), 1)

    async def rest(self, response: aiohttp.ClientResponse) -> None:
        """Leave what comes in the kernel for a moment, where there are many streams."""
        seconds = self.seconds
        connection = response.connection
        transport = connection.transport if connection is not None else None
        if not seconds or transport is None or transport.is_closing():
            return
        transport.pause_reading()
        try:
            await asyncio.sleep(seconds)
        finally:
            if not transport.is_closing():
                transport.resume_reading()


pace = Pace()
"""Of this process."""
