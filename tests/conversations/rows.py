"""What is stored of a conversation, read past the API."""

from collections.abc import Sequence

from sqlalchemy import select

from codemie.conversations.tables import ConversationMessage
from codemie.kernel.database import Database
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
