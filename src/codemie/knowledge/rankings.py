"""The SQL behind a search: which generations, which lexemes, and the rankings by full text and by vectors.

Every statement covers all searched generations at once (UNION ALL over their leaf tables).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.knowledge.copying import vector_literal
from codemie.knowledge.embedding import Vectors
from codemie.knowledge.identifiers import terms
from codemie.knowledge.leaves import on_leaves
from codemie.knowledge.ranking import idf, telling

CANDIDATES = 60
"""Places of every ranking that take part in the fusion."""

LEXICAL_BUDGET = 3_000
"""Passages a full-text search should score in one generation: some 10 ms."""
MAX_SCORED = 6_000
"""Passages it scores at most, when more match than was estimated."""
_SCORED_LEXEMES = 32
"""Words of a question that are scored, the rarest: somebody may paste a page."""
EF_SEARCH = "400"
"""How wide the vector index is searched; measured in `docs/decisions/0003-search-in-postgresql.md`."""

_SEARCHED = """
SELECT d.id AS index_id, d.name AS index_name, g.id AS generation, g.chunk_count, g.static_identity,
       CASE WHEN g.dense_ready THEN g.dense_identity END AS dense_identity,
       CAST(codemie_guards(d.project_id, 'knowledgebase', d.id) AS text) AS guards,
       set_config('hnsw.ef_search', :ef_search, true)
FROM data_sources d JOIN generations g ON g.id = d.live_generation WHERE d.id = ANY(:sources) ORDER BY d.id
"""
_LEXEMES = """
SELECT g.id AS generation, w.lexeme, coalesce(l.chunk_count, 1) AS occurrences
FROM unnest(CAST(:generations AS bigint[])) AS g(id)
CROSS JOIN unnest(tsvector_to_array(to_tsvector('english', :query))) AS w(lexeme)
LEFT JOIN lexemes l ON l.generation_id = g.id AND l.lexeme = w.lexeme
"""
# ts_rank(…, 1) divides by 1 + ln(length). The weights are those of D (text), C (terms), B and A (labels).
# What is scored must be read from the table, by far the most of the work: the index narrows it down before.
_LEXICAL = """
(WITH asked AS MATERIALIZED (
   SELECT CAST(lexeme AS tsquery) AS query, idf
   FROM unnest(CAST(:lexemes_@generation AS text[]), CAST(:idfs_@generation AS real[])) AS a(lexeme, idf)),
 found AS (
   SELECT c.id, (SELECT sum(a.idf * ts_rank(CAST(:weights AS real[]), c.tsv, a.query, 1)) FROM asked a) AS score
   FROM @chunks c WHERE c.tsv @@ CAST(:telling_@generation AS tsquery) LIMIT :scored)
 SELECT 'lexical' AS kind, CAST(@generation AS bigint) AS generation, id, score
 FROM found ORDER BY score DESC, id LIMIT :candidates)
