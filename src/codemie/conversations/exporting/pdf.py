"""PDF, with fonts that come with the platform, because a reader need not have any.

DejaVu, embedded, shows Latin, Greek, Cyrillic, Armenian, Georgian, symbols and mathematics. Chinese, Japanese and
Korean name standard CID fonts, which are not embedded: readers on systems with fonts for these scripts show them.
Scripts that need shaping or another direction (Arabic, Hebrew, Indic scripts, Thai) and emoji are told by their Unicode
names in brackets: readable, never boxes.
"""

import unicodedata
from dataclasses import replace
from functools import cache
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from reportlab.lib import colors
from reportlab.lib.enums import TA_LEFT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import HRFlowable, Paragraph, SimpleDocTemplate, Spacer, TableStyle, XPreformatted
from reportlab.platypus import Image as Picture
from reportlab.platypus import Table as Grid

from codemie.conversations.exporting.documents import Document
from codemie.conversations.exporting.markdown import Block, Span, Table, blocks, speakable
from codemie.conversations.exporting.pictures import drawn

_FONTS = Path(__file__).with_name("fonts")
_SANS, _BOLD, _ITALIC, _MONO = "DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSansMono"
_SIZES = {1: 17, 2: 14, 3: 12}
_WIDEST_TABLE = 12
_MOST_CELL = 2000
# Ranges of code points → the CID font that has them; Han is shown as Chinese unless kana stand in the same text.
_CID_RANGES = (
    (0x1100, 0x11FF, "HYSMyeongJo-Medium"),
    (0xAC00, 0xD7A3, "HYSMyeongJo-Medium"),
    (0x3040, 0x30FF, "HeiseiMin-W3"),
    (0x3000, 0x303F, "STSong-Light"),
    (0x3400, 0x9FFF, "STSong-Light"),
    (0xFF00, 0xFFEF, "STSong-Light"),
)
_SHAPED = ((0x0590, 0x08FF), (0xFB1D, 0xFDFF), (0xFE70, 0xFEFF))


def write(document: Document) -> bytes:
    """The document as a PDF file."""
    _register()
    target = BytesIO()
    template = SimpleDocTemplate(
        target, pagesize=A4, leftMargin=20 * mm, rightMargin=20 * mm, topMargin=18 * mm, bottomMargin=18 * mm,
        title=speakable(document.title), author="", allowSplitting=1,
    )  # fmt: skip
    story: list[Any] = [Paragraph(_marked_text(speakable(document.title), _BOLD), _style(18, after=10, font=_BOLD))]
    for part in document.parts:
        if part.heading:
            story += [Paragraph(_marked_text(speakable(part.heading), _BOLD), _style(11, font=_BOLD, before=12))]
            story += [HRFlowable(width="100%", color=colors.lightgrey, spaceAfter=4)]
        for block in blocks(part.markdown):
            story += _table(block, template.width) if isinstance(block, Table) else _flow(block)
        if part.attached:
            story += [Paragraph(_marked_text(speakable(part.attached), _SANS), _style(8.5, before=4))]
        for picture in drawn(part.pictures):
            story += [Spacer(1, 4), Picture(picture.png, *picture.scaled(template.width, 0.8 * template.height))]
        if part.written_by:
            story += [Paragraph(_marked_text(speakable(part.written_by), _SANS), _style(8.5, before=4))]
        if part.sources:
            story += [Paragraph("Sources", _style(10, font=_BOLD, before=6))]
            story += [Paragraph(_marked_text(speakable(source), _SANS), _style(8.5)) for source in part.sources]
    template.build(story, onFirstPage=_number, onLaterPages=_number)
    return target.getvalue()


@cache
def _register() -> None:
    for name in (_SANS, _BOLD, _ITALIC, _MONO):
        pdfmetrics.registerFont(TTFont(name, str(_FONTS / f"{name}.ttf")))
    for name in sorted({font for _, _, font in _CID_RANGES}):
        pdfmetrics.registerFont(UnicodeCIDFont(name))


def _number(canvas: Any, template: Any) -> None:
    canvas.setFont(_SANS, 8)
    canvas.drawRightString(A4[0] - 20 * mm, 10 * mm, str(template.page))


def _style(size: float, *, font: str = _SANS, before: float = 0, after: float = 4, indent: float = 0) -> ParagraphStyle:
    return ParagraphStyle(
        "own", fontName=font, fontSize=size, leading=size * 1.35, spaceBefore=before, spaceAfter=after,
        leftIndent=indent, alignment=TA_LEFT, splitLongWords=1, wordWrap=None,
    )  # fmt: skip


