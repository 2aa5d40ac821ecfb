"""What happened a short while ago, remembered in bounded memory."""

import time
from collections import OrderedDict
from collections.abc import Callable


class Recent:
    """Keys that are forgotten after some seconds, or when there are too many: then the oldest go first.

    Args:
        seconds: how long a key is remembered.
        most: how many are.
        clock: seconds that never go back.
    """

    def __init__(self, seconds: float, most: int = 20_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._most = most
        self._clock = clock
        self._ends: OrderedDict[str, float] = OrderedDict()

    def __contains__(self, key: str) -> bool:
        return self._ends.get(key, 0.0) > self._clock()

    def __len__(self) -> int:
        return len(self._ends)

    def add(self, key: str) -> bool:
        """Remember a key from now on; whether it was new."""
        is_new = key not in self
        self._ends[key] = self._clock() + self._seconds
        self._ends.move_to_end(key)
        while len(self._ends) > self._most:
            self._ends.popitem(last=False)
        return is_new

    def forget(self, key: str) -> None:
        """Forget a key at once."""
        self._ends.pop(key, None)
