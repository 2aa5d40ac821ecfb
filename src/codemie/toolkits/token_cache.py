"""Tokens that systems issue for a while: kept in memory until shortly before they end, never stored, never logged."""

import hashlib
from collections import OrderedDict
from datetime import UTC, datetime, timedelta

_MARGIN = timedelta(minutes=2)
_MOST = 256


class TokenCache:
    """The tokens of a process.

    A token belongs to everything it was asked with, secrets included: whoever has not the same gets another.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[str, datetime]] = OrderedDict()

    def get(self, *asked_with: str) -> str | None:
        """The token, if it is good for a while yet."""
        token, end = self._kept.get(_key(asked_with), ("", datetime.min.replace(tzinfo=UTC)))
        return token if end > datetime.now(UTC) + _MARGIN else None

    def keep(self, token: str, end: datetime, *asked_with: str) -> None:
        """Keep one until it ends."""
        key = _key(asked_with)
        self._kept[key] = token, end
        self._kept.move_to_end(key)
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)

    def forget(self, *asked_with: str) -> bool:
        """Drop one that is refused; False if there was none."""
        return self._kept.pop(_key(asked_with), None) is not None


def _key(asked_with: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for part in asked_with:
        digest.update(f"{len(part)}:{part}".encode())
    return digest.hexdigest()
