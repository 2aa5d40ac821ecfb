"""PostgreSQL through its driver alone, for the statements that everybody waits for.

The same statement costs 35 µs of processor time here and 300–500 µs through an ORM session. A round trip of its own to
tell PostgreSQL who is asking (`kernel.row_security`) would cost as much as the statement. So each statement tells it
itself, in `bound`, before it touches a tenant's row: an outer join takes its left side first, an INSERT its SELECT.
Were the order ever another one, no row would be there.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy.engine import make_url

from codemie.kernel.database import CONNECT_TIMEOUT_SECONDS, POOL_TIMEOUT_SECONDS, STATEMENT_TIMEOUT_SECONDS, outage
from codemie.kernel.row_security import asking, telling

OWN = 2
"""How many of the settings a statement tells that touches only what is the caller's own."""


def numbered(statement: str, parameters: int, settings: int = OWN, **parts: str) -> str:
    """The statement with the parameters of `bound` behind its own."""
    return statement.format(told=telling(settings, parameters), **parts)


class _Connection(asyncpg.Connection):
    def get_reset_query(self) -> str:
        """Nothing on this path changes session state, so returning a connection costs no round trip."""
        return ""


class Driver:
    """Connections of their own for these statements."""

    def __init__(self, pool: "asyncpg.Pool[Any]") -> None:
        self._pool = pool

    @classmethod
    async def connect(cls, url: str, size: int) -> "Driver":
        """Open the pool with all its connections: opening one in the middle of a rush would be the slowest request."""
        pool = await asyncpg.create_pool(
            make_url(url).set(drivername="postgresql").render_as_string(hide_password=False),
            min_size=size,
            max_size=size,
            max_inactive_connection_lifetime=0,
            timeout=CONNECT_TIMEOUT_SECONDS,
            command_timeout=STATEMENT_TIMEOUT_SECONDS,
            connection_class=_Connection,
            server_settings={"application_name": "codemie-chat", "jit": "off"},
        )
        return cls(pool)

    async def close(self) -> None:
        """Return the connections."""
        await self._pool.close()

    async def _acquire(self) -> Any:
        """A connection. Asking for one with a deadline costs a task, so that is done only when one must wait."""
        if self._pool.get_idle_size():
            return await self._pool.acquire()
        return await self._pool.acquire(timeout=POOL_TIMEOUT_SECONDS)

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[Any]:
        """A connection for a moment.

        Raises:
            Unavailable: the database cannot be reached or went away.
            OutOfSpace: it has no room left.
        """
        try:
            connection = await self._acquire()
            try:
                yield connection
            finally:
                await self._pool.release(connection)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            if refusal := outage(error):
                raise refusal from error
            raise

    async def rows(self, statement: str, *values: Any, settings: int = OWN) -> list[Mapping[str, Any]]:
        """Run one statement on a connection of its own; it tells who is asking."""
        async with self.connection() as connection:
            return await connection.fetch(statement, *values, *asking(settings))
