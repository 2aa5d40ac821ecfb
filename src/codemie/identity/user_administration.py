"""What administrators do with other people's accounts."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity import accounts, admin_users_repository, audit, policy, repository
from codemie.identity.accounts import NewUser
from codemie.identity.admin_users_schemas import UserChange, UserFilters, UserListItem
from codemie.identity.caller import EXTERNAL, REGULAR, Caller
from codemie.identity.passwords import Passwords
from codemie.identity.repository import MembershipRow
from codemie.identity.runtime import Identity
from codemie.identity.schemas import LocalUser, UserDetail
from codemie.identity.tables import User
from codemie.kernel.database import utcnow
from codemie.kernel.errors import AccessDenied, InvalidInput, NotFound

ROLE_FLAGS = ("is_admin", "is_maintainer", "is_auditor")


async def list_users(
    session: AsyncSession,
    caller: Caller,
    *,
    search: str = "",
    filters: UserFilters | None = None,
    page: int = 0,
    per_page: int = 20,
) -> tuple[list[UserListItem], int]:
    """One page of all accounts, deactivated ones included, by name; and how many match.

    Args:
        session: the transaction.
        caller: an administrator, maintainer or auditor, or somebody who administers a project.
        search: part of address, user name or name, in any case.
        filters: further conditions.
        page: counted from 0.
        per_page: rows.

    Raises:
        AccessDenied: the caller administers nothing, or asks who administers projects that are not theirs.
    """
    policy.require_user_reader(caller)
    filters = filters or UserFilters()
    oversees = caller.is_superuser or caller.is_auditor
    if filters.platform_role == "admin" and not oversees and caller.admin_projects.isdisjoint(filters.projects):
        policy.require_overseer(caller)
    users, total = await admin_users_repository.list_users(
        session, search=search, filters=filters, limit=per_page, offset=page * per_page
    )
    memberships = await accounts.memberships_of(session, users)
    return [UserListItem.of(user, _visible(caller, memberships[user.id])) for user in users], total


def _visible(caller: Caller, rows: Sequence[MembershipRow]) -> list[MembershipRow]:
    """A project's administrator sees of a user's projects only their own."""
    if caller.is_superuser or caller.is_auditor:
        return list(rows)
    return [row for row in rows if row.name in caller.admin_projects]


async def get_user(session: AsyncSession, caller: Caller, user_id: str) -> UserDetail:
    """One account.

    Raises:
        AccessDenied: the caller oversees nothing, and the user is in none of the projects they administer.
        NotFound: there is no such user.
    """
    if not (caller.is_superuser or caller.is_auditor):
        shared = await admin_users_repository.is_in_any_project(session, user_id, sorted(caller.admin_projects))
        if not shared:
            policy.require_overseer(caller)
    return await _detail(session, caller, await require_user(session, user_id))


async def require_user(session: AsyncSession, user_id: str) -> User:
    """The account, active or not.

    Raises:
        NotFound: there is none.
    """
    user = await repository.user_by_id(session, user_id)
    if user is None:
        raise NotFound("User not found")
    return user


async def _detail(session: AsyncSession, caller: Caller, user: User) -> UserDetail:
    memberships = await accounts.memberships_of(session, [user])
    return UserDetail.of(user, _visible(caller, memberships[user.id]))


async def create_local_user(
    session: AsyncSession, passwords: Passwords, caller: Caller, wanted: LocalUser, *, project_limit: int | None
) -> UserDetail:
    """Create an account with a password.

    Args:
        session: the transaction.
        passwords: hashes the password.
        caller: an administrator or maintainer; only a maintainer gives roles.
        wanted: the account.
        project_limit: shared projects a plain user may create.

    Raises:
        AccessDenied: the caller may not.
        InvalidInput: address, user name or password is unacceptable.
        Conflict: address or user name is taken.
    """
    policy.require_superuser(caller)
    if wanted.is_admin or wanted.is_maintainer:
        _require_role_giver(caller)
    new = NewUser(
        email=wanted.email,
        username=wanted.username,
        name=wanted.name or "",
        password_hash=await passwords.hash(wanted.password),
        is_admin=wanted.is_admin,
        is_maintainer=wanted.is_maintainer,
        email_verified=True,
        project_limit=project_limit,
    )
    user = await accounts.create_user(session, new, actor_id=caller.id)
    return await _detail(session, caller, user)


def _require_role_giver(caller: Caller) -> None:
    if not caller.is_maintainer:
        raise AccessDenied("Access denied", details="Only maintainers can modify admin or maintainer roles")


async def update_user(
    session: AsyncSession, identity: Identity, caller: Caller, user_id: str, change: UserChange
) -> UserDetail:
    """Change an account; ``is_active: false`` deactivates it and ignores the rest.

    Raises:
        AccessDenied: the caller is no administrator, gives roles without being a maintainer, or would lock themselves
            or everybody out.
        NotFound: there is no such user.
        InvalidInput: nothing to change, or a value nobody may have.
        Conflict: the address is taken.
    """
    policy.require_superuser(caller)
    sent = change.model_dump(include=change.model_fields_set)
    if any(sent.get(flag) is not None for flag in ROLE_FLAGS):
        _require_role_giver(caller)
    user = await require_user(session, user_id)
    if sent.get("is_active") is False:
        await _deactivate(session, identity, caller, user)
        return await _detail(session, caller, user)
    before = {name: getattr(user, name) for name in UserChange.model_fields}
    await _apply(session, identity, caller, user, sent)
    changed = {name: value for name in UserChange.model_fields if (value := getattr(user, name)) != before[name]}
    facts = {name: value for name, value in changed.items() if name != "picture"}
    audit.record(
        session,
        audit.USER_MANAGEMENT,
        "user.updated",
        entity_id=user.id,
        actor_id=caller.id,
        fields=sorted(changed),
        **facts,
    )
    await session.flush()
    identity.authenticator.forget_on_commit(session, user.id)
    return await _detail(session, caller, user)


async def _apply(
    session: AsyncSession, identity: Identity, caller: Caller, user: User, sent: dict[str, object]
) -> None:
    if "username" in sent:
        raise InvalidInput("Username cannot be changed")
    wanted = {name: value for name, value in sent.items() if value is not None or name == "project_limit"}
    if not wanted:
        raise InvalidInput("No fields to update")
    if wanted.get("is_active") is True:
        user.is_active, user.deleted_at = True, None
    await _change_roles(session, identity, caller, user, wanted)
    if "project_limit" in wanted:
        _change_limit(caller, user, wanted["project_limit"])
    if "user_type" in wanted:
        user.user_type = _known_user_type(str(wanted["user_type"]))
    if "name" in wanted:
        user.name = str(wanted["name"]).strip() or user.username
    if "picture" in wanted:
        user.picture = str(wanted["picture"])
    if "email" in wanted:
        await _change_email(session, caller, user, str(wanted["email"]))


async def _change_roles(
    session: AsyncSession, identity: Identity, caller: Caller, user: User, wanted: dict[str, object]
) -> None:
    """A maintainer is always an administrator; taking the latter takes both."""
    maintainer = bool(wanted.get("is_maintainer", user.is_maintainer))
    if wanted.get("is_admin") is False and wanted.get("is_maintainer") is not True:
        maintainer = False
    admin = maintainer or bool(wanted.get("is_admin", user.is_admin))
    await _require_somebody_left(session, caller, user, admin=admin, maintainer=maintainer)
    if admin and not user.is_admin:
        user.project_limit = None
    elif user.is_admin and not admin:
        user.project_limit = identity.settings.project_limit
    user.is_admin, user.is_maintainer = admin, maintainer
    user.is_auditor = bool(wanted.get("is_auditor", user.is_auditor))


async def _require_somebody_left(
    session: AsyncSession, caller: Caller, user: User, *, admin: bool, maintainer: bool
) -> None:
    """Nobody takes their own role, and the last one of a role keeps it."""
    for name, lost, role in (
        ("administrator", user.is_admin and not admin, User.is_admin.expression),
        ("maintainer", user.is_maintainer and not maintainer, User.is_maintainer.expression),
    ):
        if not lost:
            continue
        if user.id == caller.id:
            raise AccessDenied("Access denied", details=f"You cannot revoke your own {name} role")
        await repository.lock(session, admin_users_repository.ADMINISTRATORS_LOCK)
        if await admin_users_repository.is_last(session, user, role):
            raise AccessDenied("Access denied", details=f"The last active {name} cannot be removed")


def _change_limit(caller: Caller, user: User, limit: object) -> None:
    if user.id == caller.id:
        raise AccessDenied("Access denied", details="You cannot change your own project limit")
    if limit is None and not user.is_admin:
        raise InvalidInput("Invalid project limit", details="Only administrators have no project limit.")
    if isinstance(limit, int) and limit < 0:
        raise InvalidInput("Invalid project limit", details="A project limit is not negative.")
    user.project_limit = limit if isinstance(limit, int) else None


def _known_user_type(user_type: str) -> str:
    if user_type not in (REGULAR, EXTERNAL):
        raise InvalidInput("Invalid user type", details=f"A user is '{REGULAR}' or '{EXTERNAL}'.")
    return user_type


async def _change_email(session: AsyncSession, caller: Caller, user: User, email: str) -> None:
    _require_local(user)
    _require_right_to_credentials(caller, user)
    if email.strip() != user.email:
        await accounts.change_email(session, user, email)
        user.email_verified = True


def _require_right_to_credentials(caller: Caller, user: User) -> None:
    """Whoever sets a password, or where its mail goes, can sign in as the user: that gives the user's roles away."""
    if user.id != caller.id and (user.is_admin or user.is_maintainer or user.is_auditor):
        _require_role_giver(caller)


