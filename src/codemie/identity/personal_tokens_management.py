"""What users do with their personal access tokens."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity import audit, personal_tokens, personal_tokens_repository, policy
from codemie.identity.caller import Caller
from codemie.identity.personal_tokens_schemas import CreatedToken, NewToken, TokenView
from codemie.identity.personal_tokens_tables import PersonalToken
from codemie.identity.runtime import Identity
from codemie.kernel.database import utcnow
from codemie.kernel.errors import AccessDenied, Conflict, InvalidInput, NotFound

MAX_TOKENS = 50


async def listed(session: AsyncSession, caller: Caller) -> list[TokenView]:
    """The caller's tokens, newest first."""
    return [TokenView.of(token) for token in await personal_tokens_repository.usable(session, caller.id)]


async def create(session: AsyncSession, caller: Caller, wanted: NewToken) -> CreatedToken:
    """Make a token.

    Raises:
        AccessDenied: for a project the caller is no member of, or asked for with a token.
        InvalidInput: the name is blank.
        Conflict: the caller has as many as they may.
    """
    if caller.token_id:
        raise AccessDenied("Access denied", details="A personal access token cannot make others.")
    if not wanted.name.strip():
        raise InvalidInput("A token needs a name")
    for project in wanted.projects or ():
        if not caller.is_member(project):
            policy.deny_project(project)
    if await personal_tokens_repository.count_locked(session, caller.id) >= MAX_TOKENS:
        raise Conflict(f"You have {MAX_TOKENS} tokens already", help="Revoke those you no longer use.")
    secret = personal_tokens.new_secret()
    token = PersonalToken(
        id=secret.id,
        user_id=caller.id,
        name=wanted.name.strip(),
        secret_hash=secret.hash,
        can_write=wanted.scope == "write",
        projects=sorted(set(wanted.projects)) if wanted.projects is not None else None,
        date=utcnow(),
        expires_at=utcnow() + timedelta(days=wanted.expires_in_days),
    )
    session.add(token)
    await session.flush()
    _tell(session, caller, "created", token)
    return CreatedToken(**TokenView.of(token).model_dump(), token=secret.text)


async def revoke(session: AsyncSession, identity: Identity, caller: Caller, token_id: str) -> None:
    """Make a token worthless, here at once and on other replicas within ``cache_seconds``.

    Raises:
        NotFound: the caller has no such token.
    """
    token = await personal_tokens_repository.find(session, token_id)
    if token is None or token.user_id != caller.id or token.revoked_at is not None:
        raise NotFound("Token not found")
    token.revoked_at = utcnow()
    _tell(session, caller, "revoked", token)
    identity.authenticator.forget_on_commit(session, caller.id)


def _tell(session: AsyncSession, caller: Caller, what: str, token: PersonalToken) -> None:
    audit.record(
        session,
        audit.USER_MANAGEMENT,
        f"personal_token.{what}",
        entity_id=token.id,
        actor_id=caller.id,
        name=token.name,
        scope="write" if token.can_write else "read",
        projects=token.projects,
        expires_at=token.expires_at.isoformat(),
    )
