"""What users see and change about themselves."""

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity import accounts, audit, repository
from codemie.identity.caller import Caller
from codemie.identity.runtime import Identity
from codemie.identity.schemas import Favorites, PreferencesChange, ProfileChange, SelfView
from codemie.identity.tables import User, UserData, UserPreferences
from codemie.kernel.errors import AccessDenied, InvalidInput, NotAuthenticated, NotFound


async def own_view(session: AsyncSession, caller: Caller) -> SelfView:
    """The caller's account as it is now, not as it was when their token was verified."""
    user = await _own_row(session, caller)
    memberships = (await accounts.memberships_of(session, [user]))[user.id]
    if not caller.token_id:
        return SelfView.of(user, memberships)
    # The bearer of a token is told what the token may do, not what its user may.
    view = SelfView.of(user, [row for row in memberships if row.name in caller.projects])
    return view.model_copy(update={"is_admin": False, "is_maintainer": False, "is_auditor": False})


async def change_profile(session: AsyncSession, identity: Identity, caller: Caller, change: ProfileChange) -> SelfView:
    """Change name, picture or e-mail address.

    Raises:
        AccessDenied: an identity provider keeps them.
        InvalidInput: nothing to change, or no e-mail address.
        Conflict: the address is taken.
    """
    if identity.single_sign_on is not None:
        raise AccessDenied(
            "Access denied", details="Name, picture and address are kept by the identity provider: change them there."
        )
    fields = change.model_dump(exclude_none=True)
    if not fields:
        raise InvalidInput("No fields to update")
    user = await _own_row(session, caller)
    user.name = fields.get("name", user.name).strip() or user.username
    user.picture = fields.get("picture", user.picture)
    if (email := fields.get("email", user.email).strip()) != user.email:
        await accounts.change_email(session, user, email)
    audit.record(
        session, audit.USER_MANAGEMENT, "user.updated", entity_id=user.id, actor_id=user.id, fields=sorted(fields)
    )
    await session.flush()
    identity.authenticator.forget_on_commit(session, user.id)
    memberships = await accounts.memberships_of(session, [user])
    return SelfView.of(user, memberships[user.id])


async def _own_row(session: AsyncSession, caller: Caller) -> User:
    user = await repository.user_by_id(session, caller.id)
    if user is None:
        raise NotAuthenticated("The account no longer exists")
    return user


async def view_settings(session: AsyncSession, caller: Caller) -> UserData:
    """How the caller's web UI is arranged; the row is made on first read."""
    return await repository.user_data(session, caller.id)


async def change_view_settings(session: AsyncSession, caller: Caller, sidebar_view: str) -> UserData:
    """Arrange the caller's web UI."""
    row = await repository.user_data(session, caller.id)
    row.sidebar_view = sidebar_view
    await session.flush()
    return row


async def preferences(session: AsyncSession, caller: Caller, user_id: str) -> UserPreferences:
    """Pinned and favourite things.

    Raises:
        AccessDenied: another user's, and the caller is no administrator.
        NotFound: none saved yet; the official UI expects that and saves empty ones.
    """
    _require_own(caller, user_id)
    row = await repository.preferences(session, user_id)
    if row is None:
        raise NotFound("User preferences not found")
    return row


async def kept_by(session: AsyncSession, caller: Caller, user_id: str) -> tuple[list[str], Favorites]:
    """What a user pinned and marked as favourite; nothing when they never saved any.

    Raises:
        AccessDenied: another user's, and the caller is no administrator.
    """
    _require_own(caller, user_id)
    row = await repository.preferences(session, user_id)
    return ([], Favorites()) if row is None else (row.pinned_assistants, Favorites.model_validate(row.favorites))


async def change_preferences(
    session: AsyncSession, caller: Caller, user_id: str, change: PreferencesChange
) -> UserPreferences:
    """Save pinned or favourite things; what is not sent stays as it is.

    Raises:
        AccessDenied: another user's, and the caller is no administrator.
        NotFound: there is no such user.
    """
    _require_own(caller, user_id)
    row = await repository.preferences(session, user_id)
    if row is None:
        if await repository.user_by_id(session, user_id) is None:
            raise NotFound("User not found")
        row = UserPreferences(user_id=user_id, pinned_assistants=[], favorites=Favorites().model_dump())
        session.add(row)
    if change.pinned_assistants is not None:
        row.pinned_assistants = change.pinned_assistants
    if change.favorites is not None:
        row.favorites = change.favorites.model_dump()
    await session.flush()
    return row


def _require_own(caller: Caller, user_id: str) -> None:
    if user_id != caller.id and not caller.is_admin:
        raise AccessDenied("Access denied", details="Preferences are seen by their user and by administrators.")
