"""Remembers, for a few seconds, which user a verified token belongs to."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from codemie.identity.caller import Caller

MAX_ENTRIES = 10_000


@dataclass(frozen=True, slots=True)
class Verified:
    """A credential that was checked, its user, and the Unix time after which it must be refused."""

    caller: Caller
    expires_at: float


@dataclass(frozen=True, slots=True)
class _Entry:
    caller: Caller
    until: float  # on the monotonic clock


class CallerCache:
    """Credential hash → caller. Bounded, least recently used out first; concurrent first requests share one load.

    Args:
        seconds: how long an entry lives; a role change takes effect after at most this time.
        max_entries: credentials remembered at once.
    """

    def __init__(self, seconds: float, *, max_entries: int = MAX_ENTRIES) -> None:
        self._seconds = seconds
        self._max_entries = max_entries
        self._entries: OrderedDict[bytes, _Entry] = OrderedDict()
        self._loading: dict[bytes, asyncio.Task[Verified]] = {}
        self._epoch = 0

    def get(self, key: bytes) -> Caller | None:
        """The caller, when the credential was verified a moment ago. Costs no I/O."""
        entry = self._entries.get(key)
        if entry is None or entry.until <= time.monotonic():
            return None
        self._entries.move_to_end(key)
        return entry.caller

    async def load(self, key: bytes, verify: Callable[[], Awaitable[Verified]]) -> Caller:
        """Verify once for all who ask at the same time, and remember; a refusal is not remembered."""
        task = self._loading.get(key)
        if task is None:
            task = asyncio.create_task(self._verify(key, verify))
            self._loading[key] = task
            task.add_done_callback(lambda done: self._loaded(key, done))
        # Shielded: one client that hangs up must not fail the others.
        return (await asyncio.shield(task)).caller

    def forget_user(self, user_id: str) -> None:
        """Drop what is known of a user: after a logout, a role or password change."""
        self._epoch += 1
        for key in [key for key, entry in self._entries.items() if entry.caller.id == user_id]:
            del self._entries[key]

    async def _verify(self, key: bytes, verify: Callable[[], Awaitable[Verified]]) -> Verified:
        epoch = self._epoch
        verified = await verify()
        lifetime = min(self._seconds, verified.expires_at - time.time())
        # A user forgotten while we were reading may have been read too early: do not remember that.
        if epoch == self._epoch and lifetime > 0:
            self._entries[key] = _Entry(verified.caller, time.monotonic() + lifetime)
            self._entries.move_to_end(key)
            while len(self._entries) > self._max_entries:
                self._entries.popitem(last=False)
        return verified

    def _loaded(self, key: bytes, task: asyncio.Task[Verified]) -> None:
        self._loading.pop(key, None)
        if not task.cancelled():
            task.exception()  # seen, even when everybody who asked has gone
