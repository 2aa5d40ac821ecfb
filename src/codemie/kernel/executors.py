"""Workers hold their names, and take over the work of one that died.

A worker holds a PostgreSQL advisory lock on its executor name for as long as it lives: the lock goes when the
process or its connection does. A name that has unfinished work and no holder, twice in a row, belongs to a
dead worker; whoever sees that first puts the work back into the queue.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable

import asyncpg

from codemie.kernel.database import CONNECT_TIMEOUT_SECONDS
from codemie.kernel.durable import SCHEMA
from codemie.kernel.errors import ConfigurationError
from codemie.kernel.telemetry import get_logger

ROUND_SECONDS = 6.0
_LOCK_CLASS = 7_204_512
_MOST_NAMESAKES = 64
_STATEMENT_SECONDS = 10.0

_HELD_LOCKS = (
    "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted"  # noqa: S608 - constants of ours
    f" AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND classid = {_LOCK_CLASS}"
)
LIVING = f"SELECT count(DISTINCT held.pid) FROM ({_HELD_LOCKS}) held"  # noqa: S608 - constants of ours
"""SQL: how many workers live."""
HELD = f"{_HELD_LOCKS} AND objid = (hashtext({{name}})::bigint & 4294967295)"
"""SQL: a row where the worker `{name}` lives; `name` is an expression."""

_LOCK = "SELECT pg_try_advisory_lock($1, hashtext($2))"
_UNLOCK = "SELECT pg_advisory_unlock($1, hashtext($2))"
_BUSY_EXECUTORS = (
    f"SELECT DISTINCT executor_id FROM {SCHEMA}.workflow_status"  # noqa: S608 - a constant of ours
    " WHERE status = 'PENDING' AND executor_id IS NOT NULL AND executor_id <> $1 LIMIT 1000"
)

# A machine that loses power says no goodbye; by default the server would hold its locks for two hours.
_NOTICE_DEAD_PEERS = {"tcp_keepalives_idle": "5", "tcp_keepalives_interval": "3", "tcp_keepalives_count": "2"}

log = get_logger(__name__)

Recover = Callable[[str], Awaitable[None]]


class Executor:
    """One worker's name, and its eye on the others.

    Args:
        url: the database.
        wanted: the name to hold; `-2`, `-3` … is added when living workers hold it already.
    """

    def __init__(self, url: str, wanted: str) -> None:
        self.name = wanted
        self._url = url
        self._connection: asyncpg.Connection | None = None

    async def claim(self) -> str:
        """Hold a free name and return it.

        Raises:
            ConfigurationError: very many workers of this name live already.
        """
        connection = await self._connect()
        wanted = self.name
        for namesake in range(1, _MOST_NAMESAKES + 1):
            name = wanted if namesake == 1 else f"{wanted}-{namesake}"
            if await connection.fetchval(_LOCK, _LOCK_CLASS, name):
                self.name = name
                return name
        raise ConfigurationError(
            f"{_MOST_NAMESAKES} workers named '{wanted}' run already", help="Give each a CODEMIE_EXECUTOR of its own."
        )

    async def watch(self, recover: Recover) -> None:
        """Until cancelled: keep the name, and hand each dead worker's name to `recover`."""
        suspects: set[str] = set()
        while True:
            # Jitter: workers that started together should not look together for ever.
            await asyncio.sleep(ROUND_SECONDS * random.uniform(0.8, 1.2))  # noqa: S311 - jitter
            try:
                suspects = await self._round(suspects, recover)
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                # The database is away; nobody can tell the living from the dead until all had time to lock again.
                log.warning("executor_watch_paused", error=type(error).__name__)
                suspects = set()
                await self.close()

    async def close(self) -> None:
        """Let the name go."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    async def _round(self, suspects: set[str], recover: Recover) -> set[str]:
        connection = await self._connected()
        unheld: set[str] = set()
        for row in await connection.fetch(_BUSY_EXECUTORS, self.name):
            name = row["executor_id"]
            if not await connection.fetchval(_LOCK, _LOCK_CLASS, name):
                continue
            try:
                if name in suspects:
                    log.warning("taking_over", executor=name)
                    await recover(name)
                else:
                    unheld.add(name)
            finally:
                await connection.fetchval(_UNLOCK, _LOCK_CLASS, name)
        return unheld

    async def _connected(self) -> "asyncpg.Connection":
        if self._connection is not None and not self._connection.is_closed():
            return self._connection
        connection = await self._connect()
        # A new connection holds nothing yet.
        await connection.fetchval(_LOCK, _LOCK_CLASS, self.name)
        return connection

    async def _connect(self) -> "asyncpg.Connection":
        self._connection = await asyncpg.connect(
            self._url,
            timeout=CONNECT_TIMEOUT_SECONDS,
            command_timeout=_STATEMENT_SECONDS,
            server_settings=_NOTICE_DEAD_PEERS,
        )
        return self._connection
