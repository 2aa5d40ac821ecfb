"""Better vectors in the background: pages of passages without a dense vector out, their vectors in."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.knowledge import copying
from codemie.knowledge.chunking import embedding_text
from codemie.knowledge.embedding import Embedder, Vectors, require_same
from codemie.knowledge.leaves import statement
from codemie.knowledge.leaves import vectors as vectors_table
from codemie.knowledge.tables import Generation

_MISSING = """
SELECT c.id, c.body, c.source, c.title, c.symbol, c.language FROM @chunks c
WHERE c.id > CAST(:after AS uuid) AND NOT EXISTS (SELECT FROM @vectors v WHERE v.chunk_id = c.id)
ORDER BY c.id LIMIT :limit
"""
_ALIVE = "SELECT id FROM @chunks WHERE id = ANY(CAST(:ids AS uuid[])) FOR KEY SHARE"
_FORGET = "DELETE FROM @vectors WHERE chunk_id = ANY(CAST(:ids AS uuid[]))"
_REUSE = """
INSERT INTO @vectors (generation_id, chunk_id, vector)
SELECT CAST(:target AS bigint), v.chunk_id, v.vector FROM vectors v JOIN @chunks c ON c.id = v.chunk_id
WHERE v.generation_id = :former ON CONFLICT DO NOTHING
"""
_PROGRESS = "SELECT (SELECT count(*) FROM @vectors), (SELECT count(*) FROM @chunks)"


@dataclass(frozen=True, slots=True)
class Missing:
    """A passage that has no dense vector yet, and the text to embed."""

    chunk_id: str
    text: str


async def missing(
    session: AsyncSession, target: Generation, after: str | None = None, limit: int = 64
) -> list[Missing]:
    """The next passages without a dense vector, in the order of their ids, after the given one."""
    rows = await session.execute(
        statement(_MISSING, target.id),
        {"after": uuid.UUID(after) if after else uuid.UUID(int=0), "limit": limit},
    )
    return [
        Missing(str(row.id), embedding_text(row.body, row.source, row.title, row.symbol, row.language)) for row in rows
    ]


async def write(
    session: AsyncSession, target: Generation, embedder: Embedder, chunk_ids: Sequence[str], vectors: Vectors
) -> int:
    """Store dense vectors, replacing earlier ones; returns how many. Chunks deleted meanwhile are left out.

    Raises:
        EmbedderMismatch: they are of another model than the generation's.
    """
    require_same(target.dense_identity or "none", embedder.identity)
    ids = [uuid.UUID(chunk_id) for chunk_id in chunk_ids]
    existing = await session.scalars(statement(_ALIVE, target.id), {"ids": ids})
    alive = {str(value) for value in existing}
    await session.execute(statement(_FORGET, target.id), {"ids": ids})
    rows: list[list[bytes | None]] = [
        [copying.bigint(target.id), copying.identifier(chunk_id), copying.halfvec(vector)]
        for chunk_id, vector in zip(chunk_ids, vectors, strict=True)
        if chunk_id in alive
    ]
    await copying.copy(session, vectors_table(target.id), ("generation_id", "chunk_id", "vector"), rows)
    return len(rows)


async def reuse(session: AsyncSession, former: Generation, target: Generation) -> None:
    """Take over the dense vectors of passages that did not change since the former generation, if of the same model."""
    if former.dense_identity != target.dense_identity or target.dense_identity is None:
        return
    await session.execute(statement(_REUSE, target.id), {"target": target.id, "former": former.id})


async def progress(session: AsyncSession, target: Generation) -> tuple[int, int]:
    """How many passages have a dense vector, of how many."""
    row = (await session.execute(statement(_PROGRESS, target.id))).one()
    return row[0], row[1]
