"""Markdown as a flat list of blocks with styled text, and nothing else: no HTML, no pictures, links to the web only."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

# What XML 1.0, the language of two of the three formats, cannot say.
_UNSPEAKABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SCHEMES = {"http", "https", "mailto"}
_PARSER = MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).enable(["table", "strikethrough"])

Kind = Literal["paragraph", "heading", "item", "code", "quote", "rule"]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text in one style."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    strike: bool = False
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph of some kind.

    Args:
        kind: of which.
        spans: its text.
        level: of a heading; how deep a list item or quote stands.
        marker: what stands before a list item.
    """

    kind: Kind
    spans: tuple[Span, ...] = ()
    level: int = 0
    marker: str = ""

    @property
    def text(self) -> str:
        """Without styles."""
        return "".join(span.text for span in self.spans)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; the first row is the head."""

    rows: tuple[tuple[tuple[Span, ...], ...], ...]


def speakable(text: str) -> str:
    """Without the characters no document can hold."""
    return _UNSPEAKABLE.sub("", text)


def blocks(source: str) -> list[Block | Table]:
    """Read Markdown."""
    return list(_Reader(_PARSER.parse(speakable(source))).read())


@dataclass(slots=True)
class _List:
    number: int | None

    def marker(self) -> str:
        """What stands before the next item."""
        if self.number is None:
            return "•"
        self.number += 1
        return f"{self.number - 1}."


class _Reader:
    """Walks the tokens of the parser once."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._lists: list[_List] = []
        self._marker = ""
        self._quotes = 0
        self._heading = 0

    def read(self) -> Iterator[Block | Table]:
        """Blocks in the order of the text."""
        position = 0
        while position < len(self._tokens):
            token = self._tokens[position]
            if token.type == "table_open":
                position, table = self._table(position)
                yield table
                continue
            yield from self._block(token)
            position += 1

    def _block(self, token: Token) -> Iterator[Block]:
        match token.type:
            case "heading_open":
                self._heading = int(token.tag[1])
            case "blockquote_open" | "blockquote_close":
                self._quotes += token.nesting
            case "bullet_list_open":
                self._lists.append(_List(None))
            case "ordered_list_open":
                self._lists.append(_List(int(token.attrs.get("start", 1))))
            case "bullet_list_close" | "ordered_list_close":
                self._lists.pop()
            case "list_item_open":
                self._marker = self._lists[-1].marker()
            case "fence" | "code_block":
                yield Block("code", (Span(token.content.rstrip("\n"), code=True),), len(self._lists))
            case "hr":
                yield Block("rule")
            case "inline":
                yield self._paragraph(_spans(token.children or []))
            case _:
                pass

    def _paragraph(self, spans: tuple[Span, ...]) -> Block:
        heading, self._heading = self._heading, 0
        marker, self._marker = self._marker, ""
        if heading:
            return Block("heading", spans, heading)
        if self._lists:
            return Block("item", spans, len(self._lists), marker)
        return Block("quote", spans, self._quotes) if self._quotes else Block("paragraph", spans)

    def _table(self, position: int) -> tuple[int, Table]:
        rows: list[list[tuple[Span, ...]]] = []
        while self._tokens[position].type != "table_close":
            token = self._tokens[position]
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "inline":
                rows[-1].append(_spans(token.children or []))
            position += 1
        width = max(len(row) for row in rows)
        return position + 1, Table(tuple((*row, *[()] * (width - len(row))) for row in rows))


# Token → the style it begins or ends.
_STYLES = {"strong": "bold", "em": "italic", "s": "strike"}


def _spans(tokens: list[Token]) -> tuple[Span, ...]:
    style = Span("")
    found: list[Span] = []
    for token in tokens:
        name = token.type.removesuffix("_open").removesuffix("_close")
        if attribute := _STYLES.get(name):
            style = replace(style, **{attribute: token.nesting > 0})
        elif name == "link":
            style = replace(style, link=_safe_link(str(token.attrs.get("href", ""))) if token.nesting > 0 else None)
        else:
            found.append(_span(style, token))
    return tuple(span for span in found if span.text)


def _span(style: Span, token: Token) -> Span:
    match token.type:
        case "softbreak":
            return replace(style, text=" ")
        case "hardbreak":
            return replace(style, text="\n")
        case "image":
            # What a picture's address would fetch is nobody's business: its description stands for it.
            return replace(style, text=token.content or "picture", italic=True)
        case _:
            return replace(style, text=token.content, code=token.type == "code_inline")


def _safe_link(address: str) -> str | None:
    try:
        return address if urlsplit(address).scheme.lower() in _SCHEMES else None
    except ValueError:
        return None
