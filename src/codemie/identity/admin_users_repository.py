"""The SQL of user administration."""

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity.admin_users_schemas import PlatformRole, UserFilters
from codemie.identity.tables import Membership, Project, User

# Any constant: those who change who administers take turns on it, so that the last two cannot remove each other.
ADMINISTRATORS_LOCK = 7_204_523


def contains_pattern(text: str) -> str:
    """An ILIKE pattern for rows that contain the text, taken literally."""
    return "%" + text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") + "%"


def _member_of(names: Sequence[str] | None = None, *, as_admin: bool = False) -> ColumnElement[bool]:
    """True for users in one of the projects, or in any; ``as_admin`` asks for its administrators."""
    conditions = [Membership.user_id == User.id, Project.deleted_at.is_(None)]
    if names is not None:
        conditions.append(Project.name.in_(names))
    if as_admin:
        conditions.append(Membership.is_project_admin.is_(True))
    inner = select(Membership.user_id).join(Project, Project.id == Membership.project_id).where(*conditions)
    return exists(inner.correlate(User))


def _platform_role(role: PlatformRole, projects: Sequence[str] | None) -> ColumnElement[bool]:
    conditions: Mapping[PlatformRole, ColumnElement[bool]] = {
        "admin": User.is_admin.expression,
        "platform_admin": and_(not_(User.is_admin), _member_of(projects, as_admin=True)),
        "user": and_(not_(User.is_admin), not_(_member_of(as_admin=True))),
    }
    return conditions[role]


def _matching(search: str, filters: UserFilters) -> Select[User]:
    statement = select(User)
    if search:
        pattern = contains_pattern(search)
        statement = statement.where(or_(*(column.ilike(pattern) for column in (User.email, User.username, User.name))))
    if filters.projects:
        statement = statement.where(_member_of(filters.projects))
    if filters.platform_role:
        statement = statement.where(_platform_role(filters.platform_role, filters.projects or None))
    for column, wanted in (
        (User.user_type, filters.user_type),
        (User.is_active, filters.is_active),
        (User.is_auditor, filters.is_auditor),
    ):
        if wanted is not None:
            statement = statement.where(column == wanted)
    # Nobody has a budget before budgets are kept here.
    return statement.where(false()) if filters.budgets else statement


async def list_users(
    session: AsyncSession, *, search: str, filters: UserFilters, limit: int, offset: int
) -> tuple[Sequence[User], int]:
    """One page of users by name, empty names by user name, and how many match."""
    matching = _matching(search, filters)
    total = await session.scalar(select(func.count()).select_from(matching.subquery()))
    by_name = func.lower(func.coalesce(func.nullif(User.name, ""), User.username))
    page = matching.order_by(by_name, func.lower(User.email), User.id).limit(limit).offset(offset)
    return (await session.scalars(page)).all(), total or 0


async def is_last(session: AsyncSession, user: User, role: ColumnElement[bool]) -> bool:
    """Is nobody else active in this role?"""
    others = exists().where(role, User.is_active, User.id != user.id, User.auth_source != "dev_header")
    return not await session.scalar(select(others))


async def is_in_any_project(session: AsyncSession, user_id: str, projects: Sequence[str]) -> bool:
    """Is the user a member of one of these projects?"""
    return bool(await session.scalar(select(exists().where(User.id == user_id, _member_of(projects)))))


async def membership(session: AsyncSession, user_id: str, project_name: str) -> tuple[Membership, Project] | None:
    """The user's membership in the project of that name, whatever its case."""
    statement = (
        select(Membership, Project)
        .join(Project, Project.id == Membership.project_id)
        .where(
            Membership.user_id == user_id,
            func.lower(Project.name) == project_name.lower(),
            Project.deleted_at.is_(None),
        )
    )
    found = (await session.execute(statement)).one_or_none()
    return (found[0], found[1]) if found else None


async def memberships_of(session: AsyncSession, user_id: str) -> Sequence[tuple[Membership, Project]]:
    """The user's memberships by project name."""
    statement = (
        select(Membership, Project)
        .join(Project, Project.id == Membership.project_id)
        .where(Membership.user_id == user_id, Project.deleted_at.is_(None))
        .order_by(func.lower(Project.name), Project.name)
    )
    return [(row[0], row[1]) for row in (await session.execute(statement)).all()]


async def default_membership(session: AsyncSession, user_id: str) -> Membership | None:
    """The membership that was chosen as default."""
    statement = select(Membership).where(Membership.user_id == user_id, Membership.is_default)
    return (await session.scalars(statement)).one_or_none()