"""
_STATIC = """
(SELECT 'static' AS kind, CAST(@generation AS bigint) AS generation, id,
        -(static <#> CAST(:static AS halfvec({dimension}))) AS score
 FROM @chunks ORDER BY static <#> CAST(:static AS halfvec({dimension})) LIMIT :candidates)
"""
_DENSE = """
(SELECT '{kind}' AS kind, CAST(@generation AS bigint) AS generation, chunk_id AS id,
        -((vector::halfvec({dimension})) <#> CAST(:{kind} AS halfvec({dimension}))) AS score
 FROM @vectors ORDER BY (vector::halfvec({dimension})) <#> CAST(:{kind} AS halfvec({dimension})) LIMIT :candidates)
"""
_WEIGHTS = [0.2, 0.1, 0.4, 0.25]
"""PostgreSQL's own (0.1, 0.2, 0.4, 1.0) let labels drown the text: nDCG@10 0.61 instead of 0.80 on documentation."""

_HITS = """
SELECT CAST(@generation AS bigint) AS generation, id, source, body, title, symbol, language, page, start_line, end_line,
       ordinal, weight FROM @chunks WHERE id = ANY(CAST(:ids_@generation AS uuid[]))
"""


@dataclass(frozen=True, slots=True)
class Searched:
    """The live generation of a data source; `dense_identity` only once its dense vectors are complete.

    `guards` is what stands guard over it, as `guardrails` takes it.
    """

    index_id: str
    index_name: str
    generation: int
    chunk_count: int
    static_identity: str
    dense_identity: str | None
    guards: str | None = None


@dataclass(frozen=True, slots=True)
class Ranked:
    """A passage in one ranking: `kind` is lexical, static, or the name of a dense vector space."""

    kind: str
    generation: int
    chunk_id: str
    score: float


@dataclass(frozen=True, slots=True)
class Space:
    """A question in one vector space: the parameter's name, the vector, and the generations that live there."""

    kind: str
    vector: Vectors
    generations: tuple[int, ...]


Lexemes = Mapping[int, Mapping[str, int]]
"""For every generation, in how many chunks each lexeme of the question occurs."""


async def searched(session: AsyncSession, source_ids: Sequence[str]) -> list[Searched]:
    """The live generations of data sources; those without one are left out."""
    rows = await session.execute(text(_SEARCHED), {"sources": list(source_ids), "ef_search": EF_SEARCH})
    return [Searched(*row[:7]) for row in rows]


async def lexemes(session: AsyncSession, generations: Iterable[int], query: str) -> Lexemes:
    """The question's lexemes, those of the parts of its identifiers included."""
    words = f"{query} {terms(query)}"
    found: dict[int, dict[str, int]] = {generation: {} for generation in generations}
    for row in await session.execute(text(_LEXEMES), {"generations": list(found), "query": words}):
        found[row.generation][row.lexeme] = row.occurrences
    return found


async def run(
    session: AsyncSession, generations: Sequence[Searched], words: Lexemes, spaces: Sequence[Space]
) -> list[Ranked]:
    """All rankings of all generations, in one statement."""
    parts: list[str] = []
    parameters: dict[str, Any] = {"candidates": CANDIDATES, "weights": _WEIGHTS, "scored": MAX_SCORED}
    for item in generations:
        if words[item.generation]:
            parts.append(on_leaves(_LEXICAL, item.generation))
            parameters |= _lexical_parameters(item, words[item.generation])
    for space in spaces:
        sql = (_STATIC if space.kind == "static" else _DENSE).format(kind=space.kind, dimension=len(space.vector))
        parts.extend(on_leaves(sql, generation) for generation in space.generations)
        parameters[space.kind] = vector_literal(space.vector)
    if not parts:
        return []
    rows = await session.execute(text(" UNION ALL ".join(parts)), parameters)
    return [Ranked(row.kind, row.generation, str(row.id), float(row.score)) for row in rows]


def _lexical_parameters(item: Searched, occurrences: Mapping[str, int]) -> dict[str, Any]:
    combinations = telling(occurrences, item.chunk_count, LEXICAL_BUDGET)
    ordered = sorted(occurrences, key=lambda lexeme: (occurrences[lexeme], lexeme))[:_SCORED_LEXEMES]
    return {
        f"lexemes_{item.generation}": [_quoted(lexeme) for lexeme in ordered],
        f"idfs_{item.generation}": [idf(item.chunk_count, occurrences[lexeme]) for lexeme in ordered],
        f"telling_{item.generation}": " | ".join(f"({' & '.join(map(_quoted, words))})" for words in combinations),
    }


def _quoted(lexeme: str) -> str:
    """A lexeme as a query of its own, whatever characters it holds."""
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


async def passages(session: AsyncSession, chunk_ids: Mapping[int, Sequence[str]]) -> Sequence[Row[Any]]:
    """The passages of some chunks, given by generation."""
    wanted = {generation: ids for generation, ids in chunk_ids.items() if ids}
    if not wanted:
        return []
    sql = " UNION ALL ".join(on_leaves(_HITS, generation) for generation in wanted)
    parameters = {f"ids_{generation}": list(ids) for generation, ids in wanted.items()}
    return (await session.execute(text(sql), parameters)).all()
