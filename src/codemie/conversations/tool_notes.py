"""What tools remember in a conversation: kept with it, for a call that waits for a person and for the next message."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select, update

from codemie.conversations.tables import Conversation
from codemie.kernel.database import Database


@dataclass(frozen=True, slots=True)
class ToolNotes:
    """Of one conversation of the caller's; of one that is not kept there are none."""

    database: Database
    conversation_id: str

    async def read(self) -> dict[str, str]:
        """What was written last."""
        async with self.database.session() as session:
            found = await session.scalar(select(Conversation.tool_notes).where(Conversation.id == self.conversation_id))
        return dict(found or {})

    async def write(self, notes: Mapping[str, str]) -> None:
        """Keep them in place of what was there."""
        async with self.database.session() as session:
            kept = update(Conversation).where(Conversation.id == self.conversation_id)
            # Nothing that a person did: the conversation stays where it is in their list.
            values = {"tool_notes": dict(notes), "update_date": Conversation.update_date}
            await session.execute(kept.values(**values))
