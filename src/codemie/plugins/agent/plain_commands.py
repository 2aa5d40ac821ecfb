"""Command lines that need no shell: programs with arguments, joined by `|`, `&&`, `||` and `;`.

Rules about programs are only worth something where what was read is what runs. So a line is read here by a grammar that
admits no variables, wildcards, substitutions or redirections, and what was read is run without a shell.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

_PIECE = re.compile(
    r"""
    (?P<blank>[ \t]+)
  | (?P<operator>&&|\|\||;|\|)
  | (?P<word>[\w@%+=:,./^-][\w@%+=:,./^~-]*)
  | '(?P<single>[^'\0]*)'
  | "(?P<double>[^"$`\\!\0]*)"
    """,
    re.VERBOSE,
)

Joint = Literal["&&", "||", ";"]
Words = tuple[str, ...]


class NotPlain(ValueError):
    """The line needs a shell."""


@dataclass(frozen=True, slots=True)
class Step:
    """Programs whose outputs run into one another, and when they run: after success, failure, or anyhow."""

    joint: Joint
    programs: tuple[Words, ...]


def parse(line: str) -> list[Step]:
    """Read a command line.

    Raises:
        NotPlain: it uses something that only a shell understands, or is no command.
    """
    steps: list[Step] = []
    joint: Joint = ";"
    programs: list[Words] = []
    words: list[str] = []
    for piece in [*_pieces(line.strip()), "end"]:
        if isinstance(piece, tuple):
            words.append(piece[0])
            continue
        if not words or "=" in words[0]:
            raise NotPlain("A program is missing.")
        programs.append(tuple(words))
        words = []
        if piece != "|":
            steps.append(Step(joint, tuple(programs)))
            programs = []
            joint = "&&" if piece == "&&" else "||" if piece == "||" else ";"
    return steps


def _pieces(line: str) -> Iterator[str | tuple[str]]:
    """Operators as they are, words as tuples."""
    position, word, at = 0, "", False
    while position < len(line):
        match = _PIECE.match(line, position)
        if match is None:
            raise NotPlain(f"Character {position + 1} needs a shell.")
        position = match.end()
        if match.lastgroup in {"word", "single", "double"}:
            word, at = word + (match[match.lastgroup] or ""), True
            continue
        if at:
            yield (word,)
            word, at = "", False
        if match.lastgroup == "operator":
            yield match["operator"]
    if at:
        yield (word,)
