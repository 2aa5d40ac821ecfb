"""Data sources as an assistant refers to them: by name, within its project."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.assistants.parts import ContextChoice, ContextType, Json
from codemie.identity.caller import Caller
from codemie.identity.policy import ResourceColumns, readable_filter, require_project
from codemie.knowledge.tables import DataSource

_COLUMNS = ResourceColumns(
    kind="data_source",
    owner_id=DataSource.owner_id.expression,
    project=DataSource.project.expression,
    shared=DataSource.shared.expression,
)

_CODE_TYPES = {"code", "summary", "chunk-summary"}


async def choices(session: AsyncSession, caller: Caller, project: str) -> list[ContextChoice]:
    """Data sources of a project that the caller can attach, by name.

    Raises:
        AccessDenied: 403, not the caller's project.
    """
    require_project(caller, project)
    statement = (
        select(DataSource.id, DataSource.name, DataSource.type)
        .where(DataSource.project == project, readable_filter(caller, _COLUMNS))
        .order_by(DataSource.name)
    )
    rows = (await session.execute(statement)).all()
    return [ContextChoice(id=row.id, name=row.name, context_type=context_type(row.type)) for row in rows]


async def existing(session: AsyncSession, caller: Caller, project: str, wanted: list[Json]) -> list[Json]:
    """Those of the wanted references that name a readable data source of the project, with its true kind."""
    names = {reference["name"] for reference in wanted}
    statement = select(DataSource.name, DataSource.type).where(
        DataSource.project == project, DataSource.name.in_(names), readable_filter(caller, _COLUMNS)
    )
    kinds = {row.name: context_type(row.type) for row in (await session.execute(statement)).all()}
    found = dict.fromkeys(reference["name"] for reference in wanted if reference["name"] in kinds)
    return [{"context_type": kinds[name], "name": name} for name in found]


def context_type(source_type: str) -> ContextType:
    """How the wire names the kind of a data source."""
    if source_type in _CODE_TYPES:
        return "code"
    return "provider" if source_type == "provider" else "knowledge_base"
