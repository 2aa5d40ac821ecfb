"""Checks of durable work: workers live, nothing waits for long, nothing was left behind by a dead one."""

from sqlalchemy import text

from codemie.checks.check import Severity, check
from codemie.checks.report import Finding, failed, passed, warned
from codemie.kernel.database import Database
from codemie.kernel.durable import SCHEMA
from codemie.kernel.executors import HELD, LIVING
from codemie.operations.installation.limits import Limits


@check(
    "worker.alive",
    title="A worker runs",
    symptom="Data sources stay queued, nothing is indexed, replies that broke off are never settled.",
    remedy=("Look whether a worker runs; its log tells why it ended", "Start one: codemiectl worker"),
    faq=("F53",),
    needs=("db.schema",),
)
async def alive(database: Database) -> Finding:
    """No process holds the lock that every worker takes in the database when it starts and keeps while it lives."""
    async with database.session() as session:
        workers = int(await session.scalar(text(LIVING)) or 0)
    if not workers:
        return failed("No worker holds its lock in the database", *alive.remedy, workers=0)
    return passed("1 worker lives" if workers == 1 else f"{workers} workers live", workers=workers)


_QUEUED = text(
    f"SELECT count(*), extract(epoch FROM clock_timestamp())::float - min(created_at) / 1000.0 FROM {SCHEMA}.workflow_status"  # noqa: S608, E501 - a constant of ours
    " WHERE status = 'ENQUEUED'"
)


@check(
    "worker.queue",
    title="Work does not wait for long",
    symptom="A data source stays queued for a long time.",
    severity=Severity.MAJOR,
    remedy=("Start more workers", "Raise CODEMIE_KNOWLEDGE_CONCURRENT_SOURCES if the machine has room"),
    needs=("worker.alive",),
)
async def queue(database: Database, limits: Limits) -> Finding:
    """More work comes in than the workers finish, or all of them are busy with something that takes hours."""
    async with database.session() as session:
        waiting, oldest = (await session.execute(_QUEUED)).one()
    evidence = {"waiting": waiting, "oldest": f"{float(oldest or 0):.0f} s"}
    if waiting and oldest > limits.queue_seconds:
        return warned(f"{waiting} wait, the first for {oldest / 60:.0f} minutes", *queue.remedy, **evidence)
    return passed(f"{waiting} wait", **evidence)


_ABANDONED = text(
    f"SELECT w.executor_id, count(*) FROM {SCHEMA}.workflow_status w"  # noqa: S608 - a constant of ours
    " WHERE w.status = 'PENDING' AND w.executor_id IS NOT NULL"
    " AND w.updated_at < (extract(epoch FROM clock_timestamp()) - :seconds) * 1000"
    f" AND NOT EXISTS ({HELD.format(name='w.executor_id')}) GROUP BY 1 ORDER BY 1 LIMIT 10"
)


@check(
    "worker.stuck",
    title="The work of dead workers was taken over",
    symptom="The progress of a data source does not move any more.",
    severity=Severity.MAJOR,
    remedy=(
        "Look into the log of the workers for the reason",
        "Restart the workers: each takes over what nobody holds",
    ),
    needs=("worker.alive",),
)
async def stuck(database: Database, limits: Limits) -> Finding:
    """A worker died in the middle of something, and for a minute no living one has taken it over as it should."""
    async with database.session() as session:
        left = (await session.execute(_ABANDONED, {"seconds": limits.takeover_seconds})).all()
    if left:
        told = {str(name): count for name, count in left}
        return failed(f"Nobody goes on with the work of {', '.join(told)}", *stuck.remedy, **told)
    return passed("Nothing was left behind")


CHECKS = (alive, queue, stuck)
