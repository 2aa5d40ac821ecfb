"""Tidying as scheduled durable work: the only module of the room that knows DBOS.

One worker, whichever, carries out each appointment; one that dies is followed by another at the last finished step.
"""

from datetime import datetime
from typing import Any

from dbos import DBOS

from codemie.conversations.tidying import Tidier
from codemie.kernel.errors import Unavailable

SCHEDULE = "conversations.housekeeping"
_MOST_BATCHES = 10_000

_RETRIES: dict[str, Any] = {
    "retries_allowed": True,
    "max_attempts": 8,
    "interval_seconds": 1.0,
    "backoff_rate": 2.0,
    "should_retry": lambda error: isinstance(error, Unavailable),
}

# A schedule calls a function, not a method: what it works with is what the worker of this process registered last.
_tidiers: list[Tidier] = []


@DBOS.workflow(name="conversations.tidy")
async def tidy(_moment: datetime, _context: Any) -> None:
    """Delete what nobody needs any more."""
    for _ in range(_MOST_BATCHES):
        if not await _forget_conversations():
            break
    await _forget_files()
    await _forget_workspaces()


@DBOS.step(name="conversations.forget_conversations", **_RETRIES)
async def _forget_conversations() -> int:
    return await _tidiers[-1].forget_conversations()


@DBOS.step(name="conversations.forget_files", **_RETRIES)
async def _forget_files() -> int:
    return await _tidiers[-1].forget_files()


@DBOS.step(name="conversations.forget_workspaces", **_RETRIES)
async def _forget_workspaces() -> int:
    return await _tidiers[-1].forget_workspaces()


def register(resources: Any) -> None:
    """Say what the work is done with, before DBOS is launched."""
    _tidiers[:] = [Tidier(resources.database, resources.settings.conversations)]


async def schedule(cron: str) -> None:
    """Make the appointments, after DBOS was launched."""
    await DBOS.apply_schedules_async([{"schedule_name": SCHEDULE, "workflow_fn": tidy, "schedule": cron}])
