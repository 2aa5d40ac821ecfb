"""Changes as models read and write them: numbered diffs, and blocks that replace text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from codemie.toolkits.failures import BadToolArguments

_HUNK = re.compile(r"^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")
_BLOCK = re.compile(r"OLD <<<<\s*?\n(.*?)\n?>>>> OLD\s*NEW <<<<\s*?\n(.*?)\n?>>>> NEW", re.DOTALL)


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of a unified diff.

    Args:
        text: with its sign.
        old: its number before, if it was there.
        new: its number after, if it is there.
    """

    text: str
    old: int | None = None
    new: int | None = None

    @property
    def is_code(self) -> bool:
        """False for the header of a hunk."""
        return self.old is not None or self.new is not None


def lines_of(text: str) -> list[str]:
    """Lines as Git counts them: nothing ends one but a line feed, though Python takes ten characters for an end."""
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")] if text else []


def diff_lines(diff: str) -> Iterator[DiffLine]:
    """The lines of one file's diff; the first hunk header has the index 0."""
    old = new = 0
    for line in lines_of(diff):
        if hunk := _HUNK.match(line):
            old, new = int(hunk[1]), int(hunk[2])
            yield DiffLine(line)
        elif line.startswith("\\"):
            yield DiffLine(line)
        elif line.startswith("+"):
            yield DiffLine(line, new=new)
            new += 1
        elif line.startswith("-"):
            yield DiffLine(line, old=old)
            old += 1
        else:
            yield DiffLine(line, old=old, new=new)
            old, new = old + 1, new + 1


def numbered(old_path: str, new_path: str, diff: str) -> str:
    """A file's diff with the index in front of each line, by which comments name it."""
    lines = (f"{index}:{line.text}" for index, line in enumerate(diff_lines(diff)))
    return "\n".join((f"diff --git a/{old_path} b/{new_path}", *lines))


def has_blocks(text: str) -> bool:
    """Whether there is a block that ``replaced`` would replace."""
    return _BLOCK.search(text) is not None


def replaced(text: str, blocks: str) -> str:
    """The text with each `OLD <<<< … >>>> OLD` replaced by its `NEW <<<< … >>>> NEW`.

    Raises:
        BadToolArguments: there is no block, or an old text stands nowhere or more than once.
    """
    pairs = _BLOCK.findall(blocks)
    if not pairs:
        raise BadToolArguments(
            "There is no block to replace",
            details="Write OLD <<<<, the text as it stands in the file, >>>> OLD, NEW <<<<, the new text, >>>> NEW, "
            "each mark on a line of its own.",
            code=422,
        )
    for old, new in pairs:
        found = text.count(old) if old else 0
        if found != 1:
            raise BadToolArguments(
                "The old text does not stand exactly once in the file",
                details=f"It stands there {found} times: {old[:200]}",
                help="Read the file, and take enough of the lines around it.",
                code=422,
            )
        text = text.replace(old, new, 1)
    return text
