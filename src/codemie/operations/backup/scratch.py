"""A file for the time between: without a name, and never in the clear on the disk."""

import hashlib
import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from codemie.kernel.crypto import KEY_BYTES, Cipher
from codemie.operations.backup import sealing
from codemie.operations.contents import Part

_BLOCK = 2**20


class Scratch:
    """Keeps a stream until its size is known. Whoever kills the process takes the file and its key away with it.

    Args:
        folder: on whose disk it lies.
    """

    def __init__(self, folder: Path) -> None:
        # It has no name from the beginning, so nothing is left behind whatever happens.
        self._file: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed with this object
        self._cipher = Cipher([os.urandom(KEY_BYTES)])

    def __enter__(self) -> Self:
        """Use it in a block."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Give the place back."""
        self._file.close()

    def fill(self, content: IO[bytes]) -> Part:
        """Take everything; its size and digest."""
        digest, size = hashlib.sha256(), 0
        sealer = sealing.Sealer(self._file, self._cipher, "", "")
        while block := content.read(_BLOCK):
            sealer.write(block)
            digest.update(block)
            size += len(block)
        sealer.finish()
        return Part(bytes=size, sha256=digest.hexdigest())

    @contextmanager
    def opened(self) -> Generator[IO[bytes]]:
        """What was taken, in the clear."""
        self._file.seek(0)
        with sealing.unsealed(self._file, self._cipher) as content:
            yield content
