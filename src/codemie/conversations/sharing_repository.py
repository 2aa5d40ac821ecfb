"""SQL of share links."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, CursorResult, any_, delete, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.conversations.tables import Conversation, ConversationMessage, ConversationShare
from codemie.kernel import row_security
from codemie.kernel.database import new_id


def _is_open() -> ColumnElement[bool]:
    return or_(ConversationShare.expires_at.is_(None), ConversationShare.expires_at > func.now())


async def holds_file(session: AsyncSession, share_token: str, owner: str, file_token: str) -> bool:
    """Whether an owner's own conversation behind an open link holds exactly this file of theirs.

    Messages may name whatever they like, so a link opens only files of the person whose conversation it is.
    """
    statement = select(
        select(ConversationMessage.id)
        .join(ConversationShare, ConversationShare.conversation_id == ConversationMessage.conversation_id)
        .join(Conversation, Conversation.id == ConversationShare.conversation_id)
        .where(ConversationShare.token == share_token, _is_open(), Conversation.user_id == owner)
        .where(literal(file_token) == any_(ConversationMessage.file_names))
        .exists()
    )
    async with row_security.beyond(session, "open a share link"):
        return bool(await session.scalar(statement))


async def share(
    session: AsyncSession, conversation_id: str, token: str, shared_by: str, expires_at: datetime | None
) -> ConversationShare:
    """The link of a conversation; a new one when there is none, or only one that has expired."""
    await session.execute(
        delete(ConversationShare).where(ConversationShare.conversation_id == conversation_id, ~_is_open())
    )
    fresh = {
        "id": new_id(),
        "conversation_id": conversation_id,
        "token": token,
        "shared_by": shared_by,
        "expires_at": expires_at,
    }
    # Nothing changes on a conflict, but a plain "do nothing" would not give the row back.
    statement = (
        insert(ConversationShare)
        .values(fresh)
        .on_conflict_do_update(
            index_elements=[ConversationShare.conversation_id],
            set_={"expires_at": expires_at if expires_at is not None else ConversationShare.expires_at},
        )
        .returning(ConversationShare)
    )
    return (await session.scalars(statement, execution_options={"populate_existing": True})).one()


async def opened(session: AsyncSession, token: str) -> ConversationShare | None:
    """The open link of that token, counted as used once more."""
    statement = (
        update(ConversationShare)
        .where(ConversationShare.token == token, _is_open())
        .values(access_count=ConversationShare.access_count + 1, update_date=ConversationShare.update_date)
        .returning(ConversationShare)
    )
    return (await session.scalars(statement, execution_options={"synchronize_session": False})).one_or_none()


async def page(
    session: AsyncSession, user_id: str, *, number: int, size: int
) -> tuple[Sequence[tuple[ConversationShare, str]], int]:
    """Open links to a person's conversations with the conversations' names, newest first, and how many there are."""
    mine = (
        select(ConversationShare, Conversation.name)
        .join(Conversation, Conversation.id == ConversationShare.conversation_id)
        .where(Conversation.user_id == user_id, _is_open())
    )
    total = (await session.execute(select(func.count()).select_from(mine.subquery()))).scalar_one()
    newest = mine.order_by(ConversationShare.date.desc(), ConversationShare.id.desc())
    rows = await session.execute(newest.offset(number * size).limit(size))
    return [(row[0], row[1]) for row in rows], total


async def revoke(session: AsyncSession, user_id: str, token: str) -> bool:
    """Take a link to a person's own conversation away; false when there is none."""
    own = select(Conversation.id).where(Conversation.user_id == user_id)
    statement = delete(ConversationShare).where(
        ConversationShare.token == token, ConversationShare.conversation_id.in_(own)
    )
    result = await session.execute(statement)
    return isinstance(result, CursorResult) and result.rowcount > 0
