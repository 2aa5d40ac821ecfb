"""Prose cut along its headings and paragraphs: Markdown, reStructuredText, plain text, text of PDF and Office files."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from codemie.knowledge.pieces import Span

TARGET = 1000
"""Characters a piece aims at."""
LONGEST = 1500
"""Characters a piece never exceeds."""
SMALL = 300
"""A section shorter than this is joined with the next one of its branch."""

_ATX = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$")
_UNDERLINE = re.compile(r"^([=\-~^\"'`#*+.:_])\1{2,}$")
_UNDERLINE_ORDER = "=-~^\"'`#*+.:_"
_FENCE = re.compile(r"^\s*(```|~~~)")
_TABLE_RULE = re.compile(r"^\s*\|?[\s:|-]+\|[\s:|-]*$")
_SENTENCE_END = re.compile(r"(?<=[.!?…。])\s+|\n")


@dataclass(frozen=True, slots=True)
class _Block:
    """A paragraph, list, table or fenced code, with its first line and the headings above."""

    text: str
    line: int
    last_line: int
    path: tuple[str, ...]
    is_heading: bool = False


@dataclass(slots=True)
class _Packer:
    """Collects blocks into spans."""

    blocks: list[_Block] = field(default_factory=list[_Block])
    size: int = 0

    def add(self, block: _Block) -> None:
        self.blocks.append(block)
        self.size += len(block.text) + 2

    def flush(self) -> Iterator[Span]:
        if self.blocks:
            path = _shared([block.path for block in self.blocks])
            text = "\n\n".join(block.text for block in self.blocks)
            yield Span(text, self.blocks[0].line, self.blocks[-1].last_line, " › ".join(path) or None)
        self.blocks, self.size = [], 0


def by_headings(text: str) -> Iterator[Span]:
    """Cut along headings; small neighbouring sections of one branch stay together."""
    return _pack(_blocks(text, headings=True))


def by_paragraphs(text: str) -> Iterator[Span]:
    """Cut text without headings: rows, logs, unknown formats."""
    return _pack(_blocks(text, headings=False))


def _pack(blocks: Iterator[_Block]) -> Iterator[Span]:
    packer = _Packer()
    for block in blocks:
        if packer.blocks and _breaks(packer, block):
            yield from packer.flush()
        for part in _fitting(block):
            if packer.size + len(part.text) > TARGET and not _only_headings(packer.blocks):
                yield from packer.flush()
            packer.add(part)
    yield from packer.flush()


def _breaks(packer: _Packer, block: _Block) -> bool:
    """True when a new section starts and what is collected can stand alone."""
    return block.is_heading and packer.size >= SMALL and not _only_headings(packer.blocks)


def _only_headings(blocks: list[_Block]) -> bool:
    return all(block.is_heading for block in blocks)


def _shared(paths: list[tuple[str, ...]]) -> tuple[str, ...]:
    """The headings above all blocks; when they share none, those of the first."""
    shared = paths[0]
    for path in paths[1:]:
        length = next((i for i, (a, b) in enumerate(zip(shared, path, strict=False)) if a != b), None)
        shared = shared[: min(len(shared), len(path)) if length is None else length]
    return shared or paths[0]


def _blocks(text: str, *, headings: bool) -> Iterator[_Block]:
    """Split at blank lines outside fenced code; headings are blocks of their own."""
    lines = text.split("\n")
    path: list[tuple[int, str]] = []
    start, fenced = 0, False
    for number, line in enumerate(lines):
        if _FENCE.match(line):
            fenced = not fenced
        if fenced:
            continue
        names = tuple(name for _, name in path)
        if headings and (heading := _heading(lines, number)):
            level, name, first, last = heading
            yield from _block(lines, start, first, names)
            path = [*(entry for entry in path if entry[0] < level), (level, name)]
            heading_text = "\n".join(lines[first : last + 1])
            yield _Block(heading_text, first, last, tuple(name for _, name in path), is_heading=True)
            start = last + 1
        elif not line.strip() and number >= start:
            yield from _block(lines, start, number, names)
            start = number + 1
    yield from _block(lines, start, len(lines), tuple(name for _, name in path))


def _block(lines: list[str], start: int, end: int, path: tuple[str, ...]) -> Iterator[_Block]:
    while start < end and not lines[start].strip():
        start += 1
    text = "\n".join(lines[start:end]).rstrip()
    if text:
        yield _Block(text, start, start + text.count("\n"), path)


def _heading(lines: list[str], number: int) -> tuple[int, str, int, int] | None:
    """Level, name, first and last line of the heading that ends at this line, if one does."""
    line = lines[number]
    if match := _ATX.match(line):
        return len(match[1]), match[2], number, number
    if number == 0 or not (rule := _UNDERLINE.match(line.rstrip())):
        return None
    name = lines[number - 1].strip()
    if not name or len(line.rstrip()) < len(name) or lines[number - 1][0].isspace() or _UNDERLINE.match(name):
        return None
    overlined = number > 1 and lines[number - 2].rstrip() == line.rstrip()
    if not overlined and number > 1 and lines[number - 2].strip():
        return None
    level = _UNDERLINE_ORDER.index(rule[1]) + (1 if overlined else 2)
    return level, name, number - (2 if overlined else 1), number


def _fitting(block: _Block) -> Iterator[_Block]:
    """The block itself, or parts of it that fit; a table repeats its header in every part."""
    if len(block.text) <= LONGEST:
        yield block
        return
    lines = block.text.split("\n")
    header = "\n".join(lines[:2]) + "\n" if len(lines) > 2 and _TABLE_RULE.match(lines[1]) else ""
    if len(header) > TARGET // 2:
        header = ""
    line = block.line
    for text in parts(block.text, TARGET - len(header)):
        repeated = header if line > block.line else ""
        rows = text.count("\n")
        yield _Block((repeated + text).rstrip("\n"), line, line + rows - text.endswith("\n"), block.path)
        line += rows


def parts(text: str, size: int) -> Iterator[str]:
    """Cut at the last line or sentence end before `size`, else at a space, else anywhere."""
    start = 0
    while len(text) - start > size:
        window = text[start : start + size]
        cut = window.rfind("\n") + 1 or max((m.end() for m in _SENTENCE_END.finditer(window)), default=0)
        cut = cut or window.rfind(" ") + 1 or size
        yield text[start : start + cut]
        start += cut
    yield text[start:]
