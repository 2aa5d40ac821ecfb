"""Envelope encryption for everything secret in the database.

A secret is sealed with a fresh data key (AES-256-GCM); the data key is wrapped with the master key. Of the master keys
(see `master_keys`) the first one wraps, all of them unwrap, so a key is rotated by putting a new one in front and
wrapping the data keys anew. The context (what the secret is and whose) is bound to the ciphertext: a value copied into
another row does not open.
"""

import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from codemie.kernel.errors import CodeMieError, ConfigurationError
from codemie.kernel.telemetry import get_logger

log = get_logger(__name__)

_VERSION = b"\x01"
KEY_BYTES = 32
_NONCE_BYTES = 12
_ID_BYTES = 8
_WRAPPED_BYTES = KEY_BYTES + 16
_WRAP_END = len(_VERSION) + _ID_BYTES + _NONCE_BYTES + _WRAPPED_BYTES
_LOOK_AGAIN_SECONDS = 2.0


class DecryptionFailed(CodeMieError):
    """A sealed value is damaged, belongs to another context, or its master key is not among ours."""

    title = "A stored secret could not be decrypted"


class KeySource(Protocol):
    """Where master keys come from."""

    def version(self) -> object:
        """Another one when ``read`` would give other keys; cheap."""
        ...

    def read(self) -> list[bytes]:
        """The keys; the first one seals, every one opens."""
        ...


@dataclass(frozen=True, slots=True)
class _Keys:
    wrapping: dict[bytes, AESGCM]
    current: bytes

    @classmethod
    def of(cls, keys: list[bytes]) -> "_Keys":
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise ConfigurationError(f"A master key must be {KEY_BYTES} bytes, base64 encoded")
        return cls({_key_id(key): AESGCM(key) for key in keys}, _key_id(keys[0]))


class Cipher:
    """Seals and opens secrets under the master keys.

    Args:
        master_keys: 32-byte keys, of which the first one seals and every one opens; or where they come from, which is
            looked at again every other second.
    """

    def __init__(self, master_keys: "Iterable[bytes] | KeySource") -> None:
        self._source = None if isinstance(master_keys, Iterable) else master_keys
        self._version = self._source.version() if self._source else None
        self._keys = _Keys.of(list(master_keys) if isinstance(master_keys, Iterable) else master_keys.read())
        # A file that was just created by reading it has a version only now.
        self._version = self._source.version() if self._source else None
        self._looked_at = time.monotonic()

    @property
    def _current(self) -> _Keys:
        """The keys as they are now."""
        now = time.monotonic()
        if self._source is not None and now - self._looked_at >= _LOOK_AGAIN_SECONDS:
            self._looked_at = now
            version = self._source.version()
            if version is not None and version != self._version:
                self._read(self._source, version)
        return self._keys

    def _read(self, source: KeySource, version: object) -> None:
        """Take the keys as they are now; while they cannot be read, those before serve."""
        try:
            self._keys, self._version = _Keys.of(source.read()), version
        except ConfigurationError as error:
            log.warning("master_keys_unreadable", reason=error.message)

    @property
    def key_id(self) -> str:
        """Names the key that seals."""
        return self._current.current.hex()

    @property
    def key_ids(self) -> list[str]:
        """Names the keys that open."""
        return [identity.hex() for identity in self._current.wrapping]

    def seal(self, plaintext: bytes, *, context: str) -> bytes:
        """Encrypt for storage.

        Layout: version 1 | master key id 8 | nonce 12 | wrapped data key 48 | nonce 12 | ciphertext with tag.

        Args:
            plaintext: the secret.
            context: what the secret is and whose, e.g. ``signing-key:<id>``; needed again to open it
        """
        data_key = AESGCM.generate_key(bit_length=8 * KEY_BYTES)
        bound = context.encode()
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = AESGCM(data_key).encrypt(nonce, plaintext, bound)
        return b"".join((self._wrapped(data_key, bound), nonce, sealed))

    def open(self, sealed: bytes, *, context: str) -> bytes:
        """Decrypt what ``seal`` returned.

        Raises:
            DecryptionFailed: damaged value, other context, or unknown master key
        """
        data_key = self._data_key(sealed, context.encode())
        nonce, ciphertext = sealed[_WRAP_END : _WRAP_END + _NONCE_BYTES], sealed[_WRAP_END + _NONCE_BYTES :]
        try:
            return AESGCM(data_key).decrypt(nonce, ciphertext, context.encode())
        except InvalidTag as error:
            raise DecryptionFailed from error

    def rewrap(self, sealed: bytes, *, context: str) -> bytes:
        """The same secret under the key that seals now; the secret itself is not opened.

        Raises:
            DecryptionFailed: as for ``open``.
        """
        bound = context.encode()
        return self._wrapped(self._data_key(sealed, bound), bound) + sealed[_WRAP_END:]

    def _wrapped(self, data_key: bytes, bound: bytes) -> bytes:
        keys, nonce = self._current, secrets.token_bytes(_NONCE_BYTES)
        return b"".join((_VERSION, keys.current, nonce, keys.wrapping[keys.current].encrypt(nonce, data_key, bound)))

    def _data_key(self, sealed: bytes, bound: bytes) -> bytes:
        if sealed[:1] != _VERSION or len(sealed) < _WRAP_END + _NONCE_BYTES:
            raise DecryptionFailed
        master = self._current.wrapping.get(sealed[1 : 1 + _ID_BYTES])
        if master is None:
            raise DecryptionFailed(
                "A stored secret was encrypted with a master key that is not configured",
                help="Put the former key back, in master.key or CODEMIE_MASTER_KEY: several are taken, newest first.",
            )
        wrap = sealed[1 + _ID_BYTES : _WRAP_END]
        try:
            return master.decrypt(wrap[:_NONCE_BYTES], wrap[_NONCE_BYTES:], bound)
        except InvalidTag as error:
            raise DecryptionFailed from error

    def is_current(self, sealed: bytes) -> bool:
        """False when the value should be sealed anew because the master key was rotated."""
        return sealed[:1] == _VERSION and sealed[1 : 1 + _ID_BYTES] == self._current.current


def key_id_of(sealed: bytes) -> str:
    """Names the key that a sealed value is under."""
    return sealed[1 : 1 + _ID_BYTES].hex()


def _key_id(key: bytes) -> bytes:
    return sha256(b"codemie master key" + key).digest()[:_ID_BYTES]
