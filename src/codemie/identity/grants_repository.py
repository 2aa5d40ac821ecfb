"""The SQL of grants to applications."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity.caller import Caller
from codemie.identity.grants_tables import ResourceGrant
from codemie.identity.policy import ResourceColumns, permitted_filter
from codemie.kernel.database import new_id, utcnow

_COLUMNS = ResourceColumns(kind="grant", owner_id=ResourceGrant.owner_id.expression)

DATA_SOURCE = "datasource"
MAX_GRANTS = 10_000


async def of_application(session: AsyncSession, name: str) -> list[tuple[str, str]]:
    """Level and data source of everything granted to an application."""
    statement = (
        select(ResourceGrant.permission_level, ResourceGrant.resource_id)
        .where(ResourceGrant.principal_type == "application", ResourceGrant.principal_id == name)
        .where(ResourceGrant.resource_type == DATA_SOURCE)
        .order_by(ResourceGrant.date, ResourceGrant.id)
        .limit(MAX_GRANTS)
    )
    return [(row.permission_level, row.resource_id) for row in await session.execute(statement)]


async def add(session: AsyncSession, values: dict[str, Any]) -> tuple[ResourceGrant, bool]:
    """The grant, and whether it is new: of two at once, one makes it and the other finds it."""
    now = utcnow()
    new = insert(ResourceGrant).values(id=new_id(), date=now, update_date=now, **values).on_conflict_do_nothing()
    made = await session.scalar(new.returning(ResourceGrant.id))
    same = {name: values[name] for name in values if name not in ("owner_id", "created_by")}
    return (await session.scalars(select(ResourceGrant).filter_by(**same))).one(), made is not None


async def removable(
    session: AsyncSession, caller: Caller, application: str | None, *, page: int, per_page: int
) -> tuple[Sequence[ResourceGrant], int]:
    """One page of the grants that the caller may take back, newest first, and how many there are."""
    wanted = select(ResourceGrant).where(permitted_filter(caller, "delete", _COLUMNS))
    if application is not None:
        wanted = wanted.where(ResourceGrant.principal_id == application)
    total = await session.scalar(select(func.count()).select_from(wanted.subquery()))
    newest = wanted.order_by(ResourceGrant.date.desc(), ResourceGrant.id).limit(per_page).offset(page * per_page)
    return (await session.scalars(newest)).all(), int(total or 0)


async def find(session: AsyncSession, grant_id: str) -> ResourceGrant | None:
    """A grant by id; everybody may know of grants."""
    return await session.get(ResourceGrant, grant_id)


async def forget(session: AsyncSession, resource_id: str) -> None:
    """Drop the grants on a data source that is deleted."""
    gone = delete(ResourceGrant).where(
        ResourceGrant.resource_type == DATA_SOURCE, ResourceGrant.resource_id == resource_id
    )
    await session.execute(gone.execution_options(synchronize_session=False))
