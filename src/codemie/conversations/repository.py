"""SQL of conversations outside a chat turn: list, read, change, delete, folders, shared files."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.conversations.tables import Conversation, ConversationFolder, ConversationMessage
from codemie.identity.caller import Caller
from codemie.identity.policy import ResourceColumns, permitted_filter, readable_filter
from codemie.kernel import row_security
from codemie.kernel.database import utcnow

COLUMNS = ResourceColumns(
    kind="conversation", owner_id=Conversation.user_id.expression, project=Conversation.project.expression
)


async def find(session: AsyncSession, conversation_id: str, *, lock: bool = False) -> Conversation | None:
    """The caller's conversation of that id; locked when its history is about to change."""
    return await session.get(Conversation, conversation_id, with_for_update=lock)


async def begun_with(session: AsyncSession, caller: Caller, assistant_id: str, *, limit: int) -> Sequence[Conversation]:
    """The caller's conversations that began with an assistant, newest first."""
    own = (Conversation.user_id == caller.id, Conversation.initial_assistant_id == assistant_id)
    newest = (Conversation.update_date.desc(), Conversation.id.desc())
    return (await session.scalars(select(Conversation).where(*own).order_by(*newest).limit(limit))).all()


async def is_hidden(session: AsyncSession, conversation_id: str) -> bool:
    """Is a conversation that was not found there all the same, somebody else's? The protocol tells that apart."""
    async with row_security.beyond(session, "tell refused from absent"):
        return bool(await session.scalar(select(exists().where(Conversation.id == conversation_id))))


async def add(session: AsyncSession, values: dict[str, Any]) -> bool:
    """Store a conversation; false when there is one of that id, whoever owns it."""
    statement = insert(Conversation).values(values).on_conflict_do_nothing().returning(Conversation.id)
    return (await session.execute(statement)).first() is not None


async def messages(
    session: AsyncSession,
    conversation_id: str,
    *,
    offset: int = 0,
    limit: int | None = None,
    newest_first: bool = False,
) -> Sequence[ConversationMessage]:
    """History items in the order they were written, or the other way round."""
    order = ConversationMessage.id.desc() if newest_first else ConversationMessage.id.asc()
    statement = select(ConversationMessage).where(ConversationMessage.conversation_id == conversation_id)
    return (await session.scalars(statement.order_by(order).offset(offset).limit(limit))).all()


