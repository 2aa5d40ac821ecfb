"""Envelope encryption for everything secret in the database.

A secret is sealed with a fresh data key (AES-256-GCM); the data key is wrapped with the master key. Master keys come
from ``CODEMIE_MASTER_KEY`` or from ``$CODEMIE_HOME/master.key``: the first one wraps, all of them unwrap, so a key is
rotated by putting a new one in front and sealing the secrets anew. The context (what the secret is and whose) is bound
to the ciphertext: a value copied into another row does not open.
"""

import base64
import binascii
import os
import secrets
import tempfile
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from codemie.kernel.errors import CodeMieError, ConfigurationError

_VERSION = b"\x01"
_KEY_BYTES = 32
_NONCE_BYTES = 12
_ID_BYTES = 8
_WRAPPED_BYTES = _KEY_BYTES + 16
_WRAP_END = len(_VERSION) + _ID_BYTES + _NONCE_BYTES + _WRAPPED_BYTES
_MASTER_KEY_FILE = "master.key"


class DecryptionFailed(CodeMieError):
    """A sealed value is damaged, belongs to another context, or its master key is not among ours."""

    title = "A stored secret could not be decrypted"


class Cipher:
    """Seals and opens secrets under the master keys.

    Args:
        master_keys: 32-byte keys; the first one seals, every one opens
    """

    def __init__(self, master_keys: Iterable[bytes]) -> None:
        keys = list(master_keys)
        if not keys or any(len(key) != _KEY_BYTES for key in keys):
            raise ConfigurationError(f"A master key must be {_KEY_BYTES} bytes, base64 encoded")
        self._wrapping = {_key_id(key): AESGCM(key) for key in keys}
        self._current = _key_id(keys[0])

    def seal(self, plaintext: bytes, *, context: str) -> bytes:
        """Encrypt for storage.

        Layout: version 1 | master key id 8 | nonce 12 | wrapped data key 48 | nonce 12 | ciphertext with tag.

        Args:
            plaintext: the secret.
            context: what the secret is and whose, e.g. ``signing-key:<id>``; needed again to open it
        """
        data_key = AESGCM.generate_key(bit_length=8 * _KEY_BYTES)
        bound = context.encode()
        wrap_nonce, nonce = secrets.token_bytes(_NONCE_BYTES), secrets.token_bytes(_NONCE_BYTES)
        wrapped = self._wrapping[self._current].encrypt(wrap_nonce, data_key, bound)
        sealed = AESGCM(data_key).encrypt(nonce, plaintext, bound)
        return b"".join((_VERSION, self._current, wrap_nonce, wrapped, nonce, sealed))

    def open(self, sealed: bytes, *, context: str) -> bytes:
        """Decrypt what ``seal`` returned.

        Raises:
            DecryptionFailed: damaged value, other context, or unknown master key
        """
        if sealed[:1] != _VERSION or len(sealed) < _WRAP_END + _NONCE_BYTES:
            raise DecryptionFailed
        master = self._wrapping.get(sealed[1 : 1 + _ID_BYTES])
        if master is None:
            raise DecryptionFailed(
                "A stored secret was encrypted with a master key that is not configured",
                help="Put the former key back, in master.key or CODEMIE_MASTER_KEY: several are taken, newest first.",
            )
        wrap = sealed[1 + _ID_BYTES : _WRAP_END]
        bound = context.encode()
        try:
            data_key = master.decrypt(wrap[:_NONCE_BYTES], wrap[_NONCE_BYTES:], bound)
            nonce, ciphertext = sealed[_WRAP_END : _WRAP_END + _NONCE_BYTES], sealed[_WRAP_END + _NONCE_BYTES :]
            return AESGCM(data_key).decrypt(nonce, ciphertext, bound)
        except InvalidTag as error:
            raise DecryptionFailed from error

    def is_current(self, sealed: bytes) -> bool:
        """False when the value should be sealed anew because the master key was rotated."""
        return sealed[:1] == _VERSION and sealed[1 : 1 + _ID_BYTES] == self._current


def _key_id(key: bytes) -> bytes:
    return sha256(b"codemie master key" + key).digest()[:_ID_BYTES]


def open_cipher(home: Path, master_key: str | None = None) -> Cipher:
    """The cipher of this installation.

    Args:
        home: ``CODEMIE_HOME``; its ``master.key`` is created (mode 0600) when there is none
        master_key: value of ``CODEMIE_MASTER_KEY``: base64 keys separated by commas, newest first; beats the file

    Raises:
        ConfigurationError: a key is malformed, or the file cannot be read or written
    """
    if master_key:
        return Cipher(_decode_keys(master_key.split(","), "CODEMIE_MASTER_KEY"))
    path = home / _MASTER_KEY_FILE
    try:
        if not path.exists():
            _create_key_file(path)
        return Cipher(_decode_keys(path.read_text().splitlines(), str(path)))
    except OSError as error:
        raise ConfigurationError(f"The master key file {path} cannot be used: {error.strerror}") from error


def _decode_keys(lines: Iterable[str], origin: str) -> list[bytes]:
    try:
        keys = [base64.b64decode(line.strip(), validate=True) for line in lines if line.strip()]
    except binascii.Error as error:
        raise ConfigurationError(f"{origin} does not hold base64 keys") from error
    if not keys or any(len(key) != _KEY_BYTES for key in keys):
        raise ConfigurationError(
            f"{origin} must hold {_KEY_BYTES}-byte keys, base64 encoded",
            help="Make one with: openssl rand -base64 32",
        )
    return keys


def _create_key_file(path: Path) -> None:
    """Create the file complete or not at all; of several processes starting at once, one wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".master-key-")  # mode 0600
    try:
        with os.fdopen(handle, "w") as file:
            file.write(base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode() + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)
        except FileExistsError:
            return
    finally:
        Path(temporary).unlink()