def _flow(block: Block) -> list[Any]:
    is_heading = block.kind == "heading"
    text = "".join(_marked(replace(span, bold=True) if is_heading else span) for span in block.spans)
    match block.kind:
        case "heading":
            return [Paragraph(text, _style(_SIZES.get(block.level, 10.5), font=_BOLD, before=8))]
        case "rule":
            return [HRFlowable(width="100%", color=colors.grey, spaceBefore=4, spaceAfter=4)]
        case "code":
            return [*_code(block)]
        case "item":
            style = _style(10, indent=14 * block.level, after=2)
            marker = f"<bullet>{escape(block.marker)}</bullet>" if block.marker else ""
            style.bulletIndent, style.bulletFontName = 14 * (block.level - 1), _SANS
            return [Paragraph(marker + text, style)]
        case "quote":
            style = _style(10, indent=12 * block.level)
            style.textColor = colors.HexColor("#475569")
            return [Paragraph(text, style)]
        case _:
            return [Paragraph(text, _style(10))]


def _code(block: Block) -> list[Any]:
    """Lines cut to what a page is wide, in pieces a page can hold."""
    lines = [line[k : k + 92] for line in block.text.expandtabs(4).split("\n") for k in range(0, max(1, len(line)), 92)]
    style = _style(8, font=_MONO, indent=4 + 14 * block.level, after=0)
    style.backColor, style.borderPadding = colors.HexColor("#f1f5f9"), 3
    pieces = ["\n".join(lines[start : start + 40]) for start in range(0, len(lines), 40)]
    return [Spacer(1, 3), *(XPreformatted(_marked_text(piece, _MONO), style) for piece in pieces), Spacer(1, 6)]


def _table(table: Table, width: float) -> list[Any]:
    columns = min(len(table.rows[0]), _WIDEST_TABLE)
    cell = _style(8.5, after=0)
    rows = [[Paragraph("".join(_marked(span) for span in _shortened(spans)), cell) for spans in row[:columns]]
            for row in table.rows]  # fmt: skip
    grid = Grid(rows, colWidths=[width / columns] * columns, repeatRows=1, splitByRow=1, splitInRow=1)
    grid.setStyle(
        TableStyle(
            [
                ("GRID", (0, 0), (-1, -1), 0.5, colors.lightgrey),
                ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#f1f5f9")),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ]
        )
    )
    cut = [] if len(table.rows[0]) <= columns else [
        Paragraph(f"The table has {len(table.rows[0])} columns; {columns} are shown.", _style(8))
    ]  # fmt: skip
    return [Spacer(1, 3), grid, *cut, Spacer(1, 6)]


def _shortened(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    text = "".join(span.text for span in spans)
    return spans if len(text) <= _MOST_CELL else (Span(f"{text[:_MOST_CELL]} …"),)


def _marked(span: Span) -> str:
    font = _MONO if span.code else _BOLD if span.bold else _ITALIC if span.italic else _SANS
    text = _marked_text(span.text, font).replace("\n", "<br/>")
    if span.strike:
        text = f"<strike>{text}</strike>"
    return f'<a href={quoteattr(span.link)} color="#1d4ed8">{text}</a>' if span.link else text


def _marked_text(text: str, font: str) -> str:
    """Escaped text, each stretch in a font that has it."""
    has_kana = any("\u3040" <= letter <= "\u30ff" for letter in text)
    shown = ((_font_of(letter, font, has_kana=has_kana), letter) for letter in text)
    stretches = (
        (name, "".join(letter for _, letter in group)) for name, group in groupby(shown, key=lambda one: one[0])
    )
    return "".join(
        f'<font face="{name}">{escape(part)}</font>' if name else escape(_named(part), {}) for name, part in stretches
    )


def _font_of(letter: str, font: str, *, has_kana: bool) -> str | None:
    """The font for a letter; None when there is none."""
    code = ord(letter)
    if letter in "\n\t\r ":
        return font
    if any(first <= code <= last for first, last in _SHAPED):
        return None
    for candidate in (font, _SANS):
        known: Any = pdfmetrics.getFont(candidate)
        if code in known.face.charToGlyph:
            return candidate
    found = next((name for first, last, name in _CID_RANGES if first <= code <= last), None)
    return "HeiseiMin-W3" if found == "STSong-Light" and has_kana else found


def _named(text: str) -> str:
    """What no font here can show, by name."""
    seen = [letter for letter in text if unicodedata.category(letter) not in {"Mn", "Cf"}]
    names = [unicodedata.name(letter, f"U+{ord(letter):04X}").lower() for letter in seen]
    return f"[{', '.join(names)}]" if names else ""
