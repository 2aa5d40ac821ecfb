"""Asking for an indexing run: the row and the durable work in one transaction.

Names of queues and workflows stand here, so that the API can ask for work without loading the engine that does it.
"""

from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.kernel.database import new_id, utcnow
from codemie.kernel.durable import enqueue
from codemie.knowledge.tables import DataSource

INDEX_QUEUE = "knowledge-index"
REFINE_QUEUE = "knowledge-refine"
INDEX_WORKFLOW = "knowledge.index"
REFINE_WORKFLOW = "knowledge.refine"
CLASS_NAME = "knowledge.Indexer"
INSTANCE_NAME = "knowledge"

Mode = Literal["full", "incremental", "resume"]
"""full: build everything anew beside what is live; incremental: touch what changed; resume: go on where a run ended."""


def subject(source_id: str) -> str:
    """NATS subject of a data source's progress events."""
    return f"codemie.knowledge.{source_id}.progress"


async def start(session: AsyncSession, source: DataSource, mode: Mode) -> None:
    """Begin a run of the data source; an earlier run still under way notices at its next batch and ends."""
    run_id = source.run_id = new_id()
    unfinished = (source.cursor or {}) if mode == "resume" else {}
    source.cursor = {"mode": mode, "generation": unfinished.get("generation")}
    source.completed = source.error = source.is_fetching = False
    source.is_queued = True
    source.text = ""
    source.current_state = source.complete_state = source.current_chunks_state = 0
    source.last_reindex_triggered_at = source.update_date = utcnow()
    await session.flush()
    await _enqueue(session, INDEX_QUEUE, INDEX_WORKFLOW, source.id, run_id)


async def refine(session: AsyncSession, source_id: str, run_id: str) -> None:
    """Ask for the second, slower embedding pass of a finished run."""
    await _enqueue(session, REFINE_QUEUE, REFINE_WORKFLOW, source_id, run_id)


async def _enqueue(session: AsyncSession, queue: str, workflow: str, source_id: str, run_id: str) -> None:
    await enqueue(
        session,
        queue,
        workflow,
        source_id,
        run_id,
        class_name=CLASS_NAME,
        config_name=INSTANCE_NAME,
        workflow_id=f"{workflow}-{run_id}",
    )
