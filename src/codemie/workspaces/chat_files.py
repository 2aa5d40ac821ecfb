"""Files that people attached to the chat: shown in the workspace, lent by the room that keeps them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class ChatFile:
    """A file of the chat; `key` tells its keeper which."""

    key: str
    name: str
    size_bytes: int
    sha256: str
    update_date: datetime


class ChatFiles(Protocol):
    """Who keeps them."""

    async def listed(self, session: AsyncSession, user_id: str, conversation_id: str) -> list[ChatFile]:
        """A person's own files in a conversation of that person."""
        ...

    async def content(self, file: ChatFile) -> bytes:
        """The whole of one."""
        ...
