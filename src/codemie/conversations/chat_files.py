"""The files of a conversation as tools of other systems take them."""

from collections.abc import Iterable
from hashlib import sha256

from codemie.conversations.attachment_store import AttachmentStore
from codemie.conversations.attachments import FileToken, decode_token, mime_type_of
from codemie.identity.caller import Caller
from codemie.kernel.errors import InvalidInput, TooLarge
from codemie.toolkits.connection import ChatFile

_MOST_BYTES = 100 * 2**20


class ConversationFiles:
    """Files that the caller attached in this turn or before.

    Args:
        store: holds them.
        caller: whose they are.
        tokens: of the files, oldest first.
    """

    def __init__(self, store: AttachmentStore, caller: Caller, tokens: Iterable[str]) -> None:
        self._store = store
        self._caller = caller
        self._tokens = tuple(dict.fromkeys(tokens))

    async def all(self) -> list[ChatFile]:
        """Every one that is still there; of one name and content only one.

        Raises:
            TooLarge: together they are too much to hand on.
        """
        files: dict[tuple[str, str], ChatFile] = {}
        size = 0
        for token in self._tokens:
            file = self._own(token)
            content = await self._store.read(file.owner, file.name) if file else None
            if file is None or content is None:
                continue
            size += len(content)
            if size > _MOST_BYTES:
                raise TooLarge(
                    "The files of the conversation are too large",
                    details=f"Tools hand on at most {_MOST_BYTES // 2**20} MB of them.",
                )
            key = (file.name.lower(), sha256(content).hexdigest())
            files.setdefault(key, ChatFile(file.name, mime_type_of(file.name), content))
        return list(files.values())

    def _own(self, token: str) -> FileToken | None:
        try:
            file = decode_token(token)
        except InvalidInput:
            return None
        return file if file.owner == self._caller.id and file.is_plain else None
