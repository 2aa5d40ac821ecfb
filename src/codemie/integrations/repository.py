"""All SQL of the integrations. Lists start from what the caller may read."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity.caller import Caller
from codemie.identity.policy import Kind, ResourceColumns, permitted_filter, readable_filter
from codemie.integrations.filters import SettingFilters
from codemie.integrations.schemas import Scope
from codemie.integrations.tables import Integration
from codemie.kernel import row_security
from codemie.kernel.row_security import asking, telling

MOST_CANDIDATES = 200
_PERSONAL = Integration.setting_type == "user"


def _columns(kind: Kind) -> ResourceColumns:
    return ResourceColumns(kind, Integration.user_id.expression, Integration.project.expression)


_COLUMNS: dict[Scope, ResourceColumns] = {
    "user": _columns("user_integration"),
    "project": _columns("project_integration"),
}
_OPENED = (
    "id",
    "date",
    "project_id",
    "user_id",
    "alias",
    "credential_type",
    "setting_type",
    "is_global",
    "is_default",
    "secret_keys",
    "sealed",
)
"""Columns that a call of a tool needs, beside the values."""
_NEWEST = (Integration.date.desc(), Integration.id.desc())


async def find(session: AsyncSession, setting_id: str, *, lock: bool = False) -> Integration | None:
    """The row, if the caller's wall lets it through; locked when it is about to be changed."""
    return await session.get(Integration, setting_id, with_for_update=lock, populate_existing=lock)


async def by_ids(session: AsyncSession, identities: Sequence[str]) -> Sequence[Integration]:
    """The rows of these ids that the caller's wall lets through."""
    return (await session.scalars(select(Integration).where(Integration.id.in_(identities)))).all()


async def page(
    session: AsyncSession, caller: Caller, scope: Scope, filters: SettingFilters, *, number: int, size: int
) -> tuple[Sequence[Integration], int]:
    """One page of what the caller may change, newest first, and how many there are.

    Members use the credentials of a project, they do not administer them: those are in ``usable``.
    """
    conditions = (
        Integration.setting_type == scope,
        permitted_filter(caller, "write", _COLUMNS[scope]),
        *_conditions(filters),
    )
    order = (*_project_first(filters), *_NEWEST)
    statement = select(Integration).where(*conditions).order_by(*order).offset(number * size).limit(size)
    rows = (await session.scalars(statement)).all()
    total = await session.scalar(select(func.count()).select_from(Integration).where(*conditions))
    return rows, total or 0


async def usable(session: AsyncSession, caller: Caller, *, every_project: bool, limit: int) -> Sequence[Integration]:
    """What the caller may use: their own, and those of projects.

    Args:
        session: of the request.
        caller: who asks.
        every_project: of every project they belong to; else administrators, too, see only projects they are in.
        limit: rows at most.
    """
    of_projects = readable_filter(caller, _COLUMNS["project"])
    if not every_project or caller.is_superuser:
        of_projects = and_(of_projects, Integration.project.in_(caller.projects | caller.admin_projects))
    readable = or_(
        and_(_PERSONAL, readable_filter(caller, _COLUMNS["user"])),
        and_(Integration.setting_type == "project", of_projects),
    )
    return (await session.scalars(select(Integration).where(readable).order_by(*_NEWEST).limit(limit))).all()


async def usable_of_type(
    session: AsyncSession, caller: Caller, credential_type: str, *, number: int, size: int
) -> tuple[Sequence[Integration], int]:
    """One page of what the caller may read of one type, newest first, and how many there are."""
    conditions = _readable_of_type(caller, credential_type)
    statement = select(Integration).where(*conditions).order_by(*_NEWEST).offset(number * size).limit(size)
    rows = (await session.scalars(statement)).all()
    total = await session.scalar(select(func.count()).select_from(Integration).where(*conditions))
    return rows, total or 0


async def usable_with_hashes(
    session: AsyncSession, caller: Caller, credential_type: str, hashes: Sequence[str]
) -> Sequence[Integration]:
    """What the caller may read of one type and holds one of these secrets, newest first.

    Args:
        session: of the request.
        caller: who asks.
        credential_type: of those that are found by their secret.
        hashes: of the secrets, maybe thousands.
    """
    held = Integration.lookup_hash.in_(hashes)
    statement = select(Integration).where(*_readable_of_type(caller, credential_type), held).order_by(*_NEWEST)
    return (await session.scalars(statement)).all()


def _readable_of_type(caller: Caller, credential_type: str) -> tuple[ColumnElement[bool], ...]:
    return (
        Integration.credential_type == credential_type,
        or_(
            *(
                and_(Integration.setting_type == scope, readable_filter(caller, columns))
                for scope, columns in _COLUMNS.items()
            )
        ),
    )


