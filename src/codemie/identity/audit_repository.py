"""The SQL that reads the audit log; nothing rewrites it, a trigger sees to that."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from codemie.identity.audit_schemas import EventConditions
from codemie.identity.tables import ActivityEvent, User

EventRow = Row[Any]
"""The columns of an event, ``actor_email``, ``actor_name`` and ``entity_name``."""

_Subject = aliased(User)


def _aware(moment: datetime) -> datetime:
    """A time without a zone is UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _conditions(wanted: EventConditions) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    for column, value in ((ActivityEvent.actor_id, wanted.actor_id), (ActivityEvent.entity_id, wanted.entity_id)):
        if value is not None:
            conditions.append(column == value)
    for column, values in (
        (ActivityEvent.domain, wanted.domain),
        (ActivityEvent.event_type, wanted.event_type),
        (ActivityEvent.entity_type, wanted.entity_type),
    ):
        if values:
            conditions.append(column.in_(values))
    if wanted.since is not None:
        conditions.append(ActivityEvent.created_at >= _aware(wanted.since))
    if wanted.until is not None:
        conditions.append(ActivityEvent.created_at <= _aware(wanted.until))
    return conditions


def _events(wanted: EventConditions) -> Select[*tuple[Any, ...]]:
    columns = [getattr(ActivityEvent, name) for name in ActivityEvent.__table__.columns.keys()]  # noqa: SIM118 - no dict
    return (
        select(
            *columns,
            User.email.label("actor_email"),
            User.name.label("actor_name"),
            _Subject.name.label("entity_name"),
        )
        .outerjoin(User, User.id == ActivityEvent.actor_id)
        .outerjoin(_Subject, and_(ActivityEvent.entity_type == "user", _Subject.id == ActivityEvent.entity_id))
        .where(*_conditions(wanted))
    )


async def page(
    session: AsyncSession, wanted: EventConditions, *, descending: bool, limit: int, offset: int
) -> tuple[Sequence[EventRow], int]:
    """One page of events by time, and how many match."""
    total = await session.scalar(select(func.count()).select_from(ActivityEvent).where(*_conditions(wanted)))
    order = (ActivityEvent.created_at.desc(), ActivityEvent.id.desc())
    if not descending:
        order = (ActivityEvent.created_at.asc(), ActivityEvent.id.asc())
    rows = await session.execute(_events(wanted).order_by(*order).limit(limit).offset(offset))
    return rows.all(), total or 0


async def after(
    session: AsyncSession, wanted: EventConditions, last: tuple[datetime, str] | None, limit: int
) -> Sequence[EventRow]:
    """The next events after ``last`` (time and id), oldest first; an export walks the log with it."""
    statement = _events(wanted).order_by(ActivityEvent.created_at, ActivityEvent.id).limit(limit)
    if last is not None:
        statement = statement.where(tuple_(ActivityEvent.created_at, ActivityEvent.id) > tuple_(*last))
    return (await session.execute(statement)).all()


async def kinds(session: AsyncSession) -> Sequence[tuple[str, str, str]]:
    """Every domain, event type and entity type that has occurred together."""
    columns = (ActivityEvent.domain, ActivityEvent.event_type, ActivityEvent.entity_type)
    statement = select(*columns).distinct().order_by(*columns)
    return [(row[0], row[1], row[2]) for row in (await session.execute(statement)).all()]
