"""All SQL of the MCP room."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity.caller import Caller
from codemie.mcp.tables import McpConfig, McpConfigUse

_USES = (
    select(func.count())
    .select_from(McpConfigUse)
    .where(McpConfigUse.config_id == McpConfig.id)
    .correlate(McpConfig)
    .scalar_subquery()
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries of the catalogue a client asks for."""

    category: str | None = None
    search: str | None = None
    is_public: bool | None = None
    active_only: bool = True


def readable(caller: Caller) -> list[ColumnElement[bool]]:
    """What the caller sees of the catalogue: administrators all of it, others what is offered to them."""
    if caller.is_superuser:
        return []
    return [McpConfig.is_public.is_(True), McpConfig.is_active.is_(True)]


async def listing(
    session: AsyncSession, caller: Caller, wanted: Wanted, page: int, per_page: int
) -> tuple[list[tuple[McpConfig, int]], int]:
    """One page of entries with the number of their users, most used first, and how many entries there are."""
    conditions = [*readable(caller), *_conditions(wanted)]
    total = await session.scalar(select(func.count()).select_from(McpConfig).where(*conditions))
    uses = _USES.label("uses")
    rows = await session.execute(
        select(McpConfig, uses)
        .where(*conditions)
        .order_by(uses.desc(), func.lower(McpConfig.name))
        .offset(page * per_page)
        .limit(per_page)
    )
    return [(row[0], row[1]) for row in rows], int(total or 0)


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.active_only:
        conditions.append(McpConfig.is_active.is_(True))
    if wanted.is_public is not None:
        conditions.append(McpConfig.is_public.is_(wanted.is_public))
    if wanted.category:
        conditions.append(McpConfig.categories.contains([wanted.category]))
    if wanted.search:
        conditions.append(
            McpConfig.name.icontains(wanted.search, autoescape=True)
            | McpConfig.description.icontains(wanted.search, autoescape=True)
        )
    return conditions


async def find(session: AsyncSession, config_id: str, *, lock: bool = False) -> McpConfig | None:
    """An entry of the catalogue; locked against concurrent change when it is about to be changed."""
    return await session.get(McpConfig, config_id, with_for_update=lock)


async def find_readable(session: AsyncSession, caller: Caller, config_id: str) -> tuple[McpConfig, int] | None:
    """An entry the caller may see, with the number of its users."""
    statement = select(McpConfig, _USES).where(McpConfig.id == config_id, *readable(caller))
    row = (await session.execute(statement)).first()
    return None if row is None else (row[0], row[1])


async def name_taken(session: AsyncSession, name: str, *, besides: str | None = None) -> bool:
    """Whether another entry has the name, in whatever case."""
    statement = select(McpConfig.id).where(func.lower(McpConfig.name) == name.lower())
    if besides is not None:
        statement = statement.where(McpConfig.id != besides)
    return (await session.scalars(statement.limit(1))).first() is not None


async def uses(session: AsyncSession, config_id: str) -> int:
    """How many assistants refer to the entry."""
    statement = select(func.count()).select_from(McpConfigUse).where(McpConfigUse.config_id == config_id)
    return int((await session.scalar(statement)) or 0)


async def replace_uses(session: AsyncSession, kind: str, used_by: str, config_ids: Iterable[str]) -> None:
    """Remember which entries something refers to; ids of none are forgotten."""
    wanted = sorted(set(config_ids))
    former = delete(McpConfigUse).where(McpConfigUse.user_kind == kind, McpConfigUse.used_by == used_by)
    await session.execute(former.where(McpConfigUse.config_id.not_in(wanted)))
    if wanted:
        known = select(literal(kind), literal(used_by), McpConfig.id).where(McpConfig.id.in_(wanted))
        columns = ["user_kind", "used_by", "config_id"]
        await session.execute(insert(McpConfigUse).from_select(columns, known).on_conflict_do_nothing())


async def remove(session: AsyncSession, config: McpConfig) -> None:
    """Delete an entry."""
    await session.delete(config)
    await session.flush()


def added(session: AsyncSession, config: McpConfig) -> McpConfig:
    """Store a new entry."""
    session.add(config)
    return config
