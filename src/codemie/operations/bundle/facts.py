"""What an installation tells of itself: machine, versions, settings, database. Never what people wrote."""

import json
import os
import platform
import re
import shutil
import sys
import time
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any, cast

import psutil
from nats.errors import TimeoutError as NatsTimeout
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from codemie import __version__
from codemie.embedded.nats_access import Login
from codemie.kernel.database import Database
from codemie.kernel.settings import Provenance
from codemie.kernel.telemetry import is_secret
from codemie.operations.installation.bus import MessageBus, PluginBroker

_PACKAGES = ("fastapi", "sqlalchemy", "asyncpg", "dbos", "nats-py", "pydantic", "pydantic-ai-slim", "mcp", "uvicorn")
_SIZES = """
SELECT relname AS "table", n_live_tup AS rows, n_dead_tup AS dead_rows, last_autovacuum,
       pg_total_relation_size(relid) AS bytes
FROM pg_stat_user_tables ORDER BY pg_total_relation_size(relid) DESC LIMIT 100
"""
_SESSIONS = """
SELECT state, wait_event_type, count(*) AS sessions, max(now() - xact_start)::text AS longest_transaction
FROM pg_stat_activity WHERE datname = current_database() GROUP BY 1, 2 ORDER BY 3 DESC
"""
_SLOW = """
SELECT (now() - query_start)::text AS running, wait_event, query FROM pg_stat_activity
WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()
  AND now() - query_start > interval '1 second' ORDER BY query_start LIMIT 20
"""
_LOCKS = """
SELECT mode, locktype, relation::regclass::text AS "table", granted, count(*) AS locks FROM pg_locks
WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database())
GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC LIMIT 50
"""
_SETTINGS = """
SELECT name, setting, unit, source FROM pg_settings
WHERE name IN ('max_connections', 'shared_buffers', 'work_mem', 'statement_timeout', 'server_encoding', 'TimeZone')
"""
_ASKED = {
    "revision": "SELECT max(version_num) AS revision FROM alembic_version",
    "bytes": "SELECT pg_database_size(current_database()) AS bytes",
    "extensions": "SELECT extname AS name, extversion AS version FROM pg_extension ORDER BY 1",
    "settings": _SETTINGS,
    "tables": _SIZES,
    "sessions": _SESSIONS,
    "locks": _LOCKS,
    "running": _SLOW,
}
_PEOPLE = "SELECT id FROM users ORDER BY last_login_at DESC NULLS LAST LIMIT 100000"
_PATIENCE = "SELECT set_config('lock_timeout', '2s', true), set_config('statement_timeout', '10s', true)"
_LITERAL = re.compile(r"'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$|\b\d+(?:\.\d+)?\b", re.DOTALL)
# PostgreSQL shows rows in these parts of its messages, and the driver in its own: they hold what people wrote. Lines
# that go on begin with a tab.
_ROWS = re.compile(r"(?m)^(?P<kept>.*?(?:\b(?:DETAIL|STATEMENT|CONTEXT|QUERY|HINT):|\[parameters:)).*(?:\n\t.*)*$")


def environment(home: Path, provenance: Iterable[Provenance]) -> dict[str, Any]:
    """Machine, processes' limits, versions, and what is switched on and off."""
    memory = psutil.virtual_memory()
    disk = shutil.disk_usage(home if home.is_dir() else Path.cwd())
    return {
        "codemie": __version__,
        "python": sys.version.split()[0],
        "system": platform.platform(),
        "architecture": platform.machine(),
        "processors": os.cpu_count(),
        "load": os.getloadavg(),
        "memory_bytes": {"total": memory.total, "available": memory.available},
        "disk_bytes": {"total": disk.total, "free": disk.free},
        "in_container": Path("/.dockerenv").exists() or "KUBERNETES_SERVICE_HOST" in os.environ,
        "packages": {name: _version(name) for name in _PACKAGES},
        "feature_flags": {row.key: row.value for row in provenance if isinstance(row.value, bool) and not row.secret},
    }


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def configuration(provenance: Iterable[Provenance]) -> list[dict[str, Any]]:
    """Every setting with where it comes from; of secrets only whether they are set."""
    return [{"key": row.key, "source": row.source, "env": row.env, "value": _shown(row)} for row in provenance]


def _shown(row: Provenance) -> Any:
    return ("set" if row.value is not None else None) if row.secret else row.value


