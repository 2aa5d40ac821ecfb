"""Signing in with a password, and everything around passwords.

These use cases open their own short transactions: hashing takes tens of milliseconds, and a flood of sign-ins must
not hold the database connections that everybody else needs.
"""

import re
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity import accounts, audit, mail, repository
from codemie.identity.accounts import NewUser
from codemie.identity.caller import Caller
from codemie.identity.runtime import Identity
from codemie.identity.schemas import Registration, UserDetail
from codemie.identity.tables import User
from codemie.identity.tokens import IssuedToken
from codemie.kernel.database import utcnow
from codemie.kernel.errors import AccessDenied, InvalidInput, NotAuthenticated
from codemie.kernel.telemetry import get_logger

log = get_logger(__name__)

_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,180}\.[A-Za-z]{2,24}")


async def login(identity: Identity, login_name: str, password: str, address: str) -> tuple[IssuedToken, UserDetail]:
    """Exchange a password for an access token.

    Args:
        identity: the room's runtime.
        login_name: e-mail address or user name, in any case.
        password: as typed.
        address: of the client, for counting failures.

    Raises:
        NotAuthenticated: wrong; the same words and time whether the user exists or not.
        TooManyRequests: too many wrong ones for this account or from this address.
    """
    account_key = f"{login_name.strip().lower()}|{address}"
    identity.sign_in_failures.require_open(account_key)
    identity.address_failures.require_open(address)
    async with identity.database.session() as session:
        user = await repository.user_by_login(session, login_name)
    if not await identity.passwords.verify(password, user.password_hash if user else None) or user is None:
        identity.sign_in_failures.count(account_key)
        identity.address_failures.count(address)
        who = {} if user else {"tried": _tried(login_name)}
        known = user.id if user else None
        await audit.record_refusal(identity.database, known, method="password", address=address, reason="wrong", **who)
        raise NotAuthenticated("Invalid email or password")
    identity.sign_in_failures.forget(account_key)
    try:
        _require_usable(identity, user)
    except NotAuthenticated as refusal:
        reason = refusal.message
        await audit.record_refusal(identity.database, user.id, method="password", address=address, reason=reason)
        raise
    fresh_hash = None
    if user.password_hash and identity.passwords.is_outdated(user.password_hash):
        fresh_hash = await identity.passwords.rehash(password)
    async with identity.database.session() as session:
        return await _sign_in(session, identity, user.id, method="password", fresh_hash=fresh_hash)


def _tried(login_name: str) -> str:
    """Who somebody tried to be. Only an address is told: anything else may be a password in the wrong field."""
    return login_name.strip() if _ADDRESS.fullmatch(login_name.strip()) else "not an e-mail address"


def _require_usable(identity: Identity, user: User) -> None:
    """Only told to somebody who knows the password."""
    if not user.is_active:
        raise NotAuthenticated("Account is deactivated", help="Ask an administrator to activate it again.")
    if identity.settings.email_verification and not user.email_verified:
        raise NotAuthenticated("Email not verified", help="Open the link in the mail you were sent.")


async def _sign_in(
    session: AsyncSession, identity: Identity, user_id: str, *, method: str, fresh_hash: str | None = None
) -> tuple[IssuedToken, UserDetail]:
    """Give a token to a user who has proved who they are, and write it down."""
    user = await repository.user_by_id(session, user_id)
    if user is None:
        raise NotAuthenticated("Invalid email or password")
    user.last_login_at = utcnow()
    user.password_hash = fresh_hash or user.password_hash
    await accounts.ensure_personal_project(session, user)
    audit.record(session, audit.USER_MANAGEMENT, "user.login", entity_id=user.id, actor_id=user.id, method=method)
    memberships = await accounts.memberships_of(session, [user])
    ring = await identity.keys.ring()
    token = ring.issue(user.id, user.email, user.token_generation)
    return token, UserDetail.of(user, memberships[user.id])


async def token_for_command_line(identity: Identity, caller: Caller) -> IssuedToken:
    """A token of its own for a command line whose user is signed in with the browser."""
    async with identity.database.session() as session:
        return (await _sign_in(session, identity, caller.id, method="command_line"))[0]


async def logout(identity: Identity, token: str) -> None:
    """End one session: its token is refused from now on (elsewhere within ``cache_seconds``).

    Raises:
        NotAuthenticated: the token was not valid any more.
    """
    claims = await identity.keys.verify(token)
    async with identity.database.session() as session:
        expires = datetime.fromtimestamp(claims.expires_at + identity.settings.leeway_seconds, UTC)
        await repository.revoke_token(session, claims.token_id, expires)
        audit.record(session, audit.USER_MANAGEMENT, "user.logout", entity_id=claims.user_id, actor_id=claims.user_id)
    identity.authenticator.forget(claims.user_id)


