"""Chunks are stored once, replaced whole, swapped at once, and never mixed."""

import hashlib
from collections.abc import Sequence

import numpy as np
import pytest
from sqlalchemy import text

from codemie.kernel.database import Database
from codemie.kernel.errors import NotFound
from codemie.knowledge import dense, store
from codemie.knowledge.documents import SkipCode, Skipped
from codemie.knowledge.embedding import EmbedderMismatch, Vectors
from codemie.knowledge.installed import installed
from codemie.knowledge.store import StoredDocument
from codemie.knowledge.tables import DataSource, Generation
from tests.knowledge.corpus import build, new_source, refine, stored

STATIC = installed().static
TEXTS = {f"doc{number}.md": f"# Part {number}\n\nText of part {number}.\n" for number in range(5)}


class Hashing:
    """An embedder for tests: deterministic, of any dimension."""

    def __init__(self, name: str = "hashing", dimension: int = 12) -> None:
        self.identity = f"{name}:{dimension}"
        self.dimension = dimension

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors that depend on the text alone."""
        seeds = [int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) for text in texts]
        rows = [np.random.default_rng(seed).normal(size=self.dimension) for seed in seeds]
        return np.array([row / np.linalg.norm(row) for row in rows], np.float32).reshape(len(rows), self.dimension)


async def count(database: Database, table: str) -> int:
    """Rows of a leaf table."""
    async with database.session() as session:
        return (await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one()


async def test_a_batch_that_is_stored_twice_is_there_once(database: Database) -> None:
    async with database.session() as session:
        target = await store.create_generation(session, (await new_source(session)).id, STATIC)
    for _ in range(2):
        async with database.session() as session:
            await store.write(session, target, STATIC, await stored(TEXTS))

    assert await count(database, f"chunks_g{target.id}") == 5
    assert await count(database, f"documents WHERE generation_id = {target.id}") == 5


async def test_a_changed_document_replaces_its_chunks_and_touches_no_other(database: Database) -> None:
    _, target = await build(database, TEXTS)
    async with database.session() as session:
        before = dict((await session.execute(text(f"SELECT source, id FROM chunks_g{target.id}"))).all())
        await store.write(session, target, STATIC, await stored({"doc1.md": "# New\n\nwords"}, content_hash="2"))

    async with database.session() as session:
        after = dict((await session.execute(text(f"SELECT source, id FROM chunks_g{target.id}"))).all())
        same = await store.unchanged(session, target.id, [("doc0.md", "1"), ("doc1.md", "1"), ("doc1.md", "2")])
    assert {source for source in after if after[source] != before[source]} == {"doc1.md"}
    assert same == {"doc0.md", "doc1.md"}


async def test_chunk_ids_outlive_a_reindex(database: Database) -> None:
    source_id, first = await build(database, TEXTS)
    async with database.session() as session:
        before = set(await session.scalars(text(f"SELECT id FROM chunks_g{first.id}")))
    _, second = await build(database, TEXTS, source_id=source_id)

    async with database.session() as session:
        assert set(await session.scalars(text(f"SELECT id FROM chunks_g{second.id}"))) == before


async def test_a_reindex_is_invisible_until_it_is_live_and_then_drops_the_old_one(database: Database) -> None:
    source_id, first = await build(database, TEXTS)
    async with database.session() as session:
        second = await store.create_generation(session, source_id, STATIC)
        await store.write(session, second, STATIC, await stored({"only.md": "one"}))
        source = await session.get_one(DataSource, source_id)
        assert source.live_generation == first.id

    async with database.session() as session:
        await store.make_live(session, second)

    async with database.session() as session:
        source = await session.get_one(DataSource, source_id)
        assert source.live_generation == second.id
        assert await session.get(Generation, first.id) is None
        assert (await session.execute(text(f"SELECT to_regclass('chunks_g{first.id}')"))).scalar_one() is None


async def test_removed_documents_take_their_chunks_and_vectors_along(database: Database) -> None:
    embedder = Hashing()
    _, target = await build(database, TEXTS, embedder=embedder)

    async with database.session() as session:
        await store.delete_documents(session, target.id, ["doc0.md", "doc1.md", "never-seen.md"])

    assert await count(database, f"chunks_g{target.id}") == 3
    assert await count(database, f"vectors_g{target.id}") == 3
    async with database.session() as session:
        pages = [page async for page in store.sources(session, target.id, page=2)]
    assert sorted(source for page in pages for source in page) == ["doc2.md", "doc3.md", "doc4.md"]


async def test_a_skipped_document_is_listed_with_its_reason(database: Database) -> None:
    bad = Skipped("bad.pdf", SkipCode.ENCRYPTED, "The document is protected by a password")
    async with database.session() as session:
        target = await store.create_generation(session, (await new_source(session)).id, STATIC)
        await store.write(session, target, STATIC, [StoredDocument("bad.pdf", "h", 10, skipped=bad)])
        row = (
            await session.execute(
                text("SELECT skipped_code, skipped_reason, chunk_count FROM documents WHERE generation_id = :id"),
                {"id": target.id},
            )
        ).one()

    assert tuple(row) == ("encrypted", "The document is protected by a password", 0)


async def test_vectors_of_another_static_model_are_refused(database: Database) -> None:
    async with database.session() as session:
        target = await store.create_generation(session, (await new_source(session)).id, STATIC)

        with pytest.raises(EmbedderMismatch):
            await store.write(session, target, Hashing(dimension=256), await stored(TEXTS))


async def test_vectors_of_another_dense_model_are_refused(database: Database) -> None:
    _, target = await build(database, TEXTS, embedder=Hashing("one"))

    async with database.session() as session:
        with pytest.raises(EmbedderMismatch):
            await dense.write(session, target, Hashing("two"), [], np.empty((0, 12), np.float32))


async def test_nothing_is_written_into_a_deleted_source(database: Database) -> None:
    source_id, target = await build(database, TEXTS)
    async with database.session() as session:
        await store.drop_generations(session, source_id)

    with pytest.raises(NotFound):
        async with database.session() as session:
            await store.write(session, target, STATIC, await stored(TEXTS))


async def test_dense_vectors_come_in_pages_and_twice_is_once(database: Database) -> None:
    embedder = Hashing()
    async with database.session() as session:
        target = await store.create_generation(session, (await new_source(session)).id, STATIC, embedder)
        await store.write(session, target, STATIC, await stored(TEXTS))

    seen: list[str] = []
    after = None
    while True:
        async with database.session() as session:
            page = await dense.missing(session, target, after, limit=2)
            ids = [item.chunk_id for item in page]
            for _ in range(2):
                await dense.write(session, target, embedder, ids, await embedder.embed([item.text for item in page]))
        if not page:
            break
        seen.extend(ids)
        after = ids[-1]

    assert len(seen) == len(set(seen)) == 5
    async with database.session() as session:
        assert await dense.progress(session, target) == (5, 5)


async def test_a_reindex_embeds_only_what_changed(database: Database) -> None:
    embedder = Hashing()
    source_id, first = await build(database, TEXTS, embedder=embedder)
    async with database.session() as session:
        second = await store.create_generation(session, source_id, STATIC, embedder)
        await store.write(session, second, STATIC, await stored({**TEXTS, "doc1.md": "changed"}))
        await dense.reuse(session, first, second)

        assert [item.text for item in await dense.missing(session, second)] == ["changed"]
        await refine(session, second, embedder)
        assert await dense.progress(session, second) == (5, 5)


async def test_text_with_nul_and_lone_surrogates_is_stored(database: Database) -> None:
    async with database.session() as session:
        target = await store.create_generation(session, (await new_source(session)).id, STATIC)
        await store.write(session, target, STATIC, await stored({"odd.md": "a\x00b \ud800 c"}))

    assert await count(database, f"chunks_g{target.id}") == 1


async def test_the_size_of_a_generation_is_known(database: Database) -> None:
    _, target = await build(database, TEXTS)

    async with database.session() as session:
        assert await store.size_bytes(session, target.id) > 8192
        assert await store.size_bytes(session, 10**9) == 0
