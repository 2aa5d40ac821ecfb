"""Checks of ours come with a wrong key, or with none. The audit log tells such a refusal from a stranger's.

A check gives its connection a name that only processes with the broker's secret can make. It counts for a minute and
for the key that comes with it, so whoever overhears one can guess no other key under its cover.
"""

import hmac
import re
import time
from collections.abc import Sequence

from codemie.embedded.nats_access import NatsAccess

SECONDS = 60
"""How long a name counts, clocks that differ included."""

_NAME = re.compile(r"codemie-check (\d{1,12}) ([0-9a-f]{64})")


def name_for(access: NatsAccess, key: str) -> str:
    """What a check calls its connection.

    Args:
        access: the broker's.
        key: that must be refused; empty for none.
    """
    now = str(int(time.time()))
    return f"codemie-check {now} {_seal(access, now, key)}"


def is_ours(accesses: Sequence[NatsAccess], name: str, key: str) -> bool:
    """Whether a connection of this name with this key is that of a check."""
    match = _NAME.fullmatch(name)
    if match is None or abs(time.time() - int(match[1])) > SECONDS:
        return False
    return any(hmac.compare_digest(match[2], _seal(access, match[1], key)) for access in accesses)


def _seal(access: NatsAccess, moment: str, key: str) -> str:
    return hmac.digest(access.derive("check"), f"{moment} {key}".encode(), "sha256").hex()
