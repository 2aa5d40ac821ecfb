"""The audit log: one row for each sign-in, token, role, membership and administrative action."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity.tables import ActivityEvent
from codemie.kernel.telemetry import get_logger

log = get_logger(__name__)

USER_MANAGEMENT = "user_management"
PROJECT_MANAGEMENT = "project_management"


def record(
    session: AsyncSession, domain: str, event_type: str, *, entity_id: str, actor_id: str | None, **attributes: Any
) -> None:
    """Tell of an action in the transaction that performs it, so that neither is stored without the other.

    Args:
        session: the transaction of the action.
        domain: part of the platform, e.g. ``user_management``.
        event_type: what happened, e.g. ``user.login``; its first word names the kind of entity.
        entity_id: the user, project… it happened to.
        actor_id: who did it; None for the platform itself.
        attributes: further facts; never secrets.
    """
    entity_type = event_type.partition(".")[0]
    session.add(
        ActivityEvent(
            domain=domain,
            event_type=event_type,
            entity_type=entity_type,
            entity_id=entity_id,
            actor_id=actor_id,
            attributes=attributes,
        )
    )
    log.info(event_type, entity_id=entity_id, actor_id=actor_id, **attributes)
