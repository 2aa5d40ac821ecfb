"""The SQL that lets one model take another's place. Only administrators, who may change every row, come here."""

from typing import cast

from sqlalchemy import CursorResult, Text, func, literal, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.assistants.tables import Assistant, AssistantVersion

_MODEL = "llm_model_type"


async def replace_in_assistants(session: AsyncSession, old: str, new: str) -> int:
    """How many assistants changed their model. That is no edit of theirs: the time of change stays."""
    statement = update(Assistant).where(Assistant.llm_model_type == old)
    done = await session.execute(statement.values(llm_model_type=new, update_date=Assistant.update_date))
    return cast("CursorResult[tuple[()]]", done).rowcount


async def replace_in_versions(session: AsyncSession, old: str, new: str) -> int:
    """The same in the versions assistants can be taken back to."""
    path = literal([_MODEL], ARRAY(Text))
    changed = func.jsonb_set(AssistantVersion.content, path, func.to_jsonb(literal(new, Text)))
    statement = update(AssistantVersion).where(AssistantVersion.content[_MODEL].astext == old)
    done = await session.execute(statement.values(content=changed, update_date=AssistantVersion.update_date))
    return cast("CursorResult[tuple[()]]", done).rowcount
