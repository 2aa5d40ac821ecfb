"""Brings a database to this version's schema: Alembic for our tables, DBOS for its own.

Every process asks which schema it needs, few bring one about: Alembic, psycopg and DBOS are imported by those few.
"""

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.kernel.database import sync_url
from codemie.kernel.durable import SCHEMA
from codemie.kernel.errors import ConfigurationError, Unavailable

if TYPE_CHECKING:
    from alembic.config import Config

_SCRIPTS = Path(__file__).parent.parent / "migrations"
# Any constant: two processes that migrate at once take turns on it.
_ADVISORY_LOCK = 7_204_511


def migrate(database_url: str) -> list[str]:
    """Apply what is missing; returns the revisions applied. Safe to run from several processes at once.

    Raises:
        Unavailable: the database cannot be reached.
        ConfigurationError: the server lacks pgvector, or the database belongs to a newer CodeMie.
    """
    import psycopg
    from alembic import command

    engine = create_engine(sync_url(database_url), connect_args={"connect_timeout": 5})
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _ADVISORY_LOCK})
            connection.commit()
            before = _current(connection)
            _refuse_newer(before)
            command.upgrade(_alembic(connection), "head")
            connection.commit()
            applied = _between(before)
            _migrate_dbos(database_url)
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _ADVISORY_LOCK})
            connection.commit()
            return applied
    except OperationalError as error:
        if isinstance(error.orig, psycopg.errors.Error) and error.orig.sqlstate:
            raise
        raise Unavailable("The database is not reachable", details=str(error.orig).splitlines()[0]) from error
    finally:
        engine.dispose()


def missing(revision: str | None) -> list[str]:
    """Revisions that a database at this one lacks, in order; empty for one that this version does not know.

    Args:
        revision: it stands at; None or empty: it has no tables.
    """
    if revision and revision not in known():
        return []
    return _between(revision or None)


@cache
def head() -> str:
    """The newest revision this version knows: the one that is no other's ancestor."""
    ancestors = {
        found[1] for script in _sources() if (found := re.search(r'^down_revision = "(.+)"', script, re.MULTILINE))
    }
    (newest,) = known() - ancestors
    return newest


@cache
def known() -> frozenset[str]:
    """Every revision this version knows."""
    names = (re.search(r'^revision = "(.+)"', script, re.MULTILINE) for script in _sources())
    return frozenset(found[1] for found in names if found)


def _sources() -> list[str]:
    return [path.read_text(encoding="utf-8") for path in (_SCRIPTS / "versions").glob("*.py")]


async def pending(session: AsyncSession) -> str | None:
    """The revision the database stands at when it is not this version's, else None."""
    if await session.scalar(text("SELECT to_regclass('alembic_version')")) is None:
        return "empty"
    current = await session.scalar(text("SELECT version_num FROM alembic_version"))
    return None if current == head() else (current or "empty")


async def refuse_unmigrated(session: AsyncSession) -> None:
    """Raise `ConfigurationError` unless the schema is this version's."""
    if behind := await pending(session):
        raise ConfigurationError(
            "The database schema is not this version's",
            details=f"It is at '{behind}'; this version needs '{head()}'.",
            help="Run: codemiectl migrate",
        )


def _alembic(connection: Connection) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    return config


def _current(connection: Connection) -> str | None:
    from alembic.runtime.migration import MigrationContext

    current = MigrationContext.configure(connection).get_current_revision()
    connection.commit()
    return current


def _refuse_newer(current: str | None) -> None:
    from alembic.script import ScriptDirectory

    known = {script.revision for script in ScriptDirectory(str(_SCRIPTS)).walk_revisions()}
    if current is not None and current not in known:
        raise ConfigurationError(
            "The database belongs to a newer CodeMie",
            details=f"It is at revision '{current}', which this version does not know.",
            help="Install the version that wrote it, or restore a backup taken before the upgrade.",
        )


def _between(before: str | None) -> list[str]:
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(_SCRIPTS)).iterate_revisions("head", before or "base")
    return [script.revision for script in scripts][::-1]


def _migrate_dbos(database_url: str) -> None:
    # Imported late: DBOS costs half a second and only migrations and workers need it.
    from dbos import DBOS

    DBOS.migrate(sync_url(database_url), schema=SCHEMA)
