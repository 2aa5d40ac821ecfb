"""Chunks and vectors in PostgreSQL: a generation is created, filled by batches, finished, made live, dropped.

Every function works inside the session's transaction. Ids are derived from content, and a batch replaces what an
earlier attempt at it left, so a durable step that runs twice stores everything once.
"""

import hashlib
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from sqlalchemy import delete, func, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.kernel.errors import NotFound
from codemie.knowledge import copying, leaves
from codemie.knowledge.chunking import Piece
from codemie.knowledge.documents import Skipped
from codemie.knowledge.embedding import Embedder, Vectors, require_same
from codemie.knowledge.leaves import statement
from codemie.knowledge.tables import DataSource, Document, Generation

_NAMESPACE = uuid.UUID("5b0f0c3e-8d0a-4d7c-9a53-6f2a1c6f0d11").bytes
_CHUNK_COLUMNS = (
    *("generation_id", "id", "document_id", "ordinal", "source", "title", "symbol", "language", "page"),
    *("start_line", "end_line", "weight", "body", "labels", "terms", "static"),
)
_CREATE = (
    "CREATE TABLE @chunks (LIKE chunks INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING STORAGE)",
    "CREATE TABLE @vectors (LIKE vectors INCLUDING STORAGE)",
    # Full text stays in the row up to a page: fetching it from elsewhere is most of the work of scoring.
    "ALTER TABLE @chunks SET (toast_tuple_target = 8160)",
    # No query compares these: what is in them needs no statistics.
    "ALTER TABLE @chunks "
    + ", ".join(f"ALTER {column} SET STATISTICS 0" for column in ("body", "labels", "terms", "title", "static")),
    # Attached rather than created as partitions: that would lock all of them exclusively.
    "ALTER TABLE chunks ATTACH PARTITION @chunks FOR VALUES IN (@generation)",
    "ALTER TABLE vectors ATTACH PARTITION @vectors FOR VALUES IN (@generation)",
)
_FORGET = "DELETE FROM @chunks WHERE document_id = ANY(CAST(:documents AS uuid[])) RETURNING id"
_FORGET_VECTORS = "DELETE FROM @vectors WHERE chunk_id = ANY(CAST(:chunks AS uuid[]))"
# Arrays rather than VALUES: the statement is the same for every number of documents, so it is compiled once.
_DOCUMENTS = text("""
INSERT INTO documents AS d
  (generation_id, id, source, content_hash, size_bytes, chunk_count, skipped_code, skipped_reason)
SELECT :generation, * FROM unnest(CAST(:ids AS uuid[]), CAST(:sources AS text[]), CAST(:hashes AS text[]),
  CAST(:sizes AS bigint[]), CAST(:chunks AS int[]), CAST(:codes AS text[]), CAST(:reasons AS text[]))
ON CONFLICT (generation_id, id) DO UPDATE SET source = excluded.source, content_hash = excluded.content_hash,
  size_bytes = excluded.size_bytes, chunk_count = excluded.chunk_count, skipped_code = excluded.skipped_code,
  skipped_reason = excluded.skipped_reason
""")


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
    return str(uuid.UUID(bytes=_named(source)))


def _named(name: str) -> bytes:
    """A UUID made of a name, version 5, as bytes: a million of them are made without a million objects."""
    digest = bytearray(hashlib.sha1(_NAMESPACE + name.encode(), usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    return bytes(digest)


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
    kept = {row[1] for row in rows}
    await _forget_chunks(session, target.id, [document_id(document.source) for document in unique], kept)
    await copying.copy(session, leaves.chunks(target.id), _CHUNK_COLUMNS, rows)
    await _upsert_documents(session, target.id, unique)
    return len(rows)


def _chunk_rows(target: Generation, document: StoredDocument) -> Iterator[list[bytes | None]]:
    """The encoded rows of a document.

    A passage's id outlives re-indexing as long as its document, place and text stay the same.
    """
    if document.vectors is None:
        return
    generation, own, source = copying.bigint(target.id), _named(document.source), copying.text(document.source)
    name = f"{target.data_source_id}\0{document.source}"
    for piece, vector in zip(document.pieces, copying.halfvecs(document.vectors), strict=True):
        chunk = _named(f"{name}\0{piece.ordinal}\0{piece.text}")
        yield [generation, chunk, own, copying.integer(piece.ordinal), source, *_fields(piece), vector]


def _fields(piece: Piece) -> Iterator[bytes | None]:
    for value in (piece.title, piece.symbol, piece.language):
        yield None if value is None else copying.text(value)
    for number in (piece.page, piece.start_line, piece.end_line):
        yield None if number is None else copying.integer(number)
    yield copying.real(piece.weight)
    for value in (piece.text, piece.labels, piece.terms):
        yield copying.text(value)


async def _upsert_documents(session: AsyncSession, generation_id: int, documents: Sequence[StoredDocument]) -> None:
    parameters = {
        "generation": generation_id,
        "ids": [document_id(document.source) for document in documents],
        "sources": [document.source.replace("\x00", "") for document in documents],
        "hashes": [document.content_hash for document in documents],
        "sizes": [document.size_bytes for document in documents],
        "chunks": [len(document.pieces) for document in documents],
        "codes": [document.skipped.code if document.skipped else None for document in documents],
        "reasons": [document.skipped.reason if document.skipped else None for document in documents],
    }
    await session.execute(_DOCUMENTS, parameters)


async def _forget_chunks(
    session: AsyncSession, generation_id: int, documents: Sequence[str], kept: AbstractSet[bytes | None] = frozenset()
) -> None:
    """Delete the chunks of documents; the dense vectors of chunks about to come back unchanged stay."""
    gone = await session.scalars(statement(_FORGET, generation_id), {"documents": documents})
    orphans = [chunk for chunk in gone if chunk.bytes not in kept]
    if orphans:
        await session.execute(statement(_FORGET_VECTORS, generation_id), {"chunks": orphans})


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
