"""Files of access logs, packed or not, read with an end to everything."""

import gzip
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import IO, cast

from codemie.kernel.errors import ConfigurationError
from codemie.operations.balancer_logs.line import LONGEST
from codemie.operations.balancer_logs.summary import Summary

_PACKED = b"\x1f\x8b"


@dataclass
class Reading:
    """Files that are summed up one after the other.

    Attributes:
        most_bytes: that are read in all, unpacked.
        seconds: that it may take.
        files: so many were read.
        broken: so many of them could not be read to their end.
        taken: bytes that were read, unpacked.
        is_cut: something was left out because of a bound.
    """

    summary: Summary
    most_bytes: int = 512 * 2**20
    seconds: float = 120.0
    files: int = 0
    broken: int = 0
    taken: int = 0
    is_cut: bool = False
    _began: float = field(default_factory=time.monotonic)

    @property
    def is_over(self) -> bool:
        """Whether a bound is reached."""
        return self.taken >= self.most_bytes or time.monotonic() - self._began >= self.seconds

    def take_file(self, path: Path) -> None:
        """Sum up a file.

        Raises:
            ConfigurationError: it cannot be opened.
        """
        try:
            with path.open("rb") as file:
                self._take(file)
        except IsADirectoryError as error:
            raise ConfigurationError(f"{path} is a folder", help=f"Name its files: {path}/*.log.gz") from error
        except OSError as error:
            raise ConfigurationError(f"{path} cannot be read", details=error.strerror or str(error)) from error

    def take_content(self, content: bytes) -> None:
        """Sum up what was in a file."""
        self._take(BytesIO(content))

    def _take(self, file: IO[bytes]) -> None:
        self.files += 1
        packed = file.read(2) == _PACKED
        file.seek(0)
        source = cast("IO[bytes]", gzip.GzipFile(fileobj=file)) if packed else file
        try:
            self._take_lines(source)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            self.broken += 1

    def _take_lines(self, source: IO[bytes]) -> None:
        for line in self._lines(source):
            if self.is_over:
                self.is_cut = True
                return
            if len(line) > LONGEST:
                self.summary.malformed += 1
            elif text := line.decode(errors="replace").strip():
                self.summary.take(text)

    def _lines(self, source: IO[bytes]) -> Iterator[bytes]:
        """Each line; of one that is too long its beginning only."""
        while line := source.readline(LONGEST + 1):
            self.taken += len(line)
            yield line
            while line and not line.endswith(b"\n") and not self.is_over:
                line = source.readline(LONGEST + 1)
                self.taken += len(line)