def _require_local(user: User) -> None:
    if user.auth_source != "local":
        raise InvalidInput(
            "Not a local account", details="Address and password of this user are kept by the identity provider."
        )


async def deactivate_user(session: AsyncSession, identity: Identity, caller: Caller, user_id: str) -> None:
    """Refuse this user from now on; what they made stays.

    Raises:
        AccessDenied: the caller is no administrator, or the user is the last one.
        NotFound: there is no such user.
    """
    policy.require_superuser(caller)
    await _deactivate(session, identity, caller, await require_user(session, user_id))


async def _deactivate(session: AsyncSession, identity: Identity, caller: Caller, user: User) -> None:
    if user.is_maintainer:
        # Otherwise an administrator could rid the platform of those who set roles.
        _require_role_giver(caller)
    if user.is_admin:
        await repository.lock(session, admin_users_repository.ADMINISTRATORS_LOCK)
        if await admin_users_repository.is_last(session, user, User.is_admin.expression):
            raise AccessDenied("Access denied", details="The last active administrator cannot be deactivated")
    user.is_active, user.deleted_at = False, utcnow()
    audit.record(session, audit.USER_MANAGEMENT, "user.deactivated", entity_id=user.id, actor_id=caller.id)
    await session.flush()
    identity.authenticator.forget_on_commit(session, user.id)


async def set_password(session: AsyncSession, identity: Identity, caller: Caller, user_id: str, password: str) -> None:
    """Give a local user another password; ends every session they have.

    Raises:
        AccessDenied: the caller is no administrator, or no maintainer while the user has a role.
        NotFound: there is no such user.
        InvalidInput: the account is an identity provider's, or the password is too short.
    """
    policy.require_superuser(caller)
    user = await require_user(session, user_id)
    _require_local(user)
    _require_right_to_credentials(caller, user)
    password_hash = await identity.passwords.hash(password)
    await repository.set_password_hash(session, user.id, password_hash)
    audit.record(session, audit.USER_MANAGEMENT, "user.password_changed", entity_id=user.id, actor_id=caller.id)
    identity.authenticator.forget_on_commit(session, user.id)
