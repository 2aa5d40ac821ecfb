"""PostgreSQL: engine, sessions, and what every table has in common."""

import asyncio
import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

import asyncpg
from fastapi import Depends, Request
from sqlalchemy import DateTime, MetaData, Text, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from codemie.kernel import row_security
from codemie.kernel.errors import CodeMieError, OutOfSpace, Unavailable
from codemie.kernel.row_security import NOBODY, Reach

CONNECT_TIMEOUT_SECONDS = 5.0
STATEMENT_TIMEOUT_SECONDS = 60.0
POOL_TIMEOUT_SECONDS = 10.0

# Lost connections, a server that starts or stops, too many connections.
_SERVER_AWAY = ("08", "57P", "53300")
_DISK_FULL = {"53100"}
_DRIVER_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


def new_id() -> str:
    """A fresh identifier: UUID 4 as text, as every client expects."""
    return str(uuid.uuid4())


def utcnow() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)


class Base(DeclarativeBase):
    """Ancestor of all tables; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {str: Text, datetime: DateTime(timezone=True)}  # noqa: RUF012 - SQLAlchemy's own shape


class Record(Base):
    """A table whose rows have an id and know when they were made and last changed."""

    __abstract__ = True

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    date: Mapped[datetime] = mapped_column(default=utcnow)
    update_date: Mapped[datetime] = mapped_column(default=utcnow, onupdate=utcnow)


def async_url(url: str) -> str:
    """The same database, spoken to by asyncpg."""
    return make_url(url).set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)


def sync_url(url: str) -> str:
    """The same database, spoken to by psycopg; for migrations and DBOS."""
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


class Database:
    """The pool of one process.

    Args:
        url: any `postgresql://` URL.
        pool_size: connections held at most; a request waits `POOL_TIMEOUT_SECONDS` for one, then gets 503.
        unbound: what transactions may touch that nobody is bound to (`row_security`): nothing of any tenant, except in
            processes that work in nobody's name.
    """

    def __init__(self, url: str, *, pool_size: int = 20, unbound: Reach = NOBODY) -> None:
        self.url = url
        self._unbound = unbound
        self.engine = create_async_engine(
            async_url(url),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=POOL_TIMEOUT_SECONDS,
            pool_use_lifo=True,
            # Errors quote the values of a statement otherwise, and logs quote errors: that is what people wrote.
            hide_parameters=True,
            connect_args={
                "timeout": CONNECT_TIMEOUT_SECONDS,
                "command_timeout": STATEMENT_TIMEOUT_SECONDS,
                "server_settings": {"application_name": "codemie", "jit": "off"},
            },
        )
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    @asynccontextmanager
    async def session(self) -> AsyncGenerator[AsyncSession]:
        """One transaction: committed at the end, rolled back on any error. It may touch the rows of whoever is bound.

        Raises:
            Unavailable: the database cannot be reached or went away.
        """
        try:
            async with self._sessions() as session, session.begin():
                try:
                    # Taken at once, so that an OSError of the block is never mistaken for an absent server.
                    await session.connection()
                except OSError as error:
                    raise away(error) from error
                reach = row_security.bound() or self._unbound
                session.info["reach"] = reach
                if reach is not NOBODY:
                    await row_security.tell(session, reach)
                yield session
        except (DBAPIError, PoolTimeout) as error:
            if refusal := outage(error):
                raise refusal from error
            raise

    @asynccontextmanager
    async def driver(self) -> AsyncGenerator[Any]:
        """The driver's own connection, for what everybody waits for: without what a session does around it.

        Each statement is a transaction of its own, and tells PostgreSQL itself who is asking (`row_security.telling`).

        Raises:
            Unavailable: the database cannot be reached or went away.
        """
        try:
            async with self._connected() as pooled:
                connection: Any = (await pooled.get_raw_connection()).driver_connection
                try:
                    yield connection
                except asyncpg.InternalClientError:
                    # The server's farewell came while a statement was on its way: the driver has lost count.
                    await pooled.invalidate()
                    raise
                finally:
                    # Somebody who was interrupted twice leaves a transaction behind, which the pool would not see.
                    if connection.is_closed() or connection.is_in_transaction():
                        await pooled.invalidate()
        except (DBAPIError, PoolTimeout, *_DRIVER_ERRORS) as error:
            if refusal := outage(error):
                raise refusal from error
            raise

    @asynccontextmanager
    async def _connected(self) -> AsyncGenerator[AsyncConnection]:
        pooled = self.engine.connect()
        try:
            await pooled.start()
        except OSError as error:
            raise away(error) from error
        try:
            yield pooled
        finally:
            await pooled.close()

    async def ping(self, timeout_seconds: float = 2.0) -> None:
        """Raise `Unavailable` unless the database answers in time."""
        try:
            async with asyncio.timeout(timeout_seconds), self.session() as session:
                await session.execute(text("SELECT 1"))
        except TimeoutError as error:
            raise away(error) from error

    async def close(self) -> None:
        """Return every connection to the server."""
        await self.engine.dispose()


def outage(error: BaseException) -> CodeMieError | None:
    """What the caller is told when it is the server that failed, not the statement; `None` for anything else.

    Args:
        error: from SQLAlchemy or straight from asyncpg. SQLSTATE classes: PostgreSQL manual, appendix A.
    """
    cause = getattr(error, "orig", None) or error
    state = str(getattr(cause, "sqlstate", None) or "")
    if state in _DISK_FULL:
        return OutOfSpace(
            details="The database has no room left to write.", help="An administrator must free space for PostgreSQL."
        )
    lost = isinstance(error, (OSError, TimeoutError, OperationalError, InterfaceError, PoolTimeout))
    lost = (
        lost
        or isinstance(cause, (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError))
        or getattr(error, "connection_invalidated", False)
    )
    return away(error) if lost or state.startswith(_SERVER_AWAY) else None


def away(error: BaseException) -> CodeMieError:
    """The database is gone for now; says so without its internals."""
    return Unavailable(
        "The database is not reachable",
        details=f"{type(error).__name__} while talking to PostgreSQL.",
        help="It usually comes back by itself; the request can be repeated. Operators: check PostgreSQL.",
        retry_after=2,
    )


async def get_database(request: Request) -> Database:
    """The process's pool, for streams that open short sessions of their own."""
    database: Database = request.app.state.resources.database
    return database


DatabaseDep = Annotated[Database, Depends(get_database)]


async def request_session(database: DatabaseDep) -> AsyncIterator[AsyncSession]:
    """One transaction per request."""
    async with database.session() as session:
        yield session


# Function scope: the commit happens before the response goes out, so "200" means stored.
SessionDep = Annotated[AsyncSession, Depends(request_session, scope="function")]


def jsonable(value: Any) -> Any:
    """A datetime as ISO 8601 in UTC; anything else unchanged. For JSON columns."""
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
