"""Finding the places of a rule in UTF-8 text, and telling how far a text that still grows is decided.

A text is decided up to a place when nothing that is written behind can change what is found before it. That is what
lets an answer be shown while it is written without ever showing the beginning of something denied.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Span = tuple[int, int]
Verify = Callable[[bytes, int, int], int | None]
"""The end of what begins at a candidate, given text, start and end; None when it is none after all."""


def _as_found(_text: bytes, _start: int, end: int) -> int:
    return end


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds one kind of thing.

    Args:
        pattern: finds candidates.
        reach: so many bytes behind its start a thing has ended, and so has what must follow it; None is no bound.
        margin: so many bytes behind its end decide that it ends there, for things without a bound.
        run: the bytes such a thing consists of; any other byte decides everything before it.
        verify: looks closer at a candidate.
    """

    pattern: Any
    reach: int | None
    margin: int = 0
    run: bytes = b""
    verify: Verify = _as_found

    def find(self, text: bytes, start: int = 0) -> Iterator[Span]:
        """The things from a place on, which may look at what stands before; they do not overlap."""
        place = start
        while place < len(text) and (candidate := self.pattern.search(text, place)):
            begin, end = candidate.span()
            verified = self.verify(text, begin, end) if end > begin else None
            if verified is None:
                place = begin + 1
                continue
            yield begin, verified
            place = verified

    def decided(self, text: bytes, found: list[Span]) -> int:
        """How far the text is decided while it grows."""
        place = 0 if self.reach is None else max(0, len(text) - self.reach)
        if self.run:
            place = max(place, len(text.rstrip(self.run)))
        open_from = (begin for begin, end in found if self.margin and end + self.margin > len(text))
        return min((place, *open_from))
