"""What is in a backup: a tar archive that begins with its manifest, every other part listed there with its digest.

Around it is the encryption of `sealing`; backups of older versions have none, and are read all the same.
"""

import hashlib
import io
import os
import tarfile
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from typing_extensions import Buffer

from codemie.kernel.crypto import Cipher
from codemie.kernel.errors import Unprocessable
from codemie.operations.backup import sealing
from codemie.operations.backup.manifest import BACKUP, DUMP, Manifest
from codemie.operations.contents import Part, digested

MANIFEST = "manifest.json"
Opener = Callable[[], AbstractContextManager[IO[bytes]]]
_BLOCK = 2**20
_MOST_MANIFEST = 16 * 2**20
_MOST_KEPT = 64 * 2**20


def write(out: Path, manifest: Manifest, parts: Mapping[str, Opener], cipher: Cipher) -> None:
    """Write it, encrypted and readable by its owner alone; one that breaks off leaves nothing behind.

    Args:
        out: the file; one that is there is replaced.
        manifest: names exactly the parts.
        parts: path in the archive → opens what it holds.
        cipher: of the installation.

    Raises:
        OSError: it cannot be written.
    """
    draft = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            sealer = sealing.Sealer(file, cipher, manifest.version, manifest.created)
            with tarfile.open(fileobj=sealer, mode="w|") as packed:
                told = manifest.as_bytes()
                packed.addfile(_entry(MANIFEST, len(told)), io.BytesIO(told))
                for name, opened in parts.items():
                    with opened() as content:
                        packed.addfile(_entry(name, manifest.parts[name].bytes), content)
            sealer.finish()
            file.flush()
            os.fsync(file.fileno())
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)


def verify(path: Path, cipher: Cipher | None) -> Manifest:
    """Read the whole archive and compare it with its manifest.

    Args:
        path: of the file.
        cipher: with the master keys that are here; None: there are none.

    Raises:
        Unprocessable: it is no backup, or damaged; names the part.
        ConfigurationError: the master key that opens it is not here.
        OSError: it cannot be read.
    """
    return _read(path, cipher, None)


@dataclass(frozen=True, slots=True)
class Proved:
    """What is known of an archive that was read as a whole.

    Attributes:
        manifest: of it.
        files: path in the archive → what the part holds; all but the dump.
    """

    manifest: Manifest
    files: Mapping[str, bytes]


def prove(path: Path, cipher: Cipher | None) -> Proved:
    """The same, and every part but the dump is kept: those are files of settings, and small.

    Raises:
        Unprocessable, ConfigurationError, OSError: as for `verify`; also when they are not small.
    """
    kept: dict[str, bytes] = {}
    return Proved(_read(path, cipher, kept), kept)


@contextmanager
def part(path: Path, cipher: Cipher | None, manifest: Manifest, name: str) -> Generator[IO[bytes]]:
    """One part of an archive that was proved, read once more from its beginning.

    Nothing of it is believed because of the first time: whoever reads it to its end meets an error there, unless it is
    what the manifest says.

    Args:
        path: of the file.
        cipher: with the master keys that are here; None: there are none.
        manifest: as it was proved.
        name: of the part.

    Raises:
        Unprocessable: it is another archive now, or damaged; also while it is read.
    """
    with sealing.opened(path, cipher) as content, tarfile.open(fileobj=content, mode="r|") as packed:
        if _manifest(packed) != manifest:
            raise BACKUP.damaged("It was exchanged while it was read")
        found = next((entry for entry in packed if entry.name == name), None)
        inside = packed.extractfile(found) if found else None
        if inside is None:
            raise BACKUP.damaged(f"{name} is missing")
        yield cast("IO[bytes]", io.BufferedReader(_Compared(inside, manifest.parts[name], name), _BLOCK))


class _Compared(io.RawIOBase):
    """A part while it is read; its end is refused when it is not what was listed."""

    def __init__(self, content: IO[bytes], listed: Part, name: str) -> None:
        super().__init__()
        self._content, self._listed, self._name = content, listed, name
        self._digest, self._size = hashlib.sha256(), 0

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        """Fill the buffer; 0 only after the proved end."""
        view = memoryview(buffer).cast("B")
        try:
            block = self._content.read(len(view))
        except tarfile.TarError as error:
            raise BACKUP.damaged(str(error)) from error
        view[: len(block)] = block
        self._digest.update(block)
        self._size += len(block)
        if not block:
            _refuse_other(Part(bytes=self._size, sha256=self._digest.hexdigest()), self._listed, self._name)
        return len(block)


def _read(path: Path, cipher: Cipher | None, kept: dict[str, bytes] | None) -> Manifest:
    with sealing.opened(path, cipher) as content:
        try:
            with tarfile.open(fileobj=content, mode="r|") as packed:
                manifest = _manifest(packed)
                missing = set(manifest.parts)
                for entry in packed:
                    if entry.name != MANIFEST:
                        _check(packed, entry, manifest, kept)
                        missing.discard(entry.name)
        except tarfile.TarError as error:
            raise BACKUP.damaged(str(error)) from error
        # An archive has an end of its own; that of the encryption is behind it, and proves that nothing is missing.
        digested(content)
    if missing:
        raise BACKUP.damaged(f"{min(missing)} is missing")
    return manifest


def _manifest(packed: tarfile.TarFile) -> Manifest:
    first = packed.next()
    content = packed.extractfile(first) if first and first.name == MANIFEST and first.size < _MOST_MANIFEST else None
    if content is None:
        raise Unprocessable("This is no backup of CodeMie", details=f"It does not begin with {MANIFEST}")
    return Manifest.of(content.read())


def _check(packed: tarfile.TarFile, entry: tarfile.TarInfo, manifest: Manifest, kept: dict[str, bytes] | None) -> None:
    listed = manifest.parts.get(entry.name)
    content = packed.extractfile(entry) if listed and entry.isreg() else None
    if listed is None or content is None:
        raise BACKUP.damaged(f"{entry.name} is not in the manifest")
    if kept is None or entry.name == DUMP:
        found = digested(content)
    else:
        if sum(map(len, kept.values())) + entry.size > _MOST_KEPT:
            raise BACKUP.damaged(f"{entry.name} is too large for a file of settings")
        kept[entry.name] = content.read()
        found = digested(io.BytesIO(kept[entry.name]))
    _refuse_other(found, listed, entry.name)


def _refuse_other(found: Part, listed: Part, name: str) -> None:
    if found != listed:
        raise BACKUP.damaged(f"The part {name} is not what was written: its SHA-256 differs")


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mtime, entry.mode = size, int(time.time()), 0o600
    return entry
