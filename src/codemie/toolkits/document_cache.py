"""Documents that describe systems: read once, kept for a while, so that not every call reads one."""

import hashlib
import time
from collections import OrderedDict
from typing import Protocol

_MOST_CHARACTERS = 16 * 2**20
_FRESH_SECONDS = 300.0


class Kept(Protocol):
    """What was read, and how long it was."""

    @property
    def text(self) -> str:
        """As it was written."""
        ...


class DocumentCache:
    """The documents of a process. One that was fetched is fetched again after a while.

    A document belongs to everything it was asked with, secrets included: whoever has not the same gets another.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[Kept, float]] = OrderedDict()

    def get(self, *asked_with: str) -> Kept | None:
        """The document, if it is fresh."""
        document, end = self._kept.get(_key(asked_with), (None, 0.0))
        return document if end > time.monotonic() else None

    def keep(self, document: Kept, *asked_with: str) -> None:
        """Keep one for a while; the oldest make room."""
        key = _key(asked_with)
        self._kept[key] = document, time.monotonic() + _FRESH_SECONDS
        self._kept.move_to_end(key)
        while len(self._kept) > 1 and sum(len(item.text) for item, _ in self._kept.values()) > _MOST_CHARACTERS:
            self._kept.popitem(last=False)


def _key(asked_with: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for part in asked_with:
        digest.update(f"{len(part)}:{part}".encode())
    return digest.hexdigest()
