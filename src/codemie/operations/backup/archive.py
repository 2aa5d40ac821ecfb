"""What is in a backup: a tar archive that begins with its manifest, every other part listed there with its digest.

Around it is the encryption of `sealing`; backups of older versions have none, and are read all the same.
"""

import hashlib
import io
import os
import tarfile
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO

from codemie.kernel.crypto import Cipher
from codemie.kernel.errors import Unprocessable
from codemie.operations.backup import sealing
from codemie.operations.backup.manifest import Manifest, Part
from codemie.operations.backup.sealing import damaged

MANIFEST = "manifest.json"
Opener = Callable[[], AbstractContextManager[IO[bytes]]]
_BLOCK = 2**20
_MOST_MANIFEST = 16 * 2**20


def part_of(path: Path) -> Part:
    """Size and digest of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
        return Part(bytes=file.tell(), sha256=digest.hexdigest())


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


def unpack(path: Path, folder: Path, cipher: Cipher | None) -> Manifest:
    """The same, and every part is written into a folder, below its path in the archive."""
    return _read(path, cipher, folder)


def _read(path: Path, cipher: Cipher | None, folder: Path | None) -> Manifest:
    with sealing.opened(path, cipher) as content:
        try:
            with tarfile.open(fileobj=content, mode="r|") as packed:
                manifest = _manifest(packed)
                missing = set(manifest.parts)
                for entry in packed:
                    if entry.name != MANIFEST:
                        _check(packed, entry, manifest, folder)
                        missing.discard(entry.name)
        except tarfile.TarError as error:
            raise damaged(str(error)) from error
        # An archive has an end of its own; that of the encryption is behind it, and proves that nothing is missing.
        _copied(content, None)
    if missing:
        raise damaged(f"{min(missing)} is missing")
    return manifest


def _manifest(packed: tarfile.TarFile) -> Manifest:
    first = packed.next()
    content = packed.extractfile(first) if first and first.name == MANIFEST and first.size < _MOST_MANIFEST else None
    if content is None:
        raise Unprocessable("This is no backup of CodeMie", details=f"It does not begin with {MANIFEST}")
    return Manifest.of(content.read())


def _check(packed: tarfile.TarFile, entry: tarfile.TarInfo, manifest: Manifest, folder: Path | None) -> None:
    listed = manifest.parts.get(entry.name)
    content = packed.extractfile(entry) if listed and entry.isreg() else None
    if listed is None or content is None:
        raise damaged(f"{entry.name} is not in the manifest")
    if folder is None:
        found = _copied(content, None)
    else:
        # Never above the folder: what the name says counts only as far as it stays inside.
        target = (folder / entry.name).resolve()
        if not target.is_relative_to(folder.resolve()):
            raise damaged(f"{entry.name} leads out of the archive")
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as written:
            found = _copied(content, written)
    if found != listed:
        raise damaged(f"{entry.name} is not what was written: its SHA-256 differs")


def _copied(content: IO[bytes], target: IO[bytes] | None) -> Part:
    digest, size = hashlib.sha256(), 0
    while block := content.read(_BLOCK):
        digest.update(block)
        size += len(block)
        if target is not None:
            target.write(block)
    return Part(bytes=size, sha256=digest.hexdigest())


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mtime, entry.mode = size, int(time.time()), 0o600
    return entry
