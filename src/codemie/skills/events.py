"""Use cases of skill events: a command line reports, people see what became of their skills."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity.caller import Caller
from codemie.kernel.database import new_id, utcnow
from codemie.kernel.errors import NotFound
from codemie.kernel.http import Page, Pagination
from codemie.skills import event_repository as repository
from codemie.skills.event_repository import Window
from codemie.skills.event_schemas import EventItem, EventRequest, SkillStats, SkillStatsItem
from codemie.skills.tables import SkillEvent

_COLUMNS = {"session_id", "command", "status", "skill_slug", "source", "agent", "target_agents"}
_UNKNOWN = "unknown"
_EVERYTHING = Window(limit=1, offset=0)


async def record(session: AsyncSession, caller: Caller, request: EventRequest) -> str:
    """Keep one event; its id."""
    details = request.model_dump(mode="json", exclude=_COLUMNS, exclude_none=True)
    event = SkillEvent(
        id=new_id(),
        date=utcnow(),
        user_id=caller.id,
        user_email=caller.email,
        details=details,
        **request.model_dump(include=_COLUMNS),
    )
    session.add(event)
    return event.id


async def page(session: AsyncSession, caller: Caller, window: Window) -> Page[EventItem]:
    """Installations and removals, newest first: everybody's for who oversees the platform, else the caller's own."""
    oversees = caller.is_superuser or caller.is_auditor
    rows, total = await repository.page(session, window, None if oversees else caller.id)
    return Page[EventItem](data=[EventItem.model_validate(row) for row in rows], pagination=_place(window, total))


async def stats(session: AsyncSession, window: Window) -> Page[SkillStatsItem]:
    """Counts by skill, most installed first. They name no person, so they are for everybody."""
    slugs, total = await repository.slugs(session, window)
    rows = await repository.counts(session, window, slugs)
    data = [
        SkillStatsItem(skill_slug=slug, **_totals(row for row in rows if row[0] == slug).model_dump()) for slug in slugs
    ]
    return Page[SkillStatsItem](data=data, pagination=_place(window, total))


async def stats_of(session: AsyncSession, slug: str) -> SkillStats:
    """Counts of one skill.

    Raises:
        NotFound: 404, nobody ever installed or removed it.
    """
    rows = await repository.counts(session, _EVERYTHING, [slug])
    if not rows:
        raise NotFound(
            "Skill not found",
            details=f"No installation or removal of the skill '{slug[:256]}' was reported.",
            help="Please verify the skill's slug and try again.",
        )
    return _totals(rows)


def aware(moment: datetime | None) -> datetime | None:
    """A time without a zone is meant as UTC."""
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def _totals(rows: Iterable[Any]) -> SkillStats:
    installs = removals = 0
    by_agent: dict[str, int] = {}
    by_source: dict[str, int] = {}
    for _, agent, source, added, removed in rows:
        installs, removals = installs + added, removals + removed
        if added:
            by_agent[agent] = by_agent.get(agent, 0) + added
            by_source[source or _UNKNOWN] = by_source.get(source or _UNKNOWN, 0) + added
    return SkillStats(installs=installs, removals=removals, by_agent=by_agent, by_source=by_source)


def _place(window: Window, total: int) -> Pagination:
    return Pagination.of(window.offset // window.limit, window.limit, total)
