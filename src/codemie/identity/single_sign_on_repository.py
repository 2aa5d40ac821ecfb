"""SQL about users of an identity provider and their web sessions."""

from collections.abc import Collection
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Row, delete, exists, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity import repository
from codemie.identity.tables import (
    IdentityLink,
    Membership,
    Project,
    RevokedToken,
    User,
    WebSession,
    WebSessionKey,
)
from codemie.kernel.database import utcnow

LinkedRow = Row[*tuple[Any, ...]]
"""A caller's columns and those a token is compared with."""


def mark(*parts: str) -> str:
    """An id in the table of revoked tokens for something that is no token of ours, such as a provider's session."""
    return sha256("\n".join(parts).encode()).hexdigest()


async def linked_caller(
    session: AsyncSession, issuer: str, subject: str, marks: Collection[str] = ()
) -> LinkedRow | None:
    """Everything a provider's token is checked against, in one query; ``is_revoked`` speaks of the marks."""
    statement = (
        repository.CALLER.add_columns(
            User.picture,
            User.knowledge_bases,
            IdentityLink.synced_at,
            IdentityLink.signed_out_at,
            exists().where(RevokedToken.id.in_(list(marks))).label("is_revoked"),
        )
        .join(IdentityLink, IdentityLink.user_id == User.id)
        .where(IdentityLink.issuer == issuer, IdentityLink.subject == subject)
    )
    return (await session.execute(statement)).one_or_none()


async def lock_subject(session: AsyncSession, issuer: str, subject: str) -> None:
    """Of several first tokens of a user, on any replica, one creates the account."""
    key = int.from_bytes(sha256(f"{issuer}\n{subject}".encode()).digest()[:8], signed=True)
    await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


async def locked_link(session: AsyncSession, issuer: str, subject: str) -> IdentityLink | None:
    """The link's row, for whoever changes the user by it."""
    return await session.get(IdentityLink, (issuer, subject), with_for_update=True)


async def set_project_admin(session: AsyncSession, user_id: str, project_id: str, *, is_project_admin: bool) -> None:
    """Change a member's role."""
    await session.execute(
        update(Membership)
        .where(Membership.user_id == user_id, Membership.project_id == project_id)
        .values(is_project_admin=is_project_admin)
    )


async def remove_memberships(session: AsyncSession, user_id: str, project_names: Collection[str]) -> None:
    """Take the user out of these projects."""
    projects = select(Project.id).where(Project.name.in_(list(project_names)), Project.deleted_at.is_(None))
    await session.execute(delete(Membership).where(Membership.user_id == user_id, Membership.project_id.in_(projects)))


async def use_once(session: AsyncSession, key: str, expires_at: datetime) -> bool:
    """Mark something as used until it expires anyway; false when it was already. Of two at once, one gets true."""
    statement = (
        insert(RevokedToken).values(id=key, expires_at=expires_at).on_conflict_do_nothing().returning(RevokedToken.id)
    )
    return (await session.execute(statement)).scalar() is not None


# ---- web sessions ---------------------------------------------------------------------------------------------------


async def session_of_key(session: AsyncSession, key_hash: str, *, locked: bool = False) -> WebSession | None:
    """The living session that a browser's key opens."""
    statement = (
        select(WebSession)
        .join(WebSessionKey, WebSessionKey.session_id == WebSession.id)
        .where(WebSessionKey.id == key_hash, WebSession.expires_at > utcnow())
    )
    if locked:
        statement = statement.with_for_update(of=WebSession)
    return (await session.scalars(statement)).one_or_none()


async def delete_expired_sessions(session: AsyncSession) -> None:
    """Forget sessions that nobody can use any more."""
    await session.execute(delete(WebSession).where(WebSession.expires_at < utcnow()))


async def delete_session(session: AsyncSession, session_id: str) -> None:
    """End one session, and with it every key to it."""
    await session.execute(delete(WebSession).where(WebSession.id == session_id))


async def delete_provider_sessions(
    session: AsyncSession, issuer: str, *, provider_session: str | None, subject: str | None
) -> list[str]:
    """End the sessions that the provider names; returns whose they were."""
    condition = WebSession.provider_session == provider_session
    if provider_session is None:
        condition = or_(WebSession.subject == subject)
    statement = delete(WebSession).where(WebSession.issuer == issuer, condition).returning(WebSession.user_id)
    return list((await session.scalars(statement)).all())


async def sign_out_subject(session: AsyncSession, issuer: str, subject: str) -> str | None:
    """Refuse every token of this subject issued until now; returns the user."""
    statement = (
        update(IdentityLink)
        .where(IdentityLink.issuer == issuer, IdentityLink.subject == subject)
        .values(signed_out_at=func.extract("epoch", func.now()).cast(IdentityLink.signed_out_at.type))
        .returning(IdentityLink.user_id)
    )
    return (await session.execute(statement)).scalar()


async def user_of_subject(session: AsyncSession, issuer: str, subject: str) -> str | None:
    """Whose subject this is."""
    statement = select(IdentityLink.user_id).where(IdentityLink.issuer == issuer, IdentityLink.subject == subject)
    return await session.scalar(statement)
