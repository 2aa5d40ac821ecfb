"""PowerPoint: one answer, a slide for each of its headings, text split so that it fits."""

from io import BytesIO
from typing import Any

from pptx import Presentation
from pptx.util import Inches, Pt

from codemie.conversations.exporting.documents import Document
from codemie.conversations.exporting.markdown import Block, Span, Table, blocks, speakable
from codemie.conversations.exporting.pictures import Drawn, drawn

_MOST_CHARACTERS = 700
_MOST_LINES = 12
_MOST_ROWS = 10
_MOST_SLIDES = 300
_PICTURE = (648, 390)
"""Points that a picture may take."""
_TITLE_LAYOUT, _TEXT_LAYOUT, _BARE_LAYOUT = 0, 1, 5


def write(document: Document) -> bytes:
    """The document as a .pptx file."""
    # Typed by what python-pptx finds at run time: shapes of a layout have what the layout gives them.
    deck: Any = Presentation()
    cover = deck.slides.add_slide(deck.slide_layouts[_TITLE_LAYOUT])
    cover.shapes.title.text = speakable(document.title)[:200]
    for part in document.parts:
        cover.placeholders[1].text = speakable(part.heading or part.written_by)
        slides = _Deck(deck, speakable(document.title))
        _answer(slides, blocks(part.markdown))
        for picture in drawn(part.pictures):
            slides.picture(picture)
        if part.sources:
            sources = [Block("item", (Span(speakable(source)),), 1) for source in part.sources]
            _answer(_Deck(deck, "Sources"), sources)
    target = BytesIO()
    deck.save(target)
    return target.getvalue()


def _answer(deck: "_Deck", found: "list[Any]") -> None:
    for block in found:
        if isinstance(block, Table):
            deck.table(block)
        elif block.kind == "heading":
            deck.begin(block.text)
        elif block.kind != "rule":
            for piece in _pieces(block):
                deck.text(piece)


def _pieces(block: Block) -> "list[Block]":
    """A block that fits on a slide, or several."""
    if len(block.text) <= _MOST_CHARACTERS and block.text.count("\n") < _MOST_LINES:
        return [block]
    if block.kind == "code":
        lines = [line[k : k + 110] for line in block.text.split("\n") for k in range(0, max(1, len(line)), 110)]
        groups = ["\n".join(lines[start : start + _MOST_LINES]) for start in range(0, len(lines), _MOST_LINES)]
        return [Block("code", (Span(group, code=True),), block.level) for group in groups]
    words, groups, current = block.text.split(" "), [], ""
    for word in words:
        if current and len(current) + len(word) >= _MOST_CHARACTERS:
            groups.append(current)
            current = ""
        current = f"{current} {word}".strip()[: _MOST_CHARACTERS * 2]
    return [Block(block.kind, (Span(group),), block.level, block.marker) for group in [*groups, current]]


class _Deck:
    """Fills slides one after the other."""

    def __init__(self, deck: Any, title: str) -> None:
        self._deck = deck
        self._title = title
        self._frame: Any = None
        self._room = 0
        self._lines = 0

    def begin(self, title: str) -> None:
        """The next text stands under this title."""
        self._title, self._frame = title[:200], None

    def text(self, block: Block) -> None:
        """Add a paragraph, on a new slide when this one is full."""
        lines = 1 + block.text.count("\n") + len(block.text) // 90
        if self._frame is None or self._room < len(block.text) or self._lines < lines:
            self._frame = self._slide(_TEXT_LAYOUT).placeholders[1].text_frame
            self._room, self._lines = _MOST_CHARACTERS, _MOST_LINES + 2
            paragraph = self._frame.paragraphs[0]
        else:
            paragraph = self._frame.add_paragraph()
        self._room -= len(block.text)
        self._lines -= lines
        paragraph.level = min(max(block.level - 1, 0), 4) if block.kind == "item" else 0
        _runs(paragraph, block.spans)

    def table(self, table: Table) -> None:
        """A table on slides of its own, its head repeated."""
        head, rows = table.rows[0], table.rows[1:]
        for start in range(0, max(1, len(rows)), _MOST_ROWS):
            shown = [head, *rows[start : start + _MOST_ROWS]]
            shape = self._slide(_BARE_LAYOUT).shapes.add_table(
                len(shown), len(head), Inches(0.5), Inches(1.6), Inches(9), Inches(0.4 * len(shown))
            )
            for row, cells in zip(shape.table.rows, shown, strict=True):
                for cell, spans in zip(row.cells, cells, strict=True):
                    _runs(cell.text_frame.paragraphs[0], spans)
        self._frame = None

    def picture(self, picture: Drawn) -> None:
        """A picture on a slide of its own."""
        width, height = picture.scaled(*_PICTURE)
        self._slide(_BARE_LAYOUT).shapes.add_picture(picture.png, Inches(0.5), Inches(1.6), Pt(width), Pt(height))
        self._frame = None

    def _slide(self, layout: int) -> Any:
        if len(self._deck.slides) >= _MOST_SLIDES:
            raise OverflowError(f"the answer would need more than {_MOST_SLIDES} slides")
        slide = self._deck.slides.add_slide(self._deck.slide_layouts[layout])
        slide.shapes.title.text = self._title or "…"
        return slide


def _runs(paragraph: Any, spans: "tuple[Span, ...]") -> None:
    for span in spans:
        run = paragraph.add_run()
        run.text = span.text
        run.font.size = Pt(11 if span.code else 15)
        run.font.bold, run.font.italic = span.bold or None, span.italic or None
        if span.code:
            run.font.name = "Consolas"
        if span.link:
            run.hyperlink.address = span.link
