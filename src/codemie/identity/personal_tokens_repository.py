"""The SQL of personal access tokens."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity.personal_tokens_tables import PersonalToken
from codemie.identity.tables import User


async def find(session: AsyncSession, token_id: str) -> PersonalToken | None:
    """The token of that id, valid or not."""
    return await session.get(PersonalToken, token_id)


async def touch(session: AsyncSession, token_id: str, now: datetime, unless_after: datetime) -> None:
    """Note that the token was used, unless that was noted just before."""
    due = or_(PersonalToken.last_used_at.is_(None), PersonalToken.last_used_at < unless_after)
    statement = update(PersonalToken).where(PersonalToken.id == token_id, due).values(last_used_at=now)
    await session.execute(statement.execution_options(synchronize_session=False))


async def usable(session: AsyncSession, user_id: str) -> Sequence[PersonalToken]:
    """A user's tokens that were not revoked, newest first; expired ones are shown, so that their user notices."""
    statement = (
        select(PersonalToken)
        .where(PersonalToken.user_id == user_id, PersonalToken.revoked_at.is_(None))
        .order_by(PersonalToken.date.desc(), PersonalToken.id)
    )
    return (await session.scalars(statement)).all()


async def count_locked(session: AsyncSession, user_id: str) -> int:
    """How many tokens a user has that were not revoked. Locks the user: of two at once, one waits."""
    await session.execute(select(User.id).where(User.id == user_id).with_for_update())
    condition = (PersonalToken.user_id == user_id, PersonalToken.revoked_at.is_(None))
    return await session.scalar(select(func.count()).select_from(PersonalToken).where(*condition)) or 0
