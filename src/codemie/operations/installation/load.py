"""Checks of how much PostgreSQL has to bear: connections, room, and statements that wait for each other."""

from sqlalchemy import text

from codemie.checks.check import Severity, check
from codemie.checks.report import Finding, failed, passed, skipped, warned
from codemie.kernel.database import Database
from codemie.operations.installation.limits import Limits
from codemie.operations.installation.subject import Installation

_GB = 10**9

# The server's own limit, but for what it keeps back; the database's and the role's, where they have one.
_CONNECTIONS = text("""
WITH here AS (SELECT datname, usename FROM pg_stat_activity WHERE backend_type = 'client backend')
SELECT 'server' AS whose, (SELECT count(*) FROM here) AS used,
       current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
       - current_setting('reserved_connections')::int AS most
UNION ALL
SELECT 'database', (SELECT count(*) FROM here h WHERE h.datname = d.datname), d.datconnlimit
FROM pg_database d WHERE d.datname = current_database() AND d.datconnlimit > 0
UNION ALL
SELECT 'role', (SELECT count(*) FROM here h WHERE h.usename = r.rolname), r.rolconnlimit
FROM pg_roles r WHERE r.rolname = current_user AND r.rolconnlimit > 0
""")


@check(
    "db.connections",
    title="There are connections left",
    symptom="Now and then a request answers 503; more at busy times.",
    severity=Severity.MAJOR,
    remedy=(
        "Raise max_connections of the server, or the limit of the database or role",
        "Make CODEMIE_KERNEL_DATABASE_POOL_SIZE smaller: every process holds so many",
        "See who holds them: SELECT application_name, state, count(*) FROM pg_stat_activity GROUP BY 1, 2",
    ),
    faq=("F53",),
    needs=("db.reachable",),
)
async def connections(database: Database, limits: Limits) -> Finding:
    """Processes times pool size come to more than the server admits, or another program holds connections."""
    async with database.session() as session:
        limited = (await session.execute(_CONNECTIONS)).all()
    whose, used, most = max(limited, key=lambda row: row.used / row.most)
    evidence = {"used": used, "limit": most, "limit of": whose}
    if used >= most:
        return failed(f"All {most} connections are taken", *connections.remedy, **evidence)
    if used >= most * limits.connections_share:
        return warned(f"{used} of {most} connections are taken", *connections.remedy, **evidence)
    return passed(f"{used} of {most} connections are taken", **evidence)


@check(
    "db.size",
    title="The database has room to grow",
    symptom="Nothing can be saved: requests answer 507.",
    severity=Severity.MAJOR,
    remedy=("Give the database a larger disk", "Delete data sources nobody uses; shorten the retention of chats"),
    needs=("db.reachable",),
)
async def size(database: Database, installation: Installation, limits: Limits) -> Finding:
    """Chunks, vectors and files fill the disk of the database server, whose size PostgreSQL itself cannot tell."""
    async with database.session() as session:
        used = int(await session.scalar(text("SELECT pg_database_size(current_database())")) or 0)
    disk = installation.settings.operations.database_gigabytes
    if disk is None:
        return skipped(f"it takes {used / _GB:.2f} GB; how much there is tells CODEMIE_OPERATIONS_DATABASE_GIGABYTES")
    share = used / (disk * _GB)
    evidence = {"used": f"{used / _GB:.2f} GB", "disk": f"{disk:g} GB"}
    if share >= limits.database_share:
        return warned(f"It takes {share:.0%} of its disk", *size.remedy, **evidence)
    return passed(f"It takes {share:.0%} of its disk", **evidence)


_WAITING = text("""
SELECT w.pid, extract(epoch FROM clock_timestamp() - w.state_change)::float AS seconds, pg_blocking_pids(w.pid) AS by
FROM pg_stat_activity w
WHERE w.datname = current_database() AND w.wait_event_type = 'Lock'
  AND w.state_change < clock_timestamp() - make_interval(secs => :lock)
ORDER BY seconds DESC LIMIT 5
""")
_IDLE = text("""
SELECT pid, extract(epoch FROM clock_timestamp() - state_change)::float AS seconds, application_name
FROM pg_stat_activity
WHERE datname = current_database() AND state LIKE 'idle in transaction%'
  AND state_change < clock_timestamp() - make_interval(secs => :open)
ORDER BY seconds DESC LIMIT 5
""")


@check(
    "db.locks",
    title="Nobody waits long for a lock",
    symptom="Some pages hang while others are quick; migrations do not end.",
    severity=Severity.MAJOR,
    remedy=(
        "See what the holder does: SELECT pid, state, query_start FROM pg_stat_activity WHERE pid = …",
        "End it if nobody needs it: SELECT pg_terminate_backend(…)",
    ),
    needs=("db.reachable",),
)
async def locks(database: Database, limits: Limits) -> Finding:
    """A transaction was begun and never ended, by a tool of an administrator or a process that hangs; others wait."""
    async with database.session() as session:
        waiting = (await session.execute(_WAITING, {"lock": limits.lock_seconds})).all()
        idle = (await session.execute(_IDLE, {"open": limits.transaction_seconds})).all()
    if waiting:
        pid, seconds, holders = waiting[0]
        return failed(
            f"Process {pid} waits for {seconds:.0f} s for a lock of {', '.join(map(str, holders)) or 'others'}",
            *locks.remedy,
            waiting=len(waiting),
        )
    if idle:
        pid, seconds, name = idle[0]
        return warned(f"Process {pid} ({name or 'unnamed'}) left a transaction open {seconds:.0f} s ago", *locks.remedy)
    return passed("No statement waits, no transaction was left open")


CHECKS = (connections, size, locks)
