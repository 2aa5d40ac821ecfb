"""Bytes and a name → documents with text and positions; a bad document becomes a `Skipped` with its cause."""

import asyncio
import csv
import io
import itertools
import json
import re
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from typing import Any

from codemie.knowledge import archives
from codemie.knowledge.documents import Extracted, Section, SkipCode, Skipped, Unreadable
from codemie.knowledge.filetypes import classify
from codemie.knowledge.office import OfficeParser
from codemie.knowledge.text_encoding import decode

_MANY_BYTES = 1 << 20
"""Smaller documents are decoded on the spot; a thread costs more."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How documents want to be read.

    Args:
        csv_separator: separator of CSV files; None means detected.
        csv_start_row: 1-based row that holds the first data; the rows before it are the header.
        csv_rows_per_document: rows that stay together.
        max_bytes: larger documents are skipped.
        archive: limits for ZIP archives.
        office: limits for the archives that Word, PowerPoint and Excel files are inside.
    """

    csv_separator: str | None = None
    csv_start_row: int = 1
    csv_rows_per_document: int = 20
    max_bytes: int = 100 * 2**20
    archive: archives.ArchiveLimits = archives.DEFAULT_LIMITS
    office: archives.ArchiveLimits = archives.OFFICE_LIMITS


DEFAULT_OPTIONS = ReadOptions()


async def extract(
    parser: OfficeParser, source: str, data: bytes, options: ReadOptions = DEFAULT_OPTIONS
) -> AsyncGenerator[Extracted | Skipped]:
    """Read one file: one document, or one for every file of a ZIP archive, named `archive.zip/path/inside`.

    Never raises for the content of a file: what cannot be read is yielded as `Skipped`.
    """
    try:
        reader, _ = classify(source, data)
        if reader != "zip":
            yield await _document(parser, source, data, options)
            return
        members = archives.members(data, options.archive)
        # Unpacking is work for a thread: one step may be a hundred megabytes.
        while (member := await asyncio.to_thread(next, members, None)) is not None:
            yield await _member(parser, source, member, options)
    except Unreadable as problem:
        yield problem.of(source)


async def _member(
    parser: OfficeParser, archive: str, member: archives.Member | Skipped, options: ReadOptions
) -> Extracted | Skipped:
    if isinstance(member, Skipped):
        return Skipped(f"{archive}/{member.source}", member.code, member.reason)
    source = f"{archive}/{member.name}"
    try:
        if classify(source, member.data)[0] == "zip":
            return Skipped(source, SkipCode.NESTED_ARCHIVE, "Archives inside archives are not opened")
        return await _document(parser, source, member.data, options)
    except Unreadable as problem:
        return problem.of(source)


async def _document(parser: OfficeParser, source: str, data: bytes, options: ReadOptions) -> Extracted:
    if len(data) > options.max_bytes:
        raise Unreadable(SkipCode.TOO_LARGE, f"The file is larger than {options.max_bytes >> 20} MB")
    reader, detail = classify(source, data)
    if reader == "office":
        if data.startswith(b"PK"):
            archives.check(data, options.office)
        document = Extracted(source, "prose", tuple(_readable(await parser.parse(detail, data))))
    elif len(data) > _MANY_BYTES:
        document = await asyncio.to_thread(_text_document, source, reader, detail, data, options)
    else:
        document = _text_document(source, reader, detail, data, options)
    if not any(section.text.strip() for section in document.sections):
        raise Unreadable(SkipCode.NO_TEXT, "The document holds no text; scanned pages are not read")
    return document


def _readable(sections: list[Section]) -> Iterator[Section]:
    for section in sections:
        text = section.text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
        if text.strip():
            yield Section(text, section.page, section.start_line, section.title)


def _text_document(source: str, reader: str, detail: str, data: bytes, options: ReadOptions) -> Extracted:
    text = decode(data)
    if reader == "csv":
        return Extracted(source, "rows", tuple(_csv_sections(text, options)))
    if reader == "json":
        return _json_document(source, text)
    whole = (Section(text, start_line=1),)
    if reader == "code":
        return Extracted(source, "code", whole, detail)
    return Extracted(source, "prose" if reader == "prose" else "text", whole)


def _csv_sections(text: str, options: ReadOptions) -> Iterator[Section]:
    """Group rows, each under the header row; `start_line` is the number of the group's first row."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text, options))
    try:
        header = next(rows, [])
        first = max(options.csv_start_row, 2)
        numbered = enumerate(itertools.islice(rows, first - 2, None), first)
        body = [(number, row) for number, row in numbered if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise Unreadable(SkipCode.DAMAGED, f"The table cannot be read: {error}") from error
    if not body and header:
        yield Section(" | ".join(header), start_line=1)
    for start in range(0, len(body), options.csv_rows_per_document):
        group = body[start : start + options.csv_rows_per_document]
        lines = [_row_text(header, row) for _, row in group]
        yield Section("\n".join(lines), start_line=group[0][0])


def _row_text(header: list[str], row: list[str]) -> str:
    named = itertools.zip_longest(header, row[: len(header) or None], fillvalue="")
    cells = (
        f"{name.strip()}: {cell.strip()}" if name.strip() else cell.strip() for name, cell in named if cell.strip()
    )
    return "; ".join(cells).replace("\n", " ")


def _separator(text: str, options: ReadOptions) -> str:
    if options.csv_separator:
        return "\t" if options.csv_separator in {"\\t", "tab"} else options.csv_separator[0]
    line = text[:10_000].split("\n", 1)[0]
    return max(",;\t|", key=line.count)


def _json_document(source: str, text: str) -> Extracted:
    """A list of `{"content", "metadata"}` holds passages, as in the upload protocol; other JSON is cut like code."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        # JSON lines, JSON with comments, or damaged: its text is still worth searching.
        return Extracted(source, "text", (Section(text, start_line=1),), "json")
    items = value if isinstance(value, list) else [value]
    if items and all(isinstance(item, dict) and isinstance(item.get("content"), str) for item in items):
        return Extracted(source, "prose", tuple(_passage(number, item) for number, item in enumerate(items, 1)))
    return Extracted(source, "code", (Section(text, start_line=1),), "json")


def _passage(number: int, item: dict[str, Any]) -> Section:
    metadata = item.get("metadata")
    title = None
    if isinstance(metadata, dict):
        title = next((str(metadata[key]) for key in ("title", "name", "source") if metadata.get(key)), None)
    return Section(re.sub("\x00", "", item["content"]), page=number, title=title)
