"""Which version of each turn belongs together: the branches of a conversation.

Asking a turn again adds a version of it, and so starts a branch. A version says with ``parent_variant`` which version
of the turn before it follows. One that says nothing follows the newest: that is how conversations were written before
there were branches, and how histories from elsewhere are. ``docs/explanation/branches.md`` tells what
follows from that.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

Place = tuple[int, int]
"""A turn, and which of its versions."""


@dataclass(slots=True)
class _Version:
    follows: int | None
    written: int
    """When something was last said here or further down this branch, as a place in the order of messages."""
    children: list[Place] = field(default_factory=list[Place])
    heir: Place | None = None
    """The child in whose branch something was said last."""


class Branches:
    """The versions of some successive turns, as a tree."""

    def __init__(self, messages: Iterable[tuple[int, int, int | None]]) -> None:
        """Take turn, version and ``parent_variant`` of each message, in the order they were written."""
        self._turns: dict[int, dict[int, _Version]] = {}
        for written, (index, variant, follows) in enumerate(messages):
            version = self._turns.setdefault(index, {}).setdefault(variant, _Version(follows, written))
            version.written = written
        self._indexes = sorted(self._turns)
        self._before = dict(zip(self._indexes[1:], self._indexes, strict=False))
        self._grow()

    def parent(self, place: Place) -> Place | None:
        """The version that this one follows; None at the first of the turns."""
        index, variant = place
        before = self._before.get(index)
        if before is None:
            return None
        follows = self._turns[index][variant].follows
        known = self._turns[before]
        return before, follows if before == index - 1 and follows in known else max(known)

    def follows(self, place: Place) -> int | None:
        """What the version itself says of the one it follows."""
        return self._turns[place[0]][place[1]].follows

    def versions(self, index: int) -> list[int]:
        """The versions of a turn, oldest first."""
        return sorted(self._turns.get(index, ()))

    def path_to(self, place: Place) -> dict[int, int]:
        """The branch up to a version: which version of each turn."""
        path: dict[int, int] = {}
        step: Place | None = place
        while step is not None:
            path[step[0]] = step[1]
            step = self.parent(step)
        return path

    def to_last(self, variant: int | None = None) -> dict[int, int]:
        """The branch that ends with the last turn, in its newest version or the given one."""
        if not self._indexes:
            return {}
        last = self._indexes[-1]
        return self.path_to((last, max(self._turns[last]) if variant is None else variant))

    def through(self, place: Place) -> dict[int, int]:
        """The branch through a version, down to what was said last in it."""
        path = self.path_to(place)
        step = self._turns[place[0]][place[1]].heir
        while step is not None:
            path[step[0]] = step[1]
            step = self._turns[step[0]][step[1]].heir
        return path

    def newest(self) -> dict[int, int]:
        """The branch in which something was said last."""
        if not self._indexes:
            return {}
        first = self._indexes[0]
        return self.through((first, max(self._turns[first], key=lambda variant: self._turns[first][variant].written)))

    def below(self, place: Place) -> list[Place]:
        """A version and all that follows it."""
        found = [place]
        for index, variant in found:
            found += self._turns[index][variant].children
        return found

    def __contains__(self, place: Place) -> bool:
        """Whether there is such a version."""
        return place[1] in self._turns.get(place[0], ())

    def _grow(self) -> None:
        """From the last turn up: who follows whom, and in whose branch something was said last."""
        for index in reversed(self._indexes):
            for variant, version in self._turns[index].items():
                if version.children:
                    version.heir = max(version.children, key=self._written)
                    version.written = max(version.written, self._written(version.heir))
                above = self.parent((index, variant))
                if above is not None:
                    self._turns[above[0]][above[1]].children.append((index, variant))

    def _written(self, place: Place) -> int:
        return self._turns[place[0]][place[1]].written
