"""Building anew what the marketplace is searched, filtered and sorted by.

Searching reads a folded text, sorting a folded name and numbers of users and likes: all derived from what stands
elsewhere, and kept when that changes. Here they are derived again for every published assistant, as after a restored
backup, rows written by hand, or a version that folds otherwise.
"""

import asyncio
from collections import Counter

from sqlalchemy.exc import SQLAlchemyError

from codemie.assistants import reindexing_repository as repository
from codemie.assistants.tables import Assistant, name_sort_key, searchable_text
from codemie.identity import audit, policy
from codemie.identity.caller import Caller
from codemie.kernel import row_security
from codemie.kernel.database import Database
from codemie.kernel.errors import CodeMieError
from codemie.kernel.telemetry import get_logger

log = get_logger(__name__)

DOMAIN = "marketplace"
BATCH = 200
_SUBJECT = "assistants"


class Reindexing:
    """Rebuilds in the background of one process, one at a time.

    Args:
        database: of the process.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._task: asyncio.Task[None] | None = None

    def start(self, caller: Caller) -> bool:
        """Begin; False when one is under way, which will do.

        Raises:
            AccessDenied: 403, only administrators may.
        """
        policy.require_superuser(caller)
        if self._task is not None and not self._task.done():
            return False
        self._task = asyncio.create_task(self._run(caller.id))
        return True

    async def close(self) -> None:
        """Stop; batches that are done stay done."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self, actor_id: str) -> None:
        try:
            seen, changed = await rebuild(self._database)
            async with self._database.session() as session:
                facts = {"assistants": seen, "changed": changed}
                audit.record(session, DOMAIN, "marketplace.reindexed", entity_id=_SUBJECT, actor_id=actor_id, **facts)
        except (CodeMieError, SQLAlchemyError, OSError) as error:
            reason = str(error) if isinstance(error, CodeMieError) else type(error).__name__
            log.warning("marketplace_reindex_failed", reason=reason)


async def rebuild(database: Database) -> tuple[int, int]:
    """How many published assistants there are, and in how many something was out of date."""
    seen, changed, last = 0, 0, ""
    with row_security.system("keep references whole"):
        while True:
            # A batch a transaction: nobody who likes or chats waits for all of them.
            async with database.session() as session:
                rows = await repository.published_after(session, last, BATCH)
                if not rows:
                    await repository.refresh_statistics(session)
                    return seen, changed
                ids = [row.id for row in rows]
                users, reactions = await repository.users(session, ids), await repository.reactions(session, ids)
                for row in rows:
                    if wanted := _outdated(row, users[row.id], reactions):
                        await repository.repair(session, row.id, wanted)
                        changed += 1
            seen, last = seen + len(rows), ids[-1]


def _outdated(row: Assistant, users: int, reactions: Counter[tuple[str, str]]) -> dict[str, str | int]:
    derived: dict[str, str | int] = {
        "name_key": name_sort_key(row.name),
        "search_text": searchable_text(row.name, row.description),
        "unique_users_count": users,
        "unique_likes_count": reactions[row.id, "like"],
        "unique_dislikes_count": reactions[row.id, "dislike"],
    }
    return {name: value for name, value in derived.items() if getattr(row, name) != value}
