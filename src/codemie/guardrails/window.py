"""A text that grows, shown only as far as nothing written behind can make it something denied."""

from collections.abc import Sequence

from codemie.guardrails.finders import Span
from codemie.guardrails.judging import Intervention, Judge, covered, decoded, encoded, tally

_CONTEXT = 4
"""Bytes of what has been shown that are kept: a rule may ask what stands before a word."""


class Blocked(Exception):
    """Something that a rule blocks was about to be shown.

    Args:
        judge: the rule.
    """

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        super().__init__(judge.told)


class Window:
    """Holds back the end of a growing text. What it gives, put together, is what `judging.verdict_on` makes of it all.

    Args:
        judges: the rules.
    """

    def __init__(self, judges: Sequence[Judge]) -> None:
        self._judges = judges
        self._held = b""
        self._shown = 0
        self._waiting: list[bytes] = []
        self._unbounded = [finder for judge in judges for finder in judge.finders if finder.reach is None]
        self._waits = any(not finder.run for finder in self._unbounded)
        self._going_on = b""  # the bytes of a thing that has begun and may have no end
        self.interventions: list[Intervention] = []

    def feed(self, text: str) -> str:
        """More text; gives what may be shown now.

        Raises:
            Blocked: what comes next must not be.
        """
        if self._waits:  # only all of it can be judged
            self._waiting.append(encoded(text))
            return ""
        more = encoded(text)
        self._held += more
        # What goes on as it began decides nothing; read anew with each piece, a long one would take minutes.
        if self._going_on and not more.strip(self._going_on):
            return ""
        found = self._found()
        told = self._show(found, self._decided(found))
        held_up = (finder.run for finder in self._unbounded if finder.decided(self._held, []) <= self._shown)
        self._going_on = next(held_up, b"")
        return told

    def finish(self) -> str:
        """The text ends; gives the rest.

        Raises:
            Blocked: it must not be shown.
        """
        self._held += b"".join(self._waiting)
        self._waiting.clear()
        return self._show(self._found(), len(self._held))

    def _found(self) -> list[tuple[Span, Judge]]:
        return [(span, judge) for judge in self._judges for span in judge.find(self._held, self._shown)]

    def _decided(self, found: list[tuple[Span, Judge]]) -> int:
        """How far the text may be shown: as far as every rule has decided, and through the middle of nothing."""
        place = min(
            finder.decided(self._held, [span for span, one in found if one is judge])
            for judge in self._judges
            for finder in judge.finders
        )
        place = max(place, self._shown)
        while self._shown < place < len(self._held) and self._held[place] & 0xC0 == 0x80:
            place -= 1
        while cut := [begin for (begin, end), _ in found if begin < place < end]:
            place = min(cut)
        return place

    def _show(self, found: list[tuple[Span, Judge]], place: int) -> str:
        due = [(span, judge) for span, judge in found if span[0] < place]
        self.interventions += tally(due)
        for _, judge in due:
            if judge.action == "block":
                raise Blocked(judge)
        shown = covered(self._held, due, self._shown, place)
        kept = max(0, place - _CONTEXT)
        while kept < place and self._held[kept] & 0xC0 == 0x80:
            kept += 1
        self._held, self._shown = self._held[kept:], place - kept
        return decoded(shown)
