"""All SQL of the identity room."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    SQLColumnExpression,
    and_,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import Text

from codemie.identity.tables import (
    MailToken,
    Membership,
    Project,
    RevokedToken,
    SigningKey,
    User,
    UserData,
    UserPreferences,
)
from codemie.kernel.database import utcnow

# Any constants: processes that create the same thing at once take turns on them.
SIGNING_KEY_LOCK = 7_204_521
FIRST_ADMINISTRATOR_LOCK = 7_204_522


CallerRow = Row[*tuple[Any, ...]]
"""User columns, ``projects``, ``admin_projects`` and ``default_projects``; for tokens also ``is_revoked``."""


@dataclass(frozen=True, slots=True)
class MembershipRow:
    """A project as its member sees it."""

    name: str
    display_name: str | None
    is_project_admin: bool
    is_default: bool
    project_type: str
    created_by: str | None


async def lock(session: AsyncSession, key: int) -> None:
    """Take turns with other processes until the end of the transaction."""
    await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


# ---- who is calling -------------------------------------------------------------------------------------------------

_NO_NAMES = literal([], ARRAY(Text))


def _project_names(condition: SQLColumnExpression[bool] | None = None) -> ColumnElement[list[str]]:
    """Names of the user's projects, as one array."""
    statement = (
        select(func.coalesce(func.array_agg(Project.name), _NO_NAMES))
        .join(Membership, Membership.project_id == Project.id)
        .where(Membership.user_id == User.id, Project.deleted_at.is_(None))
    )
    if condition is not None:
        statement = statement.where(condition)
    return statement.correlate(User).scalar_subquery()


CALLER = select(
    User.id,
    User.username,
    User.name,
    User.email,
    User.user_type,
    User.is_active,
    User.is_admin,
    User.is_maintainer,
    User.is_auditor,
    User.token_generation,
    User.auth_source,
    User.last_login_at,
    _project_names().label("projects"),
    _project_names(Membership.is_project_admin).label("admin_projects"),
    _project_names(Membership.is_default).label("default_projects"),
)


async def caller_by_id(session: AsyncSession, user_id: str, token_id: str) -> CallerRow | None:
    """Everything a token's check needs, in one query; ``is_revoked`` speaks of the token."""
    revoked = exists().where(RevokedToken.id == token_id).label("is_revoked")
    return (await session.execute(CALLER.add_columns(revoked).where(User.id == user_id))).one_or_none()


async def caller_by_username(session: AsyncSession, username: str) -> CallerRow | None:
    """The same for a user named without a token."""
    return (await session.execute(CALLER.where(func.lower(User.username) == username.lower()))).one_or_none()


# ---- users ----------------------------------------------------------------------------------------------------------


async def user_by_id(session: AsyncSession, user_id: str) -> User | None:
    """The user row, active or not."""
    return await session.get(User, user_id)


async def user_by_login(session: AsyncSession, login: str) -> User | None:
    """The user whose e-mail address or user name this is, whatever its case; the address wins."""
    wanted = login.strip().lower()
    statement = (
        select(User)
        .where(or_(func.lower(User.email) == wanted, func.lower(User.username) == wanted))
        .order_by((func.lower(User.email) == wanted).desc())
        .limit(1)
    )
    return (await session.scalars(statement)).one_or_none()


async def login_is_taken(session: AsyncSession, name: str, *, except_user: str | None = None) -> bool:
    """Is this text already somebody's e-mail address or user name? Either signs in, so both must be free."""
    wanted = name.strip().lower()
    taken = or_(func.lower(User.email) == wanted, func.lower(User.username) == wanted)
    if except_user is not None:
        taken = and_(taken, User.id != except_user)
    return bool(await session.scalar(select(exists().where(taken))))


async def has_active_administrator(session: AsyncSession) -> bool:
    """Does anybody administer this installation? Development identities do not count."""
    condition = and_(User.is_admin, User.is_active, User.auth_source != "dev_header")
    return bool(await session.scalar(select(exists().where(condition))))


async def set_password_hash(session: AsyncSession, user_id: str, password_hash: str) -> int:
    """Make every token issued so far worthless; returns the generation of the next ones."""
    statement = (
        update(User)
        .where(User.id == user_id)
        .values(password_hash=password_hash, token_generation=User.token_generation + 1)
        .returning(User.token_generation)
        .execution_options(synchronize_session=False)
    )
    return (await session.execute(statement)).scalar_one()


