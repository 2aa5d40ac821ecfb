"""A text, and how far it is read."""

import re
from typing import NoReturn

from codemie.operations.hcl.wording import WrongSyntax

_BLANK = re.compile(r"(?:[ \t\r]|#[^\n]*|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_BLANK_LINES = re.compile(r"(?:\s|#[^\n]*|//[^\n]*|/\*.*?\*/)*", re.DOTALL)


class Reader:
    """Takes from a text what is next.

    Attributes:
        at: place of the next letter.
        loose: whether a line's end means nothing here, as in parentheses; the innermost last.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.loose = [False]

    @property
    def line(self) -> int:
        """The line of the next letter, from 1."""
        return self.text.count("\n", 0, self.at) + 1

    def wrong(self, wanted: str) -> NoReturn:
        """Stop here.

        Raises:
            WrongSyntax: always.
        """
        seen = self.text[self.at : self.at + 20].split("\n")[0] or "the end of the line"
        raise WrongSyntax(f"{wanted} was expected, not {seen}", self.line)

    def blank(self) -> None:
        """Read over what means nothing here."""
        self._over(_BLANK_LINES if self.loose[-1] else _BLANK)

    def blank_lines(self) -> None:
        """Read over ends of lines, too."""
        self._over(_BLANK_LINES)

    def ahead(self, text: str) -> bool:
        """Whether it comes next."""
        self.blank()
        return self.text.startswith(text, self.at)

    def taken(self, wanted: str | re.Pattern[str]) -> str | None:
        """The wanted text, which is then read; None where something else comes."""
        if isinstance(wanted, str):
            if not self.ahead(wanted):
                return None
            self.at += len(wanted)
            return wanted
        found = self.found(wanted)
        return found[0] if found else None

    def found(self, wanted: re.Pattern[str]) -> re.Match[str] | None:
        """What comes next, which is then read; None where something else comes."""
        self.blank()
        found = wanted.match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def want(self, text: str) -> None:
        """Read over it.

        Raises:
            WrongSyntax: something else comes.
        """
        if not self.taken(text):
            self.wrong(text)

    def close(self, end: str) -> None:
        """Read over the end of what was opened, whose rules of lines are over with it."""
        self.want(end)
        self.loose.pop()

    def _over(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self.text, self.at)
        self.at = found.end() if found else self.at
