"""How often one person may do something expensive: token buckets in the memory of one process.

Each process counts for itself, so with N replicas a person gets up to N times the rate. That is enough for what this is
for, keeping one person's script from taking everybody's capacity, and costs no round trip. Budgets are kept elsewhere.
"""

import time
from collections import OrderedDict
from collections.abc import Callable

from codemie.kernel.errors import TooManyRequests

_MOST_KEYS = 10_000


class RateLimit:
    """At most so many a minute for each key; a full minute's worth may come at once.

    Args:
        what: for people: "chat messages".
        per_minute: 0 means no limit.
        clock: seconds that never go back.
    """

    def __init__(self, what: str, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._what = what
        self._per_minute = per_minute
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """Key → what is left, and when that was so; the one used last at the end."""

    def spend(self, key: str) -> None:
        """Count one use.

        Raises:
            TooManyRequests: 429, with the seconds after which the next one is possible.
        """
        if not self._per_minute:
            return
        now = self._clock()
        rate = self._per_minute / 60
        left, since = self._buckets.pop(key, (float(self._per_minute), now))
        left = min(float(self._per_minute), left + (now - since) * rate)
        allowed = left >= 1
        # Whoever is forgotten for want of room starts with a full bucket: the limit errs on the generous side.
        self._buckets[key] = (left - 1 if allowed else left, now)
        if len(self._buckets) > _MOST_KEYS:
            self._buckets.popitem(last=False)
        if not allowed:
            raise TooManyRequests(
                f"Too many {self._what}",
                details=f"At most {self._per_minute} {self._what} are taken per minute from one person.",
                help="Wait as long as the Retry-After header says, then try again.",
                retry_after=(1 - left) / rate,
            )
