"""The SQL of which assistants work with an integration, and who chose it for themselves in one."""

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.assistants.repository import COLUMNS
from codemie.assistants.tables import Assistant, ToolMapping
from codemie.identity.caller import Caller
from codemie.identity.policy import readable_filter
from codemie.parts.references import Referring, names_integration, referring

_SHOWN = (Assistant.id, Assistant.name, Assistant.project)


async def assistants(session: AsyncSession, caller: Caller, setting_id: str, limit: int) -> Referring:
    """Assistants whose toolkits or MCP servers name it."""
    uses = names_integration(Assistant.toolkits, Assistant.mcp_servers, setting_id)
    mine = select(*_SHOWN).where(uses, readable_filter(caller, COLUMNS))
    return await referring(session, mine, select(Assistant.id).where(uses), Assistant.name_key, limit)


async def choices(session: AsyncSession, caller: Caller, setting_id: str, limit: int) -> Referring:
    """Assistants for which the caller chose it for themselves; of others' choices only the number is told."""
    chosen: ColumnElement[bool] = ToolMapping.slots.contains([{"integration_id": setting_id}])
    mine = (
        select(*_SHOWN)
        .join(ToolMapping, ToolMapping.assistant_id == Assistant.id)
        .where(chosen, ToolMapping.user_id == caller.id, readable_filter(caller, COLUMNS))
    )
    return await referring(session, mine, select(ToolMapping.id).where(chosen), Assistant.name_key, limit)
