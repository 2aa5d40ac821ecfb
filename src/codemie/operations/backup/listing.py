"""The backups of a folder: when each was made, by which version, and whether it is whole."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from codemie.kernel.crypto import Cipher
from codemie.kernel.errors import CodeMieError, ConfigurationError
from codemie.operations.backup import archive, sealing

NAMES = ("*.backup", "codemie-backup-*.tar")
"""Under these a backup is looked for: `backup create` gives them by itself, now and in older versions."""


class Verdict(StrEnum):
    """What became of reading it as a whole."""

    WHOLE = "whole"
    DAMAGED = "damaged"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Listed:
    """One backup.

    Attributes:
        file: its name in the folder.
        bytes: of the file.
        created: moment of its snapshot, ISO 8601 in UTC; empty where nobody can tell.
        version: of the CodeMie that made it; likewise.
        key: names the master key that it is encrypted with; empty: it is not encrypted.
        verdict: whether it is whole; unknown without its key.
        reason: why it is not whole, or why nobody can tell.
    """

    file: str
    bytes: int
    created: str
    version: str
    key: str
    verdict: Verdict
    reason: str = ""

    def as_document(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self)


def listed(folder: Path, cipher: Cipher | None) -> list[Listed]:
    """Every backup of a folder, the newest first; each is read as a whole, one after the other.

    Args:
        folder: not those in it.
        cipher: with the master keys that are here; None: there are none.

    Raises:
        OSError: the folder or a file cannot be read.
    """
    folder.stat()
    files = {path for name in NAMES for path in folder.glob(name) if path.is_file()}
    found = [_looked_at(path, cipher) for path in sorted(files)]
    return sorted(found, key=lambda one: one.created, reverse=True)


def _looked_at(path: Path, cipher: Cipher | None) -> Listed:
    size, created, version, key = path.stat().st_size, "", "", ""
    try:
        if header := sealing.header_of(path):
            created, version, key = header.created, header.version, header.key_id
        manifest = archive.verify(path, cipher)
    except ConfigurationError as error:
        return Listed(path.name, size, created, version, key, Verdict.UNKNOWN, str(error.details or error.message))
    except CodeMieError as error:
        return Listed(path.name, size, created, version, key, Verdict.DAMAGED, str(error.details or error.message))
    return Listed(path.name, size, manifest.created, manifest.version, key, Verdict.WHOLE)
