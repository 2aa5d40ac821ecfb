"""Sessions of browsers whose tokens stay on this server.

The browser keeps an opaque key to a session in the database. The session holds the refresh token, sealed, and is
refreshed by whichever replica first finds it stale. Follows OpenID Connect RP-Initiated Logout and Back-Channel
Logout 1.0.
"""

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity import audit, claims, membership_sync
from codemie.identity import single_sign_on_repository as links
from codemie.identity.claims import ExternalIdentity
from codemie.identity.oidc import SIGN_IN_MEMORY, SignedInUser, SingleSignOn, moment, note_sign_in, session_mark
from codemie.identity.tables import WebSession, WebSessionKey
from codemie.kernel.database import new_id, utcnow
from codemie.kernel.errors import AccessDenied, NotAuthenticated

_DEFAULT_FRESH_SECONDS = 300
_ENDED = "The session has ended"
DEACTIVATED = "Account is deactivated"


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the token endpoint gave, checked."""

    person: ExternalIdentity | None  # None: a refresh that brought no news
    subject: str
    refresh_token: str
    id_token: str
    fresh_until: float


async def checked(sso: SingleSignOn, answer: Mapping[str, Any], nonce: str | None) -> Tokens:
    """Verify what the token endpoint gave; with a nonce it must hold an ID token that answers it."""
    id_token, access_token = (str(answer.get(name) or "") for name in ("id_token", "access_token"))
    if nonce is not None and not id_token:
        raise NotAuthenticated("The identity provider gave no ID token", help="Is scope 'openid' allowed?")
    identified = await sso.verifier.id_token(id_token, nonce) if id_token else None
    said = identified
    if sso.settings.oidc_web_claims == "access_token":
        said = await sso.verifier.access_token(access_token)
    if identified and said and identified["sub"] != said["sub"]:
        raise NotAuthenticated("The identity provider's tokens speak of different users")
    person = claims.external_identity(said, sso.settings) if said else None
    lifetime = answer.get("expires_in")
    seconds = lifetime if isinstance(lifetime, int) and lifetime > 0 else _DEFAULT_FRESH_SECONDS
    return Tokens(
        person=person,
        subject=str((said or {}).get("sub", "")),
        refresh_token=str(answer.get("refresh_token") or ""),
        id_token=id_token,
        fresh_until=time.time() + seconds,
    )


async def open_session(sso: SingleSignOn, tokens: Tokens) -> str:
    """Store a new session; gives the key to it."""
    person = tokens.person
    if person is None:
        raise NotAuthenticated("The identity provider does not say who signed in")
    key = secrets.token_urlsafe(32)
    async with sso.database.session() as session:
        await links.delete_expired_sessions(session)
        user = await membership_sync.ensure_user(session, person, sso.settings)
        if not user.is_active:
            raise NotAuthenticated(DEACTIVATED, help="Ask an administrator to activate it again.")
        web = WebSession(
            id=new_id(),
            user_id=user.id,
            issuer=person.issuer,
            subject=person.subject,
            provider_session=person.session,
            expires_at=utcnow() + timedelta(hours=sso.settings.web_session_hours),
        )
        _keep(sso, web, tokens, person.roles)
        session.add(web)
        await session.flush()
        session.add(WebSessionKey(id=_hash(key), session_id=web.id))
        await note_sign_in(session, user.id, method="browser", client=person.client)
    return key


def _hash(key: str) -> str:
    return sha256(key.encode()).hexdigest()


def _keep(sso: SingleSignOn, web: WebSession, tokens: Tokens, roles: frozenset[str]) -> None:
    kept = {"refresh": tokens.refresh_token, "id": tokens.id_token, "roles": sorted(roles)}
    web.tokens = sso.cipher.seal(json.dumps(kept).encode(), context=f"web-session:{web.id}")
    web.fresh_until = moment(tokens.fresh_until)


def _kept(sso: SingleSignOn, web: WebSession) -> dict[str, Any]:
    return json.loads(sso.cipher.open(web.tokens, context=f"web-session:{web.id}"))


async def by_key(sso: SingleSignOn, key: str) -> SignedInUser:
    """The user of a browser's session, after refreshing it when it is stale.

    Raises:
        NotAuthenticated: no such session, or the provider has ended it.
        AccessDenied: the provider has taken away the roles that may sign in.
        Unavailable: it is stale and the provider cannot be reached.
    """
    async with sso.database.session() as session:
        web = await links.session_of_key(session, _hash(key))
    if web is None:
        raise NotAuthenticated(_ENDED, help="Sign in again.")
    if web.fresh_until <= utcnow():
        web = await _refreshed(sso, key)
    marks = [session_mark(web.issuer, web.provider_session)] if web.provider_session else []
    async with sso.database.session() as session:
        row = await links.linked_caller(session, web.issuer, web.subject, marks)
    if row is None or row.is_revoked:
        raise NotAuthenticated(_ENDED, help="Sign in again.")
    roles = frozenset(_kept(sso, web)["roles"])
    return SignedInUser(row, roles, min(web.fresh_until, web.expires_at).timestamp())


async def _refreshed(sso: SingleSignOn, key: str) -> WebSession:
    """Renew a session's tokens; of several replicas one asks the provider, the others wait for its answer."""
    async with sso.database.session() as session:
        web = await links.session_of_key(session, _hash(key), locked=True)
        if web is None:
            raise NotAuthenticated(_ENDED, help="Sign in again.")
        if web.fresh_until > utcnow():
            return web
        refusal = await _renew(sso, session, web)
    if refusal is not None:
        raise refusal
    return web


