"""Keys as NATS writes them: base32 of a prefix that tells the kind, 32 bytes, and a checksum.

Source: the README of nats-io/nkeys. Ed25519 pairs sign (accounts, servers, users); X25519 pairs seal ("xkeys").
"""

import base64
import binascii
from enum import IntEnum

from codemie.kernel.errors import InvalidInput

_SEED = 144
_KEY_BYTES = 32


class Kind(IntEnum):
    """What a key stands for; the first letter of its text."""

    ACCOUNT = 0
    SERVER = 104
    USER = 160
    CURVE = 184


def public_text(kind: Kind, key: bytes) -> str:
    """A public key as text: `A…`, `N…`, `U…` or `X…`.

    Args:
        kind: of the key.
        key: its 32 bytes.
    """
    return _text(bytes([kind]) + key)


def seed_text(kind: Kind, seed: bytes) -> str:
    """The secret 32 bytes as text: `S` and the letter of the kind."""
    return _text(bytes([_SEED | kind >> 5, (kind & 31) << 3]) + seed)


def public_bytes(kind: Kind, text: str) -> bytes:
    """The 32 bytes of a public key.

    Raises:
        InvalidInput: it is no key, or one of another kind.
    """
    try:
        raw = base64.b32decode(text + "=" * (-len(text) % 8))
    except (binascii.Error, ValueError) as error:
        raise InvalidInput("This is no NATS key", details="It is not base32") from error
    body, checksum = raw[:-2], raw[-2:]
    if len(body) != 1 + _KEY_BYTES or _checksum(body) != checksum:
        raise InvalidInput("This is no NATS key", details="Its length or its checksum is wrong")
    if body[0] != kind:
        raise InvalidInput("This NATS key is of another kind", details=f"A key of kind {kind.name} is needed")
    return body[1:]


def _text(body: bytes) -> str:
    return base64.b32encode(body + _checksum(body)).decode().rstrip("=")


def _checksum(body: bytes) -> bytes:
    # CRC-16/XMODEM, little endian.
    return binascii.crc_hqx(body, 0).to_bytes(2, "little")
