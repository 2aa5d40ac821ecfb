"""Taking and giving attached files."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.conversations import attachment_repository, sharing_repository
from codemie.conversations.attachment_store import AttachmentStore
from codemie.conversations.attachments import decode_token
from codemie.conversations.tables import AttachedFile
from codemie.identity.caller import Caller
from codemie.kernel.errors import InvalidInput, NotFound, Unprocessable
from codemie.knowledge.uploads import ReceivedFile, UploadLimits

_FREE_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class AttachmentLimits(UploadLimits):
    """The limits of chat attachments, refused in the words chat clients know."""

    def check_count(self, count: int) -> None:
        """Raise Unprocessable (422) when there are more files than allowed."""
        if count > self.files:
            raise Unprocessable(f"Too many files. Maximum count is {self.files}")

    def check_size(self, name: str, size: int) -> None:
        """Raise InvalidInput (400) when a file is larger than allowed."""
        if size > self.file:
            raise InvalidInput("Invalid file", details=too_large(name, self.file))


def limits(*, files: int, file_bytes: int) -> AttachmentLimits:
    """Limits for one request."""
    return AttachmentLimits(files=files, file=file_bytes, image=file_bytes, free=_FREE_BYTES)


def too_large(name: str, limit: int) -> str:
    """Why a file is refused."""
    return f"The file '{name}' is larger than {limit / 2**20:g} MB."


async def keep(store: AttachmentStore, caller: Caller, file: ReceivedFile) -> str:
    """Store an uploaded file of the caller; a file of the same name is replaced.

    Returns:
        Its ``file_url`` token.

    Raises:
        TooLarge: 413, the caller's storage is full.
    """
    return await store.keep(file, caller.id)


async def locate(session: AsyncSession, caller: Caller, token: str, share_token: str | None) -> AttachedFile:
    """The file behind a token, for its owner or for a reader of a shared conversation that holds exactly this file.

    Raises:
        InvalidInput: 400, the token cannot be decoded.
        NotFound: 404, there is no such file, or not for this caller: the two cannot be told apart.
    """
    address = decode_token(token)
    permitted = address.owner == caller.id or (
        share_token is not None and await sharing_repository.holds_file(session, share_token, address.owner, token)
    )
    readable = permitted and address.is_plain
    file = await attachment_repository.find(session, address.owner, address.name) if readable else None
    if file is None:
        raise _missing()
    return file


async def remove(session: AsyncSession, caller: Caller, token: str) -> None:
    """Delete a file of the caller.

    Raises:
        InvalidInput: 400, the token cannot be decoded.
        NotFound: 404, the caller has no such file.
    """
    address = decode_token(token)
    if address.owner != caller.id or not await attachment_repository.remove(session, address.owner, address.name):
        raise _missing()


def _missing() -> NotFound:
    return NotFound("File not found", details="The file does not exist, or you have no access to it.")
