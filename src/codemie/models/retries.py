"""Bounded repeats of a model call that failed before it gave anything: with jitter, heeding Retry-After."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from codemie.models.errors import ModelError

LONGEST_WAIT_SECONDS = 20.0
"""An endpoint that asks for more patience than this gets no repeat: a person is waiting."""
_FIRST_WAIT_SECONDS = 0.4
Result = TypeVar("Result")


async def retrying(attempt: Callable[[], Awaitable[Result]], max_retries: int) -> Result:
    """Return what `attempt` returns, trying again up to `max_retries` times.

    Raises:
        ModelError: the last failure, or the first that a repeat cannot help.
    """
    for number in range(max_retries):
        try:
            return await attempt()
        except ModelError as error:
            wait = _wait(error, number)
            if not error.retryable or wait > LONGEST_WAIT_SECONDS:
                raise
        await asyncio.sleep(wait)
    return await attempt()


def _wait(error: ModelError, number: int) -> float:
    backoff = _FIRST_WAIT_SECONDS * 2**number * random.uniform(0.75, 1.25)  # noqa: S311 - spreads load, keeps no secret
    return max(error.retry_after_seconds, backoff * 0.1) if error.retry_after_seconds is not None else backoff
