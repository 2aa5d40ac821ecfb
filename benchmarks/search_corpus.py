"""A searchable data source of any number of chunks, made of the passages of the libraries installed here.

The first `PASSAGES` chunks are those passages themselves. Beyond, a chunk is a passage with the end of another one
under it, its vector the sum of theirs, the first counted twice: words are as frequent as in real text and vectors
are as scattered, without cutting, parsing and embedding a million passages.
"""

import itertools
import uuid
from collections.abc import Iterator

from benchmarks.installed_text import texts
from codemie.kernel.database import Database
from codemie.knowledge import copying, indexes, store
from codemie.knowledge.chunking import Piece, chunk
from codemie.knowledge.documents import Extracted, Section
from codemie.knowledge.embedding import Embedder
from codemie.knowledge.filetypes import LANGUAGES, extension
from codemie.knowledge.identifiers import terms
from codemie.knowledge.leaves import on_leaves
from codemie.knowledge.tables import SEARCH_DOCUMENT, DataSource

PASSAGES = 100_000
"""Passages that all chunks are made of."""

_CORPUS_BYTES = 250_000_000
_AT_A_TIME = 5_000
_TABLE = """
CREATE TABLE passages (place text, number int, source text, body text, labels text, terms text, static halfvec,
  tsv tsvector GENERATED ALWAYS AS ({document}) STORED, PRIMARY KEY (place, number))
"""
_COLUMNS = ("place", "number", "source", "body", "labels", "terms", "static")
# Searches go to a leaf by its name. Apart from its parent it may take full text that is computed already.
_LOOSE = (
    "ALTER TABLE chunks DETACH PARTITION @chunks",
    "ALTER TABLE @chunks ALTER COLUMN tsv DROP EXPRESSION",
)
_FILL = """
INSERT INTO @chunks (generation_id, id, document_id, ordinal, source, weight, body, labels, terms, static, tsv)
SELECT @generation, md5('chunk' || n)::uuid, md5('document' || n / 10)::uuid, n % 10, a.source || '/' || n / $3, 1,
       concat_ws(chr(10), a.body, b.body), a.labels, concat_ws(' ', a.terms, b.terms),
       CASE WHEN b.number IS NULL THEN a.static ELSE l2_normalize(a.static + a.static + b.static) END,
       CASE WHEN b.number IS NULL THEN a.tsv ELSE a.tsv || b.tsv END
FROM generate_series($1::int, $2::int - 1) AS n
JOIN passages a ON a.place = 'whole' AND a.number = n % $3
LEFT JOIN passages b ON n >= $3 AND b.place = 'end' AND b.number = (n + n / $3 * 7919) % $3
"""
_AT_ONCE = 50_000
_STATEMENT_SECONDS = 600.0


async def prepare(database: Database, static: Embedder) -> None:
    """Store what chunks are made of: passages, and ends of passages."""
    async with database.session() as session:
        await (await copying.driver(session)).execute(_TABLE.format(document=SEARCH_DOCUMENT))
    for first, pieces in _pages(_pieces()):
        parts = [part for number, piece in enumerate(pieces, first) for part in _parts(number, piece)]
        vectors = await static.embed([embedded for *_, embedded in parts])
        rows: list[list[bytes | None]] = [
            [
                copying.text(place),
                copying.integer(number),
                *(copying.text(value) for value in (piece.source, body, piece.labels, terms(body))),
                vector,
            ]
            for (place, number, piece, body, _), vector in zip(parts, copying.halfvecs(vectors), strict=True)
        ]
        async with database.session() as session:
            await copying.copy(session, "passages", _COLUMNS, rows)
    async with database.session() as session:
        await (await copying.driver(session)).execute("ANALYZE passages")


async def build(database: Database, static: Embedder, chunks: int) -> tuple[str, int]:
    """Make a data source of so many chunks searchable; returns its id and its generation's."""
    async with database.session() as session:
        source = DataSource(
            project="bench", name=f"bench-{uuid.uuid4()}", type="knowledge_base_file", owner_id="u", created_by={}
        )
        session.add(source)
        await session.flush()
        target = await store.create_generation(session, source.id, static)
        connection = await copying.driver(session)
        for sql in _LOOSE:
            await connection.execute(on_leaves(sql, target.id))
    for start in range(0, chunks, _AT_ONCE):
        async with database.session() as session:
            connection = await copying.driver(session)
            sql = on_leaves(_FILL, target.id)
            end = min(start + _AT_ONCE, chunks)
            await connection.execute(sql, start, end, PASSAGES, timeout=_STATEMENT_SECONDS)
    async with database.session() as session:
        generation = await store.generation(session, target.id)
        await indexes.finish(session, generation)
        if await indexes.lacks_static(session, generation):
            await indexes.finish_static(session, generation)
        await store.make_live(session, generation)
    return source.id, target.id


def _parts(number: int, piece: Piece) -> Iterator[tuple[str, int, Piece, str, str]]:
    """Place, number, passage, text, and the text to embed: the whole of a passage, and its last third."""
    end = piece.text[piece.text.find("\n", len(piece.text) * 2 // 3) + 1 :]
    yield "whole", number, piece, piece.text, piece.embedding_text
    yield "end", number, piece, end, end


def _pages(pieces: Iterator[Piece]) -> Iterator[tuple[int, list[Piece]]]:
    first = 0
    while page := list(itertools.islice(pieces, _AT_A_TIME)):
        yield first, page
        first += len(page)


def _pieces() -> Iterator[Piece]:
    """Passages of installed libraries, in an order that is always the same; again from the start when they run out."""
    left = PASSAGES
    while left > 0:
        for source, text in texts(_CORPUS_BYTES):
            for piece in _cut(source, text)[:left]:
                left -= 1
                yield piece


def _cut(source: str, text: str) -> list[Piece]:
    language = LANGUAGES.get(extension(source))
    return chunk(Extracted(source, "code" if language else "prose", (Section(text, start_line=1),), language))
