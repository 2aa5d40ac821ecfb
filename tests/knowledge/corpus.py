"""Small searchable data sources, stored as indexing stores them."""

import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.kernel.database import Database
from codemie.knowledge import dense, indexes, store
from codemie.knowledge.chunking import chunk
from codemie.knowledge.documents import Extracted, Section
from codemie.knowledge.embedding import Embedder
from codemie.knowledge.filetypes import LANGUAGES, extension
from codemie.knowledge.installed import installed
from codemie.knowledge.store import StoredDocument
from codemie.knowledge.tables import DataSource, Generation


async def new_source(session: AsyncSession, name: str = "corpus") -> DataSource:
    """A data source without content."""
    source = DataSource(
        project="p", name=f"{name}-{uuid.uuid4()}", type="knowledge_base_file", owner_id="u", created_by={"id": "u"}
    )
    session.add(source)
    await session.flush()
    return source


async def stored(texts: Mapping[str, str], *, content_hash: str = "1") -> list[StoredDocument]:
    """Documents with their static vectors."""
    documents: list[StoredDocument] = []
    for source, text in texts.items():
        language = LANGUAGES.get(extension(source))
        sections = (Section(text, start_line=1),)
        pieces = chunk(Extracted(source, "code" if language else "prose", sections, language))
        vectors = await installed().static.embed([piece.embedding_text for piece in pieces])
        documents.append(StoredDocument(source, content_hash, len(text), pieces, vectors))
    return documents


async def build(
    database: Database, texts: Mapping[str, str], *, embedder: Embedder | None = None, source_id: str | None = None
) -> tuple[str, Generation]:
    """A live generation of these documents; returns the data source's id and the generation."""
    static = installed().static
    async with database.session() as session:
        source_id = source_id or (await new_source(session)).id
        target = await store.create_generation(session, source_id, static, embedder)
        await store.write(session, target, static, await stored(texts))
        await indexes.finish(session, target)
        await store.make_live(session, target)
        if embedder is not None:
            await refine(session, target, embedder)
    return source_id, target


async def refine(session: AsyncSession, target: Generation, embedder: Embedder) -> None:
    """Give every chunk its dense vector."""
    waiting: Sequence[dense.Missing] = await dense.missing(session, target, limit=1000)
    vectors = await embedder.embed([item.text for item in waiting])
    await dense.write(session, target, embedder, [item.chunk_id for item in waiting], vectors)
    await indexes.finish_dense(session, target)
