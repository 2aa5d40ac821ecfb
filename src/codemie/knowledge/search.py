"""Hybrid search over the live generations of data sources that the caller may read.

Full text and vectors each give a ranking (`rankings`), fused by their weighted scores (`ranking`). Four queries,
however many sources.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog
from sqlalchemy import Row
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.guardrails.guard import let_out
from codemie.kernel.errors import DeadlineExceeded, Unavailable, UpstreamFailed
from codemie.knowledge import rankings
from codemie.knowledge.embedding import Embedder, Embedders, require_same
from codemie.knowledge.ranking import favour_documents, fuse, relative
from codemie.knowledge.rankings import Ranked, Searched, Space
from codemie.knowledge.text_encoding import storable

MAX_QUERY_CHARS = 4000
MAX_TOP_K = 100

_SHARES = {
    "static": {"lexical": 2 / 3, "static": 1 / 3},
    "dense": {"lexical": 1 / 3, "static": 1 / 6, "dense": 1 / 2},
}
"""How much each ranking counts, by the vectors a generation has; measured in `benchmarks/retrieval.py`."""
_RERANKED = 30
_MENTIONS_TESTS = frozenset({"test", "unittest", "fixtur"})

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that answers, with its position; `score` orders the hits of one search and means nothing beyond."""

    chunk_id: str
    index_id: str
    index_name: str
    source: str
    text: str
    title: str | None
    symbol: str | None
    language: str | None
    page: int | None
    start_line: int | None
    end_line: int | None
    ordinal: int
    score: float


async def search(
    session: AsyncSession, embedders: Embedders, source_ids: Sequence[str], query: str, *, top_k: int = 10
) -> list[Hit]:
    """Find the best passages; the same question over the same content always gives the same order.

    Args:
        session: an open transaction.
        embedders: those of this process.
        source_ids: ids of the data sources to search; the caller's rights to them are checked before.
        query: a question or keywords; only the first 4,000 characters count.
        top_k: how many passages at most.

    Raises:
        EmbedderMismatch: a data source was indexed with models that this process does not have.
    """
    query = storable(query).strip()[:MAX_QUERY_CHARS]
    if not query or not source_ids:
        return []
    try:
        async with session.begin_nested():
            return await _search(session, embedders, source_ids, query, min(top_k, MAX_TOP_K))
    except ProgrammingError as error:
        if "does not exist" not in str(error.orig):
            raise
        # A re-index went live and dropped the generation between two of our queries: the new one answers.
        return await _search(session, embedders, source_ids, query, min(top_k, MAX_TOP_K))


async def _search(
    session: AsyncSession, embedders: Embedders, source_ids: Sequence[str], query: str, top_k: int
) -> list[Hit]:
    searched = await rankings.searched(session, source_ids)
    if not searched:
        return []
    words = await rankings.lexemes(session, [item.generation for item in searched], query)
    spaces = await _spaces(embedders, searched, query)
    ranked = await rankings.run(session, searched, words, spaces)
    scores = _fused(ranked, spaces)
    # More than asked for: what passages weigh and which documents they share is known only with their rows.
    best = sorted(scores, key=lambda key: (-scores[key], key))[: max(2 * top_k, _RERANKED)]
    chunk_ids: defaultdict[int, list[str]] = defaultdict(list)
    for generation, chunk_id in best:
        chunk_ids[generation].append(chunk_id)
    rows = {(row.generation, str(row.id)): row for row in await rankings.passages(session, chunk_ids)}
    about_tests = any(_MENTIONS_TESTS.intersection(lexemes) for lexemes in words.values())
    weighted = {key: scores[key] * (1.0 if about_tests else row.weight) for key, row in rows.items()}
    final = favour_documents(weighted, {key: (key[0], row.source) for key, row in rows.items()})
    owners = {item.generation: item for item in searched}
    hits = [_hit(row, owners[key[0]], final[key]) for key, row in rows.items()]
    best_hits = sorted(hits, key=lambda hit: (-hit.score, hit.source, hit.ordinal, hit.chunk_id))[:top_k]
    guards = {item.index_id: item.guards for item in searched if item.guards}
    return [await _guarded(hit, guards[hit.index_id]) if hit.index_id in guards else hit for hit in best_hits]


async def _guarded(hit: Hit, guards: str) -> Hit:
    """The passage as guardrails let it out."""
    return replace(hit, text=await let_out(guards, hit.text), title=await let_out(guards, hit.title or "") or None)


async def _spaces(embedders: Embedders, searched: Sequence[Searched], query: str) -> list[Space]:
    """The question's vector in every vector space that the generations use: the static one and their dense ones.

    Raises:
        EmbedderMismatch: a generation uses none that this process knows.
    """
    groups: defaultdict[Embedder, list[int]] = defaultdict(list)
    for item in searched:
        dense = embedders.find(item.dense_identity)
        if dense is not None:
            groups[dense].append(item.generation)
        if item.static_identity == embedders.static.identity:
            groups[embedders.static].append(item.generation)
        elif dense is None:
            require_same(item.static_identity, embedders.static.identity)
    spaces: list[Space] = []
    for number, (embedder, generations) in enumerate(groups.items()):
        try:
            vector = (await embedder.embed([query]))[0]
        except (UpstreamFailed, Unavailable, DeadlineExceeded) as error:
            # The embedding endpoint is away: the other rankings still answer.
            log.warning("knowledge.search.without_vectors", embedder=embedder.identity, error=str(error))
            continue
        kind = "static" if embedder is embedders.static else f"dense_{number}"
        spaces.append(Space(kind, vector, tuple(generations)))
    return spaces


def _fused(ranked: Sequence[Ranked], spaces: Sequence[Space]) -> dict[tuple[int, str], float]:
    """One score for each (generation, chunk): full text is one ranking over all sources, every vector space another."""
    scores: defaultdict[str, dict[tuple[int, str], float]] = defaultdict(dict)
    for row in ranked:
        scores[row.kind][row.generation, row.chunk_id] = row.score
    refined = {generation for space in spaces if space.kind != "static" for generation in space.generations}
    weighted: list[tuple[float, dict[tuple[int, str], float]]] = []
    for kind, found in scores.items():
        compared = relative(found, rankings.CANDIDATES)
        for mode, shares in _SHARES.items():
            own = {key: score for key, score in compared.items() if (key[0] in refined) == (mode == "dense")}
            if own:
                weighted.append((shares[kind.split("_", 1)[0]], own))
    return fuse(weighted)


def _hit(row: Row[tuple[object, ...]], owner: Searched, score: float) -> Hit:
    return Hit(
        chunk_id=str(row.id),
        index_id=owner.index_id,
        index_name=owner.index_name,
        source=row.source,
        text=row.body,
        title=row.title,
        symbol=row.symbol,
        language=row.language,
        page=row.page,
        start_line=row.start_line,
        end_line=row.end_line,
        ordinal=row.ordinal,
        score=score,
    )
