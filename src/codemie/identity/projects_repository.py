"""The SQL of projects. Every list and lookup starts from what the caller may read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, Table, cast, delete, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity.admin_users_repository import contains_pattern
from codemie.identity.caller import Caller
from codemie.identity.policy import ResourceColumns, readable_filter
from codemie.identity.tables import Membership, Project, User
from codemie.kernel import row_security
from codemie.kernel.database import Base

COLUMNS = ResourceColumns(
    kind="project",
    owner_id=Project.created_by.expression,
    project=Project.name.expression,
    shared=Project.project_type == "shared",
)

CONTENTS = {
    "assistants_count": "assistants",
    "workflows_count": "workflows",
    "integrations_count": "integrations",
    "datasources_count": "data_sources",
    "skills_count": "skills",
}
"""Counter → table of another room. Those rooms know us, not we them; what an installation lacks counts as none."""

_PROJECT_COLUMNS = ("project_id", "project", "project_name")


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """A project with the numbers of its members and administrators."""

    project: Project
    user_count: int
    admin_count: int


def _member_count(*, admins: bool = False) -> ColumnElement[int]:
    counted = func.count() if not admins else func.coalesce(func.sum(cast(Membership.is_project_admin, Integer)), 0)
    statement = select(counted).where(Membership.project_id == Project.id)
    return statement.correlate(Project).scalar_subquery()


def _readable(caller: Caller, search: str) -> Select[Any]:
    statement = select(Project).where(readable_filter(caller, COLUMNS), Project.deleted_at.is_(None))
    if not search:
        return statement
    pattern = contains_pattern(search)
    shown = func.coalesce(Project.display_name, Project.name)
    return statement.where(or_(*(column.ilike(pattern) for column in (shown, Project.name, Project.description))))


def _order(search: str, sort_by: str | None, *, descending: bool) -> list[ColumnElement[Any]]:
    by_name = func.lower(Project.name)
    if sort_by is not None:
        column = {"name": by_name, "created_at": Project.date.expression}[sort_by]
        return [column.desc() if descending else column.asc(), by_name]
    newest: list[ColumnElement[Any]] = [Project.date.desc(), by_name]
    if not search:
        return newest
    wanted = search.lower()
    exact = or_(by_name == wanted, func.lower(Project.display_name) == wanted)
    return [func.coalesce(exact, False).desc(), *newest]


async def list_projects(
    session: AsyncSession,
    caller: Caller,
    *,
    search: str,
    project_type: str | None,
    sort_by: str | None,
    descending: bool,
    limit: int,
    offset: int,
) -> tuple[list[ProjectRow], int]:
    """One page of what the caller may read, and how many there are."""
    readable = _readable(caller, search)
    if project_type is not None:
        readable = readable.where(Project.project_type == project_type)
    total = await session.scalar(select(func.count()).select_from(readable.subquery()))
    page = (
        readable.add_columns(_member_count(), _member_count(admins=True))
        .order_by(*_order(search, sort_by, descending=descending))
        .limit(limit)
        .offset(offset)
    )
    return [ProjectRow(*row) for row in (await session.execute(page)).all()], total or 0


async def find(session: AsyncSession, caller: Caller, name: str) -> ProjectRow | None:
    """The project of that name, whatever its case, if the caller may read it."""
    statement = _readable(caller, "").where(func.lower(Project.name) == name.lower())
    row = (await session.execute(statement.add_columns(_member_count(), _member_count(admins=True)))).one_or_none()
    return ProjectRow(*row) if row else None


async def names(session: AsyncSession, *, search: str, limit: int) -> Sequence[Project]:
    """Projects by name for those who oversee all; exact matches first."""
    statement = select(Project).where(Project.deleted_at.is_(None))
    if search:
        pattern = contains_pattern(search)
        statement = statement.where(or_(Project.name.ilike(pattern), Project.display_name.ilike(pattern)))
    exact = func.lower(Project.name) == search.lower()
    return (await session.scalars(statement.order_by(exact.desc(), func.lower(Project.name)).limit(limit))).all()


async def members(session: AsyncSession, project_id: str) -> Sequence[tuple[Membership, User]]:
    """Who belongs to a project, by name."""
    statement = (
        select(Membership, User)
        .join(User, User.id == Membership.user_id)
        .where(Membership.project_id == project_id)
        .order_by(func.lower(User.name), User.id)
    )
    return [(row[0], row[1]) for row in (await session.execute(statement)).all()]


async def memberships(session: AsyncSession, project_id: str, user_ids: Sequence[str]) -> dict[str, Membership]:
    """User id → membership, for those of the users who have one."""
    statement = select(Membership).where(Membership.project_id == project_id, Membership.user_id.in_(user_ids))
    return {row.user_id: row for row in (await session.scalars(statement)).all()}


async def users_by_id(session: AsyncSession, user_ids: Sequence[str]) -> dict[str, User]:
    """Those of the users that exist."""
    return {user.id: user for user in (await session.scalars(select(User).where(User.id.in_(user_ids)))).all()}


async def users_by_email(session: AsyncSession, emails: Sequence[str]) -> dict[str, User]:
    """Lower-case address → active user."""
    statement = select(User).where(func.lower(User.email).in_(emails), User.is_active)
    return {user.email.lower(): user for user in (await session.scalars(statement)).all()}


async def created_by(session: AsyncSession, user_id: str) -> int:
    """How many shared projects the user has created and still owns. Locks the user: of two at once, one waits."""
    await session.execute(select(User.id).where(User.id == user_id).with_for_update())
    condition = (Project.created_by == user_id, Project.project_type == "shared", Project.deleted_at.is_(None))
    return await session.scalar(select(func.count()).select_from(Project).where(*condition)) or 0


async def has_members(session: AsyncSession, project_id: str) -> bool:
    """Is anybody a member?"""
    return bool(await session.scalar(select(exists().where(Membership.project_id == project_id))))


def _content() -> dict[str, ColumnElement[Any]]:
    """Counter → the column that names the project, for the tables of this installation."""
    found: dict[str, ColumnElement[Any]] = {}
    for counter, name in CONTENTS.items():
        table: Table | None = Base.metadata.tables.get(name)
        column = next((c for c in _PROJECT_COLUMNS if table is not None and c in table.c), None)
        if table is not None and column is not None:
            found[counter] = table.c[column]
    return found


async def counters(session: AsyncSession, names: Sequence[str]) -> dict[str, dict[str, int]]:
    """Project name → counter → number; one query a table, whatever the number of projects."""
    counted: dict[str, dict[str, int]] = {name: dict.fromkeys(CONTENTS, 0) for name in names}
    # An auditor sees how much there is in a project, and none of it.
    async with row_security.beyond(session, "count for lists"):
        for counter, column in _content().items():
            statement = select(column, func.count()).where(column.in_(names)).group_by(column)
            for name, number in (await session.execute(statement)).all():
                counted[name][counter] = number
    return counted


async def delete_project(session: AsyncSession, project: Project) -> None:
    """Remove the row; memberships go with it, and so do credentials, which must not outlive their project."""
    if (credentials := _content().get("integrations_count")) is not None:
        async with row_security.beyond(session, "keep references whole"):
            await session.execute(delete(credentials.table).where(credentials == project.name))
    await session.execute(delete(Project).where(Project.id == project.id))
