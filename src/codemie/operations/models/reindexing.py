"""Indexes that follow an embedding model: which ones an exchange concerns, their new runs, and how far these are.

Vectors of two models cannot be compared, so a data source gets a new generation beside the live one, which answers
until then. While that is built both models are needed: a file that holds both is in use meanwhile (`bridged`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import yaml
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.kernel.database import Database
from codemie.knowledge import runs
from codemie.knowledge.tables import DataSource, Generation
from codemie.operations.models.stored import Exchange, losses, naming_gone_embedders

_EMBEDDERS = "embeddings_models"
_HEADER = (
    "# Made by codemiectl llm: the wanted file, and embedding models that indexes still need. It goes when all\n"
    "# data sources are indexed anew; edit the file that you switched to, not this one.\n"
)


@dataclass(frozen=True)
class Progress:
    """How far the data sources of an exchange are.

    Attributes:
        total: data sources that were to be indexed anew.
        done: those that are searched with vectors of the new model.
        chunks: passages that have such a vector, of `of_chunks`.
        failed: project/name of those that ended with an error → the error.
    """

    total: int
    done: int
    chunks: int
    of_chunks: int
    failed: Mapping[str, str]

    @property
    def is_over(self) -> bool:
        """Whether nothing goes on any more."""
        return self.done + len(self.failed) >= self.total

    def __str__(self) -> str:
        failed = f"; {len(self.failed)} failed" if self.failed else ""
        return f"{self.done} of {self.total} data sources, {self.chunks} of {self.of_chunks} chunks{failed}"


async def successors(database: Database, exchange: Exchange) -> dict[str, str]:
    """Embedding models that indexes or data sources lose by an exchange → the one that takes their place."""
    lost = {each.model for each in await losses(database, exchange)}
    lost |= {model for _, model in await naming_gone_embedders(database, exchange.wanted)}
    default = exchange.wanted.default("embedding").base_name
    return dict.fromkeys(sorted(lost), default)


def bridged(former: bytes, wanted: bytes, names: Collection[str]) -> bytes:
    """The wanted file with the rows of these embedding models of the former one; as it is where there are none.

    Args:
        former: YAML of the file in use.
        wanted: of the other, which has no models of these names.
        names: of embedding models.
    """
    old, new = _read(former), _read(wanted)
    kept = [_free_standing(row, old) for row in old.get(_EMBEDDERS) or () if row.get("base_name") in names]
    if not kept:
        return wanted
    document = {**new, _EMBEDDERS: [*(new.get(_EMBEDDERS) or ()), *kept]}
    return (_HEADER + yaml.safe_dump(document, sort_keys=False, allow_unicode=True)).encode()


def _read(content: bytes) -> dict[str, Any]:
    document: Any = yaml.safe_load(content)
    return cast("dict[str, Any]", document) if isinstance(document, dict) else {}


def _free_standing(row: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """The row with its endpoint in it, and no default: the other file may name endpoints and defaults otherwise."""
    endpoints = document.get("endpoints") or {}
    named = row.get("endpoint", row.get("provider"))
    endpoint = endpoints.get(named) if isinstance(named, str) else named
    kept = {key: value for key, value in row.items() if key not in {"endpoint", "default", "default_for_categories"}}
    return {**kept, "endpoint": endpoint} if endpoint else kept


async def begin(session: AsyncSession, names: Mapping[str, str]) -> int:
    """Give data sources the new model and start their runs, in the caller's transaction; how many.

    Args:
        session: of a transaction that sees all rows.
        names: embedding model → the one that takes its place.
    """
    if not names:
        return 0
    statement = select(DataSource).where(_concerned(names)).order_by(DataSource.id).with_for_update()
    sources = (await session.scalars(statement)).all()
    count = 0
    for source in sources:
        source.embeddings_model = names.get(source.embeddings_model or "", next(iter(names.values())))
        if source.live_generation is None and source.error:
            continue  # it never worked: whoever mends it starts it
        await runs.start(session, source, "full")
        count += 1
    return count


def _concerned(names: Collection[str]) -> ColumnElement[bool]:
    model = func.regexp_replace(Generation.dense_identity, ":[0-9]+$", "")
    made = select(Generation.data_source_id).where(model.in_(list(names)))
    return or_(DataSource.embeddings_model.in_(list(names)), DataSource.id.in_(made))


async def progress(database: Database, names: Mapping[str, str], since: datetime) -> Progress:
    """How far those are that an exchange began.

    Args:
        database: seen without walls.
        names: of the exchange, as for `begin`.
        since: when it was made.
    """
    statement = (
        select(DataSource, Generation)
        .outerjoin(Generation, Generation.id == DataSource.live_generation)
        .where(DataSource.embeddings_model.in_(set(names.values())), DataSource.last_reindex_triggered_at >= since)
    )
    done = chunks = of_chunks = 0
    failed: dict[str, str] = {}
    async with database.session() as session:
        rows = [(source, generation) for source, generation in (await session.execute(statement)).tuples()]
    for source, generation in rows:
        refinement = source.processing_info.get("refinement", {})
        of_chunks += generation.chunk_count if generation else 0
        is_searched = source.completed and (generation.dense_identity is None or generation.dense_ready)
        if is_searched:
            done += 1
            chunks += generation.chunk_count
        elif source.error or refinement.get("error"):
            failed[f"{source.project}/{source.name}"] = source.text or str(refinement.get("error"))
        elif source.completed:
            chunks += int(refinement.get("done", 0))
    return Progress(len(rows), done, chunks, of_chunks, failed)