async def register(identity: Identity, wanted: Registration, address: str) -> tuple[IssuedToken, UserDetail] | None:
    """Create an account for a visitor; None when they must confirm their address first.

    Raises:
        AccessDenied: visitors may not register here.
        Conflict: address or user name is taken.
        Unavailable: the confirmation mail cannot be sent; nothing is stored then.
    """
    settings = identity.settings
    if not settings.registration:
        raise AccessDenied("Registration is closed", help="Ask an administrator for an account.")
    _count_mail_request(identity, address)
    if settings.email_verification:
        mail.require_ready(identity)
    password_hash = await identity.passwords.hash(wanted.password)
    new = NewUser(
        email=wanted.email,
        username=wanted.username,
        name=wanted.name or "",
        password_hash=password_hash,
        project_limit=settings.project_limit,
    )
    async with identity.database.session() as session:
        user = await accounts.create_user(session, new, actor_id=None)
        if not settings.email_verification:
            return await _sign_in(session, identity, user.id, method="registration")
        message = mail.new_link(session, identity, user, "verify_email")
        await session.flush()
        await mail.send(settings, message)
    return None


async def verify_email(identity: Identity, token: str) -> tuple[IssuedToken, UserDetail]:
    """Confirm an address with the mailed token, and sign in.

    Raises:
        InvalidInput: the token is unknown, used, or expired.
    """
    async with identity.database.session() as session:
        user = await _user_of_mail_token(session, token, "verify_email")
        user.email_verified = True
        _require_usable(identity, user)
        return await _sign_in(session, identity, user.id, method="email_verification")


async def forgot_password(identity: Identity, email: str, address: str) -> None:
    """Mail a link to set a new password, if the address is known; run after the answer, so that its time tells nothing.

    Raises:
        Unavailable: the mail server refuses.
    """
    async with identity.database.session() as session:
        user = await repository.user_by_login(session, email)
        if user is None or not user.is_active or user.auth_source != "local":
            log.info("password_reset_for_nobody", address=address)
            return
        message = mail.new_link(session, identity, user, "reset_password")
    await mail.send(identity.settings, message)


def require_mail_request(identity: Identity, address: str) -> None:
    """Refuse a mail request when no mail can be sent (503) or too many were asked for (429)."""
    mail.require_ready(identity)
    _count_mail_request(identity, address)


def _count_mail_request(identity: Identity, address: str) -> None:
    identity.mail_requests.require_open(address)
    identity.mail_requests.count(address)


async def reset_password(identity: Identity, token: str, new_password: str) -> None:
    """Set a new password with the mailed token; ends every session of the user.

    Raises:
        InvalidInput: the token is unknown, used or expired, or the password too short.
    """
    password_hash = await identity.passwords.hash(new_password)
    async with identity.database.session() as session:
        user = await _user_of_mail_token(session, token, "reset_password")
        user.email_verified = True
        await _set_password(session, user, password_hash, actor_id=user.id)
    identity.authenticator.forget(user.id)


async def change_password(identity: Identity, caller: Caller, current: str, new: str, address: str) -> IssuedToken:
    """Set a new password; ends every session of the user but gives a token for this one.

    Raises:
        InvalidInput: the account has no password, or the new one is too short.
        NotAuthenticated: the current one is wrong.
    """
    key = f"{caller.id}|{address}"
    identity.sign_in_failures.require_open(key)
    identity.passwords.require_acceptable(new)
    async with identity.database.session() as session:
        user = await repository.user_by_id(session, caller.id)
    if user is None or user.password_hash is None:
        raise InvalidInput("No password set", details="This account does not sign in with a password.")
    if not await identity.passwords.verify(current, user.password_hash):
        identity.sign_in_failures.count(key)
        raise NotAuthenticated("Current password is incorrect")
    password_hash = await identity.passwords.hash(new)
    async with identity.database.session() as session:
        generation = await _set_password(session, user, password_hash, actor_id=caller.id)
    identity.authenticator.forget(caller.id)
    return (await identity.keys.ring()).issue(user.id, user.email, generation)


async def _set_password(session: AsyncSession, user: User, password_hash: str, *, actor_id: str) -> int:
    generation = await repository.set_password_hash(session, user.id, password_hash)
    audit.record(session, audit.USER_MANAGEMENT, "user.password_changed", entity_id=user.id, actor_id=actor_id)
    return generation


async def _user_of_mail_token(session: AsyncSession, token: str, purpose: mail.Purpose) -> User:
    taken = await repository.take_mail_token(session, mail.token_hash(token), purpose)
    user = await repository.user_by_id(session, taken.user_id) if taken else None
    if taken is None or user is None or user.email != taken.email:
        raise InvalidInput("Invalid or expired token", help="Ask for a new mail.")
    return user
