"""The SQL of skill events. Only what was completed counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.skills.tables import SkillEvent

_INSTALLED, _REMOVED = SkillEvent.command == "add", SkillEvent.command == "remove"


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list, and of which time."""

    limit: int
    offset: int
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Completed installations and removals of the time."""
        found = [SkillEvent.status == "completed", SkillEvent.command.in_(("add", "remove"))]
        if self.since is not None:
            found.append(SkillEvent.date >= self.since)
        if self.until is not None:
            found.append(SkillEvent.date <= self.until)
        return found


async def page(session: AsyncSession, window: Window, user_id: str | None) -> tuple[Sequence[SkillEvent], int]:
    """Installations and removals, newest first; one person's when one is named."""
    conditions = window.conditions()
    if user_id is not None:
        conditions.append(SkillEvent.user_id == user_id)
    order = (SkillEvent.date.desc(), SkillEvent.id)
    rows = await session.scalars(
        select(SkillEvent).where(*conditions).order_by(*order).offset(window.offset).limit(window.limit)
    )
    total = await session.scalar(select(func.count()).select_from(SkillEvent).where(*conditions))
    return rows.all(), total or 0


async def slugs(session: AsyncSession, window: Window) -> tuple[list[str | None], int]:
    """The skills of the time, most installed first, and how many there are."""
    grouped = select(SkillEvent.skill_slug).where(*window.conditions()).group_by(SkillEvent.skill_slug)
    order = (func.count().filter(_INSTALLED).desc(), SkillEvent.skill_slug)
    rows = await session.scalars(grouped.order_by(*order).offset(window.offset).limit(window.limit))
    total = await session.scalar(select(func.count()).select_from(grouped.subquery()))
    return list(rows), total or 0


async def counts(session: AsyncSession, window: Window, wanted: Sequence[str | None]) -> list[Any]:
    """Rows of slug, agent, source, installations, removals."""
    columns = (SkillEvent.skill_slug, SkillEvent.agent, SkillEvent.source)
    named = [slug for slug in wanted if slug is not None]
    among = SkillEvent.skill_slug.in_(named)
    if None in wanted:
        among = among | SkillEvent.skill_slug.is_(None)
    statement = (
        select(*columns, func.count().filter(_INSTALLED), func.count().filter(_REMOVED))
        .where(*window.conditions(), among)
        .group_by(*columns)
    )
    return list((await session.execute(statement)).all())
