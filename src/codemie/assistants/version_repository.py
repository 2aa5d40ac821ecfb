"""The SQL of versions. Rights were decided on the assistant they belong to."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.assistants.tables import AssistantVersion


async def page(
    session: AsyncSession, assistant_id: str, *, number: int, size: int
) -> tuple[Sequence[AssistantVersion], int]:
    """One page, newest first, and how many there are."""
    own = AssistantVersion.assistant_id == assistant_id
    newest = AssistantVersion.version_number.desc()
    rows = await session.scalars(select(AssistantVersion).where(own).order_by(newest).offset(number * size).limit(size))
    total = await session.scalar(select(func.count()).select_from(AssistantVersion).where(own))
    return rows.all(), total or 0


async def find(session: AsyncSession, assistant_id: str, number: int) -> AssistantVersion | None:
    """One version by its number."""
    statement = select(AssistantVersion).where(
        AssistantVersion.assistant_id == assistant_id, AssistantVersion.version_number == number
    )
    return (await session.scalars(statement)).one_or_none()


async def prompts(session: AsyncSession, assistant_id: str) -> list[tuple[str, datetime, dict[str, Any] | None]]:
    """Prompt, date and author of every version, newest first; the rest of their content stays in the database."""
    statement = (
        select(AssistantVersion.content["system_prompt"].astext, AssistantVersion.date, AssistantVersion.created_by)
        .where(AssistantVersion.assistant_id == assistant_id)
        .order_by(AssistantVersion.version_number.desc())
    )
    return [(row[0] or "", row[1], row[2]) for row in (await session.execute(statement)).all()]
