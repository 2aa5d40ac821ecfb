"""Routes of what command lines report about skills."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from codemie.identity.authentication import CallerDep
from codemie.kernel.database import SessionDep
from codemie.kernel.http import Page
from codemie.skills import events
from codemie.skills.event_repository import Window
from codemie.skills.event_schemas import EventItem, EventRecorded, EventRequest, SkillStats, SkillStatsItem

router = APIRouter(prefix="/v1/skills/events", tags=["skills"])


async def _window(
    since: Annotated[datetime | None, Query(alias="from")] = None,
    until: Annotated[datetime | None, Query(alias="to")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, le=1_000_000_000)] = 0,
) -> Window:
    return Window(limit, offset, events.aware(since), events.aware(until))


WindowDep = Annotated[Window, Depends(_window)]


@router.post("")
async def record_event(session: SessionDep, caller: CallerDep, body: EventRequest) -> EventRecorded:
    return EventRecorded(id=await events.record(session, caller, body))


@router.get("")
async def list_events(session: SessionDep, caller: CallerDep, window: WindowDep) -> Page[EventItem]:
    return await events.page(session, caller, window)


@router.get("/stats")
async def list_stats(session: SessionDep, _caller: CallerDep, window: WindowDep) -> Page[SkillStatsItem]:
    return await events.stats(session, window)


@router.get("/{skill_slug}/stats")
async def get_stats(session: SessionDep, _caller: CallerDep, skill_slug: str) -> SkillStats:
    return await events.stats_of(session, skill_slug)
