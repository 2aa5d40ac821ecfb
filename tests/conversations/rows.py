"""What is stored of a conversation, read past the API."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select, update

from codemie.conversations.tables import ConversationMessage
from codemie.kernel.database import Database, utcnow
from codemie.models.tables import ModelUsage


async def messages(database: Database, conversation_id: str) -> Sequence[ConversationMessage]:
    """The conversation's items in their order."""
    statement = select(ConversationMessage).where(ConversationMessage.conversation_id == conversation_id)
    async with database.session() as session:
        return (await session.scalars(statement.order_by(ConversationMessage.id))).all()


async def ledger(database: Database, conversation_id: str) -> Sequence[ModelUsage]:
    """What was charged for the conversation, in the order of time."""
    statement = select(ModelUsage).where(ModelUsage.conversation_id == conversation_id).order_by(ModelUsage.id)
    async with database.session() as session:
        return (await session.scalars(statement)).all()


async def left_behind(database: Database, conversation_id: str) -> None:
    """Let an hour pass in which nobody has worked on the reply that is being written."""
    item = ConversationMessage
    growing = update(item).where(item.conversation_id == conversation_id, item.status == "running")
    async with database.session() as session:
        await session.execute(growing.values(update_date=utcnow() - timedelta(hours=1)))
