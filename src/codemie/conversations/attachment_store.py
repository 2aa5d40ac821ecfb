"""Where attached files are kept: in PostgreSQL, in slices, so that no process keeps state on its disk.

A replaced file gets a row of its own, so a reader never sees slices of two files mixed: it finds its slices gone.
"""

import hashlib
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass

from codemie.conversations import attachment_repository as repository
from codemie.conversations.attachments import FileToken, mime_type_of
from codemie.conversations.tables import AttachedFile
from codemie.kernel.database import Database, new_id
from codemie.kernel.errors import Conflict, TooLarge
from codemie.knowledge.uploads import SLICE_BYTES, ReceivedFile


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file that is in memory, because the platform or a tool made it."""

    name: str
    content: bytes

    @property
    def size_bytes(self) -> int:
        """How long it is."""
        return len(self.content)

    @property
    def sha256(self) -> str:
        """Digest of the content, hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()

    def slices(self) -> Iterator[bytes]:
        """The content in slices of `SLICE_BYTES`."""
        for start in range(0, len(self.content), SLICE_BYTES):
            yield self.content[start : start + SLICE_BYTES]


@dataclass(frozen=True, slots=True)
class AttachmentStore:
    """The attached files of everybody; the same owner and name means the same file.

    Args:
        database: where they are.
        quota_bytes: what the files of one owner may take together.
    """

    database: Database
    quota_bytes: int

    async def keep(self, file: ReceivedFile | MadeFile, owner: str) -> str:
        """Store a file, replacing an earlier file of that name.

        Returns:
            Its ``file_url`` token.

        Raises:
            TooLarge: 413, the owner's files would take more than the quota.
            OutOfSpace: 507, the database has no room left.
        """
        token = FileToken(mime_type_of(file.name), owner, file.name).encode()
        async with self.database.session() as session:
            await repository.hold(session, owner)
            taken = await repository.occupied(session, owner, without=file.name)
            if taken + file.size_bytes > self.quota_bytes:
                raise _full(file, taken, self.quota_bytes)
            row = AttachedFile(
                id=new_id(),
                owner_id=owner,
                name=file.name,
                token=token,
                size_bytes=file.size_bytes,
                sha256=file.sha256,
            )
            await repository.replace(session, row)
            for number, content in enumerate(file.slices()):
                await repository.add_part(session, row.id, number, content)
        return token

    async def keep_made(self, name: str, content: bytes, owner: str) -> str:
        """Store what was made in memory; result and errors of ``keep``."""
        return await self.keep(MadeFile(name, content), owner)

    async def find(self, owner: str, name: str) -> AttachedFile | None:
        """The file, if there is one."""
        async with self.database.session() as session:
            return await repository.find(session, owner, name)

    async def size(self, owner: str, name: str) -> int:
        """Bytes of the file; 0 when there is none."""
        file = await self.find(owner, name)
        return file.size_bytes if file else 0

    async def read(self, owner: str, name: str) -> bytes | None:
        """The whole content; for tools and models."""
        file = await self.find(owner, name)
        return b"".join([part async for part in self.slices(file)]) if file else None

    async def first_bytes(self, file: AttachedFile, count: int = 1024) -> bytes:
        """The start of a file, for telling what it is."""
        async with self.database.session() as session:
            return await repository.part(session, file.id, 0, start=0, count=count) or b""

    async def slices(self, file: AttachedFile, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes]:
        """The bytes from `start` up to `end`, a slice in memory at a time; no connection is held between two.

        Raises:
            Conflict: the file was removed or replaced while it was read.
        """
        position, end = start, file.size_bytes if end is None else end
        while position < end:
            number, offset = divmod(position, SLICE_BYTES)
            async with self.database.session() as session:
                part = await repository.part(session, file.id, number, start=offset, count=end - position)
            if not part:
                raise Conflict("The file changed while it was read", details=f"'{file.name}' was replaced or removed.")
            position += len(part)
            yield part


def _full(file: ReceivedFile | MadeFile, taken: int, quota: int) -> TooLarge:
    return TooLarge(
        "Your file storage is full",
        details=f"'{file.name}' has {_megabytes(file.size_bytes)}; of the quota of {_megabytes(quota)}, "
        f"{_megabytes(taken)} are taken.",
        help="Delete files or conversations that hold files, or ask an administrator for a larger quota.",
    )


def _megabytes(size: int) -> str:
    return f"{size / 2**20:.1f} MB"
