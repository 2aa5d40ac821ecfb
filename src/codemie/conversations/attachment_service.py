"""Taking and giving attached files."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.conversations import repository
from codemie.conversations.attachment_store import AttachmentStore
from codemie.conversations.attachments import FileToken, decode_token, mime_type_of
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
    """
    await store.keep(file.path, caller.id, file.name)
    return FileToken(mime_type_of(file.name), caller.id, file.name).encode()


async def locate(
    session: AsyncSession, store: AttachmentStore, caller: Caller, token: str, share_token: str | None
) -> tuple[FileToken, Path]:
    """The file behind a token, for its owner or for a reader of a shared conversation that holds exactly this file.

    Raises:
        InvalidInput: 400, the token cannot be decoded.
        NotFound: 404, there is no such file, or not for this caller: the two cannot be told apart.
    """
    address = decode_token(token)
    permitted = address.owner == caller.id or (
        share_token is not None and await repository.is_shared_file(session, share_token, token)
    )
    path = await store.find(address.owner, address.name) if permitted and address.is_plain else None
    if path is None:
        raise NotFound("File not found", details="The file does not exist, or you have no access to it.")
    return address, path
