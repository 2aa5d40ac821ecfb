"""What the audit log tells of calls of agents' tools: who, what, where, for how long, and what came of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity.tables import ActivityEvent, User

CALLED = "plugin.call"
"""The event that a call leaves; its entity is the integration that holds the key."""
MOST_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class LoggedCall:
    """A call as it stands in the log, with the name of who made it."""

    id: str
    at: datetime
    actor_id: str | None
    actor_name: str
    facts: dict[str, Any]


async def calls_of(
    session: AsyncSession, setting_id: str, *, actor_id: str | None, before: str | None, limit: int
) -> list[LoggedCall]:
    """Calls with one key, the newest first.

    Args:
        session: of the request.
        setting_id: of the integration that holds the key.
        actor_id: only those in this one's name; None: all.
        before: id of a call; only older ones.
        limit: at most `MOST_AT_ONCE`.
    """
    place = (ActivityEvent.created_at, ActivityEvent.id)
    statement = (
        select(ActivityEvent, User.name, User.username)
        .outerjoin(User, User.id == ActivityEvent.actor_id)
        .where(ActivityEvent.entity_id == setting_id, ActivityEvent.event_type == CALLED)
        .order_by(*(column.desc() for column in place))
        .limit(min(limit, MOST_AT_ONCE))
    )
    if actor_id is not None:
        statement = statement.where(ActivityEvent.actor_id == actor_id)
    if before is not None:
        statement = statement.where(tuple_(*place) < select(*place).where(ActivityEvent.id == before).scalar_subquery())
    return [
        LoggedCall(event.id, event.created_at, event.actor_id, name or username or "", event.attributes)
        for event, name, username in await session.execute(statement)
    ]
