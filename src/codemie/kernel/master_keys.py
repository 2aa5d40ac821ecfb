"""Where the master keys of an installation come from: a variable, or a file in the home folder.

Each key is a line: 32 bytes in base64, or wrapped by a key service (`key_providers`). The first one seals, all of them
open. A file is read again when it changes, so that a key can be exchanged while processes run.
"""

import base64
import binascii
import os
import secrets
import tempfile
from collections.abc import Iterable
from pathlib import Path

from codemie.kernel import key_providers
from codemie.kernel.crypto import KEY_BYTES, Cipher, KeySource
from codemie.kernel.errors import ConfigurationError

VARIABLE = "CODEMIE_MASTER_KEY"
FILE_NAME = "master.key"


def open_cipher(home: Path, master_key: str | None = None) -> Cipher:
    """The cipher of this installation.

    Args:
        home: ``CODEMIE_HOME``; its ``master.key`` is created (mode 0600) when there is none
        master_key: value of ``CODEMIE_MASTER_KEY``: keys separated by commas, newest first; beats the file

    Raises:
        ConfigurationError: a key is malformed, its provider refuses, or the file cannot be read or written
    """
    return Cipher(key_source(home, master_key))


def key_source(home: Path, master_key: str | None = None) -> KeySource:
    """Where the keys come from; arguments and errors of ``open_cipher``."""
    return GivenKeys(master_key) if master_key else FileKeys(home / FILE_NAME)


class GivenKeys:
    """Keys in a variable: they stay as they are while the process lives."""

    def __init__(self, text: str) -> None:
        self._text = text

    def version(self) -> object:
        """Never another."""
        return 0

    def read(self) -> list[bytes]:
        """The keys, first the one that seals."""
        return decoded(self._text.split(","), VARIABLE)


class FileKeys:
    """Keys in a file, which may change.

    Args:
        path: of the file; it is created when it is not there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def version(self) -> object:
        """Another one whenever the file is."""
        try:
            seen = self.path.stat()
        except OSError:
            return None  # gone: what was read stays
        return seen.st_mtime_ns, seen.st_ino, seen.st_size

    def read(self) -> list[bytes]:
        """The keys, first the one that seals."""
        return decoded(self.lines(), str(self.path))

    def lines(self) -> list[str]:
        """The file's lines, wrapped keys as they are."""
        try:
            if not self.path.exists():
                _create(self.path, new_key())
            return [line.strip() for line in self.path.read_text().splitlines() if line.strip()]
        except OSError as error:
            raise ConfigurationError(f"The master key file {self.path} cannot be used: {error.strerror}") from error

    def replace(self, lines: Iterable[str]) -> None:
        """Write the file anew, complete or not at all."""
        temporary = _written(self.path, "\n".join(lines) + "\n")
        temporary.replace(self.path)


def new_key() -> str:
    """A line with a key nobody else has."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def decoded(lines: Iterable[str], origin: str) -> list[bytes]:
    """The keys of the lines.

    Raises:
        ConfigurationError: a line holds none, or there is no line.
    """
    try:
        keys = [decoded_line(line.strip()) for line in lines if line.strip()]
    except binascii.Error as error:
        raise ConfigurationError(f"{origin} does not hold base64 keys") from error
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise ConfigurationError(
            f"{origin} must hold {KEY_BYTES}-byte keys, base64 encoded",
            help="Make one with: openssl rand -base64 32",
        )
    return keys


def decoded_line(line: str) -> bytes:
    """The key of one line."""
    # Base64 has no colon, so a line that has one names a provider.
    return key_providers.unwrap(line) if ":" in line else base64.b64decode(line, validate=True)


def _create(path: Path, line: str) -> None:
    """Create the file complete or not at all; of several processes starting at once, one wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _written(path, line + "\n")
    try:
        os.link(temporary, path)
    except FileExistsError:
        return
    finally:
        temporary.unlink()


def _written(path: Path, content: str) -> Path:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".master-key-")  # mode 0600
    with os.fdopen(handle, "w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return Path(temporary)
