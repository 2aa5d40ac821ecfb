"""Real files of many types, made on the spot."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import docx
import openpyxl
import pptx
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas


def pdf(pages: Sequence[Sequence[str]], *, password: str | None = None) -> bytes:
    """A PDF with one line of text below the other on every page."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, encrypt=StandardEncryption(password, "owner") if password else None)
    for lines in pages:
        for number, line in enumerate(lines):
            canvas.drawString(72, 760 - 16 * number, line)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def word(sections: Mapping[str, str]) -> bytes:
    """A DOCX with a heading and a paragraph for every entry."""
    document = docx.Document()
    for heading, paragraph in sections.items():
        document.add_heading(heading, 1)
        document.add_paragraph(paragraph)
    return _saved(document)


def slides(titles: Mapping[str, str], *, notes: str = "") -> bytes:
    """A PPTX with one slide for every entry."""
    presentation = pptx.Presentation()
    for title, text in titles.items():
        slide = presentation.slides.add_slide(presentation.slide_layouts[1])
        places: Any = slide.placeholders
        places[0].text, places[1].text = title, text
        spoken: Any = slide.notes_slide.notes_text_frame
        spoken.text = notes
    return _saved(presentation)


def workbook(sheets: Mapping[str, Sequence[Sequence[object]]]) -> bytes:
    """An XLSX with one sheet for every entry."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    return _saved(book)


def archive(files: Mapping[str, bytes]) -> bytes:
    """A ZIP archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return buffer.getvalue()


def _saved(document: Any) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()
