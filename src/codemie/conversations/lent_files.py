"""Files of a chat as its workspace shows them."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.conversations import attachment_repository, repository
from codemie.conversations.attachment_store import AttachmentStore
from codemie.conversations.tables import AttachedFile
from codemie.workspaces.chat_files import ChatFile


@dataclass(frozen=True, slots=True)
class LentFiles:
    """Lends attached files to workspaces."""

    store: AttachmentStore

    async def listed(self, session: AsyncSession, user_id: str, conversation_id: str) -> list[ChatFile]:
        """A person's own files in a conversation of that person."""
        conversation = await repository.find(session, conversation_id)
        if conversation is None or conversation.user_id != user_id:
            return []
        tokens = await repository.file_tokens(session, conversation_id)
        files = await attachment_repository.owned(session, user_id, tokens) if tokens else ()
        return [ChatFile(file.id, file.name, file.size_bytes, file.sha256, file.update_date) for file in files]

    async def content(self, file: ChatFile) -> bytes:
        """The whole of one."""
        known = AttachedFile(id=file.key, name=file.name, size_bytes=file.size_bytes)
        return b"".join([part async for part in self.store.slices(known)])
