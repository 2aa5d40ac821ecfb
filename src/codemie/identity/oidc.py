"""Signing in at an OpenID Connect provider: from a verified token to a user of ours.

Used for access tokens that arrive with requests (from machines, command lines and oauth2-proxy) and, by
``web_sessions``, for browsers whose tokens stay on this server.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity import accounts, audit, claims, membership_sync, repository
from codemie.identity import single_sign_on_repository as links
from codemie.identity.claims import ExternalIdentity
from codemie.identity.jwks import TokenVerifier
from codemie.identity.provider import Provider
from codemie.identity.settings import IdentitySettings
from codemie.identity.single_sign_on_repository import LinkedRow
from codemie.identity.token_exchange import TokenExchange
from codemie.kernel.crypto import Cipher
from codemie.kernel.database import Database, utcnow
from codemie.kernel.errors import NotAuthenticated

SIGN_IN_MEMORY = timedelta(hours=24)
"""How long a provider's session counts as one sign-in in the audit log, and how long an ended one is refused."""

_MAX_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class SignedInUser:
    """A user vouched for by the provider.

    Args:
        row: the user as stored, brought up to date.
        roles: what the token names.
        expires_at: Unix time.
    """

    row: LinkedRow
    roles: frozenset[str]
    expires_at: float


class SingleSignOn:
    """``resources.identity.single_sign_on``; exists only when ``identity.mode`` is ``oidc``.

    Args:
        settings: of the room.
        database: where users are.
        cipher: seals what browsers and the database keep for us.
        frontend_url: public address of the platform.
    """

    def __init__(
        self, settings: IdentitySettings, database: Database, cipher: Cipher, frontend_url: str | None
    ) -> None:
        self.settings = settings
        self.database = database
        self.cipher = cipher
        self.frontend_url = (frontend_url or "").rstrip("/")
        self.provider = Provider(settings)
        self.exchange = TokenExchange(self.provider, is_client=settings.oidc_client_id is not None)
        self.verifier = TokenVerifier(self.provider, settings, settings.leeway_seconds)
        self._noted: OrderedDict[str, None] = OrderedDict()

    async def by_access_token(self, token: str) -> SignedInUser:
        """The user of an access token, created when first seen.

        Raises:
            NotAuthenticated: the token does not hold, was signed out, or its claims cannot be used.
            AccessDenied: none of the roles that may sign in.
            Unavailable: the provider's keys cannot be had.
        """
        verified = await self.verifier.access_token(token)
        person = claims.external_identity(verified, self.settings)
        marks = revocation_marks(person, verified)
        async with self.database.session() as session:
            row = await links.linked_caller(session, person.issuer, person.subject, marks)
        if row is not None and (row.is_revoked or person.issued_at <= row.signed_out_at):
            raise NotAuthenticated("The session has ended", help="Sign in again.")
        row = await self.brought_up_to_date(row, person)
        await self._note_sign_in(row.id, person)
        return SignedInUser(row, person.roles, float(verified["exp"]))

    async def brought_up_to_date(self, row: LinkedRow | None, person: ExternalIdentity) -> LinkedRow:
        """The user's row, after copying from the token what has changed there."""
        if row is not None and not membership_sync.differs(row, person, self.settings):
            return row
        async with self.database.session() as session:
            await membership_sync.ensure_user(session, person, self.settings)
        async with self.database.session() as session:
            row = await links.linked_caller(session, person.issuer, person.subject)
        if row is None:
            raise NotAuthenticated("The account is gone")
        return row

    async def _note_sign_in(self, user_id: str, person: ExternalIdentity) -> None:
        """Write a sign-in down once for each session at the provider, however many tokens and replicas it has."""
        marker = links.mark("sign-in", person.issuer, person.subject, person.session or person.client or "")
        if marker in self._noted:
            return
        async with self.database.session() as session:
            if await links.use_once(session, marker, utcnow() + SIGN_IN_MEMORY):
                await note_sign_in(session, user_id, method="access_token", client=person.client)
        self._noted[marker] = None
        while len(self._noted) > _MAX_REMEMBERED:
            self._noted.popitem(last=False)


async def note_sign_in(session: AsyncSession, user_id: str, **facts: str | None) -> None:
    """What every sign-in leaves behind: its time, a line in the audit log, and the personal project."""
    user = await repository.user_by_id(session, user_id)
    if user is None:
        return
    user.last_login_at = utcnow()
    await accounts.ensure_personal_project(session, user)
    audit.record(session, audit.USER_MANAGEMENT, "user.login", entity_id=user.id, actor_id=user.id, **facts)


def session_mark(issuer: str, provider_session: str) -> str:
    """Stands in the table of revoked tokens when the provider has ended this session."""
    return links.mark("session", issuer, provider_session)


def revocation_marks(person: ExternalIdentity, verified: Mapping[str, Any]) -> list[str]:
    """Any of these among the revoked tokens means that this token was signed out."""
    del verified
    return [session_mark(person.issuer, person.session)] if person.session else []


def moment(unix_seconds: float) -> datetime:
    """An aware time."""
    return datetime.fromtimestamp(unix_seconds, UTC)
