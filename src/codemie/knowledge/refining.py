"""The second pass, in the background, for chunks that are searchable already: a vector index, and better vectors."""

import time
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.kernel.database import utcnow
from codemie.knowledge import dense, indexes, repository, runs, store
from codemie.knowledge.embedding import Embedder, EmbedderMismatch
from codemie.knowledge.runtime import Knowledge
from codemie.knowledge.tables import DataSource, Generation

_STEP_SECONDS = 3.0
_AT_ONCE = 64


class Refiner:
    """Runs the steps of the second pass on one worker. The store knows which chunks still want a vector."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._after: dict[str, str] = {}

    async def advance(self, source_id: str, run_id: str) -> str:
        """Embed chunks for a moment. Returns `more`, `completed` or `superseded`."""
        until = time.monotonic() + _STEP_SECONDS
        while time.monotonic() < until:
            outcome = await self._some(source_id, run_id)
            if outcome != "more":
                self._after.pop(run_id, None)
                return outcome
        return "more"

    async def fail(self, source_id: str, run_id: str, reason: str) -> None:
        """Tell in the row why better vectors are missing; the source stays searchable by those it has."""
        self._after.pop(run_id, None)
        async with self._knowledge.database.session() as session:
            row = await self._fenced(session, source_id, run_id)
            if row is not None:
                _tell(row, finished=True, error=reason)
        await self._publish(source_id)

    async def _some(self, source_id: str, run_id: str) -> str:
        async with self._knowledge.database.session() as session:
            source = await repository.find_unchecked(session, source_id)
            if source is None or source.run_id != run_id or source.live_generation is None:
                return "superseded"
            target = await store.generation(session, source.live_generation)
            if await indexes.lacks_static(session, target):
                await indexes.finish_static(session, target)
            if target.dense_identity is None:
                return "completed"
            chunks = await dense.missing(session, target, self._after.get(run_id), _AT_ONCE)
            if not chunks and run_id in self._after:
                chunks = await dense.missing(session, target, None, _AT_ONCE)
        if not chunks:
            return await self._finish(source_id, run_id, target)
        embedder = await self._embedder(source, target)
        vectors = await embedder.embed([chunk.text for chunk in chunks])
        async with self._knowledge.database.session() as session:
            row = await self._fenced(session, source_id, run_id)
            if row is None:
                return "superseded"
            await dense.write(session, target, embedder, [chunk.chunk_id for chunk in chunks], vectors)
            done, total = await dense.progress(session, target)
            _tell(row, done=done, total=total)
        self._after[run_id] = chunks[-1].chunk_id
        await self._publish(source_id)
        return "more"

    async def _finish(self, source_id: str, run_id: str, target: Generation) -> str:
        async with self._knowledge.database.session() as session:
            generation = await store.generation(session, target.id)
            await indexes.finish_dense(session, generation)
            done, total = await dense.progress(session, generation)
        async with self._knowledge.database.session() as session:
            row = await self._fenced(session, source_id, run_id)
            if row is None:
                return "superseded"
            _tell(row, done=done, total=total, finished=True)
        await self._publish(source_id)
        return "completed"

    async def _embedder(self, source: DataSource, target: Generation) -> Embedder:
        embedder = await self._knowledge.embedders.dense(source.embeddings_model)
        if embedder is None or embedder.identity != target.dense_identity:
            raise EmbedderMismatch(
                "The embedding model of the data source has changed",
                details=f"Its vectors are to come from {target.dense_identity}.",
                help="Re-index the data source to use the model that is configured now.",
            )
        return embedder

    async def _fenced(self, session: AsyncSession, source_id: str, run_id: str) -> DataSource | None:
        row = await repository.find_unchecked(session, source_id, lock=True)
        return row if row is not None and row.run_id == run_id else None

    async def _publish(self, source_id: str) -> None:
        await self._knowledge.messaging.publish(runs.subject(source_id), {"id": source_id})


def _tell(row: DataSource, **known: Any) -> None:
    refinement = {"done": 0, "total": 0, "finished": False, **row.processing_info.get("refinement", {}), **known}
    row.processing_info = {**row.processing_info, "refinement": refinement}
    row.update_date = utcnow()
