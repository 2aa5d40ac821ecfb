"""Where attached files are kept: a folder that all API processes of an installation share.

Names on disk are digests of owner and file name, so that no name a person chose ever becomes a path.
"""

import asyncio
import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path


@dataclass(frozen=True, slots=True)
class AttachmentStore:
    """Files under ``folder``; the same owner and name means the same file."""

    folder: Path

    @property
    def incoming(self) -> Path:
        """Where uploads wait until they are complete; on the same disk, so that moving is atomic."""
        return self.folder / ".incoming"

    def path(self, owner: str, name: str) -> Path:
        """Where the file is, or would be."""
        people, key = (sha256(text.encode(errors="surrogatepass")).hexdigest() for text in (owner, name))
        return self.folder / people[:2] / people / key

    async def keep(self, source: Path, owner: str, name: str) -> None:
        """Move a complete upload to its place, replacing an earlier file of that name."""
        await asyncio.to_thread(_move, source, self.path(owner, name))

    async def find(self, owner: str, name: str) -> Path | None:
        """The file, if there is one."""
        path = self.path(owner, name)
        return path if await asyncio.to_thread(path.is_file) else None

    async def size(self, owner: str, name: str) -> int:
        """Bytes of the file; 0 when there is none."""
        path = await self.find(owner, name)
        return (await asyncio.to_thread(path.stat)).st_size if path else 0

    async def read(self, owner: str, name: str) -> bytes | None:
        """The whole content; for tools and models."""
        path = await self.find(owner, name)
        return await asyncio.to_thread(path.read_bytes) if path else None


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)


def first_bytes(path: Path, count: int = 1024) -> bytes:
    """The start of a file, for telling what it is."""
    with path.open("rb") as file:
        return os.read(file.fileno(), count)