async def candidates(
    session: AsyncSession, user_id: str, project: str, credential_types: Sequence[str], chosen: Sequence[str]
) -> Sequence[Integration]:
    """Rows a tool might work with, newest first: those chosen, the person's, the project's. `resolution` decides.

    Args:
        session: that sees everybody's.
        user_id: of the person.
        project: where the tool works.
        credential_types: of those that nobody chose.
        chosen: ids.
    """
    personal = and_(
        _PERSONAL, Integration.user_id == user_id, or_(Integration.project == project, Integration.is_global)
    )
    shared = and_(Integration.setting_type == "project", Integration.project == project)
    wanted = or_(
        Integration.id.in_(list(chosen)),
        and_(Integration.credential_type.in_(list(credential_types)), or_(personal, shared)),
    )
    return (await session.scalars(select(Integration).where(wanted).order_by(*_NEWEST).limit(MOST_CANDIDATES))).all()


# `bound.scope` is read in the inner select, which therefore cannot run before PostgreSQL is told who is asking.
_CANDIDATES = f"""
SELECT found.* FROM (SELECT {telling(after=4)}) AS bound (me, token_projects, scope, projects, market)
JOIN LATERAL (
    SELECT {", ".join(_OPENED)}, "values"::text AS shown FROM integrations
    WHERE bound.scope IS NOT NULL AND (id = ANY ($1::text[]) OR (credential_type = ANY ($2::text[]) AND (
        (setting_type = 'user' AND user_id = $3 AND (project_id = $4 OR is_global))
        OR (setting_type = 'project' AND project_id = $4))))
    ORDER BY date DESC, id DESC LIMIT {MOST_CANDIDATES}
) AS found ON true
ORDER BY found.date DESC, found.id DESC
"""  # noqa: S608 - put together from constants


async def candidates_at_once(
    driver: Any, user_id: str, project: str, credential_types: Sequence[str], chosen: Sequence[str]
) -> Sequence[Integration]:
    """The same in one statement of its own, without what a call does not need.

    Args:
        driver: a connection of `Database.driver`; somebody who sees everybody's is bound.
        user_id: of the person.
        project: where the tool works.
        credential_types: of those that nobody chose.
        chosen: ids.
    """
    found = await driver.fetch(_CANDIDATES, list(chosen), list(credential_types), user_id, project, *asking())
    return [_opened(row) for row in found]


def _opened(row: Mapping[str, Any]) -> Integration:
    known = {name: row[name] for name in _OPENED if name != "project_id"}
    return Integration(project=row["project_id"], values=json.loads(row["shown"]), **known)


async def creators(session: AsyncSession, caller: Caller) -> list[dict[str, Any]]:
    """Who made the credentials of projects that the caller administers."""
    conditions = (Integration.setting_type == "project", permitted_filter(caller, "write", _COLUMNS["project"]))
    statement = select(Integration.created_by).where(*conditions).group_by(Integration.created_by)
    return sorted(await session.scalars(statement), key=lambda person: (str(person.get("name")), str(person["id"])))


async def named(
    session: AsyncSession, project: str, scopes: Iterable[Scope], aliases: Iterable[str] | None = None
) -> Sequence[Integration]:
    """Rows of a project, whosever they are, locked; for administrators who move them."""
    conditions = [Integration.project == project, Integration.setting_type.in_(list(scopes))]
    if aliases is not None:
        conditions.append(Integration.alias.in_(list(aliases)))
    statement = select(Integration).where(*conditions).order_by(*_NEWEST).with_for_update()
    return (await session.scalars(statement)).all()


async def alias_is_taken(session: AsyncSession, row: Integration, alias: str, project: str) -> bool:
    """Does another credential of the same owner, person or project, have this alias there?"""
    same = [Integration.id != row.id, Integration.alias == alias, Integration.project == project]
    same.append(Integration.setting_type == row.setting_type)
    if row.setting_type == "user":
        same.append(Integration.user_id == row.user_id)
    return bool(await session.scalar(select(select(Integration.id).where(*same).exists())))


async def webhook_is_taken(session: AsyncSession, webhook_id: str, but: str) -> bool:
    """Does any credential of this installation have this webhook?"""
    async with row_security.beyond(session, "tell refused from absent"):
        same = (Integration.webhook_id == webhook_id, Integration.id != but)
        return bool(await session.scalar(select(select(Integration.id).where(*same).exists())))


def _conditions(filters: SettingFilters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.search:
        found = [_contains(column, filters.search) for column in (Integration.project, Integration.alias)]
        conditions.append(or_(*found))
    if filters.project:
        conditions.append(Integration.project.in_(filters.project))
    if filters.type:
        conditions.append(Integration.credential_type.in_(filters.type))
    if filters.created_by:
        names = (Integration.created_by["name"].astext, Integration.created_by["username"].astext)
        conditions.append(or_(*(_contains(column, name) for column in names for name in filters.created_by)))
    if filters.is_global is not None:
        conditions.append(Integration.is_global == filters.is_global)
    return conditions


def _contains(column: Any, sought: str) -> ColumnElement[bool]:
    # strpos rather than LIKE: nothing in the text is a wildcard.
    return func.strpos(func.lower(column), sought.lower()) > 0


def _project_first(filters: SettingFilters) -> list[ColumnElement[Any]]:
    """What was found by its project stands before what was found by its alias."""
    return [_contains(Integration.project, filters.search).desc()] if filters.search else []
