"""Makes our user out of what the identity provider says, and keeps them alike as ``identity.membership_sync`` says.

``first_login``: projects and roles are copied once, then managed here; only address, name and picture follow.
``every_login``: they follow too. The provider is the truth: shared projects it does not name are taken away. In both,
projects it names are created when missing, and the personal project is the user's own business.
"""

from collections.abc import Collection
from hashlib import sha256

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity import accounts, audit, repository
from codemie.identity import single_sign_on_repository as links
from codemie.identity.accounts import PERSONAL, SHARED, NewUser
from codemie.identity.claims import ExternalIdentity
from codemie.identity.settings import IdentitySettings
from codemie.identity.single_sign_on_repository import LinkedRow
from codemie.identity.tables import IdentityLink, User
from codemie.kernel.errors import Conflict, InvalidInput, NotAuthenticated
from codemie.kernel.telemetry import get_logger

log = get_logger(__name__)

SOURCE = "oidc"


def differs(row: LinkedRow, person: ExternalIdentity, settings: IdentitySettings) -> bool:
    """Does the user need a look, because the token says something else than is stored? Costs no I/O.

    A token older than the one last copied never does: it must not give back what was taken away.
    """
    if person.issued_at < row.synced_at:
        return False
    if person.issued_at > row.synced_at and _profile_differs(row, person):
        return True
    return settings.membership_sync == "every_login" and _rights_differ(row, person, settings)


def _profile_differs(row: LinkedRow, person: ExternalIdentity) -> bool:
    email = person.email and person.email.lower() != row.email.lower()
    return bool(email or person.name != row.name or (person.picture and person.picture != row.picture))


def _rights_differ(row: LinkedRow, person: ExternalIdentity, settings: IdentitySettings) -> bool:
    own = row.email.lower()
    return (
        _folded(row.projects, own) != _folded(grantable(person.projects, own), own)
        or _folded(row.admin_projects, own) != _folded(grantable(person.admin_projects, own), own)
        or (row.is_admin, row.is_maintainer, row.is_auditor) != platform_roles(person.roles, settings)
        or row.user_type != person.user_type
        or tuple(row.knowledge_bases) != person.knowledge_bases
    )


def _folded(names: Collection[str], own: str) -> set[str]:
    return {name.lower() for name in names} - {own}


def grantable(names: Collection[str], own: str) -> list[str]:
    """Projects a token may give. Names like an e-mail address are personal projects: nobody gets somebody else's."""
    return [name for name in names if "@" not in name or name.lower() == own]


def platform_roles(roles: Collection[str], settings: IdentitySettings) -> tuple[bool, bool, bool]:
    """Whether the provider's roles make an administrator, a maintainer, an auditor."""
    is_maintainer = settings.maintainer_role in roles
    return (is_maintainer or settings.admin_role in roles, is_maintainer, settings.auditor_role in roles)


async def ensure_user(session: AsyncSession, person: ExternalIdentity, settings: IdentitySettings) -> User:
    """The user behind an identity, created when first seen, brought up to date otherwise.

    Raises:
        NotAuthenticated: the address belongs to another account.
    """
    await links.lock_subject(session, person.issuer, person.subject)
    link = await links.locked_link(session, person.issuer, person.subject)
    is_first = link is None
    if link is None:
        user = await _adopt(session, person, settings) or await _create(session, person, settings)
        link = IdentityLink(issuer=person.issuer, subject=person.subject, user_id=user.id, synced_at=0, signed_out_at=0)
        session.add(link)
    else:
        user = await _user(session, link.user_id)
    if person.issued_at < link.synced_at:
        return user
    link.synced_at = person.issued_at
    if user.is_active:
        await _update_profile(session, user, person)
        if is_first or settings.membership_sync == "every_login":
            await _copy_rights(session, user, person, settings)
    return user


async def _user(session: AsyncSession, user_id: str) -> User:
    user = await repository.user_by_id(session, user_id)
    if user is None:
        raise NotAuthenticated("The account is gone")
    return user


async def _adopt(session: AsyncSession, person: ExternalIdentity, settings: IdentitySettings) -> User | None:
    """The existing account with the same address, where the operator allows that and the provider vouches for it."""
    user = await repository.user_by_login(session, person.email) if person.email else None
    if user is None:
        return None
    if not (settings.link_by_email and person.email_verified and user.email.lower() == person.email.lower()):
        raise NotAuthenticated(
            "The e-mail address belongs to another account",
            details="An account with this address was not created by the identity provider's user.",
            help="An administrator can set identity.link_by_email to hand such accounts over when the provider "
            "has verified the address, or change the old account's address.",
        )
    audit.record(
        session, audit.USER_MANAGEMENT, "user.linked", entity_id=user.id, actor_id=user.id, issuer=person.issuer
    )
    user.auth_source = SOURCE
    return user


