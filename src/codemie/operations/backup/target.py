"""A database as a backup sees it: what is in it, who uses it, and a fresh one that takes its place."""

import datetime as dt
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from codemie.kernel.errors import Conflict, Unavailable, UpstreamFailed
from codemie.operations.backup.programs import OPTIONS

_TABLES = """
    SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
    ORDER BY 1, 2
"""
# The server's own processes have no role.
_OTHERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename IS NOT NULL
"""
# Rows are told apart by their text, which must not depend on what somebody has set.
_ONE_SPELLING = """
    SET datestyle = 'ISO, MDY'; SET intervalstyle = 'postgres'; SET timezone = 'UTC';
    SET extra_float_digits = 1; SET bytea_output = 'hex'; SET xmlbinary = 'base64'
"""
# The order of rows does not matter, and a row that is there twice does not cancel itself out.
_CONTENT = """
    SELECT count(*), coalesce(sum(('x' || left(md5(codemie_row::text), 15))::bit(60)::bigint), 0)::text
    FROM {} AS codemie_row
"""


@dataclass(frozen=True, slots=True)
class Content:
    """What is in a table.

    Attributes:
        rows: how many.
        fingerprint: another one when any value of any row is.
    """

    rows: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one transaction sees.

    Attributes:
        identity: by which `pg_dump` sees the same.
        tables: schema and name of each table → what is in it.
        revision: of the schema; empty when there is none.
        server: version of PostgreSQL.
        moment: when it was taken.
    """

    identity: str
    tables: dict[str, Content]
    revision: str
    server: str
    moment: dt.datetime


@contextmanager
def connected(url: str, *, database: str | None = None, autocommit: bool = False) -> Generator["psycopg.Connection"]:
    """A connection that sees every row.

    Args:
        url: of the database.
        database: another one of the same server.
        autocommit: each statement is a transaction.

    Raises:
        Unavailable: it is not reachable.
        UpstreamFailed: it refuses a statement of the block.
    """
    address = make_url(url).set(drivername="postgresql")
    if database:
        address = address.set(database=database)
    plain = address.render_as_string(hide_password=False)
    try:
        opened = psycopg.connect(plain, options=OPTIONS, connect_timeout=5, autocommit=autocommit)
    except psycopg.OperationalError as error:
        raise Unavailable("The database is not reachable", details=str(error).splitlines()[0]) from None
    try:
        with opened:
            yield opened
    except psycopg.Error as error:
        raise UpstreamFailed("PostgreSQL refused", details=str(error).splitlines()[0]) from error


@contextmanager
def snapshot(url: str) -> Generator[Snapshot]:
    """What the database holds now, whatever others write until the block ends."""
    with connected(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        identity, server, moment = _row(
            connection, "SELECT pg_export_snapshot(), current_setting('server_version'), now()"
        )
        yield Snapshot(identity, contents(connection), revision(connection), server, moment.astimezone(dt.UTC))


def rows(connection: "psycopg.Connection") -> dict[str, int]:
    """Schema and name of each table → its rows."""
    counted: dict[str, int] = {}
    for schema, name in connection.execute(_TABLES).fetchall():
        statement = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, name))
        counted[f"{schema}.{name}"] = _row(connection, statement)[0]
    return counted


def contents(connection: "psycopg.Connection") -> dict[str, Content]:
    """Schema and name of each table → what is in it; every row is read."""
    connection.execute(_ONE_SPELLING)
    found: dict[str, Content] = {}
    for schema, name in connection.execute(_TABLES).fetchall():
        statement = sql.SQL(_CONTENT).format(sql.Identifier(schema, name))
        found[f"{schema}.{name}"] = Content(*_row(connection, statement))
    return found


def revision(connection: "psycopg.Connection") -> str:
    """Of the schema; empty when there is none."""
    if _row(connection, "SELECT to_regclass('alembic_version')")[0] is None:
        return ""
    found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(found[0]) if found else ""


def is_empty(url: str) -> bool:
    """Whether it holds no table."""
    with connected(url) as connection:
        return not connection.execute(_TABLES).fetchone()


def server_version(url: str) -> int:
    """Major version of its server."""
    with connected(url) as connection:
        return connection.info.server_version // 10_000


def refuse_used(url: str) -> None:
    """Raise `Conflict` while anybody is connected to it."""
    with connected(url) as connection:
        others = _row(connection, _OTHERS)[0]
    if others:
        raise Conflict(
            "The database is in use",
            details=f"{others} connections are open",
            help="Stop every API and worker, then try again.",
        )


def fresh_beside(url: str, moment: dt.datetime, purpose: str = "restoring") -> str:
    """Make an empty database on the same server; its URL.

    Args:
        url: of the database beside which it is to be.
        moment: goes into its name.
        purpose: likewise.

    Raises:
        Conflict: the role may not.
    """
    own = make_url(url)
    name = f"{own.database}_{purpose}_{moment:%Y%m%d%H%M%S}"
    with connected(url, autocommit=True) as connection:
        try:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        except psycopg.errors.InsufficientPrivilege:
            raise Conflict(
                "The database is not empty, and its role may not make another",
                help="Let an administrator run ALTER ROLE … CREATEDB, or name an empty database in "
                "CODEMIE_DATABASE_URL.",
            ) from None
    return own.set(database=name).render_as_string(hide_password=False)


def exchange(url: str, fresh_url: str, moment: dt.datetime) -> str:
    """Put the fresh database in the place of the other, both or neither; the name the former has from now on."""
    place, fresh = name_of(url), name_of(fresh_url)
    former = f"{place}_before_{moment:%Y%m%d%H%M%S}"
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    with connected(url, database="postgres") as connection:
        try:
            connection.execute(rename.format(sql.Identifier(place), sql.Identifier(former)))
            connection.execute(rename.format(sql.Identifier(fresh), sql.Identifier(place)))
        except psycopg.errors.ObjectInUse:
            raise Conflict("Somebody uses the database", help="Stop every API and worker, then try again.") from None
    return former


def name_of(url: str) -> str:
    """Of the database."""
    return str(make_url(url).database)


def is_there(url: str, name: str) -> bool:
    """Whether the server has a database of that name."""
    with connected(url, database="postgres") as connection:
        return bool(connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone())


def drop(url: str, name: str) -> None:
    """Remove a database of the same server, and end what this role still does in it."""
    with connected(url, database="postgres", autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _row(connection: "psycopg.Connection", statement: LiteralString | sql.Composed) -> tuple[Any, ...]:
    found = connection.execute(statement).fetchone()
    return found or (None,)
