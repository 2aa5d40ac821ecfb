"""What the agent prints: lines on standard error, in which nothing can hide and the key never stands."""

import sys
import time
from collections.abc import Callable

MASK = "**********"


def printable(text: str, most: int = 500) -> str:
    """A text on one line: what would move the cursor, colour or reverse it is written out; long ones are cut."""
    cut = text if len(text) <= most else f"{text[:most]}…"
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in cut)


class Console:
    """Prints.

    Args:
        key: what is masked wherever it would stand.
        write: takes whole lines.
    """

    def __init__(self, key: str, write: Callable[[str], object] = sys.stderr.write) -> None:
        self._key = key
        self._write = write

    def hide(self, text: str) -> str:
        """The text without the key."""
        return text.replace(self._key, MASK) if self._key else text

    def say(self, text: str, most: int = 500) -> None:
        """One line with the time."""
        self._write(f"{time.strftime('%H:%M:%S')} {printable(self.hide(text), most)}\n")
