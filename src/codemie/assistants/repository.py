"""All SQL of the assistants room.

Lists start from what the caller may read. Lookups leave the answer to the service, because the wire tells
"not found" from "not yours".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, literal, not_, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import load_only

from codemie.assistants.filters import AssistantFilters, Comparison, Ordering
from codemie.assistants.schemas import Scope
from codemie.assistants.tables import Assistant, AssistantUse
from codemie.guardrails.repository import stored_guards
from codemie.identity.caller import Caller
from codemie.identity.policy import ResourceColumns, readable_filter
from codemie.kernel import row_security

COLUMNS = ResourceColumns(
    kind="assistant",
    owner_id=Assistant.created_by_id.expression,
    project=Assistant.project.expression,
    shared=Assistant.shared.expression,
    is_global=Assistant.is_global.expression,
)

# Rows that are not published: leaving the "global" relation out lets PostgreSQL use the other indexes.
_PRIVATE_COLUMNS = replace(COLUMNS, is_global=None)

_ITEM_COLUMNS = (
    Assistant.id,
    Assistant.name,
    Assistant.slug,
    Assistant.project,
    Assistant.type,
    Assistant.description,
    Assistant.icon_url,
    Assistant.created_by_id,
    Assistant.created_by_username,
    Assistant.created_by_name,
    Assistant.unique_users_count,
    Assistant.unique_likes_count,
    Assistant.unique_dislikes_count,
    Assistant.clone_count,
    Assistant.categories,
    Assistant.is_global,
    Assistant.shared,
    Assistant.origin,
)
_SORT_COLUMNS: dict[str, ColumnElement[Any]] = {
    "usage": Assistant.unique_users_count.expression,
    "likes": Assistant.unique_likes_count.expression,
    "dislikes": Assistant.unique_dislikes_count.expression,
    "name": Assistant.name_key.expression,
}
_RECENT: tuple[ColumnElement[Any], ...] = (Assistant.update_date.desc(), Assistant.id.asc())
_POPULAR: tuple[ColumnElement[Any], ...] = (Assistant.unique_users_count.desc(), *_RECENT)


def scope_condition(caller: Caller, scope: Scope, filters: AssistantFilters) -> ColumnElement[bool]:
    """Which assistants a scope means, for this caller."""
    readable = readable_filter(caller, COLUMNS)
    # Bare, not "IS TRUE": only so does PostgreSQL see that the partial index fits.
    published = Assistant.is_global.expression
    match scope:
        case "visible_to_user":
            return and_(not_(published), readable_filter(caller, _PRIVATE_COLUMNS))
        case "created_by_user":
            return and_(readable, Assistant.created_by_id == caller.id)
        case "marketplace":
            return and_(published, readable)
        case "project_with_marketplace":
            in_project = Assistant.project.in_(filters.project or [])
            return and_(readable, or_(published, in_project))
        case _:
            return readable


@dataclass(frozen=True, slots=True)
class Listing:
    """Which assistants a list holds, and in which order."""

    conditions: tuple[ColumnElement[bool], ...]
    order: tuple[ColumnElement[Any], ...]

    def page(self, number: int, size: int, *, minimal: bool) -> Select[Assistant]:
        """The rows of one page.

        Their ids are found first: from an index alone, where one has all that the conditions need, so that a deep page
        does not read the rows before it.
        """
        ids = select(Assistant.id).where(*self.conditions).order_by(*self.order).offset(number * size).limit(size)
        found = ids.subquery()
        rows = select(Assistant).join(found, Assistant.id == found.c.id).order_by(*self.order)
        return rows.options(load_only(*_ITEM_COLUMNS, raiseload=True)) if minimal else rows

    def count(self) -> Select[int]:
        """How many rows there are in all."""
        return select(func.count()).select_from(Assistant).where(*self.conditions)


def listing(caller: Caller, scope: Scope, filters: AssistantFilters, ordering: Ordering) -> Listing:
    """What the caller asked to see."""
    narrowed = AssistantFilters(search=filters.search) if scope == "project_with_marketplace" else filters
    conditions = (scope_condition(caller, scope, filters), *_filter_conditions(narrowed, scope))
    return Listing(conditions, tuple(_order(scope, filters.search, ordering)))


async def page(
    session: AsyncSession, wanted: Listing, *, number: int, size: int, minimal: bool
) -> tuple[Sequence[Assistant], int]:
    """One page of the list and how many rows there are in all. Two statements at most."""
    rows = (await session.scalars(wanted.page(number, size, minimal=minimal))).all()
    if rows and len(rows) < size:
        return rows, number * size + len(rows)
    if not rows and number == 0:
        return rows, 0
    return rows, (await session.execute(wanted.count())).scalar_one()


def _filter_conditions(filters: AssistantFilters, scope: Scope) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        column.in_(values)
        for column, values in (
            (Assistant.project, filters.project),
            (Assistant.id, filters.id),
            (Assistant.slug, filters.slug),
        )
        if values
    ]
    conditions += [
        column.is_(value)
        for column, value in ((Assistant.shared, filters.shared), (Assistant.is_global, filters.is_global))
        if value is not None
    ]
    if names := filters.created_by:
        conditions.append(or_(Assistant.created_by_name.in_(names), Assistant.created_by_username.in_(names)))
    if filters.categories:
        conditions.append(Assistant.categories.overlap(filters.categories))
    for sign, moment in (filters.created_date or {}).items():
        conditions.append(_compare(sign, moment))
    if filters.search:
        name_only = scope == "project_with_marketplace"
        conditions.append(_name_matches(filters.search) if name_only else _matches(filters.search))
    return conditions


def _compare(sign: Comparison, moment: datetime) -> ColumnElement[bool]:
    column = Assistant.date
    return {
        "=": column == moment,
        ">": column > moment,
        ">=": column >= moment,
        "<": column < moment,
        "<=": column <= moment,
    }[sign]


def _matches(search: str) -> ColumnElement[bool]:
    # strpos rather than LIKE: nothing in the text is a wildcard.
    wanted = search.casefold()
    return or_(func.strpos(Assistant.search_text, wanted) > 0, func.strpos(Assistant.id, wanted) > 0)


def _name_matches(search: str) -> ColumnElement[bool]:
    return func.strpos(func.split_part(Assistant.search_text, "\n", 1), search.casefold()) > 0


def _order(scope: Scope, search: str | None, ordering: Ordering) -> list[ColumnElement[Any]]:
    order: list[ColumnElement[Any]] = []
    if search:
        order.append(_name_matches(search).desc())
    if ordering.by is not None:
        column = _SORT_COLUMNS[ordering.by]
        return [*order, column.desc() if ordering.descending else column.asc(), *_RECENT]
    if scope == "marketplace":
        return [*order, *_POPULAR]
    if scope == "project_with_marketplace":
        return [*order, Assistant.is_global.asc(), *_POPULAR]
    return [*order, *_RECENT]


async def find(session: AsyncSession, assistant_id: str, *, lock: bool = False) -> Assistant | None:
    """The row, if the wall lets the caller see it; locked against concurrent change when it is about to be changed."""
    row = await session.get(Assistant, assistant_id, with_for_update=lock)
    if row is None and lock:
        # A published one may be read across the wall, not locked: its readers' likes are counted all the same.
        row = await session.get(Assistant, assistant_id)
        if row is not None:
            async with row_security.beyond(session, "keep references whole"):
                await session.refresh(row, with_for_update=True)
    return row


async def is_hidden(session: AsyncSession, assistant_id: str) -> bool:
    """Is an assistant that was not found there all the same? The protocol answers 401 then, else 404."""
    return await _exists_beyond(session, Assistant.id == assistant_id)


async def is_slug_hidden(session: AsyncSession, slug: str, project: str | None) -> bool:
    """The same for a slug, in one project or in all."""
    in_project = [] if project is None else [Assistant.project == project]
    return await _exists_beyond(session, Assistant.slug == slug, *in_project)


async def _exists_beyond(session: AsyncSession, *conditions: ColumnElement[bool]) -> bool:
    async with row_security.beyond(session, "tell refused from absent"):
        return bool(await session.scalar(select(exists().where(*conditions))))


async def find_many(session: AsyncSession, ids: Iterable[str]) -> dict[str, Assistant]:
    """Rows by id; unknown ids are absent."""
    wanted = set(ids)
    if not wanted:
        return {}
    return {row.id: row for row in await session.scalars(select(Assistant).where(Assistant.id.in_(wanted)))}


async def user_of_sub_assistant(session: AsyncSession, sub_id: str) -> str | None:
    """The name of an assistant that uses this one, if any does."""
    using = select(Assistant.name).where(Assistant.assistant_ids.contains([sub_id]), Assistant.id != sub_id).limit(1)
    async with row_security.beyond(session, "keep references whole"):
        return await session.scalar(using)


async def names(session: AsyncSession, ids: Iterable[str]) -> dict[str, tuple[str, str | None]]:
    """Name and icon by id; unknown ids are absent."""
    wanted = set(ids)
    if not wanted:
        return {}
    rows = await session.execute(
        select(Assistant.id, Assistant.name, Assistant.icon_url).where(Assistant.id.in_(wanted))
    )
    return {row.id: (row.name, row.icon_url) for row in rows}


async def set_reactions(session: AsyncSession, assistant_id: str, likes: int, dislikes: int) -> None:
    """Keep the counts; not a change of the assistant."""
    async with row_security.beyond(session, "keep references whole"):
        await session.execute(
            update(Assistant)
            .where(Assistant.id == assistant_id)
            .values(unique_likes_count=likes, unique_dislikes_count=dislikes, update_date=Assistant.update_date)
        )


async def find_by_slug(session: AsyncSession, slug: str, project: str | None) -> Sequence[Assistant]:
    """Everything that has the slug, in one project or in all."""
    statement = select(Assistant).where(Assistant.slug == slug).order_by(*_RECENT)
    if project is not None:
        statement = statement.where(Assistant.project == project)
    return (await session.scalars(statement)).all()


async def slug_taken(session: AsyncSession, project: str, slug: str, *, besides: str | None = None) -> bool:
    """Whether another assistant of the project has the slug."""
    statement = select(Assistant.id).where(Assistant.project == project, Assistant.slug == slug)
    if besides is not None:
        statement = statement.where(Assistant.id != besides)
    return (await session.scalars(statement.limit(1))).first() is not None


async def using_source(session: AsyncSession, caller: Caller, project: str, name: str) -> Sequence[Assistant]:
    """The assistants of a project that name the data source and that the caller may read, by name."""
    statement = select(Assistant).where(
        readable_filter(caller, COLUMNS), Assistant.project == project, Assistant.context.contains([{"name": name}])
    )
    return (await session.scalars(statement.order_by(Assistant.name_key, Assistant.id))).all()


async def creators(session: AsyncSession, caller: Caller, scope: Scope) -> list[dict[str, str]]:
    """The people whose assistants a scope shows, by name."""
    statement = (
        select(
            Assistant.created_by_id,
            func.max(Assistant.created_by_username),
            func.max(Assistant.created_by_name),
        )
        .where(scope_condition(caller, scope, AssistantFilters()), Assistant.created_by_id.is_not(None))
        .group_by(Assistant.created_by_id)
    )
    rows = (await session.execute(statement)).all()
    people = [{"id": row[0], "username": row[1] or "", "name": row[2] or ""} for row in rows]
    return sorted(people, key=lambda person: (person["name"].casefold(), person["id"]))


async def remove(session: AsyncSession, assistant_id: str) -> None:
    """Delete it, and take it out of the assistants that use it."""
    parents = update(Assistant).where(Assistant.assistant_ids.contains([assistant_id]))
    async with row_security.beyond(session, "keep references whole"):
        await session.execute(
            parents.values(
                assistant_ids=func.array_remove(Assistant.assistant_ids, assistant_id),
                update_date=Assistant.update_date,
            )
        )
    await session.execute(delete(Assistant).where(Assistant.id == assistant_id))


async def count_clone(session: AsyncSession, assistant_id: str) -> None:
    """One more clone of the source; not a change of the source."""
    async with row_security.beyond(session, "keep references whole"):
        await session.execute(
            update(Assistant)
            .where(Assistant.id == assistant_id)
            .values(clone_count=Assistant.clone_count + 1, update_date=Assistant.update_date)
        )


async def count_user(session: AsyncSession, assistant_id: str, user_id: str) -> None:
    """Remember that the person used the assistant; the first time counts."""
    still_there = select(Assistant.id, literal(user_id)).where(Assistant.id == assistant_id)
    first = await session.execute(
        insert(AssistantUse)
        .from_select(["assistant_id", "user_id"], still_there, include_defaults=False)
        .on_conflict_do_nothing()
        .returning(AssistantUse.user_id)
    )
    if first.first() is not None:
        await session.execute(
            update(Assistant)
            .where(Assistant.id == assistant_id)
            .values(unique_users_count=Assistant.unique_users_count + 1, update_date=Assistant.update_date)
        )


async def insert_seed(session: AsyncSession, values: dict[str, Any]) -> Assistant | None:
    """Add an assistant unless its project already has one of that slug; None then."""
    statement = insert(Assistant).values(values).on_conflict_do_nothing().returning(Assistant)
    return (await session.scalars(statement)).one_or_none()


async def find_guarded(session: AsyncSession, ids: Iterable[str]) -> dict[str, tuple[Assistant, str | None]]:
    """Assistants by id, each with what stands guard over it; for lending them to others."""
    guards = stored_guards(Assistant.project, "assistant", Assistant.id)
    wanted = select(Assistant, guards).where(Assistant.id.in_(tuple(set(ids))))
    return {row[0].id: (row[0], row[1]) for row in await session.execute(wanted)}


async def names_in(session: AsyncSession, project: str, ids: Sequence[str]) -> dict[str, str]:
    """Names of those of the assistants that are in a project, by id; whoever asks administers it."""
    wanted = select(Assistant.id, Assistant.name).where(Assistant.project == project, Assistant.id.in_(ids))
    return {row[0]: row[1] for row in await session.execute(wanted)}