async def _renew(sso: SingleSignOn, session: AsyncSession, web: WebSession) -> NotAuthenticated | AccessDenied | None:
    """Ask the provider; a refusal ends the session and is returned, so that the end is stored."""
    kept = _kept(sso, web)
    try:
        if not kept["refresh"]:
            raise NotAuthenticated(_ENDED, help="Sign in again.")
        answer = await sso.provider.token_request({"grant_type": "refresh_token", "refresh_token": kept["refresh"]})
        tokens = await checked(sso, {"refresh_token": kept["refresh"], **answer}, nonce=None)
        if tokens.person is not None and tokens.person.subject != web.subject:
            raise NotAuthenticated("The identity provider's tokens speak of different users")
    except (NotAuthenticated, AccessDenied) as refusal:
        await links.delete_session(session, web.id)
        _tell_end(session, web.user_id, reason="refused by the identity provider")
        return refusal
    if tokens.person is not None:
        await membership_sync.ensure_user(session, tokens.person, sso.settings)
    roles = tokens.person.roles if tokens.person else frozenset(kept["roles"])
    _keep(sso, web, tokens, roles)
    return None


async def key_for_command_line(sso: SingleSignOn, key: str) -> str:
    """Another key to a browser's session, for a command line; it ends with the session.

    Raises:
        NotAuthenticated: no such session.
    """
    async with sso.database.session() as session:
        web = await links.session_of_key(session, _hash(key))
        if web is None:
            raise NotAuthenticated(_ENDED, help="Sign in again.")
        handed = secrets.token_urlsafe(32)
        session.add(WebSessionKey(id=_hash(handed), session_id=web.id))
        await note_sign_in(session, web.user_id, method="command_line", client=None)
    return handed


async def leave(sso: SingleSignOn, key: str) -> tuple[str | None, str | None]:
    """End a browser's session here; returns whose it was, and where the browser ends the provider's own.

    Both are None when there is no such session.
    """
    async with sso.database.session() as session:
        web = await links.session_of_key(session, _hash(key))
        if web is None:
            return None, None
        await links.delete_session(session, web.id)
        if web.provider_session:
            mark = session_mark(web.issuer, web.provider_session)
            await links.use_once(session, mark, utcnow() + SIGN_IN_MEMORY)
        _tell_end(session, web.user_id, reason="signed out")
    endpoint = (await sso.provider.metadata()).end_session_endpoint
    if endpoint is None:
        return web.user_id, None
    query = {
        "id_token_hint": _kept(sso, web)["id"],
        "client_id": sso.settings.oidc_client_id or "",
        "post_logout_redirect_uri": sso.frontend_url + "/sign-in",
    }
    return web.user_id, f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"


async def revoke_token(sso: SingleSignOn, token: str | None, user_id: str) -> None:
    """Refuse from now on every token of the provider's session that this access token belongs to."""
    if token is None:
        return
    person = claims.external_identity(await sso.verifier.access_token(token), sso.settings)
    if not person.session:
        return
    async with sso.database.session() as session:
        await links.use_once(session, session_mark(person.issuer, person.session), utcnow() + SIGN_IN_MEMORY)
        _tell_end(session, user_id, reason="signed out")


async def back_channel_logout(sso: SingleSignOn, logout_token: str) -> list[str]:
    """The provider says that a session, or all of a user's, have ended; returns the users concerned.

    Raises:
        NotAuthenticated: the token does not hold, or was used before.
    """
    said = await sso.verifier.logout_token(logout_token)
    issuer, provider_session, subject = said["iss"], said.get("sid"), said.get("sub")
    async with sso.database.session() as session:
        if not await links.use_once(session, links.mark("logout", issuer, str(said["jti"])), utcnow() + SIGN_IN_MEMORY):
            raise NotAuthenticated("The logout token was used before")
        users = await links.delete_provider_sessions(
            session, issuer, provider_session=provider_session, subject=subject
        )
        if provider_session is not None:
            await links.use_once(session, session_mark(issuer, provider_session), utcnow() + SIGN_IN_MEMORY)
            users.append(await links.user_of_subject(session, issuer, subject or "") or "")
        elif subject is not None:
            users.append(await links.sign_out_subject(session, issuer, subject) or "")
        concerned = sorted({user for user in users if user})
        for user_id in concerned:
            _tell_end(session, user_id, reason="signed out at the identity provider")
    return concerned


def _tell_end(session: AsyncSession, user_id: str, *, reason: str) -> None:
    audit.record(
        session, audit.USER_MANAGEMENT, "user.logout", entity_id=user_id, actor_id=user_id, method="oidc", reason=reason
    )
