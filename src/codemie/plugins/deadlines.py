"""When what waits has waited long enough, told by one timer for all: one for each costs as much as a message."""

import asyncio
from math import inf
from typing import Protocol


class Expiring(Protocol):
    """What can wait for too long."""

    def expire(self) -> None:
        """Its time is up."""
        ...


class Deadlines:
    """Ends of the time of what is under way. The timer stands at the first of them, or before."""

    def __init__(self) -> None:
        self._ends: dict[Expiring, float] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._next = inf

    def set(self, waiting: Expiring, seconds: float) -> None:
        """Call `waiting.expire()` after some seconds, unless it is dropped before; instead of what was set for it."""
        end = asyncio.get_running_loop().time() + seconds
        self._ends[waiting] = end
        if end < self._next:
            self._stand_at(end)

    def drop(self, waiting: Expiring) -> None:
        """Its time does not matter any more."""
        self._ends.pop(waiting, None)

    def close(self) -> None:
        """Tell nobody any more."""
        self._ends.clear()
        if self._timer is not None:
            self._timer.cancel()

    def _stand_at(self, end: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._next = end
        self._timer = asyncio.get_running_loop().call_at(end, self._tell)

    def _tell(self) -> None:
        now = asyncio.get_running_loop().time()
        self._timer, self._next = None, inf
        for waiting in [one for one, end in self._ends.items() if end <= now]:
            self.drop(waiting)
            waiting.expire()
        if self._ends:
            self._stand_at(min(self._ends.values()))
