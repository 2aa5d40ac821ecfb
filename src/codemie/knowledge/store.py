"""Chunks and vectors in PostgreSQL: a generation is created, filled by batches, finished, made live, dropped.

Every function works inside the session's transaction. Ids are derived from content, and a batch replaces what an
earlier attempt at it left, so a durable step that runs twice stores everything once.
"""

import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.kernel.errors import NotFound
from codemie.knowledge import copying, leaves
from codemie.knowledge.chunking import Piece
from codemie.knowledge.documents import Skipped
from codemie.knowledge.embedding import Embedder, Vectors, require_same
from codemie.knowledge.leaves import statement
from codemie.knowledge.tables import DataSource, Document, Generation

_NAMESPACE = uuid.UUID("5b0f0c3e-8d0a-4d7c-9a53-6f2a1c6f0d11")
_CHUNK_COLUMNS = (
    *("generation_id", "id", "document_id", "ordinal", "source", "title", "symbol", "language", "page"),
    *("start_line", "end_line", "weight", "body", "labels", "terms", "static"),
)
_CREATE = (
    "CREATE TABLE @chunks (LIKE chunks INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING STORAGE)",
    "CREATE TABLE @vectors (LIKE vectors INCLUDING STORAGE)",
    # Full text stays in the row up to a page: fetching it from elsewhere is most of the work of scoring.
    "ALTER TABLE @chunks SET (toast_tuple_target = 8160)",
    # Attached rather than created as partitions: that would lock all of them exclusively.
    "ALTER TABLE chunks ATTACH PARTITION @chunks FOR VALUES IN (@generation)",
    "ALTER TABLE vectors ATTACH PARTITION @vectors FOR VALUES IN (@generation)",
)
_FORGET = """
WITH gone AS (DELETE FROM @chunks WHERE document_id = ANY(CAST(:documents AS uuid[])) RETURNING id)
DELETE FROM @vectors v USING gone WHERE v.chunk_id = gone.id AND gone.id <> ALL(CAST(:keep AS uuid[]))
"""


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document ready to be stored: its pieces with one static vector each, or why it is skipped."""

    source: str
    content_hash: str
    size_bytes: int
    pieces: Sequence[Piece] = ()
    vectors: Vectors | None = None
    skipped: Skipped | None = None


def document_id(source: str) -> str:
    """The id of a document inside a generation."""
    return str(uuid.uuid5(_NAMESPACE, source))


def chunk_id(data_source_id: str, piece: Piece) -> str:
    """The id of a passage: it outlives re-indexing as long as its document, place and text stay the same."""
    return str(uuid.uuid5(_NAMESPACE, f"{data_source_id}\0{piece.source}\0{piece.ordinal}\0{piece.text}"))


async def create_generation(
    session: AsyncSession, data_source_id: str, static: Embedder, dense: Embedder | None = None
) -> Generation:
    """Start a new copy of a data source, with its own tables, searchable once it is live."""
    generation = Generation(
        data_source_id=data_source_id,
        static_identity=static.identity,
        dense_identity=dense.identity if dense else None,
        dense_dimension=dense.dimension if dense else None,
    )
    session.add(generation)
    await session.flush()
    for sql in _CREATE:
        await session.execute(statement(sql, generation.id))
    return generation


async def generation(session: AsyncSession, generation_id: int) -> Generation:
    """Load a generation.

    Raises:
        NotFound: it was dropped, for example because its data source was deleted.
    """
    row = await session.get(Generation, generation_id)
    if row is None:
        raise NotFound(f"The generation {generation_id} is gone")
    return row


async def write(
    session: AsyncSession, target: Generation, static: Embedder, documents: Sequence[StoredDocument]
) -> int:
    """Store a batch of documents, replacing earlier versions of the same; returns the number of chunks.

    Raises:
        EmbedderMismatch: the vectors are of another model than the generation's.
        NotFound: the generation was dropped meanwhile.
    """
    require_same(target.static_identity, static.identity)
    # The lock makes a batch wait for a drop, and the other way round: nothing is written into a deleted source.
    lock = select(Generation.id).where(Generation.id == target.id).with_for_update(read=True, key_share=True)
    if await session.scalar(lock) is None:
        raise NotFound("The data source was deleted while it was indexed")
    unique = list({document.source: document for document in documents}.values())
    rows = [row for document in unique for row in _chunk_rows(target, document)]
    ids = [uuid.UUID(bytes=row[1]) for row in rows if row[1] is not None]
    await _forget_chunks(session, target.id, [document_id(document.source) for document in unique], keep=ids)
    await copying.copy(session, leaves.chunks(target.id), _CHUNK_COLUMNS, rows)
    await _upsert_documents(session, target.id, unique)
    return len(rows)


def _chunk_rows(target: Generation, document: StoredDocument) -> list[list[bytes | None]]:
    if document.vectors is None:
        return []
    return [_chunk_row(target, piece, vector) for piece, vector in zip(document.pieces, document.vectors, strict=True)]


def _chunk_row(target: Generation, piece: Piece, vector: NDArray[np.float32]) -> list[bytes | None]:
    return [
        copying.bigint(target.id),
        copying.identifier(chunk_id(target.data_source_id, piece)),
        copying.identifier(document_id(piece.source)),
        copying.integer(piece.ordinal),
        copying.text(piece.source),
        *(None if value is None else copying.text(value) for value in (piece.title, piece.symbol, piece.language)),
        *(
            None if value is None else copying.integer(value)
            for value in (piece.page, piece.start_line, piece.end_line)
        ),
        copying.real(piece.weight),
        *(copying.text(value) for value in (piece.text, piece.labels, piece.terms)),
        copying.halfvec(vector),
    ]


async def _upsert_documents(session: AsyncSession, generation_id: int, documents: Sequence[StoredDocument]) -> None:
    if not documents:
        return
    statement = insert(Document).values(
        [
            {
                "generation_id": generation_id,
                "id": document_id(document.source),
                "source": document.source.replace("\x00", ""),
                "content_hash": document.content_hash,
                "size_bytes": document.size_bytes,
                "chunk_count": len(document.pieces),
                "skipped_code": document.skipped.code if document.skipped else None,
                "skipped_reason": document.skipped.reason if document.skipped else None,
            }
            for document in documents
        ]
    )
    changed = {
        column.name: statement.excluded[column.name] for column in Document.__table__.columns if not column.primary_key
    }
    await session.execute(statement.on_conflict_do_update(index_elements=["generation_id", "id"], set_=changed))


async def _forget_chunks(
    session: AsyncSession, generation_id: int, documents: Sequence[str], keep: Sequence[uuid.UUID] = ()
) -> None:
    """Delete the chunks of documents; the dense vectors of chunks about to come back unchanged stay."""
    parameters = {"documents": list(documents), "keep": list(keep)}
    await session.execute(statement(_FORGET, generation_id), parameters)


async def delete_documents(session: AsyncSession, generation_id: int, sources: Sequence[str]) -> None:
    """Remove documents that are no longer in the source."""
    ids = [document_id(source) for source in sources]
    await _forget_chunks(session, generation_id, ids)
    await session.execute(delete(Document).where(Document.generation_id == generation_id, Document.id.in_(ids)))


async def unchanged(session: AsyncSession, generation_id: int, hashes: Sequence[tuple[str, str]]) -> set[str]:
    """Of (source, content hash) pairs, the sources that are stored already with that very content."""
    keys = [(document_id(source), content_hash) for source, content_hash in hashes]
    found = await session.scalars(
        select(Document.source).where(
            Document.generation_id == generation_id, tuple_(Document.id, Document.content_hash).in_(keys)
        )
    )
    return set(found)


async def sources(session: AsyncSession, generation_id: int, page: int = 1000) -> AsyncIterator[list[str]]:
    """All documents of a generation, by pages, so that a source of any size fits in memory."""
    after = "00000000-0000-0000-0000-000000000000"
    while True:
        rows = (
            await session.execute(
                select(Document.id, Document.source)
                .where(Document.generation_id == generation_id, Document.id > after)
                .order_by(Document.id)
                .limit(page)
            )
        ).all()
        if not rows:
            return
        after = rows[-1].id
        yield [row.source for row in rows]


async def make_live(session: AsyncSession, target: Generation) -> None:
    """Let searches use this generation from the commit on, and drop all others of its data source.

    Raises:
        NotFound: the data source was deleted meanwhile.
    """
    changed = await session.execute(
        update(DataSource)
        .where(DataSource.id == target.data_source_id)
        .values(live_generation=target.id)
        .returning(DataSource.id)
    )
    if changed.first() is None:
        raise NotFound("The data source was deleted while it was indexed")
    await drop_generations(session, target.data_source_id, keep=target.id)


async def drop_generations(session: AsyncSession, data_source_id: str, keep: int | None = None) -> None:
    """Remove all generations of a data source but one, with everything in them."""
    doomed = await session.scalars(
        select(Generation.id)
        .where(Generation.data_source_id == data_source_id, Generation.id.is_distinct_from(keep))
        .with_for_update()
    )
    for generation_id in doomed.all():
        await session.execute(statement("DROP TABLE IF EXISTS @chunks, @vectors", generation_id))
        await session.execute(delete(Generation).where(Generation.id == generation_id))


async def size_bytes(session: AsyncSession, generation_id: int) -> int:
    """Disk space of a generation with its indexes."""
    names = leaves.chunks(generation_id), leaves.vectors(generation_id)
    sizes = (func.coalesce(func.pg_total_relation_size(func.to_regclass(name)), 0) for name in names)
    return sum((await session.execute(select(*sizes))).one())
