"""One replica at a time: what concerns all connections need not be done by each."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from sqlalchemy import text

from codemie.kernel.database import Database

_TAKE = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))")


@asynccontextmanager
async def alone(database: Database, name: str) -> AsyncGenerator[bool]:
    """Whether no other process does the same, for as long as the block runs.

    The lock is the transaction's: it goes with a process that dies.

    Args:
        database: that all of them share.
        name: of what is done.
    """
    async with database.session() as session:
        yield bool(await session.scalar(_TAKE, {"name": f"plugins: {name}"}))
