"""Word documents. Fonts are those of the reader's machine, so every script it knows is shown."""

from io import BytesIO
from typing import Any

import docx
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor

from codemie.conversations.exporting.documents import Document
from codemie.conversations.exporting.markdown import Block, Span, Table, blocks, speakable
from codemie.conversations.exporting.pictures import drawn

_CODE_FONT = "Consolas"
_PAGE = (432, 560)
"""Points between the margins of a page."""
_STYLES = {"quote": "Quote", "paragraph": "Normal", "rule": "Normal"}


def write(document: Document) -> bytes:
    """The document as a .docx file."""
    word = docx.Document()
    word.core_properties.title = speakable(document.title)[:255]
    word.core_properties.author = ""
    word.add_heading(speakable(document.title), 0)
    for part in document.parts:
        if part.heading:
            word.add_heading(speakable(part.heading), 1)
        for block in blocks(part.markdown):
            if isinstance(block, Table):
                _table(word, block)
            else:
                _block(word, block)
        if part.attached:
            word.add_paragraph().add_run(speakable(part.attached)).italic = True
        for picture in drawn(part.pictures):
            word.add_picture(picture.png, width=Pt(picture.scaled(*_PAGE)[0]))
        if part.written_by:
            word.add_paragraph().add_run(speakable(part.written_by)).italic = True
        if part.sources:
            word.add_heading("Sources", 3)
            for source in part.sources:
                word.add_paragraph(speakable(source))
    target = BytesIO()
    word.save(target)
    return target.getvalue()


def _block(word: Any, block: Block) -> None:
    if block.kind == "heading":
        paragraph = word.add_heading("", min(block.level + 1, 9))
    elif block.kind == "rule":
        paragraph = word.add_paragraph("—" * 20)
    elif block.kind == "item":
        paragraph = word.add_paragraph()
        paragraph.paragraph_format.left_indent = Pt(18 * block.level)
        if block.marker:
            paragraph.paragraph_format.first_line_indent = Pt(-18)
            paragraph.add_run(f"{block.marker}\t")
            paragraph.paragraph_format.tab_stops.add_tab_stop(Pt(18 * block.level))
    elif block.kind == "code":
        paragraph = word.add_paragraph()
        paragraph.paragraph_format.left_indent = Pt(18 * (block.level + 1))
    else:
        paragraph = word.add_paragraph(style=_STYLES[block.kind])
    _runs(paragraph, block.spans)


def _runs(paragraph: Any, spans: tuple[Span, ...]) -> None:
    for span in spans:
        run = paragraph.add_run(span.text)
        run.bold, run.italic, run.font.strike = span.bold or None, span.italic or None, span.strike or None
        if span.code:
            run.font.name, run.font.size = _CODE_FONT, Pt(9.5)
        if span.link:
            _link(paragraph, run, span.link)


def _link(paragraph: Any, run: Any, address: str) -> None:
    target = paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), target)
    run.font.color.rgb, run.font.underline = RGBColor(0x1D, 0x4E, 0xD8), True
    link.append(run._r)  # noqa: SLF001 - python-docx has no public way to make a link
    paragraph._p.append(link)  # noqa: SLF001


def _table(word: Any, table: Table) -> None:
    grid = word.add_table(rows=len(table.rows), cols=len(table.rows[0]), style="Table Grid")
    for row, cells in zip(grid.rows, table.rows, strict=True):
        for cell, spans in zip(row.cells, cells, strict=True):
            _runs(cell.paragraphs[0], spans)
    for cell in grid.rows[0].cells:
        for run in cell.paragraphs[0].runs:
            run.bold = True
    word.add_paragraph()
