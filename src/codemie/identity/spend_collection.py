"""Adding up what projects spent, so that lists need not read every call of a model again.

What is told of spending is the same before and after: days that were collected, and what was charged since.
"""

from codemie.identity import audit, policy
from codemie.identity import spending_repository as repository
from codemie.identity.caller import Caller
from codemie.kernel import row_security
from codemie.kernel.database import Database
from codemie.kernel.errors import Conflict, Unavailable


async def collect(database: Database, caller: Caller, *, enabled: bool) -> int:
    """Collect what was charged since the last time; how many days of projects that concerns.

    Args:
        database: of the process.
        caller: an administrator.
        enabled: by the settings.

    Raises:
        AccessDenied: 403. Unavailable: 503, it is switched off, or the ledger is too busy. Conflict: 409, it runs.
    """
    policy.require_superuser(caller)
    if not enabled:
        raise Unavailable(
            "Spend tracking is disabled",
            details="identity.spend_tracking is false.",
            help="An administrator sets CODEMIE_IDENTITY_SPEND_TRACKING=true.",
        )
    return await add_up(database, actor_id=caller.id)


async def add_up(database: Database, *, actor_id: str | None) -> int:
    """The same for whoever may.

    Args:
        database: of the process.
        actor_id: who asked for it; None for the platform itself.

    Raises:
        Unavailable: 503. Conflict: 409.
    """
    with row_security.system("collect spending"):
        async with database.session() as session:
            collection = await repository.begin_collection(session)
            if collection is None:
                raise Conflict(
                    "Spend collection is already running",
                    details="Another request collects at the moment.",
                    help="What it finds is there for everybody; there is no need to ask again.",
                )
            # In a transaction of its own, which ends at once: it holds up whoever writes to the ledger.
            async with database.session() as barrier:
                end = await repository.end_of_ledger(barrier)
            rows = await repository.collect(session, collection, end)
            audit.record(
                session,
                audit.PROJECT_MANAGEMENT,
                "spending.collected",
                entity_id="all",
                actor_id=actor_id,
                rows_inserted=rows,
            )
    return rows