async def _create(session: AsyncSession, person: ExternalIdentity, settings: IdentitySettings) -> User:
    is_admin, is_maintainer, is_auditor = platform_roles(person.roles, settings)
    new = NewUser(
        email=person.email or f"{_login_name(person.username)}@localhost",
        username=await _free_username(session, person),
        name=person.name,
        is_admin=is_admin,
        is_maintainer=is_maintainer,
        is_auditor=is_auditor,
        user_type=person.user_type,
        auth_source=SOURCE,
        email_verified=True,
        project_limit=settings.project_limit,
    )
    try:
        user = await accounts.create_user(session, new, actor_id=None)
    except (Conflict, InvalidInput) as error:
        raise NotAuthenticated(
            "No account can be made for this token", details=error.message, help="Check the e-mail address."
        ) from error
    return user


def _login_name(name: str) -> str:
    """A provider's user name in our rules: 3 to 50 characters, no spaces, no slashes."""
    plain = "".join("_" if letter.isspace() or letter in "/\\" else letter for letter in name)[:50]
    return plain if len(plain) >= 3 else f"user-{plain}"


async def _free_username(session: AsyncSession, person: ExternalIdentity) -> str:
    name = _login_name(person.username)
    if name.lower() != person.email.lower() and await repository.login_is_taken(session, name):
        return f"{name[:40]}-{sha256(person.subject.encode()).hexdigest()[:8]}"
    return name


async def _update_profile(session: AsyncSession, user: User, person: ExternalIdentity) -> None:
    user.name = person.name
    user.picture = person.picture or user.picture
    if not person.email or person.email.lower() == user.email.lower():
        return
    try:
        async with session.begin_nested():
            await accounts.change_email(session, user, person.email)
            user.email_verified = True
    except (Conflict, InvalidInput) as error:
        # The rest of the token still holds; the old address goes on serving.
        log.warning("user.email_not_followed", user_id=user.id, reason=error.message)


async def _copy_rights(session: AsyncSession, user: User, person: ExternalIdentity, settings: IdentitySettings) -> None:
    roles = platform_roles(person.roles, settings)
    if roles != (user.is_admin, user.is_maintainer, user.is_auditor):
        user.is_admin, user.is_maintainer, user.is_auditor = roles
        user.project_limit = None if user.is_admin else settings.project_limit
        _tell(session, audit.USER_MANAGEMENT, "user.roles_synchronised", user.id, user.id, roles=sorted(person.roles))
    user.user_type = person.user_type
    user.knowledge_bases = list(person.knowledge_bases)
    await _copy_projects(session, user, person)


async def _copy_projects(session: AsyncSession, user: User, person: ExternalIdentity) -> None:
    own = user.email.lower()
    wanted = {name.lower(): name for name in grantable(person.projects, own) if name.lower() != own}
    administered = _folded(grantable(person.admin_projects, own), own)
    stored = {row.name.lower(): row for row in (await repository.memberships(session, [user.id]))[user.id]}
    for key, name in wanted.items():
        if key in stored:
            await _follow_role(session, user, name, stored[key].is_project_admin, key in administered)
        else:
            await _join(session, user, name, is_project_admin=key in administered)
    gone = [row.name for key, row in stored.items() if key not in wanted and row.project_type != PERSONAL]
    await links.remove_memberships(session, user.id, gone)
    for name in gone:
        _tell(session, audit.PROJECT_MANAGEMENT, "project.member_removed", name, user.id, project=name)


async def _follow_role(session: AsyncSession, user: User, name: str, was_admin: bool, is_admin: bool) -> None:  # noqa: FBT001
    project = await repository.project_by_name(session, name)
    if project is None or was_admin == is_admin:
        return
    await links.set_project_admin(session, user.id, project.id, is_project_admin=is_admin)
    _tell(
        session, audit.PROJECT_MANAGEMENT, "project.member_role_changed", project.id, user.id, is_project_admin=is_admin
    )


async def _join(session: AsyncSession, user: User, name: str, *, is_project_admin: bool) -> None:
    await repository.create_project_if_absent(session, name, SHARED, created_by=user.id)
    project = await repository.project_by_name(session, name)
    if project is None or project.project_type == PERSONAL:
        log.warning("project_of_token_unavailable", user_id=user.id, project=name)
        return
    await repository.add_membership(session, user.id, project.id, is_project_admin=is_project_admin)
    _tell(
        session,
        audit.PROJECT_MANAGEMENT,
        "project.member_added",
        project.id,
        user.id,
        is_project_admin=is_project_admin,
    )


def _tell(session: AsyncSession, domain: str, event: str, entity_id: str, user_id: str, **facts: object) -> None:
    audit.record(session, domain, event, entity_id=entity_id, actor_id=None, user_id=user_id, source=SOURCE, **facts)
