"""Who is calling? Turns the credential of a request into a ``Caller``, or refuses with 401.

A verified credential and its user are remembered for at most ``identity.cache_seconds`` (30), so a request usually
costs one hash and one dictionary lookup here, and a role change, logout or deactivation made on another replica takes
effect within that time. Uncached: one signature check and one query.
"""

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Annotated, Any

import structlog
from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from codemie.identity import (
    accounts,
    applications,
    development,
    grants_repository,
    origin,
    personal_tokens,
    probes,
    repository,
    sent_credentials,
    web_sessions,
)
from codemie.identity.applications import Applications
from codemie.identity.cache import CallerCache, Verified
from codemie.identity.caller import Caller
from codemie.identity.client_address import ClientAddresses
from codemie.identity.keys import SigningKeys
from codemie.identity.oidc import SignedInUser, SingleSignOn
from codemie.identity.persons import caller_of
from codemie.identity.refusals import EVENT, PROBED, Refusals
from codemie.identity.refused_tokens import FAILED
from codemie.identity.repository import CallerRow
from codemie.identity.sent_credentials import CLAIMING_HEADERS, FORWARDED_TOKEN_HEADERS, bearer_token
from codemie.identity.settings import IdentitySettings
from codemie.kernel import row_security
from codemie.kernel.crypto import Cipher
from codemie.kernel.database import Database, utcnow
from codemie.kernel.errors import AccessDenied, Conflict, NotAuthenticated, TooManyRequests
from codemie.kernel.http import declares_access, resources

_HOW_TO_SIGN_IN = {
    "local": "Sign in (POST /v1/local-auth/login) and send 'Authorization: Bearer <access token>'.",
    "oidc": "Sign in with the browser (GET /v1/auth/sign-in), or send 'Authorization: Bearer <access token>' with a "
    "token of the identity provider.",
}

_BEARER = HTTPBearer(scheme_name="BearerAuth", bearerFormat="JWT", auto_error=False)


