"""Source code cut along its syntax tree: split what is too long, merge neighbours that are short.

A method is found with the names of its class and module; comments and decorators stay with what they describe.
"""

from bisect import bisect_left
from collections.abc import Iterator
from functools import cache
from itertools import accumulate, pairwise
from typing import cast

from tree_sitter import Node, Parser, TreeCursor

from codemie.knowledge.pieces import Span

TARGET = 1200
"""Characters up to which neighbours are merged."""
LONGEST = 1600
"""Characters above which a node is split."""

_MAX_SOURCE_CHARS = 1_000_000
"""Longer files are generated; they are cut by lines."""
_MAX_DEPTH = 60
_MAX_SYMBOLS = 8
_ATTACHED = ("comment", "decorator", "attribute", "annotation")
_DEFINING = ("definition", "declaration", "_item", "class", "function", "method", "module", "interface", "mapping_pair")

Rows = tuple[int, int]
"""A range of rows, the end excluded."""


def spans(text: str, language: str) -> Iterator[Span]:
    """Cut a source file; falls back to lines when there is no grammar for it."""
    lines = text.split("\n")
    # How many characters come before each line: the size of any range is a subtraction.
    ends = list(accumulate((len(line) + 1 for line in lines), initial=0))
    parser = _parser(language) if len(text) <= _MAX_SOURCE_CHARS else None
    if parser is None:
        yield from (_span(lines, rows, None) for rows in _by_lines(ends, (0, len(lines))))
        return
    root = parser.parse(text.encode()).root_node
    symbols = _symbols(root)
    starts = [row for row, _, _ in symbols]
    for rows in _split(ends, root, (0, len(lines)), 0):
        yield _span(lines, rows, _symbol(symbols, starts, rows))


@cache
def _parser(language: str) -> Parser | None:
    from tree_sitter_language_pack import SupportedLanguage, get_parser

    try:
        return get_parser(cast("SupportedLanguage", language))
    except LookupError:
        return None


def _span(lines: list[str], rows: Rows, symbol: str | None) -> Span:
    start, end = rows
    while start < end - 1 and not lines[start].strip():
        start += 1
    while end > start + 1 and not lines[end - 1].strip():
        end -= 1
    return Span("\n".join(lines[start:end]), start, end - 1, None, symbol)


def _size(ends: list[int], rows: Rows) -> int:
    return ends[rows[1]] - ends[rows[0]]


def _split(ends: list[int], node: Node, rows: Rows, depth: int) -> list[Rows]:
    """Ranges that cover `rows`, none longer than allowed unless it is a single line."""
    if _size(ends, rows) <= LONGEST:
        return [rows]
    segments = _segments(node, rows)
    if depth > _MAX_DEPTH or not segments:
        return list(_by_lines(ends, rows))
    parts: list[Rows] = []
    for segment, inner in segments:
        splits_further = inner is not None and (inner.child_count or segment != rows)
        parts.extend(_split(ends, inner, segment, depth + 1) if inner and splits_further else _by_lines(ends, segment))
    return list(_merged(ends, parts))


def _segments(node: Node, rows: Rows) -> list[tuple[Rows, Node | None]]:
    """Cut the rows where a child begins on a line of its own; each part comes with its largest child."""
    cuts: list[int] = []
    largest: dict[int, Node] = {}
    previous_end, attached = -1, False
    for child in node.children:
        row = child.start_point.row
        if rows[0] < row < rows[1] and row > previous_end and not (attached and row == previous_end + 1):
            cuts.append(row)
        attached = child.type.endswith(_ATTACHED)
        previous_end = max(previous_end, child.end_point.row - (child.end_point.column == 0))
        key = cuts[-1] if cuts else rows[0]
        if key not in largest or _rows_of(child) > _rows_of(largest[key]):
            largest[key] = child
    bounds = [rows[0], *cuts, rows[1]]
    return [((start, end), largest.get(start)) for start, end in pairwise(bounds)]


def _rows_of(node: Node) -> int:
    return node.end_byte - node.start_byte


def _by_lines(ends: list[int], rows: Rows) -> Iterator[Rows]:
    start, size = rows[0], 0
    for row in range(*rows):
        length = ends[row + 1] - ends[row]
        if size and size + length > TARGET:
            yield start, row
            start, size = row, 0
        size += length
    if start < rows[1]:
        yield start, rows[1]


def _merged(ends: list[int], parts: list[Rows]) -> Iterator[Rows]:
    current: Rows | None = None
    for part in parts:
        if current is not None and _size(ends, (current[0], part[1])) <= TARGET:
            current = (current[0], part[1])
            continue
        if current is not None:
            yield current
        current = part
    if current is not None:
        yield current


Symbol = tuple[int, int, str]
"""First row, last row, qualified name of a definition."""


def _symbols(root: Node) -> list[Symbol]:
    """All named definitions in order, each qualified by the definitions around it."""
    found: list[Symbol] = []
    scopes: list[tuple[int, str]] = []
    for node in _walk(root.walk()):
        if not _defines(node.type) or not node.is_named:
            continue
        name = _name(node)
        if name is None:
            continue
        while scopes and scopes[-1][0] <= node.start_byte:
            scopes.pop()
        qualified = ".".join([*(scope for _, scope in scopes), name])
        found.append((node.start_point.row, node.end_point.row, qualified))
        scopes.append((node.end_byte, name))
    return found


@cache
def _defines(node_type: str) -> bool:
    return any(word in node_type for word in _DEFINING)


def _name(node: Node) -> str | None:
    child = node.child_by_field_name("name") or node.child_by_field_name("declarator")
    if child is None or child.text is None or len(child.text) > 200:
        return None
    return child.text.decode(errors="replace").split("(", 1)[0].strip().split("\n", 1)[0] or None


def _walk(cursor: TreeCursor) -> Iterator[Node]:
    """Every node down to a fixed depth, parents first, without recursion."""
    depth = 0
    while True:
        node = cursor.node
        if node is not None:
            yield node
        # What fits on one line defines nothing inside that would be worth a name.
        if depth < _MAX_DEPTH and (node is None or _spans_rows(node)) and cursor.goto_first_child():
            depth += 1
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return
            depth -= 1


def _spans_rows(node: Node) -> bool:
    return node.start_point.row != node.end_point.row


def _symbol(symbols: list[Symbol], starts: list[int], rows: Rows) -> str | None:
    """What the rows define; when they define nothing, the innermost definition they are part of."""
    first, last = bisect_left(starts, rows[0]), bisect_left(starts, rows[1])
    names = dict.fromkeys(name for _, _, name in symbols[first:last])
    around = next((symbols[n] for n in range(first - 1, -1, -1) if symbols[n][1] >= rows[0]), None)
    if around is not None:
        names = dict.fromkeys([around[2], *names])
    return ", ".join(list(names)[:_MAX_SYMBOLS]) or None
