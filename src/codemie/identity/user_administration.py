"""What administrators do with other people's accounts."""

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity import accounts, policy, repository
from codemie.identity.accounts import NewUser
from codemie.identity.caller import Caller
from codemie.identity.passwords import Passwords
from codemie.identity.schemas import LocalUser, UserDetail
from codemie.kernel.errors import AccessDenied


async def list_users(
    session: AsyncSession, caller: Caller, *, search: str = "", page: int = 0, per_page: int = 20
) -> tuple[list[UserDetail], int]:
    """One page of all accounts, deactivated ones included, by name; and how many match.

    Args:
        session: the transaction.
        caller: an administrator, maintainer or auditor.
        search: part of address, user name or name, in any case.
        page: counted from 0.
        per_page: rows.

    Raises:
        AccessDenied: the caller oversees nothing.
    """
    policy.require_overseer(caller)
    users, total = await repository.list_users(session, search=search, limit=per_page, offset=page * per_page)
    memberships = await accounts.memberships_of(session, users)
    return [UserDetail.of(user, memberships[user.id]) for user in users], total


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
    if (wanted.is_admin or wanted.is_maintainer) and not caller.is_maintainer:
        raise AccessDenied("Access denied", details="Only maintainers can modify admin or maintainer roles")
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
    memberships = await accounts.memberships_of(session, [user])
    return UserDetail.of(user, memberships[user.id])