async def add_messages(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Store history items: the order of the rows becomes that of their ids, and so of the history."""
    if rows:
        await session.execute(insert(ConversationMessage), rows)


async def turn(session: AsyncSession, conversation_id: str, history_index: int) -> Sequence[ConversationMessage]:
    """Every variant of one turn."""
    statement = select(ConversationMessage).where(*_in_turn(conversation_id, history_index))
    return (await session.scalars(statement.order_by(ConversationMessage.id))).all()


async def last_reply(session: AsyncSession, conversation_id: str, history_index: int) -> int | None:
    """The message that answers the turn now: its latest variant."""
    statement = select(ConversationMessage.id).where(
        *_in_turn(conversation_id, history_index), ConversationMessage.role == "Assistant"
    )
    return await session.scalar(statement.order_by(ConversationMessage.id.desc()).limit(1))


async def count_messages(session: AsyncSession, conversation_id: str) -> int:
    """How many history items there are."""
    statement = select(func.count()).where(ConversationMessage.conversation_id == conversation_id)
    return (await session.execute(statement)).scalar_one()


async def file_tokens(session: AsyncSession, conversation_id: str) -> list[str]:
    """Files of all messages, in order, without repeats."""
    statement = (
        select(ConversationMessage.file_names)
        .where(
            ConversationMessage.conversation_id == conversation_id,
            func.cardinality(ConversationMessage.file_names) > 0,
        )
        .order_by(ConversationMessage.id)
    )
    return list(dict.fromkeys(token for names in await session.scalars(statement) for token in names))


async def change(session: AsyncSession, conversation: Conversation, values: dict[str, Any]) -> None:
    """Change attributes of the conversation itself. That is no activity: its place in the list stays."""
    if not values:
        return
    kept_place = {"update_date": conversation.update_date, **values}
    await session.execute(
        update(Conversation)
        .where(Conversation.id == conversation.id)
        .values(kept_place)
        .execution_options(synchronize_session=False)
    )
    await session.refresh(conversation)


async def rename(session: AsyncSession, conversation_id: str, *, was: str, name: str) -> None:
    """Give the conversation another name, if it still has the one it had. Its place in the list stays."""
    await session.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.name == was)
        .values(name=name, update_date=Conversation.update_date)
        .execution_options(synchronize_session=False)
    )


async def all_file_tokens(session: AsyncSession, caller: Caller, folder: str | None = None) -> list[str]:
    """Files of all conversations that the caller may delete, or of those in one folder."""
    wanted = [permitted_filter(caller, "delete", COLUMNS)]
    if folder is not None:
        wanted.append(Conversation.folder == folder)
    statement = (
        select(func.unnest(ConversationMessage.file_names))
        .join(Conversation, Conversation.id == ConversationMessage.conversation_id)
        .where(*wanted, func.cardinality(ConversationMessage.file_names) > 0)
        .distinct()
    )
    return list(await session.scalars(statement))


async def remove(session: AsyncSession, conversation_id: str) -> None:
    """Delete one conversation with all that hangs on it."""
    await session.execute(delete(Conversation).where(Conversation.id == conversation_id))


def mine(caller: Caller) -> ColumnElement[bool]:
    """Every conversation of the caller."""
    return readable_filter(caller, COLUMNS)


def deletable_in(caller: Caller, folder: str) -> ColumnElement[bool]:
    """The conversations of a folder that the caller may delete."""
    return and_(permitted_filter(caller, "delete", COLUMNS), Conversation.folder == folder)


async def remove_all(session: AsyncSession, caller: Caller) -> None:
    """Delete every conversation and folder of the caller."""
    await session.execute(delete(Conversation).where(mine(caller)))
    await session.execute(delete(ConversationFolder).where(ConversationFolder.user_id == caller.id))


async def remove_messages(session: AsyncSession, conversation_id: str, history_index: int | None = None) -> int:
    """Delete one turn with all its variants, or the whole history; how many items that were."""
    condition = (
        [ConversationMessage.conversation_id == conversation_id]
        if history_index is None
        else _in_turn(conversation_id, history_index)
    )
    removed = await session.execute(delete(ConversationMessage).where(*condition).returning(ConversationMessage.id))
    return len(removed.all())


async def close_gap(session: AsyncSession, conversation_id: str, history_index: int) -> None:
    """Number the turns after a removed one anew."""
    await session.execute(
        update(ConversationMessage)
        .where(
            ConversationMessage.conversation_id == conversation_id, ConversationMessage.history_index > history_index
        )
        .values(history_index=ConversationMessage.history_index - 1)
        .execution_options(synchronize_session=False)
    )


async def summary(session: AsyncSession, conversation_id: str) -> tuple[int, Any, Any, list[str]]:
    """Next turn index, first and last moment, and who answered, most recent first."""
    mine = ConversationMessage.conversation_id == conversation_id
    totals = select(
        func.coalesce(func.max(ConversationMessage.history_index) + 1, 0),
        func.min(ConversationMessage.date),
        func.max(ConversationMessage.date),
    ).where(mine)
    next_index, first, last = (await session.execute(totals)).one()
    answered = (
        select(ConversationMessage.assistant_id)
        .where(mine, ConversationMessage.assistant_id.is_not(None))
        .group_by(ConversationMessage.assistant_id)
        .order_by(func.max(ConversationMessage.id).desc())
    )
    return next_index, first, last, [row for row in await session.scalars(answered) if row]


def _in_turn(conversation_id: str, history_index: int) -> list[ColumnElement[bool]]:
    return [
        ConversationMessage.conversation_id == conversation_id,
        ConversationMessage.history_index == history_index,
    ]


# ---- folders ----------------------------------------------------------------------------------------------------


async def folders(session: AsyncSession, user_id: str) -> Sequence[ConversationFolder]:
    """The user's folders by name."""
    statement = select(ConversationFolder).where(ConversationFolder.user_id == user_id)
    return (await session.scalars(statement.order_by(ConversationFolder.folder_name))).all()


async def folder(session: AsyncSession, user_id: str, name: str) -> ConversationFolder | None:
    """The user's folder of that name."""
    statement = select(ConversationFolder).where(
        ConversationFolder.user_id == user_id, ConversationFolder.folder_name == name
    )
    return (await session.scalars(statement)).one_or_none()


async def add_folder(session: AsyncSession, user_id: str, name: str) -> bool:
    """Store a folder; false when there is one of that name."""
    statement = (
        insert(ConversationFolder)
        .values(user_id=user_id, folder_name=name)
        .on_conflict_do_nothing()
        .returning(ConversationFolder.id)
    )
    return (await session.execute(statement)).first() is not None


async def rename_folder(session: AsyncSession, folder: ConversationFolder, name: str) -> None:
    """Rename a folder; its conversations move along."""
    await _move_conversations(session, folder, name)
    folder.folder_name = name
    folder.update_date = utcnow()
    await session.flush()


async def remove_folder(
    session: AsyncSession, caller: Caller, folder: ConversationFolder, *, with_conversations: bool
) -> list[str]:
    """Delete a folder, with those of its conversations that the caller may delete; others stay outside any folder.

    Returns:
        The ids of the conversations that are gone.
    """
    removed: list[str] = []
    if with_conversations:
        statement = delete(Conversation).where(deletable_in(caller, folder.folder_name))
        removed = list(await session.scalars(statement.returning(Conversation.id)))
    await _move_conversations(session, folder, "")
    await session.delete(folder)
    return removed


async def _move_conversations(session: AsyncSession, folder: ConversationFolder, name: str) -> None:
    await session.execute(
        update(Conversation)
        .where(Conversation.user_id == folder.user_id, Conversation.folder == folder.folder_name)
        .values(folder=name, update_date=Conversation.update_date)
        .execution_options(synchronize_session=False)
    )
