"""Hybrid search by an embedded default source after its first pass: how long, how complete, how it grows.

`BENCH_CHUNKS="100000 1000000"` measures those sizes; by default 100,000, for a million take a quarter of an hour to
index. Recall is that of the answers: beside an exact search, which compares all vectors and scores every passage with a
word of the question. The recall of the vector index alone is lower, for full text finds what it misses, and is shown.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psutil

from benchmarks import harness, search_corpus
from benchmarks.harness import Row
from codemie.kernel.database import Database
from codemie.kernel.row_security import SYSTEM
from codemie.knowledge import copying, rankings
from codemie.knowledge.embedding import Embedders
from codemie.knowledge.installed import installed
from codemie.knowledge.leaves import on_leaves
from codemie.knowledge.search import search

DEFAULT_CHUNKS = "100000"
TOP_K = 10
QUESTIONS = 150
COMPARED = 40
MAX_P95_MS = 50.0
MIN_RECALL = 0.95
MAX_GROWTH = 2.0

_NEAREST = """
SELECT static <#> $1::text::halfvec({dimension}) AS distance FROM @chunks
ORDER BY static <#> $1::text::halfvec({dimension}) LIMIT $2
"""
# No index is for a sum.
_EXACT = """
SELECT static <#> $1::text::halfvec({dimension}) AS distance FROM @chunks
ORDER BY (static <#> $1::text::halfvec({dimension})) + 0 LIMIT $2
"""
# Full text is found by bitmap scans, which go on.
_EXACTLY = "SET LOCAL enable_indexscan = off"


@dataclass(frozen=True, slots=True)
class Indexed:
    """A data source to search, and how long its indexing took."""

    source_id: str
    generation: int
    chunks: int
    seconds: float


def measure() -> list[Row]:
    """One row for each size; later ones tell how they grew from the first."""
    sizes = [int(size) for size in os.environ.get("BENCH_CHUNKS", DEFAULT_CHUNKS).split()]
    with harness.storage() as (url, _, _):
        return asyncio.run(_measure(url, sizes))


async def _measure(url: str, sizes: Sequence[int]) -> list[Row]:
    # One connection: its server process is then the one whose time counts.
    database = Database(url, pool_size=1, unbound=SYSTEM)
    embedders = Embedders(installed().static, None)
    rows: list[Row] = []
    try:
        await search_corpus.prepare(database, embedders.static)
        for size in sizes:
            began = time.perf_counter()
            source_id, generation = await search_corpus.build(database, embedders.static, size)
            target = Indexed(source_id, generation, size, time.perf_counter() - began)
            rows.append(await _row(database, embedders, target, rows[0] if rows else None))
    finally:
        await database.close()
    return rows


async def _row(database: Database, embedders: Embedders, target: Indexed, first: Row | None) -> Row:
    asked = questions()
    await _searches(database, embedders, target.source_id, asked)
    taken, processor_ms = await _searches(database, embedders, target.source_id, asked)
    compared = asked[:: len(asked) // COMPARED]
    recall = await _recall(database, embedders, target.source_id, compared)
    vector_recall, exact_ms = await _vector_recall(database, embedders, target.generation, compared)
    figures: dict[str, Any] = {
        **_percentiles(taken),
        "processor_ms": processor_ms,
        "recall_at_10": f"{recall:.3f}",
        "recall_at_10_of_the_vector_index_alone": f"{vector_recall:.3f}",
        "indexing_seconds": target.seconds,
        "load_average": os.getloadavg()[0],
    }
    met = figures["p95_ms"] <= MAX_P95_MS and recall >= MIN_RECALL
    if first is not None:
        figures["growth"] = f"{processor_ms / first.figures['processor_ms']:.2f}"
        met = met and processor_ms < MAX_GROWTH * first.figures["processor_ms"]
    name = f"search.hybrid.{_short(target.chunks)}"
    goal = f"p95 at most {MAX_P95_MS:.0f} ms, recall {MIN_RECALL}, growth under {MAX_GROWTH:.0f} x"
    return Row(name, figures["p50_ms"] / exact_ms, {"exact_vector_scan_ms": exact_ms}, figures, goal, met)


async def _searches(
    database: Database, embedders: Embedders, source_id: str, asked: Sequence[str]
) -> tuple[list[float], float]:
    """Milliseconds of every search, and processor milliseconds of one, server and client together."""
    async with database.session() as session:
        server = psutil.Process((await copying.driver(session)).get_server_pid())
    taken: list[float] = []
    busy = _busy(server)
    for question in asked:
        began = time.perf_counter()
        async with database.session() as session:
            hits = await search(session, embedders, [source_id], question, top_k=TOP_K)
        taken.append((time.perf_counter() - began) * 1000)
        assert hits, question
    return taken, (_busy(server) - busy) * 1000 / len(asked)


def _busy(server: psutil.Process) -> float:
    """Processor seconds of the database's process and of this one."""
    return sum(time.user + time.system for time in (server.cpu_times(), psutil.Process().cpu_times()))


async def _recall(database: Database, embedders: Embedders, source_id: str, asked: Sequence[str]) -> float:
    """The part of the ten best passages of an exact search that ours finds.

    Exact: all vectors are compared, and every passage that holds a word of the question is scored.
    """
    found = wanted = 0
    for question in asked:
        async with database.session() as session:
            ours = await search(session, embedders, [source_id], question, top_k=TOP_K)
        with patch.multiple(rankings, LEXICAL_BUDGET=sys.maxsize, MAX_SCORED=2**31 - 1):
            async with database.session() as session:
                await (await copying.driver(session)).execute(_EXACTLY)
                exact = await search(session, embedders, [source_id], question, top_k=TOP_K)
        # By text: one of two equal passages may stand in for the other.
        texts = [hit.text for hit in ours]
        found += sum(hit.text in texts for hit in exact)
        wanted += len(exact)
    return found / wanted


async def _vector_recall(
    database: Database, embedders: Embedders, generation: int, asked: Sequence[str]
) -> tuple[float, float]:
    """The part of the ten nearest passages that the vector index finds, and milliseconds of an exact scan."""
    vectors = await embedders.static.embed(asked)
    nearest, scan = (on_leaves(sql.format(dimension=vectors.shape[1]), generation) for sql in (_NEAREST, _EXACT))
    found, taken = 0, list[float]()
    async with database.session() as session:
        connection = await copying.driver(session)
        await connection.execute(f"SET LOCAL hnsw.ef_search = {rankings.EF_SEARCH}")
        for vector in map(copying.vector_literal, vectors):
            near = await connection.fetch(nearest, vector, rankings.CANDIDATES)
            began = time.perf_counter()
            exact = await connection.fetch(scan, vector, TOP_K)
            taken.append((time.perf_counter() - began) * 1000)
            # By distance: equally near passages may stand in for one another.
            found += sum(row["distance"] <= exact[-1]["distance"] + 1e-6 for row in near[:TOP_K])
    return found / (TOP_K * len(asked)), sorted(taken)[len(taken) // 2]


def questions() -> list[str]:
    """Questions as people ask them, those of the retrieval benchmark: four to some fifteen words."""
    folder = Path(__file__).parent / "data"
    found = [
        str(row["question"])
        for name in ("docs", "code")
        for row in json.loads((folder / f"retrieval_{name}.json").read_text())
    ]
    return found[:QUESTIONS]


def _percentiles(milliseconds: Sequence[float]) -> dict[str, float]:
    ordered = sorted(milliseconds)
    return {"p50_ms": ordered[len(ordered) // 2], "p95_ms": ordered[int(len(ordered) * 0.95)]}


def _short(chunks: int) -> str:
    return f"{chunks // 1_000_000}m" if chunks >= 1_000_000 else f"{chunks // 1000}k"
