"""The wrapping of a backup: encrypted in pieces, so that memory stays small and nothing unproved is believed.

Layout: `MAGIC` | length of the header, 4 bytes | header, JSON | pieces of `PIECE` bytes, the last one shorter or equal.
Each piece is AES-256-GCM under a key of this file alone, which stands in the header, sealed with the installation's
master key. Its nonce is its number and whether it is the last, and bound to it is the digest of all that stands before
the pieces: a piece changed, exchanged, left out or taken from elsewhere does not open, nor does a file cut off.
"""

import base64
import hashlib
import io
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated, Literal, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import Base64Bytes, BaseModel, ConfigDict, Field, ValidationError
from typing_extensions import Buffer

from codemie.kernel.crypto import KEY_BYTES, Cipher, DecryptionFailed, key_id_of
from codemie.kernel.errors import ConfigurationError
from codemie.operations.backup.manifest import BACKUP

MAGIC = b"CODEMIE BACKUP\x00\x01"
PIECE = 2**18
_TAG = 16
_MOST_HEADER = 2**16
_CONTEXT = "backup"


class Header(BaseModel):
    """What anybody may read of an encrypted backup.

    Attributes:
        version: of the CodeMie that made it.
        created: moment of its snapshot, ISO 8601 in UTC.
        data_key: that opens the pieces, sealed with a master key.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["codemie.backup.sealed/1"] = "codemie.backup.sealed/1"
    version: str
    created: str
    data_key: Annotated[Base64Bytes, Field(max_length=1024)]

    @property
    def key_id(self) -> str:
        """Names the master key that opens it."""
        return key_id_of(self.data_key)


class Sealer(io.RawIOBase):
    """Encrypts what is written to it; `finish` writes the end, without which nothing of it opens.

    Args:
        out: where to, empty.
        cipher: of the installation: its newest key seals.
        version: of this CodeMie.
        created: moment of the snapshot.
    """

    def __init__(self, out: IO[bytes], cipher: Cipher, version: str, created: str) -> None:
        super().__init__()
        data_key = AESGCM.generate_key(bit_length=8 * KEY_BYTES)
        sealed = base64.b64encode(cipher.seal(data_key, context=_CONTEXT))
        told = Header(version=version, created=created, data_key=sealed).model_dump_json().encode()
        before = MAGIC + len(told).to_bytes(4) + told
        out.write(before)
        self._out, self._key, self._bound = out, AESGCM(data_key), hashlib.sha256(before).digest()
        self._waiting, self._number = bytearray(), 0

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: Buffer, /) -> int:
        """Take bytes; a piece goes out when more than one is there."""
        self._waiting += data
        while len(self._waiting) > PIECE:
            self._put(bytes(self._waiting[:PIECE]), is_last=False)
            del self._waiting[:PIECE]
        return memoryview(data).nbytes

    def finish(self) -> None:
        """Write the last piece."""
        self._put(bytes(self._waiting), is_last=True)

    def _put(self, piece: bytes, *, is_last: bool) -> None:
        self._out.write(self._key.encrypt(_nonce(self._number, is_last=is_last), piece, self._bound))
        self._number += 1


class _Opened(io.RawIOBase):
    """What is behind a header, in the clear; every piece is proved before a byte of it is given."""

    def __init__(self, file: IO[bytes], key: bytes, bound: bytes) -> None:
        super().__init__()
        self._file, self._key, self._bound = file, AESGCM(key), bound
        self._next, self._number = file.read(PIECE + _TAG), 0
        self._there, self._at = b"", 0

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        """Fill the buffer with what is left of a piece, else of the next; 0 only after the proved end."""
        if self._at == len(self._there) and not self._advance():
            return 0
        view = memoryview(buffer).cast("B")
        given = self._there[self._at : self._at + len(view)]
        view[: len(given)] = given
        self._at += len(given)
        return len(given)

    def _advance(self) -> bool:
        if self._number and not self._next:
            return False
        sealed, self._next = self._next, self._file.read(PIECE + _TAG)
        self._there, self._at = self._proved(sealed), 0
        self._number += 1
        return bool(self._there)

    def _proved(self, sealed: bytes) -> bytes:
        is_last = not self._next
        for guess in (is_last, not is_last):
            try:
                piece = self._key.decrypt(_nonce(self._number, is_last=guess), sealed, self._bound)
            except (InvalidTag, ValueError):  # shorter than a tag
                continue
            if guess is is_last:
                return piece
            raise BACKUP.damaged("Its end is missing" if is_last else "Something was added behind its end")
        raise BACKUP.damaged("It was changed or cut off after it was written")


def header_of(path: Path) -> Header | None:
    """Of an encrypted backup; None for another file.

    Raises:
        Unprocessable: it begins as one, and the header cannot be read.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        return _header(file)[0]


@contextmanager
def opened(path: Path, cipher: Cipher | None) -> Generator[IO[bytes]]:
    """What is in a backup; one of an older version, which is not encrypted, as it is.

    Args:
        path: of the file.
        cipher: with the master keys that are here; None: there are none.

    Raises:
        Unprocessable: it is damaged; also while it is read.
        ConfigurationError: the master key that opens it is not here.
        OSError: it cannot be read.
    """
    with path.open("rb") as file, unsealed(file, cipher) as content:
        yield content


@contextmanager
def unsealed(file: IO[bytes], cipher: Cipher | None) -> Generator[IO[bytes]]:
    """The same of an open file that stands at its beginning."""
    header, before = _header(file)
    if header is None:
        file.seek(0)
        yield file
    else:
        content = _Opened(file, _data_key(header, cipher), hashlib.sha256(before).digest())
        yield cast("IO[bytes]", io.BufferedReader(content, PIECE))


def _header(file: IO[bytes]) -> tuple[Header | None, bytes]:
    """The header, and all the bytes that it takes."""
    before = file.read(len(MAGIC) + 4)
    if not before.startswith(MAGIC):
        return None, b""
    told = file.read(min(int.from_bytes(before[len(MAGIC) :]), _MOST_HEADER))
    try:
        return Header.model_validate_json(told), before + told
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]["msg"]
        raise BACKUP.damaged(f"Its beginning cannot be read: {problem}") from None


def _data_key(header: Header, cipher: Cipher | None) -> bytes:
    if cipher is None or header.key_id not in cipher.key_ids:
        raise ConfigurationError(
            "The backup is encrypted with a master key that is not here",
            details=f"Its key is {header.key_id}; here " + (f"is {', '.join(cipher.key_ids)}" if cipher else "is none"),
            help="Put that key into CODEMIE_MASTER_KEY or into master.key in the home folder, behind those that are "
            "there: it is kept apart from backups.",
        )
    try:
        return cipher.open(header.data_key, context=_CONTEXT)
    except DecryptionFailed:
        raise BACKUP.damaged("Its beginning was changed: the key in it does not open") from None


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11) + bytes([is_last])
