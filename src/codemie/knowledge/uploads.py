"""Uploaded files: taken from the request as a stream, kept in PostgreSQL in slices.

The request body is parsed as it arrives, part by part, into temporary files: memory stays at one network chunk, and a
file beyond its limit ends the upload at once. What is accepted is copied into `uploaded_parts`, where any worker on any
machine can read it: neither API nor worker keeps state on its disk.
"""

import asyncio
import contextlib
import errno
import hashlib
import shutil
import tempfile
import unicodedata
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from codemie.kernel.errors import InvalidInput, OutOfSpace, TooLarge, Unprocessable

SLICE_BYTES = 2**20
_WRITE_BYTES = 2**20
_HEADER_BYTES = 16 * 1024
_FIELD_PARTS = 100
_IMAGES = frozenset({".jpg", ".jpeg", ".png", ".gif"})


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """What one upload may hold, sizes in bytes."""

    files: int
    file: int
    image: int
    free: int

    def check_count(self, count: int) -> None:
        """Raise Unprocessable, in the words clients compare, when there are more files than allowed."""
        if count > self.files:
            raise _refused(f"Too many files. Maximum count is {self.files}", "Upload a ZIP archive of them.")

    def check_size(self, name: str, size: int) -> None:
        """Raise Unprocessable, in the words clients compare, when a file is larger than allowed."""
        limit = self.image if PurePosixPath(name).suffix.lower() in _IMAGES else self.file
        if size > limit:
            raise _refused(f"File too large. Maximum size is {limit // 2**20} MB", f"Leave out {name}, or split it.")


def _refused(details: str, advice: str) -> Unprocessable:
    return Unprocessable("The files cannot be accepted", details=details, help=advice)


@dataclass(slots=True)
class ReceivedFile:
    """A file of an upload, in a temporary place."""

    name: str
    path: Path
    size_bytes: int = 0
    _digest: "hashlib._Hash" = field(default_factory=hashlib.sha256, repr=False)

    @property
    def sha256(self) -> str:
        """Digest of the content, hexadecimal."""
        return self._digest.hexdigest()

    def add(self, target: BinaryIO, data: bytes) -> None:
        """Append to the file."""
        self._digest.update(data)
        target.write(data)

    def slices(self) -> Iterator[bytes]:
        """Read the file back in slices of `SLICE_BYTES`."""
        with self.path.open("rb") as source:
            while part := source.read(SLICE_BYTES):
                yield part


@asynccontextmanager
async def receive(
    body: AsyncIterator[bytes], content_type: str, scratch: Path, limits: UploadLimits
) -> AsyncIterator[list[ReceivedFile]]:
    """Take the files of a multipart body; they exist while the block runs. No body or another type means no files.

    Raises Unprocessable for too many or too large files, InvalidInput for a broken body, OutOfSpace for a full disk.
    """
    kind, options = parse_options_header(content_type.encode("latin-1"))
    if kind != b"multipart/form-data":
        yield []
        return
    boundary = options.get(b"boundary")
    if not boundary:
        raise InvalidInput("The upload cannot be read", details="Its content type names no boundary.")
    with _disk_full_told():
        await asyncio.to_thread(scratch.mkdir, parents=True, exist_ok=True)
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="upload-", dir=scratch))
    try:
        receiver = _Receiver(boundary, folder, limits)
        with _disk_full_told():
            await receiver.take(body)
        yield receiver.files
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


class _Receiver:
    """Follows the parser's events and writes the parts named with a file name."""

    def __init__(self, boundary: bytes, folder: Path, limits: UploadLimits) -> None:
        self.files: list[ReceivedFile] = []
        self._folder = folder
        self._limits = limits
        self._parts = 0
        self._header: tuple[bytearray, bytearray] = (bytearray(), bytearray())
        self._disposition = b""
        self._pending = bytearray()
        self._current: ReceivedFile | None = None
        self._target: BinaryIO | None = None
        self._ended = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
                "on_header_end": self._header_end,
                "on_headers_finished": self._open,
                "on_part_data": self._data,
                "on_part_end": self._close,
                "on_end": self._finish,
            },
        )

    async def take(self, body: AsyncIterator[bytes]) -> None:
        """Read the body to its end. Raises what `receive` raises."""
        try:
            async for chunk in body:
                # Off the event loop: parsing, hashing and writing 64 KiB takes longer than a disk may promise.
                await asyncio.to_thread(self._parser.write, chunk)
        except FormParserError as error:
            raise InvalidInput("The upload cannot be read", details="Its body is not valid multipart data.") from error
        finally:
            self._close()
        if not self._ended:
            raise InvalidInput("The upload is incomplete", details="The connection ended before the last part did.")

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > _FIELD_PARTS:
            raise TooLarge("The upload has too many parts")
        self._disposition = b""
        self._reset_header()

    def _header_end(self) -> None:
        name, value = self._header
        if len(name) + len(value) > _HEADER_BYTES:
            raise TooLarge("The upload has oversized headers")
        if bytes(name).lower() == b"content-disposition":
            self._disposition = bytes(value)
        self._reset_header()

    def _reset_header(self) -> None:
        self._header[0].clear()
        self._header[1].clear()

    def _open(self) -> None:
        _, options = parse_options_header(self._disposition)
        raw = options.get(b"filename")
        if not raw:
            return
        name = safe_name(raw.decode(errors="replace"))
        if any(known.name == name for known in self.files):
            raise _refused(f"Two files are named {name}", "Rename one of them.")
        self._limits.check_count(len(self.files) + 1)
        self._current = ReceivedFile(name, self._folder / str(len(self.files)))
        self._target = self._current.path.open("wb")
        self.files.append(self._current)

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._current is None:
            return
        self._pending += data[start:end]
        self._current.size_bytes += end - start
        self._limits.check_size(self._current.name, self._current.size_bytes)
        if len(self._pending) >= _WRITE_BYTES:
            self._flush()

    def _flush(self) -> None:
        if self._current is None or self._target is None or not self._pending:
            return
        free = shutil.disk_usage(self._folder).free
        if free < self._limits.free:
            raise OSError(errno.ENOSPC, "less free space than the setting asks for")
        self._current.add(self._target, bytes(self._pending))
        self._pending.clear()

    def _close(self) -> None:
        try:
            self._flush()
        finally:
            if self._target is not None:
                self._target.close()
            self._current = self._target = None
            self._pending.clear()

    def _finish(self) -> None:
        self._ended = True


def safe_name(name: str) -> str:
    """The last part of a file name from a stranger, without control characters, at most 255 characters.

    Raises Unprocessable when nothing is left of it.
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    cleaned = "".join(letter for letter in last if letter.isprintable()).strip()
    if cleaned in {"", ".", ".."}:
        raise _refused("A file has no name", "Send each file with its name.")
    stem, dot, suffix = cleaned.rpartition(".")
    return cleaned if len(cleaned) <= 255 else f"{stem[: 254 - len(suffix)]}{dot}{suffix}"[:255]


@contextlib.contextmanager
def _disk_full_told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        raise OutOfSpace(
            "There is no disk space left for the upload",
            help="An administrator must free space in the platform's home directory.",
        ) from error
