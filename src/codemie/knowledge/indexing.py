"""Indexing as durable work: the only module of the room that knows DBOS.

A run is a workflow of short steps. What a step did is committed with a position in the same transaction, so a process
that dies loses the batch it held and nothing else: the recovered workflow asks for the next batch and goes on where the
position stands, on whatever worker.
"""

from typing import Any

from dbos import DBOS, DBOSConfiguredInstance
from dbos import error as dbos_error

from codemie.kernel.errors import CodeMieError, Unavailable
from codemie.kernel.telemetry import get_logger
from codemie.knowledge.building import Builder
from codemie.knowledge.refining import Refiner
from codemie.knowledge.runs import (
    CLASS_NAME,
    INDEX_QUEUE,
    INDEX_WORKFLOW,
    INSTANCE_NAME,
    REFINE_QUEUE,
    REFINE_WORKFLOW,
)
from codemie.knowledge.runtime import Knowledge

log = get_logger(__name__)

_POLLING_SECONDS = 0.2
_AWAY = "A part of the platform was away for too long; index the data source again"


def _passing(error: BaseException) -> bool:
    """Whether trying again later can help: a part of the platform is away."""
    return isinstance(error, Unavailable)


# Eleven tries with doubling pauses bridge about a quarter of an hour without PostgreSQL.
_RETRIES: dict[str, Any] = {
    "retries_allowed": True,
    "max_attempts": 11,
    "interval_seconds": 0.5,
    "backoff_rate": 2.0,
    "should_retry": _passing,
}


@DBOS.dbos_class(CLASS_NAME)
class Indexer(DBOSConfiguredInstance):
    """The workflows of the room, on one worker."""

    def __init__(self, knowledge: Knowledge) -> None:
        super().__init__(INSTANCE_NAME)
        self._builder = Builder(knowledge)
        self._refiner = Refiner(knowledge)

    @DBOS.workflow(name=INDEX_WORKFLOW)
    async def index(self, source_id: str, run_id: str) -> str:
        """Bring the index of a data source to what the source holds now. Returns how it ended."""
        try:
            outcome = await self.prepare(source_id, run_id)
            while outcome == "more":
                outcome = await self.advance(source_id, run_id)
            if outcome == "done":
                outcome = await self.finish(source_id, run_id)
        except CodeMieError as error:
            await self.fail(source_id, run_id, str(error))
            return "failed"
        except dbos_error.DBOSMaxStepRetriesExceeded:
            await self.fail(source_id, run_id, _AWAY)
            return "failed"
        except dbos_error.DBOSException:
            # The worker is stopping: whoever runs next goes on.
            raise
        # Broad: whatever it was, the row must not say "in progress" for ever.
        except Exception as error:
            log.exception("indexing_failed", source_id=source_id, run_id=run_id)
            await self.fail(source_id, run_id, f"An internal error ended the indexing ({type(error).__name__})")
            return "failed"
        return outcome

    @DBOS.step(name="knowledge.prepare", **_RETRIES)
    async def prepare(self, source_id: str, run_id: str) -> str:
        """Fetch the source and count its documents."""
        return await self._builder.prepare(source_id, run_id)

    @DBOS.step(name="knowledge.advance", **_RETRIES)
    async def advance(self, source_id: str, run_id: str) -> str:
        """Store batches for a moment."""
        return await self._builder.advance(source_id, run_id)

    @DBOS.step(name="knowledge.finish", **_RETRIES)
    async def finish(self, source_id: str, run_id: str) -> str:
        """Make what was built live."""
        return await self._builder.finish(source_id, run_id)

    @DBOS.step(name="knowledge.fail", **_RETRIES)
    async def fail(self, source_id: str, run_id: str, reason: str) -> None:
        """Tell in the row why the run ended."""
        await self._builder.fail(source_id, run_id, reason)

    @DBOS.workflow(name=REFINE_WORKFLOW)
    async def refine(self, source_id: str, run_id: str) -> str:
        """Replace the vectors of the first pass by better ones, in the background."""
        outcome = "more"
        try:
            while outcome == "more":
                outcome = await self.improve(source_id, run_id)
        except CodeMieError as error:
            await self.give_up(source_id, run_id, str(error))
            return "failed"
        except dbos_error.DBOSMaxStepRetriesExceeded:
            await self.give_up(source_id, run_id, _AWAY)
            return "failed"
        except dbos_error.DBOSException:
            # The worker is stopping: whoever runs next goes on.
            raise
        # Broad: the source stays searchable, and the row must tell what it is missing.
        except Exception as error:
            log.exception("refining_failed", source_id=source_id, run_id=run_id)
            await self.give_up(source_id, run_id, f"An internal error ended it ({type(error).__name__})")
            return "failed"
        return outcome

    @DBOS.step(name="knowledge.improve", **_RETRIES)
    async def improve(self, source_id: str, run_id: str) -> str:
        """Embed chunks for a moment."""
        return await self._refiner.advance(source_id, run_id)

    @DBOS.step(name="knowledge.give_up", **_RETRIES)
    async def give_up(self, source_id: str, run_id: str, reason: str) -> None:
        """Tell in the row why the second pass ended."""
        await self._refiner.fail(source_id, run_id, reason)


def register(resources: Any) -> Indexer:
    """Make the workflows known to DBOS, before it is launched."""
    return Indexer(resources.knowledge)


async def register_queues(concurrent_sources: int) -> None:
    """Take work from the room's queues, after DBOS was launched."""
    await DBOS.register_queue_async(
        INDEX_QUEUE, worker_concurrency=concurrent_sources, polling_interval_sec=_POLLING_SECONDS
    )
    await DBOS.register_queue_async(REFINE_QUEUE, worker_concurrency=1, polling_interval_sec=1.0)
