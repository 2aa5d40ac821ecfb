"""One indexing run: fetch, store batch after batch, go live. Knows nothing of how it is made durable.

Everything that must survive is in the row: `run_id` says which run may write (a newer run, a cancellation or a deletion
changes it, and whoever is fenced off stops), `cursor` says which generation is built and up to which entry. A batch and
its position are committed together. A document whose stored hash is the listed one needs no work, so starting over from
position 0 is always right and merely slower.
"""

import contextlib
import time
from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.kernel.database import utcnow
from codemie.kernel.errors import Unprocessable
from codemie.kernel.telemetry import get_logger
from codemie.knowledge import dense, indexes, repository, runs, store
from codemie.knowledge.batches import Batch, Limits, Pipeline
from codemie.knowledge.cursor import Cursor
from codemie.knowledge.embedding import Embedder
from codemie.knowledge.office import OfficeParser
from codemie.knowledge.runtime import Knowledge
from codemie.knowledge.sources.contract import Entry, Snapshot
from codemie.knowledge.sources.opening import SourceRow
from codemie.knowledge.tables import DataSource, Generation

log = get_logger(__name__)

_STEP_SECONDS = 2.0
_HEARTBEAT_ENTRIES = 1000
_REASONS_TOLD = 3


class Builder:
    """Runs the steps of indexing on one worker. Between steps it keeps a run's pipeline open, as a convenience."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._parser = OfficeParser()
        self._pipelines: dict[str, Pipeline] = {}

    async def prepare(self, source_id: str, run_id: str) -> str:
        """Fetch the source, choose the generation to build, count. Returns `more` or `superseded`."""
        source = await self._begin(source_id, run_id)
        if source is None:
            return await self._stopped(source_id, run_id)
        await self._publish(source_id)
        snapshot = await self._knowledge.sources.open(_opening(source), None)
        total = await self._count(snapshot, source_id, run_id)
        better = await self._knowledge.embedders.dense(source.embeddings_model)
        async with self._knowledge.database.session() as session:
            row = await self._fenced(session, source_id, run_id)
            if row is None:
                await snapshot.close()
                return await self._stopped(source_id, run_id)
            cursor = Cursor.of(row)
            cursor.generation = await self._target(session, row, cursor, better)
            cursor.restart(snapshot.revision)
            cursor.total, cursor.started = total, time.time()
            row.cursor = asdict(cursor)
            row.complete_state, row.is_fetching, row.update_date = total, False, utcnow()
        self._open(source_id, run_id, snapshot, cursor)
        await self._publish(source_id)
        return "more"

    async def advance(self, source_id: str, run_id: str) -> str:
        """Store batches for a moment. Returns `more`, `done` or `superseded`."""
        pipeline = self._pipelines.get(run_id) or await self._reopen(source_id, run_id)
        if pipeline is None:
            return await self._stopped(source_id, run_id)
        until = time.monotonic() + _STEP_SECONDS
        try:
            while time.monotonic() < until:
                batch = await pipeline.next()
                if batch is None:
                    await self._close(run_id)
                    return "done"
                if not await self._store(source_id, run_id, batch, pipeline):
                    return await self._stopped(source_id, run_id)
                await self._publish(source_id)
        except BaseException:
            # The pipeline may have handed out a batch that was not stored: the next try starts from the row.
            await self._close(run_id)
            raise
        return "more"

    async def finish(self, source_id: str, run_id: str) -> str:
        """Remove what the source holds no more, make the generation live, ask for better vectors."""
        source = await self._current(source_id, run_id)
        if source is None:
            return await self._stopped(source_id, run_id)
        cursor = Cursor.of(source)
        generation = _building(cursor)
        cursor.removed = await self._forget_missing(source, run_id, generation, cursor)
        if cursor.chunks == 0:
            raise Unprocessable(await self._why_nothing(generation))
        vectors_missing, index_missing = await self._index(source, generation)
        async with self._knowledge.database.session() as session:
            row = await self._fenced(session, source_id, run_id)
            if row is None:
                return await self._stopped(source_id, run_id)
            await store.make_live(session, await store.generation(session, generation))
            _complete(row, cursor, refining=vectors_missing)
            if vectors_missing or index_missing:
                await runs.refine(session, source_id, run_id)
        await self._knowledge.sources.forget(source_id)
        await self._publish(source_id)
        return "completed"

    async def fail(self, source_id: str, run_id: str, reason: str) -> None:
        """End the run with a reason; what was live stays live."""
        await self._close(run_id)
        async with self._knowledge.database.session() as session:
            mine = await repository.fenced_update(
                session, source_id, run_id, error=True, completed=False, is_fetching=False, is_queued=False, text=reason
            )
        if mine:
            await self._knowledge.sources.forget(source_id)
            await self._publish(source_id)

    async def _index(self, source: DataSource, generation: int) -> tuple[bool, bool]:
        """Build the indexes that searches need, without holding the row: it takes its time.

        Returns whether dense vectors are missing, and whether the index of the static ones is.
        """
        async with self._knowledge.database.session() as session:
            target = await store.generation(session, generation)
            await indexes.finish(session, target)
            index_missing = await indexes.lacks_static(session, target)
            if target.dense_identity is None:
                return False, index_missing
            if source.live_generation is not None and source.live_generation != generation:
                await dense.reuse(session, await store.generation(session, source.live_generation), target)
            present, wanted = await dense.progress(session, target)
            if present == wanted:
                await indexes.finish_dense(session, target)
            return present != wanted, index_missing

    async def _begin(self, source_id: str, run_id: str) -> DataSource | None:
        async with self._knowledge.database.session() as session:
            row = await self._fenced(session, source_id, run_id)
            if row is not None:
                row.is_queued, row.is_fetching, row.update_date = False, True, utcnow()
            return row

    async def _count(self, snapshot: Snapshot, source_id: str, run_id: str) -> int:
        """Count the entries of the listing; a long one shows that it is alive."""
        total = 0
        async with contextlib.aclosing(snapshot.entries()) as entries:
            async for _ in entries:
                total += 1
                if total % _HEARTBEAT_ENTRIES == 0:
                    async with self._knowledge.database.session() as session:
                        await repository.fenced_update(session, source_id, run_id, complete_state=total)
        return total

    async def _target(self, session: AsyncSession, row: DataSource, cursor: Cursor, better: Embedder | None) -> int:
        """The generation to fill: the live one when only changes are asked for, an unfinished one, or a new one.

        Vectors are never mixed: a generation made with other models is left and a new one built.
        """
        wanted = row.live_generation if cursor.mode == "incremental" else cursor.generation
        if wanted is not None:
            found = await session.get(Generation, wanted)
            static = self._knowledge.embedders.static.identity
            if found is not None and (found.static_identity, found.dense_identity) == (static, _identity(better)):
                return wanted
        await self._drop_unfinished(session, row)
        created = await store.create_generation(session, row.id, self._knowledge.embedders.static, better)
        return created.id

    async def _drop_unfinished(self, session: AsyncSession, row: DataSource) -> None:
        await store.drop_generations(session, row.id, keep=row.live_generation)

    async def _reopen(self, source_id: str, run_id: str) -> Pipeline | None:
        """Open the pipeline where the row says the run stands: after a crash, or on another worker."""
        source = await self._current(source_id, run_id)
        if source is None:
            return None
        cursor = Cursor.of(source)
        snapshot = await self._knowledge.sources.open(_opening(source), cursor.revision)
        if snapshot.revision != cursor.revision:
            total = await self._count(snapshot, source_id, run_id)
            async with self._knowledge.database.session() as session:
                row = await self._fenced(session, source_id, run_id)
                if row is None:
                    await snapshot.close()
                    return None
                cursor.restart(snapshot.revision)
                cursor.total = total
                row.cursor, row.complete_state = asdict(cursor), total
        return self._open(source_id, run_id, snapshot, cursor)

    def _open(self, source_id: str, run_id: str, snapshot: Snapshot, cursor: Cursor) -> Pipeline:
        settings = self._knowledge.settings
        generation = _building(cursor)

        async def known(entries: Sequence[Entry]) -> dict[str, int]:
            async with self._knowledge.database.session() as session:
                return await repository.stored_chunks(session, generation, entries)

        async def guards() -> str | None:
            async with self._knowledge.database.session() as session:
                return await repository.guards_over(session, source_id)

        pipeline = Pipeline(
            snapshot,
            self._parser,
            self._knowledge.embedders.static,
            known,
            guards,
            Limits(settings.batch_documents, settings.batch_bytes, settings.max_upload_bytes),
            cursor.position,
        )
        self._pipelines[run_id] = pipeline
        return pipeline

    async def _store(self, source_id: str, run_id: str, batch: Batch, pipeline: Pipeline) -> bool:
        """Commit a batch with the position it reaches. False when the run may not write any more."""
        async with self._knowledge.database.session() as session:
            row = await self._fenced(session, source_id, run_id)
            if row is None:
                return False
            cursor = Cursor.of(row)
            if cursor.position != batch.start:
                # Another worker took the run over and is ahead: what this one holds is stored already.
                return False
            if batch.changed:
                target = await store.generation(session, _building(cursor))
                documents = [document.stored() for document in batch.changed]
                await store.write(session, target, self._knowledge.embedders.static, documents)
            cursor.count(batch)
            cursor.filtered = pipeline.snapshot.filtered
            row.cursor = asdict(cursor)
            row.current_state, row.current_chunks_state = cursor.indexed + cursor.skipped, cursor.chunks
            row.processing_info = cursor.summary()
            row.update_date = utcnow()
        return True

    async def _forget_missing(self, source: DataSource, run_id: str, generation: int, cursor: Cursor) -> int:
        """Remove documents the source no longer lists. Returns how many."""
        async with self._knowledge.database.session() as session:
            if await repository.document_count(session, generation) == cursor.total:
                return 0
        snapshot = await self._knowledge.sources.open(_opening(source), cursor.revision)
        async with contextlib.aclosing(snapshot.entries()) as entries:
            listed = {store.document_id(entry.source) async for entry in entries}
        await snapshot.close()
        removed = 0
        async with self._knowledge.database.session() as session:
            if await self._fenced(session, source.id, run_id) is None:
                return 0
            async for names in store.sources(session, generation):
                gone = [name for name in names if store.document_id(name) not in listed]
                if gone:
                    await store.delete_documents(session, generation, gone)
                    removed += len(gone)
        return removed

    async def _why_nothing(self, generation: int) -> str:
        async with self._knowledge.database.session() as session:
            rows, total = await repository.skipped_documents(session, generation, 0, _REASONS_TOLD)
        if not total:
            return "Nothing to index: the source holds no document that the filter lets through"
        reasons = "; ".join(f"{row.source}: {row.skipped_reason}" for row in rows)
        return f"Nothing could be indexed. {reasons}" + (f"; and {total - len(rows)} more" * (total > len(rows)))

    async def _current(self, source_id: str, run_id: str) -> DataSource | None:
        async with self._knowledge.database.session() as session:
            row = await repository.find_unchecked(session, source_id)
            return row if row is not None and row.run_id == run_id else None

    async def _fenced(self, session: AsyncSession, source_id: str, run_id: str) -> DataSource | None:
        """The row, locked, if this run may still write; otherwise None."""
        row = await repository.find_unchecked(session, source_id, lock=True)
        return row if row is not None and row.run_id == run_id else None

    async def _stopped(self, source_id: str, run_id: str) -> str:
        """End quietly: the data source is gone, was cancelled, or belongs to a newer run."""
        await self._close(run_id)
        async with self._knowledge.database.session() as session:
            if await repository.find_unchecked(session, source_id) is None:
                await self._knowledge.sources.forget(source_id)
        return "superseded"

    async def _close(self, run_id: str) -> None:
        pipeline = self._pipelines.pop(run_id, None)
        if pipeline is not None:
            await pipeline.close()

    async def _publish(self, source_id: str) -> None:
        await self._knowledge.messaging.publish(runs.subject(source_id), {"id": source_id})


def _identity(embedder: Embedder | None) -> str | None:
    return embedder.identity if embedder else None


def _opening(source: DataSource) -> SourceRow:
    return SourceRow(source.id, source.type, source.settings, source.setting_id, source.owner_id, source.project)


def _building(cursor: Cursor) -> int:
    if cursor.generation is None:
        raise Unprocessable("The run has no generation to build; start it again")
    return cursor.generation


def _complete(row: DataSource, cursor: Cursor, *, refining: bool) -> None:
    row.completed, row.error, row.is_fetching, row.text = True, False, False, ""
    row.last_reindex_date = row.update_date = utcnow()
    row.processing_info = cursor.summary()
    if refining:
        row.processing_info |= {"refinement": {"done": 0, "total": cursor.chunks, "finished": False}}
    row.cursor = {"mode": cursor.mode, "generation": cursor.generation, "revision": cursor.revision}
