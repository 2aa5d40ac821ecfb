"""The audit log: one row for each sign-in, token, role, membership and administrative action."""

import json
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity.tables import ActivityEvent
from codemie.kernel.database import Database, new_id, utcnow
from codemie.kernel.telemetry import get_logger

log = get_logger(__name__)

USER_MANAGEMENT = "user_management"
PROJECT_MANAGEMENT = "project_management"
CUSTOMER_CONFIG = "customer_config"
MODELS = "model_management"
RESOURCE_SHARING = "resource_sharing"
PLUGINS = "plugin_engine"

_ENTITY_TYPES = {"customer_config.setting": "customer_config_setting", "customer_config.value": "dynamic_config"}
"""Where the first word of an event does not name the kind of its entity."""


def record(
    session: AsyncSession, domain: str, event_type: str, *, entity_id: str, actor_id: str | None, **attributes: Any
) -> None:
    """Tell of an action in the transaction that performs it, so that neither is stored without the other.

    Args:
        session: the transaction of the action.
        domain: part of the platform, e.g. ``user_management``.
        event_type: what happened, e.g. ``user.login``; its first word usually names the kind of entity.
        entity_id: the user, project… it happened to.
        actor_id: who did it; None for the platform itself.
        attributes: further facts; never secrets.
    """
    record_once(None, session, domain, event_type, entity_id=entity_id, actor_id=actor_id, **attributes)


def record_once(
    event_id: str | None,
    session: AsyncSession,
    domain: str,
    event_type: str,
    *,
    entity_id: str,
    actor_id: str | None,
    **attributes: Any,
) -> None:
    """The same where a second line of the same action must be impossible: a line with this id is there once.

    Args:
        event_id: of the line; None: a fresh one.
        session: see ``record``, as for all others.
        domain: part of the platform.
        event_type: what happened.
        entity_id: whom or what it happened to.
        actor_id: who did it; None for the platform itself.
        attributes: further facts; never secrets.
    """
    event = _event(domain, event_type, entity_id, actor_id, attributes)
    if event_id is not None:
        event.id = event_id
    session.add(event)
    log.info(event_type, entity_id=entity_id, actor_id=actor_id, **attributes)


_INSERT = """
INSERT INTO activity_events (id, domain, event_type, entity_type, entity_id, actor_id, attributes, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7::text::jsonb, $8)
"""


async def record_at_once(
    driver: Any, domain: str, event_type: str, *, entity_id: str, actor_id: str | None, **attributes: Any
) -> None:
    """The same of an action that stores nothing else; it is stored on return.

    On a connection that is in a transaction it is stored with that.

    Args:
        driver: a connection of `Database.driver`.
        domain: part of the platform.
        event_type: what happened.
        entity_id: whom or what it happened to.
        actor_id: who did it; None for the platform itself.
        attributes: further facts; never secrets.
    """
    kind, told = _kind(event_type), json.dumps(attributes)
    await driver.execute(_INSERT, new_id(), domain, event_type, kind, entity_id, actor_id, told, utcnow())
    log.info(event_type, entity_id=entity_id, actor_id=actor_id, **attributes)


def _kind(event_type: str) -> str:
    """Of the entity that an event is about."""
    return _ENTITY_TYPES.get(event_type.rpartition(".")[0]) or event_type.partition(".")[0]


def _event(
    domain: str, event_type: str, entity_id: str, actor_id: str | None, attributes: dict[str, Any]
) -> ActivityEvent:
    return ActivityEvent(
        domain=domain,
        event_type=event_type,
        entity_type=_kind(event_type),
        entity_id=entity_id,
        actor_id=actor_id,
        attributes=attributes,
    )


UNKNOWN = "unknown"
"""The entity of a refused sign-in that names nobody of ours."""


async def record_refusal(database: Database, user_id: str | None, **facts: Any) -> None:
    """Tell of a refused sign-in, in a transaction of its own: the one that refuses stores nothing.

    Args:
        database: of the process.
        user_id: whom it was about, if that is known.
        facts: method, address, reason.
    """
    event_type = "user.login_failed"
    async with database.session() as session:
        session.add(_event(USER_MANAGEMENT, event_type, user_id or UNKNOWN, user_id, facts))
    log.warning(event_type, user_id=user_id, **facts)
