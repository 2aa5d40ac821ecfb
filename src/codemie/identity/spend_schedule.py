"""Adding up what projects spent as scheduled durable work: the only module of the room that knows DBOS.

One worker, whichever, carries out each appointment.
"""

from datetime import datetime
from typing import Any

from dbos import DBOS

from codemie.identity import spend_collection
from codemie.kernel.database import Database
from codemie.kernel.errors import Conflict, Unavailable

SCHEDULE = "identity.spend_collection"


def _passes(error: BaseException) -> bool:
    return isinstance(error, Unavailable)


_RETRIES: dict[str, Any] = {
    "retries_allowed": True,
    "max_attempts": 8,
    "interval_seconds": 1.0,
    "backoff_rate": 2.0,
    "should_retry": _passes,
}

# A schedule calls a function, not a method: what it works with is what the worker of this process registered last.
_databases: list[Database] = []


@DBOS.workflow(name="identity.collect_spending")
async def collect(_moment: datetime, _context: Any) -> None:
    """Add up what was charged since the last time; nothing while it is switched off."""
    if _databases:
        await _collect()


@DBOS.step(name="identity.add_up_spending", **_RETRIES)
async def _collect() -> int:
    try:
        return await spend_collection.add_up(_databases[-1], actor_id=None)
    except Conflict:
        return 0  # Somebody collects by hand at this moment, which does as well.


def register(resources: Any) -> None:
    """Say what the work is done with, before DBOS is launched."""
    _databases[:] = [resources.database] if resources.settings.identity.spend_tracking else []


async def schedule(cron: str) -> None:
    """Make the appointments, after DBOS was launched."""
    await DBOS.apply_schedules_async([{"schedule_name": SCHEDULE, "workflow_fn": collect, "schedule": cron}])
