"""What the database holds, compared with a model file that may take the place of the one in use."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select

from codemie.assistants.tables import Assistant
from codemie.checks.check import Severity, check
from codemie.checks.report import Finding, failed, passed, warned
from codemie.kernel.database import Database
from codemie.knowledge.tables import DataSource, Generation
from codemie.models.catalogue import Models
from codemie.models.entries import ModelEntry

_MOST_NAMED = 20
_RENAME = "Give the new model a name of its own in the file: an index is told by the name which model made it"
_KEEP = "Keep the row of that embedding model in the new file, unchanged, beside the new one"
_REINDEX = "Then re-index the data sources with the new one, and take the row out with a later switch"
_MEANWHILE = "Search goes on with the former vectors until each is done; llm history tells how far they are"
_AT_ONCE = "Or let llm switch --reindex do all of that"


@dataclass(frozen=True)
class Exchange:
    """One model file in place of another.

    Attributes:
        former: what the file in use says; None where it cannot be read.
        wanted: what the other says.
        replacements: language models that take another's place: old → new.
        reindexes: whether data sources whose embedding model goes are to be indexed anew.
    """

    former: Models | None
    wanted: Models
    replacements: Mapping[str, str] = field(default_factory=dict[str, str])
    reindexes: bool = False


@dataclass(frozen=True)
class Loss:
    """An index whose vectors could not be searched after an exchange.

    Attributes:
        place: project and name of the data source.
        model: that made it.
        problem: what the exchange does to the model.
        chunks: passages that would have to be embedded anew.
        is_replaced: the wanted file gives the name to another model.
    """

    place: str
    model: str
    problem: str
    chunks: int
    is_replaced: bool


@check(
    "llm.indexes",
    title="Every index keeps the embedding model that made it",
    symptom="Search in a data source finds nonsense, or fails with “embedding model mismatch”.",
    severity=Severity.BLOCKER,
    remedy=(_KEEP, _REINDEX, _AT_ONCE),
    faq=("F07", "F08"),
    needs=("llm.defaults",),
    timeout=30,
)
async def indexes(database: Database, exchange: Exchange) -> Finding:
    """The new file lacks an embedding model that made an index, or gives its name to another one.

    Vectors of two models cannot be compared, even where they are of one length.
    """
    lost = await losses(database, exchange)
    if not lost and exchange.former is None and (names := await _indexing(database)):
        return warned(
            f"The file in use cannot be read: whether {_listed(names)} would be the same model cannot be compared",
            "Compare provider and deployment_name of these rows with those that made the indexes",
        )
    if not lost:
        return passed("Every index keeps its model")
    problems: dict[str, list[str]] = defaultdict(list)
    for each in lost:
        problems[each.place].append(f"{each.problem}; {each.chunks} chunks")
    seen = {place: "; ".join(told) for place, told in list(problems.items())[:_MOST_NAMED]}
    cost = f"{len(problems)} data sources with {sum(each.chunks for each in lost)} chunks"
    if not exchange.reindexes:
        return failed(f"The embedding model of {cost} would change: {_listed(list(problems))}", *indexes.remedy, **seen)
    if replaced := [each for each in lost if each.is_replaced]:
        told = f"{replaced[0].model} would be another model under the same name"
        return failed(f"{told}: what it indexed could not be searched meanwhile", _RENAME, **seen)
    default = exchange.wanted.default("embedding").base_name
    return warned(f"{cost} are to be indexed anew with {default}; each chunk is sent to it once", _MEANWHILE, **seen)


async def losses(database: Database, exchange: Exchange) -> list[Loss]:
    """The indexes whose model an exchange takes away, or gives another meaning."""
    statement = (
        select(
            DataSource.project,
            DataSource.name,
            Generation.dense_identity,
            func.max(Generation.chunk_count).label("chunks"),
        )
        .join(Generation, Generation.data_source_id == DataSource.id)
        .where(Generation.dense_identity.is_not(None))
        .group_by(DataSource.project, DataSource.name, Generation.dense_identity)
        .order_by(DataSource.project, DataSource.name)
    )
    async with database.session() as session:
        rows = (await session.execute(statement)).all()
    found: list[Loss] = []
    for project, name, identity, chunks in rows:
        if problem := _lost(str(identity), exchange):
            model = str(identity).rpartition(":")[0]
            is_replaced = exchange.wanted.find(model, "embedding") is not None
            found.append(Loss(f"{project}/{name}", model, problem, int(chunks), is_replaced))
    return found


async def _indexing(database: Database) -> list[str]:
    """Names of the embedding models that have made an index, but for those inside the platform."""
    statement = select(Generation.dense_identity).where(Generation.dense_identity.is_not(None)).distinct()
    async with database.session() as session:
        identities = [str(each) for each in await session.scalars(statement)]
    found = (identity.rpartition(":") for identity in identities)
    return sorted({name for name, _, dimension in found if dimension.isdigit()})


def _lost(identity: str, exchange: Exchange) -> str | None:
    """Why vectors of this identity could not be searched any more; None where they can."""
    name, _, dimension = identity.rpartition(":")
    if not dimension.isdigit():
        return None  # made inside the platform, whatever the file says
    wanted = exchange.wanted.find(name, "embedding")
    former = exchange.former.find(name, "embedding") if exchange.former else None
    if wanted is None or wanted.provider == "embedded":
        return f"made with {name}, which the new file does not have"
    if wanted.dimensions and wanted.dimensions != int(dimension):
        return f"made with {name} of {dimension} numbers, in the new file it has {wanted.dimensions}"
    if former is not None and _space(former) != _space(wanted):
        return f"made with {_space(former)}, {name} would be {_space(wanted)}"
    return None


def _space(entry: ModelEntry) -> str:
    """Names the vectors of an embedder; whether the file declares their length does not change them."""
    return f"{entry.provider}/{entry.deployment_name}"


@check(
    "llm.references",
    title="Every model that something names is in the new file",
    symptom="An assistant answers with another model than the one it was given; a data source cannot be re-indexed.",
    severity=Severity.MAJOR,
    remedy=("Give assistants another model: --map OLD=NEW", "Or keep the row under its former name"),
    faq=("F07",),
    needs=("llm.defaults",),
)
async def references(database: Database, exchange: Exchange) -> Finding:
    """The new file lacks a model that assistants or data sources name.

    The default answers in place of a language model that is gone. Nothing takes the place of an embedding model.
    """
    strange = [new for new in exchange.replacements.values() if exchange.wanted.find(new, "chat") is None]
    if strange:
        return failed(f"--map: the new file has no language model {_listed(strange)}", "Correct the name")
    sources = await naming_gone_embedders(database, exchange.wanted)
    if sources and not exchange.reindexes:
        detail = f"Data sources name embedding models that are gone: {_listed([name for name, _ in sources])}"
        seen = dict(sources[:_MOST_NAMED])
        return failed(detail, "Keep the row, or choose another model in the data source and re-index it", **seen)
    gone = await assistants_without_model(database, exchange)
    if not gone:
        return passed("Every model that is named is there")
    default = exchange.wanted.default("chat").base_name
    seen = {model: _listed(names) for model, names in gone.items()}
    count = sum(map(len, gone.values()))
    return warned(f"{count} assistants name models that are gone; {default} answers", *references.remedy, **seen)


async def assistants_without_model(database: Database, exchange: Exchange) -> dict[str, list[str]]:
    """Language models that the new file lacks and nothing takes the place of → assistants that name them."""
    columns = (Assistant.llm_model_type, Assistant.image_generation_model)
    gone: dict[str, list[str]] = {}
    async with database.session() as session:
        for column in columns:
            statement = select(column, Assistant.name).where(column.is_not(None), column != "").order_by(Assistant.name)
            for model, name in (await session.execute(statement)).all():
                is_replaced = column is columns[0] and model in exchange.replacements
                if not is_replaced and exchange.wanted.find(model, "chat") is None:
                    gone.setdefault(str(model), []).append(name)
    return gone


async def naming_gone_embedders(database: Database, wanted: Models) -> list[tuple[str, str]]:
    """Data sources that name an embedding model which a file lacks, each with that model."""
    statement = (
        select(DataSource.project, DataSource.name, DataSource.embeddings_model)
        .where(DataSource.embeddings_model.is_not(None), func.length(DataSource.embeddings_model) > 0)
        .order_by(DataSource.project, DataSource.name)
    )
    async with database.session() as session:
        rows = (await session.execute(statement)).all()
    named = ((f"{project}/{name}", str(model)) for project, name, model in rows)
    return [(name, model) for name, model in named if wanted.find(model, "embedding") is None]


def _listed(names: Sequence[str]) -> str:
    """The first of them, each once."""
    counted = Counter(names)
    shown = ", ".join(list(counted)[:_MOST_NAMED])
    return f"{shown} and {len(counted) - _MOST_NAMED} more" if len(counted) > _MOST_NAMED else shown


CHECKS = (indexes, references)
