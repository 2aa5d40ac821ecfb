"""A searchable data source of any number of chunks, made quickly: halves of real passages, two by two.

Text is that of the libraries installed here, so words are as frequent as in real text. A chunk is the first half of one
passage and the second half of another, its vector the sum of theirs, the first counted twice: clustered, without
cutting, parsing and embedding a million passages. It is harder than a real corpus of that size: rare words are not as
rare, and no passage is wholly about one thing.
"""

import uuid
from collections.abc import Iterator

from benchmarks.installed_text import texts
from codemie.kernel.database import Database
from codemie.knowledge import copying, indexes, store
from codemie.knowledge.chunking import Piece, chunk
from codemie.knowledge.documents import Extracted, Section
from codemie.knowledge.embedding import Embedder
from codemie.knowledge.filetypes import LANGUAGES, extension
from codemie.knowledge.leaves import on_leaves
from codemie.knowledge.tables import SEARCH_DOCUMENT, DataSource

HALVES = 12_000
"""Halves of either kind."""

_CORPUS_BYTES = 60_000_000
_PIECES_A_FILE = 12
_TABLE = """
CREATE TABLE halves (place text, number int, source text, body text, labels text, terms text, static halfvec,
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
SELECT @generation, md5('chunk' || n)::uuid, md5('document' || n / 10)::uuid, n % 10, a.source || '/' || n / 10, 1,
       a.body || chr(10) || b.body, a.labels, a.terms || ' ' || b.terms, l2_normalize(a.static + a.static + b.static),
       a.tsv || b.tsv
FROM generate_series($1::int, $2::int - 1) AS n
JOIN halves a ON a.place = 'first' AND a.number = n % $3
JOIN halves b ON b.place = 'second' AND b.number = (n + (n / $3 + 1) * 7919) % $3
"""
_AT_ONCE = 50_000
_STATEMENT_SECONDS = 600.0


async def prepare(database: Database, static: Embedder) -> None:
    """Store the halves that chunks are made of."""
    pieces = _pieces()
    halves = [half for number, piece in enumerate(pieces) for half in _halves(number, piece)]
    vectors = await static.embed([body for _, _, _, body in halves])
    rows: list[list[bytes | None]] = [
        [
            copying.text(place),
            copying.integer(number),
            *(copying.text(value) for value in (piece.source, body, piece.labels, piece.terms)),
            copying.halfvec(vector),
        ]
        for (place, number, piece, body), vector in zip(halves, vectors, strict=True)
    ]
    async with database.session() as session:
        connection = await copying.driver(session)
        await connection.execute(_TABLE.format(document=SEARCH_DOCUMENT))
        await copying.copy(session, "halves", _COLUMNS, rows)
    async with database.session() as session:
        await (await copying.driver(session)).execute("ANALYZE halves")


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
            await connection.execute(sql, start, end, HALVES, timeout=_STATEMENT_SECONDS)
    async with database.session() as session:
        generation = await store.generation(session, target.id)
        await indexes.finish(session, generation)
        await store.make_live(session, generation)
    return source.id, target.id


def _halves(number: int, piece: Piece) -> Iterator[tuple[str, int, Piece, str]]:
    middle = piece.text.find("\n", len(piece.text) // 2)
    middle = len(piece.text) // 2 if middle < 0 else middle
    yield "first", number, piece, piece.text[:middle]
    yield "second", number, piece, piece.text[middle:]


def _pieces() -> list[Piece]:
    """Passages of installed libraries, a few of each file, in an order that is always the same."""
    pieces: list[Piece] = []
    for source, text in texts(_CORPUS_BYTES):
        pieces.extend(_cut(source, text)[:_PIECES_A_FILE])
        if len(pieces) >= HALVES:
            break
    return (pieces * (HALVES // len(pieces) + 1))[:HALVES]


def _cut(source: str, text: str) -> list[Piece]:
    language = LANGUAGES.get(extension(source))
    return chunk(Extracted(source, "code" if language else "prose", (Section(text, start_line=1),), language))
