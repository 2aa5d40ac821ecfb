"""SQL of the branches of a conversation."""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.conversations.branches import Branches, Place
from codemie.conversations.tables import ConversationMessage

_AT_ONCE = 5_000
"""Versions deleted by one statement: a statement takes 32,767 parameters."""


async def branches(session: AsyncSession, conversation_id: str) -> Branches:
    """Every branch there is."""
    message = ConversationMessage
    statement = (
        select(message.history_index, message.variant, func.max(message.parent_variant))
        .where(message.conversation_id == conversation_id)
        .group_by(message.history_index, message.variant)
        .order_by(func.max(message.id))
    )
    return Branches((index, variant, follows) for index, variant, follows in await session.execute(statement))


async def path_to(session: AsyncSession, conversation_id: str, place: Place) -> dict[int, int]:
    """The branch up to a version, without the turns that have only the version 0: where there are no others, nothing.

    What long conversations are asked with every question, so that little may be read of them.
    """
    message = ConversationMessage
    statement = (
        select(message.history_index, message.variant, message.parent_variant)
        .where(
            message.conversation_id == conversation_id,
            message.history_index <= place[0],
            (message.variant > 0) | message.parent_variant.is_not(None),
        )
        .order_by(message.id)
    )
    rows = [(index, variant, follows) for index, variant, follows in await session.execute(statement)]
    # A version 0 that says nothing is not among them, but the only one that lacks: it follows the newest.
    first = [(index, 0, None) for index in {place[0], *(index for index, _, _ in rows)}]
    return Branches((*rows, *first)).path_to(place)


async def move(session: AsyncSession, conversation_id: str, history_index: int, *, was: int, now: int) -> None:
    """What of a turn followed one version of the turn before follows another one."""
    message = ConversationMessage
    await session.execute(
        update(message)
        .where(
            message.conversation_id == conversation_id,
            message.history_index == history_index,
            message.parent_variant == was,
        )
        .values(parent_variant=now, update_date=message.update_date)
        .execution_options(synchronize_session=False)
    )


async def follow(
    session: AsyncSession, conversation_id: str, history_index: int, parents: Mapping[int, int | None]
) -> None:
    """Write down whom versions of a turn follow."""
    message = ConversationMessage
    for variant, parent in parents.items():
        await session.execute(
            update(message)
            .where(
                message.conversation_id == conversation_id,
                message.history_index == history_index,
                message.variant == variant,
            )
            .values(parent_variant=parent, update_date=message.update_date)
            .execution_options(synchronize_session=False)
        )


async def remove(session: AsyncSession, conversation_id: str, places: Sequence[Place]) -> None:
    """Delete versions of turns."""
    address = tuple_(ConversationMessage.history_index, ConversationMessage.variant)
    for start in range(0, len(places), _AT_ONCE):
        batch = places[start : start + _AT_ONCE]
        await session.execute(
            delete(ConversationMessage).where(
                ConversationMessage.conversation_id == conversation_id, address.in_(batch)
            )
        )