def masked(document: Any) -> Any:
    """A document with secrets replaced by whether they are set: values under names of secrets, and all headers."""
    match document:
        case dict():
            named: dict[str, Any] = document
            return {name: "set" if _hides(str(name), value) else masked(value) for name, value in named.items()}
        case list():
            return [masked(each) for each in cast("list[Any]", document)]
        case _:
            return document


def _hides(name: str, value: Any) -> bool:
    """A number is none: `max_tokens` counts them."""
    return bool(value) and not isinstance(value, int) and (is_secret(name) or name.lower().endswith(("key", "headers")))


_SHOWN_OF_NATS = ("server_name", "version", "go", "proto", "max_payload", "jetstream", "auth_required", "tls_required")


async def message_bus(bus: MessageBus) -> dict[str, Any]:
    """What NATS says of itself to those who connect, without addresses and challenges, and how fast it answers.

    Raises:
        nats.errors.Error, OSError, TimeoutError: it cannot be reached.
    """
    async with bus.connected() as client:
        info: dict[str, Any] = client._server_info  # noqa: SLF001 - nats-py has no other way to it
        begun = time.perf_counter()
        await client.flush(timeout=2)
        milliseconds = round((time.perf_counter() - begun) * 1000, 2)
    return {**{name: info.get(name) for name in _SHOWN_OF_NATS}, "round_trip_ms": milliseconds}


_COUNTED = ("connections", "total_connections", "max_connections", "slow_consumers", "subscriptions", "mem", "uptime")
_QUIET_SECONDS = 0.5
_MOST_SERVERS = 20


async def bus_connections(broker: PluginBroker) -> list[dict[str, Any]]:
    """How many connections each NATS server has, and what else it counts, as its system account tells.

    Raises:
        nats.errors.Error, OSError, TimeoutError: it cannot be reached, or refuses the login.
    """
    servers: list[dict[str, Any]] = []
    async with broker.connected(Login.SYS) as client:
        inbox = client.new_inbox()
        answers = await client.subscribe(inbox)
        await client.publish("$SYS.REQ.SERVER.PING.VARZ", b"", reply=inbox)
        while len(servers) < _MOST_SERVERS:
            try:
                told: dict[str, Any] = json.loads((await answers.next_msg(_QUIET_SECONDS)).data)
            except NatsTimeout:
                break
            counted = told.get("data") or {}
            name = (told.get("server") or {}).get("name")
            servers.append({"server": name, **{each: counted.get(each) for each in _COUNTED}})
    return servers


async def database(database: Database) -> dict[str, Any]:
    """Version, schema, sizes, sessions, locks and what runs long; statements without their values.

    What cannot be told, as the schema of a database without one, is told as the reason.

    Raises:
        Unavailable: it cannot be reached.
    """
    async with database.session() as session:

        async def asked(statement: str) -> Any:
            try:
                # A savepoint: one statement that is refused must not end the transaction of the others.
                async with session.begin_nested():
                    return [dict(row) for row in (await session.execute(text(statement))).mappings()]
            except DBAPIError as error:
                return f"cannot be told: {str(error.orig).partition(chr(10))[0]}"

        # The size of a table cannot be told while somebody holds it alone, which is just when people ask.
        await session.execute(text(_PATIENCE))
        found: dict[str, Any] = {"version": await session.scalar(text("SELECT version()"))}
        for name, statement in _ASKED.items():
            found[name] = await asked(statement)
    for name in ("revision", "bytes"):
        if isinstance(found[name], list):
            found[name] = found[name][0][name]
    if isinstance(found["running"], list):
        for row in found["running"]:
            row["query"] = without_values(row["query"])
    return found


async def people(database: Database) -> list[str]:
    """The ids of those who have an account, whoever was here last first, so that they can be taken out of texts.

    Raises:
        Unavailable, DBAPIError: they cannot be told.
    """
    async with database.session() as session:
        await session.execute(text(_PATIENCE))
        return list((await session.execute(text(_PEOPLE))).scalars())


def without_values(statement: str) -> str:
    """A statement with every literal replaced: what it does, not to what."""
    return _LITERAL.sub("?", statement)


def without_rows(log: str) -> str:
    """A log of PostgreSQL without the parts that quote rows or statements."""
    return _ROWS.sub(lambda line: f"{line['kept']} <left out>", log)
