"""Replies that nobody will end: of deleted conversations they are stopped, those of dead processes are settled.

What a dead process left ends as interrupted, and is charged for what the last heartbeat told.
Every worker looks, and whoever comes first settles. A reply that was alive all the same, with a database it could not
reach, pays the rest when it ends (`TurnRepository.finish`).
"""

import asyncio
import random

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.conversations import settling_repository as repository
from codemie.conversations.history import STALE_AFTER
from codemie.conversations.replicas import Replicas
from codemie.kernel.database import Database
from codemie.kernel.errors import CodeMieError
from codemie.kernel.telemetry import get_logger

ROUND_SECONDS = 10.0
_BATCH = 500

log = get_logger(__name__)


async def watch(database: Database) -> None:
    """Until cancelled: settle what is left behind."""
    while True:
        # Jitter: workers that started together should not look together for ever.
        await asyncio.sleep(ROUND_SECONDS * random.uniform(0.8, 1.2))  # noqa: S311 - jitter
        try:
            await settle(database)
        except CodeMieError as error:  # the database is away: the next round finds the same replies
            log.warning("replies_not_settled", error=str(error))


async def end(session: AsyncSession, replicas: Replicas, *wanted: ColumnElement[bool]) -> None:
    """End what is written for conversations that the transaction deletes, and charge what dead processes left there.

    Living processes charge what they used themselves, as soon as they hear of it.
    """
    if ids := await repository.running(session, *wanted):
        await repository.settle(session, STALE_AFTER.total_seconds(), len(ids), ids)
        await replicas.end(ids)


async def settle(database: Database) -> int:
    """Settle one batch; how many those were."""
    async with database.session() as session:
        settled = await repository.settle(session, STALE_AFTER.total_seconds(), _BATCH)
    if settled:
        log.info("replies_settled", replies=settled)
    return settled
