"""Checks of the models in use: what answers, and what still names models that are gone."""

from collections import Counter

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute

from codemie.assistants.tables import Assistant
from codemie.checks.check import Severity, check
from codemie.checks.report import Finding, failed, passed, warned
from codemie.kernel.database import Database
from codemie.kernel.errors import ConfigurationError
from codemie.knowledge.tables import DataSource, Generation
from codemie.models.catalogue import Catalogue
from codemie.models.entries import ModelKind
from codemie.models.versions import Versions
from codemie.operations.installation.model_file import defaults, schema
from codemie.operations.installation.subject import Installation

_VERIFY = "Look whether each model answers: POST /v1/admin/llm/check, or Models in the administration of the web UI"


@check(
    "llm.mock_active",
    title="Answers are a real model's, or meant to be made up",
    symptom="Assistants answer with made-up texts.",
    severity=Severity.MINOR,
    remedy=("Connect a real model: docs/how-to/connect-a-model", _VERIFY),
    faq=("F03", "F04", "F08"),
    needs=("llm.defaults",),
)
async def mock_active(catalogue: Catalogue, installation: Installation) -> Finding:
    """A new installation answers from a mock, so that everything else can be tried before a model is approved.

    That is as it should be while somebody tries the platform out; in production it is a warning.
    """
    default = catalogue.models().default("chat")
    if default.provider != "mock":
        return passed(f"{default.base_name} runs at {default.provider}", provider=default.provider)
    judged = warned if installation.is_production else passed
    remedy = mock_active.remedy if installation.is_production else ()
    meant = "" if installation.is_production else ", as is meant to be while the platform is tried out"
    return judged(f"{default.base_name} is the mock: answers are made up{meant}", *remedy)


@check(
    "llm.exchange",
    title="No exchange of the model file was broken off",
    symptom="The audit log does not say that the models were exchanged, or by whom.",
    severity=Severity.MAJOR,
    remedy=("Complete or forget it: codemiectl llm recover --allow-write", "See docs/how-to/switch-models"),
    faq=("F04",),
)
async def exchange(catalogue: Catalogue) -> Finding:
    """The command was killed, or the database went away, between the new file and its row in the audit log.

    The file in use is whole, the former one or the new one.
    """
    try:
        manifest = Versions(catalogue.path).manifest()
    except ConfigurationError as error:
        return failed(str(error), "Put the file back from a backup, or move its folder away")
    if pending := manifest.pending:
        detail = f"A {pending.kind} from version {pending.former} to {pending.wanted} was broken off"
        return warned(detail, *exchange.remedy, by=pending.by, at=f"{pending.date:%Y-%m-%d %H:%M:%SZ}")
    return passed(f"Version {manifest.active} was put in place last" if manifest.active else "There was none yet")


_NAMING: tuple[tuple[str, ModelKind, InstrumentedAttribute[str | None]], ...] = (
    ("assistants", "chat", Assistant.llm_model_type),
    ("assistants, for pictures", "chat", Assistant.image_generation_model),
    ("data sources", "embedding", DataSource.embeddings_model),
)


@check(
    "data.model_refs",
    title="Every model that something names is there",
    symptom="An assistant answers with another model than the one it was given; a data source cannot be re-indexed.",
    severity=Severity.MAJOR,
    remedy=("Put the model back into the model file under its former name", "Or choose another model in what names it"),
    faq=("F07",),
    needs=("db.schema", "llm.defaults"),
)
async def model_refs(database: Database, catalogue: Catalogue) -> Finding:
    """A model was renamed or taken out of the model file while assistants and data sources still named it."""
    lost: Counter[str] = Counter()
    async with database.session() as session:
        for what, kind, column in _NAMING:
            statement = select(column, func.count()).where(column.is_not(None), column != "").group_by(column)
            for name, count in (await session.execute(statement)).all():
                if not catalogue.is_known(str(name), kind):
                    lost[f"{name} ({what})"] += count
    if lost:
        detail = f"{lost.total()} objects name models that are not there"
        return warned(detail, *model_refs.remedy, **{name: str(count) for name, count in lost.most_common(20)})
    return passed("Every model that is named is there")


@check(
    "index.embedding_mismatch",
    title="Every index can be searched with the model that made it",
    symptom="Search in a data source fails with “embedding model mismatch”, or finds little.",
    severity=Severity.MAJOR,
    remedy=("Re-index the data sources that are named", "Or put the embedding model back that made their index"),
    faq=("F07", "F08"),
    needs=("db.schema", "llm.defaults"),
    timeout=30,
)
async def embedding_mismatch(database: Database, catalogue: Catalogue) -> Finding:
    """The embedding model was exchanged, or an optional one is not installed any more; vectors do not mix."""
    statement = (
        select(DataSource.name, Generation.static_identity, Generation.dense_identity, Generation.dense_ready)
        .join(Generation, Generation.id == DataSource.live_generation)
        .order_by(DataSource.name)
    )
    async with database.session() as session:
        rows = (await session.execute(statement)).all()
    if not rows:
        return passed("There is no index yet")
    from codemie.knowledge.embedders import SourceEmbedders  # its weights take a second: only where there is an index

    wanted = {name: {static, dense if is_ready else static} for name, static, dense, is_ready in rows}
    known = SourceEmbedders(catalogue).known(*set().union(*wanted.values()))
    lost = {name: identities for name, identities in wanted.items() if not all(map(known.find, identities))}
    if lost:
        told = {name: ", ".join(filter(None, identities)) for name, identities in list(lost.items())[:20]}
        return failed(
            f"{len(lost)} of {len(rows)} indexes were made with another model", *embedding_mismatch.remedy, **told
        )
    return passed(f"{len(rows)} indexes fit")


CHECKS = (schema, defaults, mock_active, exchange, model_refs, embedding_mismatch)
