"""What `codemiectl db check|status|migrate` do and say: the database alone, whatever else of the platform runs."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from codemie.checks.report import Report
from codemie.checks.run import Options, run
from codemie.checks.sources import Sources
from codemie.cli.exits import Exit, Refused
from codemie.cli.installation import database_address
from codemie.kernel import migration
from codemie.kernel.database import Database
from codemie.kernel.errors import ConfigurationError
from codemie.kernel.row_security import SYSTEM
from codemie.operations.bundle import facts
from codemie.operations.installation import database as database_checks
from codemie.operations.installation import load
from codemie.operations.installation.limits import Limits
from codemie.operations.installation.subject import Installation, likely_profile
from codemie.settings import Settings, load_settings

_CHECKS = (*database_checks.CHECKS, *load.CHECKS)
_MOST = 10
_MOST_LETTERS = 100
Row = Mapping[str, Any]


async def examine(options: Options) -> Report:
    """Make the doctor's checks of the database; the rest of the platform need not be there.

    Raises:
        Refused: there is no database.
        InvalidInput: a pattern names none of these checks.
    """
    settings = load_settings()[0]
    subject = Installation(settings, database_address(settings), "", "", profile=likely_profile(settings))
    options = replace(options, secrets=(*options.secrets, *subject.hidden()))
    async with _opened(settings, connections=4) as database:
        sources = Sources().offer(Installation, subject).offer(Limits, Limits()).offer(Database, database)
        return await run("db check", _CHECKS, sources, options, profile=subject.profile.value)


def status(*, as_json: bool) -> Exit:
    """Print version, schema, sizes, sessions and what waits or runs long; never what is stored.

    Raises:
        Refused: there is no database.
        Unavailable: it cannot be reached.
    """
    told = asyncio.run(_told())
    if as_json:
        print(json.dumps(told, indent=2, default=str))
    else:
        print("\n".join(f"{name:<11} {line}" for name, line in _lines(told)))
    return Exit.OK


def migrate(*, as_json: bool, allow_write: bool) -> Exit:
    """Say which migrations are missing, and apply them where that is allowed.

    Raises:
        Refused: there is no database, or nobody allowed it.
        ConfigurationError: the database belongs to a newer CodeMie.
        Unavailable: it cannot be reached.
    """
    from codemie.cli import foreground

    settings = load_settings()[0]
    if allow_write:
        foreground.migrate(as_json=as_json)
        return Exit.OK
    missing = _missing(asyncio.run(_revision(settings)))
    if as_json:
        print(json.dumps({"missing": missing}))
    elif missing:
        print(f"{len(missing)} migrations are missing: {', '.join(missing)}")
    else:
        print("The schema is up to date.")
    if missing:
        raise Refused("Nothing is changed: run it with --allow-write. With a backup before: codemiectl upgrade run.")
    return Exit.OK


def _missing(revision: str | None) -> list[str]:
    """Of a database at this revision; None: it is up to date.

    Raises:
        ConfigurationError: this version does not know the revision.
    """
    if revision is None:
        return []
    if revision != "empty" and revision not in migration.known():
        raise ConfigurationError(
            "The database belongs to a newer CodeMie",
            details=f"It is at revision '{revision}', which this version does not know.",
            help="Install the version that wrote it, or restore a backup taken before the upgrade.",
        )
    return migration.missing(None if revision == "empty" else revision)


async def _revision(settings: Settings) -> str | None:
    async with _opened(settings) as database, database.session() as session:
        return await migration.pending(session)


async def _told() -> dict[str, Any]:
    settings = load_settings()[0]
    async with _opened(settings) as database:
        found = await facts.database(database)
        async with database.session() as session:
            behind = await migration.pending(session)
    known = behind in {None, "empty"} or behind in migration.known()
    return {**found, "needed": migration.head(), "known": known, "missing": _missing(behind) if known else []}


def _lines(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a person reads of it. What cannot be told stands there as the reason."""
    size = told["bytes"]
    lines = [
        ("PostgreSQL", str(told["version"]).removeprefix("PostgreSQL ")),
        ("Schema", _schema(told)),
        ("Size", f"{size / 2**20:.1f} MB" if isinstance(size, int) else str(size)),
    ]
    for name, line in _SHOWN.items():
        rows: Any = told[name]
        shown = [rows] if isinstance(rows, str) else [text for row in rows if (text := line(row))]
        # The name stands in front of the first.
        lines += [("" if position else name.capitalize(), text) for position, text in enumerate(shown[:_MOST])]
    return lines


def _session(row: Row) -> str:
    longest = f", the longest transaction {row['longest_transaction']}" if row["longest_transaction"] else ""
    return f"{row['sessions']} {row['state'] or 'of the server itself'}{longest}"


def _lock(row: Row) -> str:
    return "" if row["granted"] else f"{row['locks']} wait for {row['mode']} on {row['table'] or row['locktype']}"


def _statement(row: Row) -> str:
    return f"{row['running']} {' '.join(str(row['query']).split())[:_MOST_LETTERS]}"


def _table(row: Row) -> str:
    return f"{row['bytes'] / 2**20:>9.1f} MB  {row['rows']:>9} rows  {row['table']}"


_SHOWN: Mapping[str, Callable[[Row], str]] = {
    "extensions": lambda row: f"{row['name']} {row['version']}",
    "sessions": _session,
    "locks": _lock,
    "running": _statement,
    "tables": _table,
}


def _schema(told: Mapping[str, Any]) -> str:
    if not told["known"]:
        return f"{told['revision']}, of a newer CodeMie: this version needs {told['needed']}"
    if told["missing"]:
        return f"{len(told['missing'])} migrations behind {told['needed']}: codemiectl db migrate"
    return f"{told['revision']}, this version's"


@asynccontextmanager
async def _opened(settings: Settings, connections: int = 1) -> AsyncGenerator[Database]:
    database = Database(database_address(settings), pool_size=connections, unbound=SYSTEM)
    try:
        yield database
    finally:
        await database.close()
