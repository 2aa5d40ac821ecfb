"""How good search is: nDCG@10 over questions with known answers, beside the same parts without our chunks and ranking.

A file is ranked by its best passage. The baseline cuts windows of 1,000 characters and fuses full text and MiniLM by
plain reciprocal rank: what the libraries give by themselves.
"""

import asyncio
import hashlib
import math
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

import numpy as np

from benchmarks import harness
from benchmarks.harness import Row
from benchmarks.retrieval_corpora import FOLDER, Question, documents, questions
from codemie.kernel.database import Database
from codemie.kernel.row_security import SYSTEM
from codemie.knowledge import dense, indexes, rankings, store
from codemie.knowledge.chunking import Piece, chunk
from codemie.knowledge.documents import Extracted
from codemie.knowledge.embedding import Embedder, Embedders, Vectors
from codemie.knowledge.installed import installed
from codemie.knowledge.ranking import fuse
from codemie.knowledge.rankings import Space
from codemie.knowledge.search import search
from codemie.knowledge.store import StoredDocument
from codemie.knowledge.tables import DataSource, Generation

MARGIN = 0.05
"""How much better than the baseline the search must be."""

_WINDOW = 1000
_RANK_CONSTANT = 20  # the usual 60 costs 0.01 nDCG@10 here
_BATCH = 64
_HITS = 50

Ask = Callable[[str], Awaitable[list[str]]]
"""A question → the sources of its hits, best first."""


def measure() -> list[Row]:
    """One row for each corpus."""
    own = installed()
    if own.default is None:
        print("retrieval: the extra minilm is not installed")
        return []
    with harness.storage() as (url, _, _):
        return asyncio.run(_measure(url, Embedders(own.static, Remembering(own.default))))


class Remembering:
    """An embedder that keeps its vectors on disk: MiniLM takes minutes for both corpora."""

    def __init__(self, embedder: Embedder) -> None:
        self.identity, self.dimension = embedder.identity, embedder.dimension
        self._embedder = embedder
        FOLDER.mkdir(exist_ok=True)
        self._kept = sqlite3.connect(FOLDER / "vectors.sqlite", isolation_level=None)
        self._kept.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB)")

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """One normalised row per text."""
        keys = [hashlib.sha256(f"{self.identity}\0{text}".encode()).digest() for text in texts]
        rows = {key: self._kept.execute("SELECT vector FROM vectors WHERE key = ?", (key,)).fetchone() for key in keys}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if rows[key] is None}
        if missing:
            vectors = await self._embedder.embed(list(missing.values()))
            fresh = {key: (vector.tobytes(),) for key, vector in zip(missing, vectors, strict=True)}
            self._kept.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", [(k, *v) for k, v in fresh.items()])
            rows |= fresh
        return np.stack([np.frombuffer(rows[key][0], np.float32) for key in keys])


async def _measure(url: str, embedders: Embedders) -> list[Row]:
    database = Database(url, unbound=SYSTEM)
    try:
        return [await _row(database, embedders, name) for name in ("docs", "code")]
    finally:
        await database.close()


async def _row(database: Database, embedders: Embedders, name: str) -> Row:
    asked, files = questions(name), documents(name)
    first_pass = await _index(database, Embedders(embedders.static, None), files, chunk)
    refined = await _index(database, embedders, files, chunk)
    plain = await _index(database, embedders, files, _windows)

    async def plainly(question: str) -> list[str]:
        return await _fuse_plainly(database, embedders, plain, question)

    def searching(source_id: str) -> Ask:
        async def ask(question: str) -> list[str]:
            async with database.session() as session:
                hits = await search(session, embedders, [source_id], question, top_k=_HITS)
            return [hit.source for hit in hits]

        return ask

    baseline = await _ndcg(asked, plainly)
    static = await _ndcg(asked, searching(first_pass))
    minilm = await _ndcg(asked, searching(refined))
    return Row(
        f"retrieval.{name}",
        ratio=round(minilm / baseline, 3),
        baseline={"plain_windows_ndcg10": f"{baseline:.3f}"},
        figures={"static_ndcg10": f"{static:.3f}", "minilm_ndcg10": f"{minilm:.3f}", "questions": len(asked)},
        target=f"baseline + {MARGIN}",
        met=minilm >= baseline + MARGIN,
    )


