"""Who belongs to a project, and in which role. The rules are the same from the project's side and the user's."""

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity import accounts, admin_users_repository, audit, policy, repository
from codemie.identity.admin_users_schemas import UserProject
from codemie.identity.caller import Caller
from codemie.identity.runtime import Identity
from codemie.identity.tables import Membership, Project, User
from codemie.identity.user_administration import require_user
from codemie.kernel.errors import AccessDenied, Conflict, InvalidInput, NotFound

MAX_NAME = 100


async def add(
    session: AsyncSession, identity: Identity, caller: Caller, user: User, project: Project, *, is_project_admin: bool
) -> None:
    """Make a user a member.

    Raises:
        AccessDenied: the project is personal.
        Conflict: they are one already.
    """
    _require_shared(project)
    if not await repository.add_membership(session, user.id, project.id, is_project_admin=is_project_admin):
        raise Conflict(
            f"User is already assigned to project '{project.name}'", help="Change the role of the assignment instead."
        )
    _tell(session, identity, caller, "assigned", user.id, project.name, is_project_admin=is_project_admin)


async def change_role(
    session: AsyncSession,
    identity: Identity,
    caller: Caller,
    membership: Membership,
    project: Project,
    *,
    is_project_admin: bool,
) -> None:
    """Make a member administrator of the project, or no longer."""
    _require_shared(project)
    membership.is_project_admin = is_project_admin
    await session.flush()
    user_id = membership.user_id
    _tell(session, identity, caller, "role_updated", user_id, project.name, is_project_admin=is_project_admin)


async def remove(
    session: AsyncSession, identity: Identity, caller: Caller, membership: Membership, project: Project
) -> None:
    """End a membership.

    Raises:
        AccessDenied: the project is personal.
        InvalidInput: the member created the project.
    """
    _require_shared(project)
    if membership.user_id == project.created_by:
        raise InvalidInput(
            "Cannot remove the project creator",
            details=f"The user created the project '{project.name}'.",
            help="Transfer the ownership of the project first.",
        )
    await session.delete(membership)
    await session.flush()
    _tell(session, identity, caller, "removed", membership.user_id, project.name)


def _require_shared(project: Project) -> None:
    if project.project_type == accounts.PERSONAL:
        raise AccessDenied("Cannot modify membership of a personal project")


def _tell(
    session: AsyncSession,
    identity: Identity,
    caller: Caller,
    what: str,
    user_id: str,
    project_name: str,
    **attributes: bool,
) -> None:
    audit.record(
        session,
        audit.USER_MANAGEMENT,
        f"user.project.{what}",
        entity_id=user_id,
        actor_id=caller.id,
        project_name=project_name,
        **attributes,
    )
    identity.authenticator.forget_on_commit(session, user_id)


# ---- from the user's side, for administrators -----------------------------------------------------------------------


async def projects_of(session: AsyncSession, caller: Caller, user_id: str) -> list[UserProject]:
    """A user's memberships by project name, with the default one marked even where none is stored.

    Raises:
        AccessDenied: the caller oversees nothing.
        NotFound: there is no such user.
    """
    policy.require_overseer(caller)
    user = await require_user(session, user_id)
    reported = {row.name: row.is_default for row in (await accounts.memberships_of(session, [user]))[user.id]}
    return [
        UserProject(
            project_name=project.name,
            is_project_admin=membership.is_project_admin,
            is_default=reported.get(project.name, False),
            date=membership.date,
        )
        for membership, project in await admin_users_repository.memberships_of(session, user.id)
    ]


async def assign(
    session: AsyncSession,
    identity: Identity,
    caller: Caller,
    user_id: str,
    project_name: str,
    *,
    is_project_admin: bool,
) -> None:
    """Make a user a member of a project, which is created if nobody has yet.

    Raises:
        AccessDenied: the caller is no administrator, or the project is personal.
        NotFound: there is no such user.
        Conflict: they are a member already.
    """
    policy.require_superuser(caller)
    user = await require_user(session, user_id)
    project = await repository.project_by_name(session, project_name.strip())
    if project is None:
        project = await create_unowned(session, caller, project_name)
    await add(session, identity, caller, user, project, is_project_admin=is_project_admin)


