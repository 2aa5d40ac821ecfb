"""User accounts and the personal project that comes with each."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity import audit, passwords, repository
from codemie.identity.caller import REGULAR
from codemie.identity.repository import MembershipRow
from codemie.identity.tables import Project, User
from codemie.kernel.database import utcnow
from codemie.kernel.errors import Conflict, InvalidInput
from codemie.kernel.telemetry import get_logger

log = get_logger(__name__)

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,189}")
_USERNAME = re.compile(r"[^\s/\\]{3,50}")
PERSONAL, SHARED = "personal", "shared"


@dataclass(frozen=True, slots=True)
class NewUser:
    """What an account is made of.

    Args:
        email: also the name of the personal project.
        password_hash: None for users who never sign in with a password here.
        auth_source: ``local``, ``dev_header``, or the name of an identity provider.
        project_limit: shared projects the user may create; None is unlimited.
    """

    email: str
    username: str
    name: str = ""
    password_hash: str | None = None
    is_admin: bool = False
    is_maintainer: bool = False
    is_auditor: bool = False
    user_type: str = REGULAR
    auth_source: str = "local"
    email_verified: bool = False
    project_limit: int | None = None


async def create_user(session: AsyncSession, new: NewUser, *, actor_id: str | None) -> User:
    """Store a user with their personal project.

    Args:
        session: the transaction.
        new: the account.
        actor_id: who creates it; None for the platform and for people who register themselves.

    Raises:
        InvalidInput: address or user name is malformed.
        Conflict: address or user name is taken.
    """
    require_valid_email(new.email)
    require_valid_username(new.username)
    if await repository.login_is_taken(session, new.email):
        raise Conflict("Email already registered")
    if await repository.login_is_taken(session, new.username):
        raise Conflict("Username already taken")
    user = User(
        email=new.email.strip(),
        username=new.username.strip(),
        name=new.name.strip() or new.username.strip(),
        password_hash=new.password_hash,
        is_admin=new.is_admin or new.is_maintainer,
        is_maintainer=new.is_maintainer,
        is_auditor=new.is_auditor,
        user_type=new.user_type,
        auth_source=new.auth_source,
        email_verified=new.email_verified,
        project_limit=None if new.is_admin or new.is_maintainer else new.project_limit,
        token_generation=0,
    )
    session.add(user)
    try:
        await session.flush()
    except IntegrityError as error:  # somebody took the name between our look and our write
        raise Conflict("Email or username already taken") from error
    await ensure_personal_project(session, user)
    audit.record(session, audit.USER_MANAGEMENT, "user.created", entity_id=user.id, actor_id=actor_id)
    return user


async def create_account(
    session: AsyncSession, *, email: str, password: str, username: str | None = None, **attributes: Any
) -> User:
    """An account with a password, made by an operator: for commands, start-up and tests.

    Args:
        session: the transaction.
        email: also the user name unless one is given.
        password: in clear; not checked for length, since the operator decides.
        username: name to sign in with.
        attributes: further fields of ``NewUser``, such as ``name`` or ``is_admin``.

    Raises:
        InvalidInput: address or user name is malformed.
        Conflict: address or user name is taken.
    """
    password_hash = await passwords.hash_unbounded(password)
    new = NewUser(email=email, username=username or email, password_hash=password_hash, **attributes)
    return await create_user(session, new, actor_id=None)


async def create_development_user(session: AsyncSession, identity: str) -> None:
    """The administrator behind a development header, created when first seen."""
    new = NewUser(
        email=identity, username=identity, name="Dev User", is_admin=True, is_maintainer=True, auth_source="dev_header"
    )
    if not _EMAIL.fullmatch(identity):
        new = replace(new, email=f"{identity}@localhost")
    await create_user(session, new, actor_id=None)


def require_valid_email(email: str) -> None:
    """Refuse what is no e-mail address (400)."""
    if not _EMAIL.fullmatch(email.strip()):
        raise InvalidInput("Invalid email address", details=f"'{email[:100]}' is not an e-mail address.")


def require_valid_username(username: str) -> None:
    """Refuse user names that are too short, too long or contain spaces or slashes (400)."""
    if not _USERNAME.fullmatch(username.strip()):
        raise InvalidInput("Invalid username", details="A user name has 3 to 50 characters, no spaces, no slashes.")


async def ensure_personal_project(session: AsyncSession, user: User) -> None:
    """Give the user the project named like their e-mail address; does nothing when they have it.

    A shared project of that name becomes personal only when nobody else is in it; another user's is left alone.
    """
    await repository.create_project_if_absent(
        session, user.email, PERSONAL, created_by=user.id, description=f"Personal Project for {user.email}"
    )
    project = await repository.project_by_name(session, user.email)
    if project is None or not await _may_become_personal(session, project, user):
        log.warning("personal_project_unavailable", user_id=user.id, project=user.email)
        return
    if project.project_type != PERSONAL:
        project.project_type, project.created_by = PERSONAL, user.id
    await repository.add_membership(session, user.id, project.id)


async def _may_become_personal(session: AsyncSession, project: Project, user: User) -> bool:
    if project.project_type == PERSONAL:
        return project.created_by == user.id
    return not await repository.has_other_members(session, project.id, user.id)


async def change_email(session: AsyncSession, user: User, email: str) -> None:
    """Move the user to another address; the personal project of the old one is closed, a new one opened.

    Raises:
        InvalidInput: not an e-mail address.
        Conflict: the address is taken.
    """
    require_valid_email(email)
    if await repository.login_is_taken(session, email, except_user=user.id):
        raise Conflict("Email already registered")
    former = await repository.project_by_name(session, user.email)
    if former is not None and former.project_type == PERSONAL and former.created_by == user.id:
        former.deleted_at = utcnow()
    user.email, user.email_verified = email.strip(), False
    await session.flush()
    await ensure_personal_project(session, user)


async def memberships_of(session: AsyncSession, users: Sequence[User]) -> dict[str, list[MembershipRow]]:
    """Each user's projects by name, with the default one marked even where none is stored."""
    stored = await repository.memberships(session, [user.id for user in users])
    return {user.id: _with_default(user, stored[user.id]) for user in users}


def _with_default(user: User, rows: list[MembershipRow]) -> list[MembershipRow]:
    """No stored default: the personal project is reported, else the first by name."""
    if not rows or any(row.is_default for row in rows):
        return rows
    default = next((row.name for row in rows if row.name.lower() == user.email.lower()), rows[0].name)
    return [replace(row, is_default=row.name == default) for row in rows]