async def _ndcg(asked: Sequence[Question], ask: Ask) -> float:
    return float(np.mean([ndcg(await ask(question.text), question.relevant) for question in asked]))


def ndcg(sources: Sequence[str], relevant: dict[str, int], places_counted: int = 10) -> float:
    """Normalised discounted cumulative gain of a ranking of files; a file counts where it comes first."""
    ranked = list(dict.fromkeys(sources))[:places_counted]
    best = sorted(relevant.values(), reverse=True)[:places_counted]
    return _gain([relevant.get(source, 0) for source in ranked]) / _gain(best)


def _gain(grades: Sequence[int]) -> float:
    return sum(grade / math.log2(place + 1) for place, grade in enumerate(grades, 1))


async def _index(
    database: Database, embedders: Embedders, files: Sequence[Extracted], cut: Callable[[Extracted], list[Piece]]
) -> str:
    """Store a corpus; returns the id of its data source."""
    async with database.session() as session:
        source = DataSource(
            project="bench",
            name=f"{cut.__name__}-{id(files)}-{embedders.default is None}",
            type="t",
            owner_id="bench",
            created_by={},
        )
        session.add(source)
        await session.flush()
        target = await store.create_generation(session, source.id, embedders.static, embedders.default)
        for start in range(0, len(files), _BATCH):
            await store.write(
                session, target, embedders.static, await _stored(embedders, files[start : start + _BATCH], cut)
            )
        await indexes.finish(session, target)
        await store.make_live(session, target)
    if embedders.default is not None:
        await _refine(database, target, embedders.default)
    return source.id


async def _stored(
    embedders: Embedders, files: Sequence[Extracted], cut: Callable[[Extracted], list[Piece]]
) -> list[StoredDocument]:
    pieces = [cut(file) for file in files]
    return [
        StoredDocument(file.source, "1", 0, own, await embedders.static.embed([piece.embedding_text for piece in own]))
        for file, own in zip(files, pieces, strict=True)
    ]


async def _refine(database: Database, target: Generation, embedder: Embedder) -> None:
    after = None
    while True:
        async with database.session() as session:
            waiting = await dense.missing(session, target, after, limit=_BATCH)
            if not waiting:
                break
            ids = [item.chunk_id for item in waiting]
            await dense.write(session, target, embedder, ids, await embedder.embed([item.text for item in waiting]))
            after = ids[-1]
    async with database.session() as session:
        await indexes.finish_dense(session, await store.generation(session, target.id))


def _windows(file: Extracted) -> list[Piece]:
    """Windows of 1,000 characters that end at a line end."""
    texts = [text for section in file.sections for text in _lines_up_to(section.text, _WINDOW) if text.strip()]
    return [
        Piece(ordinal, text, file.source, None, None, None, None, None, None, "", "", 1.0)
        for ordinal, text in enumerate(texts)
    ]


def _lines_up_to(text: str, size: int) -> Iterator[str]:
    window = ""
    for line in text.splitlines(keepends=True):
        if window and len(window) + len(line) > size:
            yield window
            window = ""
        window += line
    yield window


async def _fuse_plainly(database: Database, embedders: Embedders, source_id: str, question: str) -> list[str]:
    """Full text and MiniLM, one to one, by reciprocal rank."""
    if embedders.default is None:
        return []
    vector = (await embedders.default.embed([question]))[0]
    async with database.session() as session:
        searched = await rankings.searched(session, [source_id])
        generation = searched[0].generation
        words = await rankings.lexemes(session, [generation], question)
        ranked = await rankings.run(session, searched, words, [Space("dense", vector, (generation,))])
        kinds = {row.kind for row in ranked}
        scores = fuse(
            (1.0, _by_rank({row.chunk_id: row.score for row in ranked if row.kind == kind})) for kind in sorted(kinds)
        )
        best = sorted(scores, key=lambda chunk_id: (-scores[chunk_id], chunk_id))[:_HITS]
        sources = {str(row.id): row.source for row in await rankings.passages(session, {generation: best})}
    return [sources[chunk_id] for chunk_id in best]


def _by_rank(scores: Mapping[str, float]) -> dict[str, float]:
    """What reciprocal rank fusion gives each passage of one ranking."""
    ordered = sorted(scores, key=lambda chunk_id: (-scores[chunk_id], chunk_id))
    return {chunk_id: 1 / (_RANK_CONSTANT + place) for place, chunk_id in enumerate(ordered, 1)}
