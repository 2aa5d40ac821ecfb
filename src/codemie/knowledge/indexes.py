"""What makes a filled generation fast to search: full-text and vector indexes, and how often each lexeme occurs.

Full text is indexed before a generation goes live. Vector indexes follow in the background: building them takes as
long as embedding and storing together, and until then an exact scan answers, slower and completely.
"""

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.knowledge.copying import driver
from codemie.knowledge.leaves import on_leaves, statement
from codemie.knowledge.tables import STATIC_DIMENSION, Generation

SMALL = 10_000
"""Chunks up to which an exact scan answers as fast as an HNSW index, and always completely."""

_BUILD_SECONDS = 4 * 3600.0
_BUILD_MEMORY = "SET LOCAL maintenance_work_mem = '{}MB'"
# Beside its vector a passage takes up to some 1,000 bytes of the graph; what does not fit is inserted ten times slower.
_GRAPH_BYTES = 1000
_MIN_BUILD_MB, _MAX_BUILD_MB = 128, 2048
_FULL_TEXT = "CREATE INDEX IF NOT EXISTS @chunks_tsv ON @chunks USING gin (tsv)"
_STATIC = "CREATE INDEX IF NOT EXISTS @chunks_static ON @chunks USING hnsw (static halfvec_ip_ops)"
_STATIC_MISSING = "SELECT to_regclass('@chunks_static') IS NULL"
_DENSE = "CREATE INDEX IF NOT EXISTS @vectors_hnsw ON @vectors USING hnsw ((vector::halfvec({})) halfvec_ip_ops)"
_LEXEMES = """
INSERT INTO lexemes (generation_id, lexeme, chunk_count)
SELECT @generation, word, ndoc FROM ts_stat('SELECT tsv FROM @chunks') WHERE ndoc > 1
"""


async def finish(session: AsyncSession, target: Generation) -> int:
    """Index the text of a generation; returns its number of chunks. Can be repeated."""
    count = await _count(session, "SELECT count(*) FROM @chunks", target)
    await _run(session, _BUILD_MEMORY.format(_MIN_BUILD_MB), target)
    await _run(session, _FULL_TEXT, target)
    await count_lexemes(session, target)
    await _run(session, "ANALYZE @chunks", target)
    target.chunk_count = count
    return count


async def lacks_static(session: AsyncSession, target: Generation) -> bool:
    """Whether the static vectors are too many to scan and not indexed yet."""
    if target.chunk_count <= SMALL:
        return False
    return (await session.execute(statement(_STATIC_MISSING, target.id))).scalar_one()


async def finish_static(session: AsyncSession, target: Generation) -> None:
    """Index the static vectors. Can be repeated."""
    await _run(session, _build_memory(target.chunk_count, STATIC_DIMENSION), target)
    await _run(session, _STATIC, target)


async def finish_dense(session: AsyncSession, target: Generation) -> None:
    """Index the dense vectors and let searches use them. Can be repeated."""
    count = await _count(session, "SELECT count(*) FROM @vectors", target)
    if target.dense_dimension and count > SMALL:
        await _run(session, _build_memory(count, target.dense_dimension), target)
        await _run(session, _DENSE.format(int(target.dense_dimension)), target)
    await _run(session, "ANALYZE @vectors", target)
    target.dense_ready = True


async def count_lexemes(session: AsyncSession, target: Generation) -> None:
    """Count in how many chunks each lexeme occurs; after a load, and after larger incremental changes."""
    await _run(session, "DELETE FROM lexemes WHERE generation_id = @generation", target)
    await _run(session, _LEXEMES, target)


def _build_memory(count: int, dimension: int) -> str:
    """Let the index of so many vectors be built in memory, within bounds."""
    wanted = count * (2 * dimension + _GRAPH_BYTES) // 2**20
    return _BUILD_MEMORY.format(min(max(wanted, _MIN_BUILD_MB), _MAX_BUILD_MB))


async def _count(session: AsyncSession, sql: str, target: Generation) -> int:
    return await (await driver(session)).fetchval(on_leaves(sql, target.id), timeout=_BUILD_SECONDS)


async def _run(session: AsyncSession, sql: str, target: Generation) -> None:
    """Run a statement that may take as long as indexing takes, not as long as a request."""
    await (await driver(session)).execute(on_leaves(sql, target.id), timeout=_BUILD_SECONDS)
