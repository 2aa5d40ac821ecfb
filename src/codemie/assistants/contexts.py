"""Data sources as an assistant refers to them: by name, within its project."""

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity.caller import Caller
from codemie.knowledge import service as knowledge
from codemie.parts.schemas import ContextChoice, ContextType, Json

_CODE_TYPES = {"code", "summary", "chunk-summary"}


async def choices(session: AsyncSession, caller: Caller, project: str) -> list[ContextChoice]:
    """Data sources of a project that the caller can attach, by name.

    Raises:
        AccessDenied: 403, not the caller's project.
    """
    sources = await knowledge.sources_by_project(session, caller, project)
    return [ContextChoice(id=row.id, name=row.name, context_type=context_type(row.type)) for row in sources]


async def existing(session: AsyncSession, caller: Caller, project: str, wanted: list[Json]) -> list[Json]:
    """Those of the wanted references that name a readable data source of the project, with its true kind."""
    names = list(dict.fromkeys(str(reference["name"]) for reference in wanted))
    kinds = {row.name: row.type for row in await knowledge.sources_by_name(session, caller, project, names)}
    return [{"context_type": context_type(kinds[name]), "name": name} for name in names if name in kinds]


def context_type(source_type: str) -> ContextType:
    """How the wire names the kind of a data source."""
    if source_type in _CODE_TYPES:
        return "code"
    return "provider" if source_type == "provider" else "knowledge_base"
