"""Counts attempts, to slow down whoever guesses."""

import time
from collections import OrderedDict
from dataclasses import dataclass

from codemie.kernel.errors import TooManyRequests

MAX_KEYS = 20_000


@dataclass(slots=True)
class _Window:
    attempts: int
    ends_at: float  # on the monotonic clock


class AttemptLimiter:
    """Attempts per key in a window that starts with the first one. Bounded: the oldest windows go first.

    The caller says what counts: at sign-in only failures do, so any number of correct ones passes. Kept per process:
    with n replicas a guesser gets n times as many tries.

    Args:
        limit: attempts after which the key is refused until the window ends; 0 is unlimited.
        window_seconds: length of the window.
        help: what to tell a key that is refused.
    """

    def __init__(
        self,
        limit: int,
        window_seconds: float,
        *,
        help: str = "Wait, then try again; an administrator can set a new password.",
    ) -> None:
        self._help = help
        self._limit = limit
        self._window_seconds = window_seconds
        self._windows: OrderedDict[str, _Window] = OrderedDict()

    def require_open(self, key: str) -> None:
        """Refuse a key that has tried too often (429 with Retry-After)."""
        window = self._current(key)
        if self._limit and window is not None and window.attempts >= self._limit:
            raise TooManyRequests(
                "Too many attempts",
                help=self._help,
                retry_after=window.ends_at - time.monotonic() + 1,
            )

    def count(self, key: str) -> None:
        """Count one attempt."""
        window = self._current(key)
        if window is None:
            self._windows[key] = _Window(1, time.monotonic() + self._window_seconds)
            while len(self._windows) > MAX_KEYS:
                self._windows.popitem(last=False)
        else:
            window.attempts += 1

    def forget(self, key: str) -> None:
        """Start anew, after a success."""
        self._windows.pop(key, None)

    def _current(self, key: str) -> _Window | None:
        window = self._windows.get(key)
        if window is not None and window.ends_at <= time.monotonic():
            del self._windows[key]
            return None
        return window