async def reassign(
    session: AsyncSession,
    identity: Identity,
    caller: Caller,
    user_id: str,
    project_name: str,
    *,
    is_project_admin: bool,
) -> None:
    """Change a user's role in a project.

    Raises:
        AccessDenied: the caller is no administrator, or the project is personal.
        NotFound: the user is no member.
    """
    policy.require_superuser(caller)
    membership, project = await require_membership(session, user_id, project_name)
    await change_role(session, identity, caller, membership, project, is_project_admin=is_project_admin)


async def unassign(session: AsyncSession, identity: Identity, caller: Caller, user_id: str, project_name: str) -> None:
    """Take a user out of a project.

    Raises:
        AccessDenied: the caller is no administrator, or the project is personal.
        NotFound: the user is no member.
        InvalidInput: the user created the project.
    """
    policy.require_superuser(caller)
    membership, project = await require_membership(session, user_id, project_name)
    await remove(session, identity, caller, membership, project)


async def create_unowned(session: AsyncSession, caller: Caller, name: str) -> Project:
    """A shared project that belongs to nobody yet; administrators may name it freely.

    Raises:
        InvalidInput: the name is empty, too long, or would not survive in an address.
        Conflict: it is taken.
    """
    name = name.strip()
    if not name or len(name) > MAX_NAME or any(character in "/\\?#%" or ord(character) < 32 for character in name):
        raise InvalidInput(
            "Invalid project name", details=f"A name has 1 to {MAX_NAME} characters, none of them / \\ ? # %."
        )
    if await repository.project_by_name(session, name):
        raise Conflict(f"Project '{name}' already exists.")
    await repository.create_project_if_absent(session, name, accounts.SHARED, created_by=None)
    project = await repository.project_by_name(session, name)
    if project is None:
        raise Conflict(f"Project '{name}' already exists.")
    audit.record(
        session,
        audit.PROJECT_MANAGEMENT,
        "project.created",
        entity_id=project.name,
        actor_id=caller.id,
        project_type=project.project_type,
    )
    return project


async def require_membership(session: AsyncSession, user_id: str, project_name: str) -> tuple[Membership, Project]:
    """The membership, or 404 for unknown users, unknown projects and no members alike."""
    await require_user(session, user_id)
    found = await admin_users_repository.membership(session, user_id, project_name)
    if found is None:
        raise NotFound("User is not assigned to the project", details=f"Project: '{project_name}'.")
    return found


async def choose_default(
    session: AsyncSession, identity: Identity, caller: Caller, user_id: str, project_name: str
) -> None:
    """Let a user work in this project unless they say otherwise.

    Raises:
        AccessDenied: the caller is no administrator.
        NotFound: the user is no member.
    """
    policy.require_superuser(caller)
    membership, project = await require_membership(session, user_id, project_name)
    await _clear_default(session, user_id)
    membership.is_default = True
    await session.flush()
    _tell(session, identity, caller, "default_set", user_id, project.name)


async def clear_default(
    session: AsyncSession, identity: Identity, caller: Caller, user_id: str, project_name: str
) -> None:
    """Forget the choice, if it was this project.

    Raises:
        AccessDenied: the caller is no administrator.
        NotFound: the user is no member.
    """
    policy.require_superuser(caller)
    membership, project = await require_membership(session, user_id, project_name)
    if membership.is_default:
        membership.is_default = False
        await session.flush()
        _tell(session, identity, caller, "default_cleared", user_id, project.name)


async def _clear_default(session: AsyncSession, user_id: str) -> None:
    """Before another is chosen: an index allows one at a time."""
    former = await admin_users_repository.default_membership(session, user_id)
    if former is not None:
        former.is_default = False
        await session.flush()
