"""Passwords: argon2id, off the event loop, a bounded number at a time."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from codemie.kernel.errors import InvalidInput, Unavailable

MAX_LENGTH = 256
"""Characters. Long enough for any passphrase, short enough that hashing a hostile one costs nothing."""

_MEMORY_KIB, _ITERATIONS, _LANES = 19 * 1024, 2, 1  # OWASP password storage cheat sheet, argon2id
_THREADS = 2
_MAX_WAITING = 64

_Result = TypeVar("_Result")


_HASHER = PasswordHasher(time_cost=_ITERATIONS, memory_cost=_MEMORY_KIB, parallelism=_LANES)


async def hash_unbounded(password: str) -> str:
    """Hash on any thread; for operators' commands and start-up, where no flood is to be feared."""
    return await asyncio.to_thread(_HASHER.hash, password)


class Passwords:
    """Hashes and verifies passwords on threads of its own.

    At most ``_THREADS`` hashes run at once (each takes 19 MiB and about 20 ms), and at most ``_MAX_WAITING`` wait:
    a flood of sign-ins is answered 503 instead of filling memory.

    Args:
        min_length: characters a new password must have
    """

    def __init__(self, min_length: int) -> None:
        self.min_length = min_length
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="argon2")
        self._waiting = 0
        self._decoy = _HASHER.hash("the password of nobody")

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def require_acceptable(self, password: str) -> None:
        """Refuse a new password that is too short or too long (400)."""
        if len(password) < self.min_length:
            raise InvalidInput(f"Password must be at least {self.min_length} characters long")
        if len(password) > MAX_LENGTH:
            raise InvalidInput(f"Password must be at most {MAX_LENGTH} characters long")

    async def hash(self, password: str) -> str:
        """Hash for storage.

        Raises:
            InvalidInput: too short or too long
        """
        self.require_acceptable(password)
        return await self.rehash(password)

    async def rehash(self, password: str) -> str:
        """Hash a password that is in use already, whatever its length."""
        return await self._on_thread(_HASHER.hash, password)

    async def verify(self, password: str, stored: str | None) -> bool:
        """Does the password match? Takes as long for a user without a password as for one with."""
        if len(password) > MAX_LENGTH:
            return False
        matches = await self._on_thread(self._matches, stored or self._decoy, password)
        return matches and stored is not None

    def is_outdated(self, stored: str) -> bool:
        """True when the hash was made with other parameters than today's and should be made again."""
        return _HASHER.check_needs_rehash(stored)

    def _matches(self, stored: str, password: str) -> bool:
        try:
            return _HASHER.verify(stored, password)
        except (VerifyMismatchError, InvalidHashError):
            return False

    async def _on_thread(self, work: Callable[..., _Result], *args: str) -> _Result:
        if self._waiting >= _MAX_WAITING:
            raise Unavailable("Too many sign-ins at the same time", retry_after=2)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *args)
        finally:
            self._waiting -= 1