# ---- projects and memberships ---------------------------------------------------------------------------------------


async def project_by_name(session: AsyncSession, name: str) -> Project | None:
    """The living project of that name, whatever its case."""
    statement = select(Project).where(func.lower(Project.name) == name.lower(), Project.deleted_at.is_(None))
    return (await session.scalars(statement)).one_or_none()


async def create_project_if_absent(
    session: AsyncSession, name: str, project_type: str, *, created_by: str | None, description: str | None = None
) -> None:
    """Store a project unless one of that name exists, also when somebody else stores it at this moment."""
    values = {"name": name, "project_type": project_type, "created_by": created_by, "description": description}
    await session.execute(insert(Project).values(values).on_conflict_do_nothing())


async def memberships(session: AsyncSession, user_ids: Sequence[str]) -> dict[str, list[MembershipRow]]:
    """The projects of each user, ordered by name; one query for all."""
    statement = (
        select(
            Membership.user_id,
            Project.name,
            Project.display_name,
            Membership.is_project_admin,
            Membership.is_default,
            Project.project_type,
            Project.created_by,
        )
        .join(Project, Membership.project_id == Project.id)
        .where(Membership.user_id.in_(user_ids), Project.deleted_at.is_(None))
        .order_by(func.lower(Project.name), Project.name)
    )
    grouped: dict[str, list[MembershipRow]] = {user_id: [] for user_id in user_ids}
    for row in (await session.execute(statement)).all():
        grouped[row[0]].append(MembershipRow(*row[1:]))
    return grouped


async def add_membership(
    session: AsyncSession, user_id: str, project_id: str, *, is_project_admin: bool = False
) -> bool:
    """Make the user a member; false when they were one already (their role is kept)."""
    statement = (
        insert(Membership)
        .values(user_id=user_id, project_id=project_id, is_project_admin=is_project_admin, is_default=False)
        .on_conflict_do_nothing()
        .returning(Membership.user_id)
    )
    return (await session.execute(statement)).scalar() is not None


async def has_other_members(session: AsyncSession, project_id: str, user_id: str) -> bool:
    """Is anybody but this user a member?"""
    condition = and_(Membership.project_id == project_id, Membership.user_id != user_id)
    return bool(await session.scalar(select(exists().where(condition))))


# ---- what a user keeps for themselves -------------------------------------------------------------------------------


async def user_data(session: AsyncSession, user_id: str) -> UserData:
    """The row of view settings, created on first read."""
    await session.execute(insert(UserData).values(user_id=user_id).on_conflict_do_nothing())
    return (await session.scalars(select(UserData).where(UserData.user_id == user_id))).one()


async def preferences(session: AsyncSession, user_id: str) -> UserPreferences | None:
    """Pinned and favourite things, once the user has saved some."""
    return await session.get(UserPreferences, user_id)


# ---- keys and tokens ------------------------------------------------------------------------------------------------


async def signing_keys(session: AsyncSession) -> Sequence[SigningKey]:
    """All keys tokens may be signed with, the one that signs first."""
    statement = select(SigningKey).where(SigningKey.retired_at.is_(None)).order_by(SigningKey.date.desc())
    return (await session.scalars(statement)).all()


async def revoke_token(session: AsyncSession, token_id: str, expires_at: datetime) -> None:
    """Refuse this token from now on; forget others that have expired meanwhile."""
    await session.execute(delete(RevokedToken).where(RevokedToken.expires_at < utcnow()))
    await session.execute(insert(RevokedToken).values(id=token_id, expires_at=expires_at).on_conflict_do_nothing())


async def take_mail_token(session: AsyncSession, token_hash: str, purpose: str) -> MailToken | None:
    """Use a mailed token up; None when it is unknown, expired or used. Of two at once, one gets it."""
    statement = (
        update(MailToken)
        .where(
            MailToken.id == token_hash,
            MailToken.purpose == purpose,
            MailToken.used_at.is_(None),
            MailToken.expires_at > utcnow(),
        )
        .values(used_at=utcnow())
        .returning(MailToken)
    )
    return (await session.scalars(statement)).one_or_none()