class Authenticator:
    """Checks credentials of one process.

    Args:
        database: where users are.
        keys: verify tokens.
        settings: modes and lifetimes.
        trusted_origins: origins besides our own whose pages may use the sign-in cookie.
        addresses: tells where a request comes from.
        refusals: is told of bad credentials.
        cipher: by which checks of this installation prove themselves.
        single_sign_on: verifies the identity provider's tokens; None in mode local.
        authorized: verifies tokens of applications; None when none are listed.
    """

    def __init__(
        self,
        database: Database,
        keys: SigningKeys,
        settings: IdentitySettings,
        trusted_origins: frozenset[str],
        addresses: ClientAddresses,
        refusals: Refusals,
        cipher: Cipher,
        single_sign_on: SingleSignOn | None = None,
        authorized: Applications | None = None,
    ) -> None:
        self._database = database
        self._keys = keys
        self._settings = settings
        self.trusted_origins = trusted_origins
        self._addresses = addresses
        self._refusals = refusals
        self._cipher = cipher
        self._single_sign_on = single_sign_on
        self._applications = authorized
        self._cache = CallerCache(settings.cache_seconds)

    async def authenticate(self, request: Request) -> Caller:
        """The caller behind a request.

        Raises:
            NotAuthenticated: no credential, two at once, or one that does not hold.
            AccessDenied: a page of another site made the browser send our cookie, or a personal access token may not
                be used for this.
            TooManyRequests: too many bad credentials came from the same address.
        """
        try:
            caller = await self._authenticated(request)
        except NothingSent:
            raise
        except (NotAuthenticated, AccessDenied, TooManyRequests) as refusal:
            address, how = self._addresses.of(request), sent_credentials.how_sent(request)
            told = self._refusals.slowed(address, refusal)
            event = PROBED if probes.is_proven(self._cipher, request.headers) else EVENT
            self._refusals.note(address, how, told, lambda: sent_credentials.claimed(request), event=event)
            raise told from (None if told is refusal else refusal)
        personal_tokens.require_permitted(caller, request.method, request.scope["path"])
        applications.require_permitted(caller, request.method, request.scope["path"])
        return caller

    async def _authenticated(self, request: Request) -> Caller:
        caller = await self._by_credential(request)
        if self._single_sign_on is None and not self._addresses.is_trusted(request):
            _refuse_contradiction(request, caller)
        return caller

    async def _by_credential(self, request: Request) -> Caller:
        authorization = self._authorization(request)
        cookie = request.cookies.get(self._settings.cookie_name)
        if authorization and cookie:
            raise NotAuthenticated(
                "Ambiguous authentication", details="The request carries both an Authorization header and a cookie."
            )
        if cookie:
            origin.refuse_foreign(request.method, request.headers, self.trusted_origins)
            return await (
                self._by_session(request, cookie) if self._single_sign_on else self._by_token(request, cookie)
            )
        if authorization and (token := bearer_token(authorization)):
            if personal_tokens.is_personal(token):
                return await self._by_personal_token(request, token)
            return await self._by_token(request, token)
        return await self._by_claim(request)

    def forget(self, user_id: str) -> None:
        """Drop what is remembered of a user, after a change to their rights or sessions."""
        self._cache.forget_user(user_id)

    def forget_on_commit(self, session: AsyncSession, user_id: str) -> None:
        """The same, once the change is visible to others."""

        def committed(_: Session) -> None:
            self.forget(user_id)

        event.listen(session.sync_session, "after_commit", committed, once=True)

    async def _by_token(self, request: Request, token: str) -> Caller:
        key = sha256(token.encode()).digest()
        return self._cache.get(key) or await self._load(request, key, lambda: self._verify(token))

    async def _by_personal_token(self, request: Request, token: str) -> Caller:
        key = sha256(token.encode()).digest()
        return self._cache.get(key) or await self._load(request, key, lambda: self._verify_personal_token(token))

    async def _load(self, request: Request, key: bytes, verify: Callable[[], Awaitable[Verified]]) -> Caller:
        """Verify what is not remembered. Good credentials in use are, so a flood from their address passes them by."""
        self._refusals.require_open(self._addresses.of(request))
        return await self._cache.load(key, verify)

    async def _verify_personal_token(self, text: str) -> Verified:
        async with self._database.session() as session:
            token = await personal_tokens.verify(session, text)
            row = await repository.caller_by_id(session, token.user_id, token.id)
        if row is None:
            raise NotAuthenticated(FAILED, details="Its user is gone.")
        if self._single_sign_on is not None:
            self._require_seen(row)
        return Verified(personal_tokens.narrowed(self._caller(row), token), token.expires_at.timestamp())

    def _require_seen(self, row: CallerRow) -> None:
        """The provider says who is still there when they sign in; a token that never asks it must not outlive them."""
        days = self._settings.personal_token_sign_in_days
        seen = row.last_login_at
        if days and (seen is None or seen < utcnow() - timedelta(days=days)):
            raise NotAuthenticated(
                "The token's owner has not signed in for too long",
                details=f"Once in {days:g} days the identity provider must say that they are still there.",
                help="Sign in with the browser; the token then works again.",
            )

    def _authorization(self, request: Request) -> str | None:
        """The Authorization header, or the access token that oauth2-proxy passes on, as if it stood there."""
        sent = request.headers.get("authorization")
        forwarded = {value for name in FORWARDED_TOKEN_HEADERS for value in request.headers.getlist(name) if value}
        if sent:
            forwarded.add(bearer_token(sent) or sent)
        if len(forwarded) > 1:
            raise NotAuthenticated(
                "Ambiguous authentication",
                details="The request carries two access tokens that differ.",
                help="In oauth2-proxy set pass_authorization_header and set_authorization_header to false.",
            )
        return sent or (f"Bearer {forwarded.pop()}" if forwarded else None)

    def sent_token(self, request: Request) -> str | None:
        """The access token of a request that has just been authenticated; None when a cookie did it."""
        return bearer_token(self._authorization(request) or "")

    async def _by_session(self, request: Request, cookie: str) -> Caller:
        """The caller behind a browser's session at the identity provider."""
        key = sha256(f"web session {cookie}".encode()).digest()
        return self._cache.get(key) or await self._load(request, key, lambda: self._verify_session(cookie))

    async def _verify_session(self, cookie: str) -> Verified:
        if self._single_sign_on is None:
            raise NotAuthenticated("The session has ended", help="Sign in again.")
        user = await web_sessions.by_key(self._single_sign_on, cookie)
        return self._vouched_for(user, user.expires_at)

    def _vouched_for(self, user: SignedInUser, expires_at: float) -> Verified:
        return Verified(replace(self._caller(user.row), roles=user.roles), expires_at)

    async def _verify_application(self, authorized: Applications, token: str) -> Verified:
        verified = await authorized.verify(token)
        async with self._database.session() as session:
            grants = await grants_repository.of_application(session, verified.application.name)
        return Verified(applications.as_caller(verified.application, grants), verified.expires_at)

    async def _verify(self, token: str) -> Verified:
        if self._applications is not None and self._applications.issued(token):
            return await self._verify_application(self._applications, token)
        if self._single_sign_on is not None:
            user = await self._single_sign_on.by_access_token(token)
            return self._vouched_for(user, user.expires_at + self._settings.leeway_seconds)
        claims = await self._keys.verify(token)
        async with self._database.session() as session:
            row = await repository.caller_by_id(session, claims.user_id, claims.token_id)
        if row is None or row.is_revoked or row.token_generation != claims.generation:
            raise NotAuthenticated("The session has ended", help="Sign in again.")
        return Verified(self._caller(row), claims.expires_at + self._settings.leeway_seconds)

    async def _by_claim(self, request: Request) -> Caller:
        """The development identity of a request without a token, if such are allowed."""
        identity = development.claimed_identity(request.headers)
        if identity is None:
            claimed = [name for name in CLAIMING_HEADERS if name in request.headers]
            refusal = NotAuthenticated if claimed else NothingSent
            raise refusal(
                "Authentication required",
                details=f"{', '.join(claimed)}: believed only together with an access token." if claimed else None,
                help=_HOW_TO_SIGN_IN[self._settings.mode],
                headers={"WWW-Authenticate": "Bearer"},
            )
        peer = request.client.host if request.client else None
        development.require_allowed(identity, request.headers, peer, self._settings)
        key = sha256(f"development identity {identity}".encode()).digest()
        return self._cache.get(key) or await self._load(request, key, lambda: self._development_user(identity))

    async def _development_user(self, identity: str) -> Verified:
        async with self._database.session() as session:
            row = await repository.caller_by_username(session, identity)
        if row is None:
            # Of two first requests at once, one creates the user.
            with suppress(Conflict):
                async with self._database.session() as session:
                    await accounts.create_development_user(session, identity)
            async with self._database.session() as session:
                row = await repository.caller_by_username(session, identity)
        if row is None or row.auth_source != "dev_header":
            raise NotAuthenticated("The development identity belongs to an account with a password")
        return Verified(self._caller(row), time.time() + self._settings.cache_seconds)

    def _caller(self, row: CallerRow) -> Caller:
        if not row.is_active:
            raise NotAuthenticated("Account is deactivated", help="Ask an administrator to activate it again.")
        return caller_of(row, self._settings.external_user_projects)


class NothingSent(NotAuthenticated):
    """There was no credential to refuse."""


def _refuse_contradiction(request: Request, caller: Caller) -> None:
    """Nobody in front speaks for local accounts: a header that names somebody else is a second credential, forged."""
    names = {caller.id.lower(), caller.username.lower(), caller.email.lower()}
    for header in ("user-id", *CLAIMING_HEADERS):
        if (claimed := request.headers.get(header)) and claimed.lower() not in names:
            raise NotAuthenticated(
                "Ambiguous authentication",
                details=f"{header} names somebody else than the credential of the request.",
                help="Send one of them. For a proxy in front that adds it, name the proxy in identity.trusted_proxies.",
            )


@declares_access
async def authenticate(request: Request, _: Annotated[Any, Security(_BEARER)]) -> Caller:
    """The dependency behind ``CallerDep``."""
    caller: Caller = await resources(request).identity.authenticator.authenticate(request)
    row_security.bind(caller.reach)
    structlog.contextvars.bind_contextvars(user_id=caller.id)
    return caller


CallerDep = Annotated[Caller, Depends(authenticate)]
"""Parameter type of every route that needs a signed-in user."""
