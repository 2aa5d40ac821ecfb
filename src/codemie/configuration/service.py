"""Dynamic values: administrators read and change them; each change is audited and takes effect at once."""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.configuration import repository, values
from codemie.configuration.runtime import Configuration
from codemie.configuration.schemas import ChangeDynamicValue, CreateDynamicValue, ValueType
from codemie.configuration.tables import DynamicValue
from codemie.identity import audit, policy
from codemie.identity.caller import Caller
from codemie.kernel.errors import Conflict, NotFound


async def listing(session: AsyncSession, caller: Caller) -> Sequence[DynamicValue]:
    """Every value, by key."""
    policy.require_superuser(caller)
    return await repository.listing(session)


async def get(session: AsyncSession, caller: Caller, key: str, *, lock: bool = False) -> DynamicValue:
    """One value.

    Raises:
        NotFound: 404.
    """
    policy.require_superuser(caller)
    row = await repository.by_key(session, key, lock=lock)
    if row is None:
        raise NotFound("Configuration key not found", details=f"There is no value named '{key[:200]}'.")
    return row


async def create(
    session: AsyncSession, caller: Caller, configuration: Configuration, body: CreateDynamicValue
) -> DynamicValue:
    """Store a new value.

    Raises:
        InvalidInput: 400, a key or value that cannot be.
        Conflict: 409, there is one of this name.
    """
    policy.require_superuser(caller)
    values.require_key(body.key)
    values.require_usable(body.key, values.parsed(body.value, body.value_type))
    if await repository.by_key(session, body.key) is not None:
        raise _taken(body.key)
    row = DynamicValue(**body.model_dump(), updated_by=caller.id)
    session.add(row)
    try:
        await session.flush()
    except IntegrityError as error:
        raise _taken(body.key) from error
    _tell(session, caller, configuration, "created", row.key, row.value)
    return row


async def change(
    session: AsyncSession, caller: Caller, configuration: Configuration, key: str, body: ChangeDynamicValue
) -> DynamicValue:
    """Change a value; its type and description only when they are given.

    Raises:
        InvalidInput: 400. NotFound: 404.
    """
    row = await get(session, caller, key, lock=True)
    value_type = body.value_type or cast("ValueType", row.value_type)
    values.require_usable(key, values.parsed(body.value, value_type))
    row.value, row.value_type, row.updated_by = body.value, value_type, caller.id
    if "description" in body.model_fields_set:
        row.description = body.description
    await session.flush()
    await session.refresh(row)
    _tell(session, caller, configuration, "updated", key, row.value)
    return row


async def delete(session: AsyncSession, caller: Caller, configuration: Configuration, key: str) -> None:
    """Forget a value: what reads it falls back to its default.

    Raises:
        NotFound: 404.
    """
    await session.delete(await get(session, caller, key, lock=True))
    _tell(session, caller, configuration, "deleted", key, None)


def _tell(session: AsyncSession, caller: Caller, configuration: Configuration, what: str, key: str, value: Any) -> None:
    audit.record(
        session,
        audit.CUSTOMER_CONFIG,
        f"customer_config.value.{what}",
        entity_id=key,
        actor_id=caller.id,
        key=key,
        new_value=value,
    )
    configuration.forget_on_commit(session)


def _taken(key: str) -> Conflict:
    return Conflict(
        "Configuration key already exists",
        details=f"There is a value named '{key}' already.",
        help=f"Change it: PUT /v1/dynamic-config/{key}.",
    )
