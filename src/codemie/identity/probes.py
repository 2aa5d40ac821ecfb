"""Checks of ours send credentials that must be refused. The audit log tells such a refusal from a stranger's.

A check proves itself by a time that is sealed under the master key, which only processes of the installation have. The
proof counts for a minute and for exactly the credentials that it was made for: whoever overhears one can repeat that
request, and guess nothing under its cover.
"""

import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256

from codemie.identity.sent_credentials import CLAIMING_HEADERS, FORWARDED_TOKEN_HEADERS
from codemie.kernel.crypto import Cipher, DecryptionFailed

HEADER = "x-codemie-check"
SECONDS = 60
"""How long a proof counts, clocks that differ included."""

_CREDENTIALS = ("authorization", "cookie", "user-id", *FORWARDED_TOKEN_HEADERS, *CLAIMING_HEADERS)
_MAX_LENGTH = 500


def proof(cipher: Cipher, headers: Mapping[str, str]) -> str:
    """What a check sends as `HEADER`.

    Args:
        cipher: of the installation.
        headers: of the request, with all its credentials; names in small letters.
    """
    sealed = cipher.seal(str(int(time.time())).encode(), context=_context(headers))
    return urlsafe_b64encode(sealed).decode()


def is_proven(cipher: Cipher, headers: Mapping[str, str]) -> bool:
    """Whether a request comes from a check of this installation; anything that is no proof counts as none."""
    given = headers.get(HEADER, "")
    if not given or len(given) > _MAX_LENGTH:
        return False
    try:
        made = int(cipher.open(urlsafe_b64decode(given), context=_context(headers)))
    except (DecryptionFailed, ValueError):
        return False
    return abs(time.time() - made) <= SECONDS


def _context(headers: Mapping[str, str]) -> str:
    # All of them: a header may come twice.
    told = sorted(f"{name}: {value}" for name, value in headers.items() if name in _CREDENTIALS)
    return f"check:{sha256(repr(told).encode()).hexdigest()}"
