"""All SQL of the rights of plugin keys."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.kernel.database import utcnow
from codemie.plugins.rights import Rights
from codemie.plugins.tables import PluginRights


async def rights_of(session: AsyncSession, setting_id: str) -> Rights:
    """What was decided for the key that an integration holds.

    Args:
        session: that may see the integration.
        setting_id: of the integration.
    """
    return (await rights_of_all(session, [setting_id]))[setting_id]


async def rights_of_all(session: AsyncSession, setting_ids: Sequence[str]) -> dict[str, Rights]:
    """The same for several, by id of the integration; those about which nothing was said allow everything."""
    rows = await session.scalars(select(PluginRights).where(PluginRights.setting_id.in_(setting_ids)))
    known = {row.setting_id: Rights.model_validate(row.rights) for row in rows}
    return {setting_id: known.get(setting_id, Rights()) for setting_id in setting_ids}


async def save(session: AsyncSession, setting_id: str, rights: Rights) -> None:
    """Keep what was decided, in place of what was before."""
    values = {"rights": rights.model_dump(mode="json"), "update_date": utcnow()}
    statement = insert(PluginRights).values(setting_id=setting_id, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["setting_id"], set_=values))


async def copy(session: AsyncSession, source_id: str, copy_id: str) -> None:
    """A copy of an integration has the same key, so it has the same rights: a wider door would undo the narrow one."""
    row = await session.get(PluginRights, source_id)
    if row is not None:
        session.add(PluginRights(setting_id=copy_id, rights=row.rights))
        await session.flush()  # while the wall is open
