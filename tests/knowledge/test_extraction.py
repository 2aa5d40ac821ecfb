"""Real files of every type become text with positions; every bad one is skipped with its cause."""

import asyncio
import contextlib
import io
import struct
import sys
import zipfile
from collections.abc import AsyncIterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codemie.knowledge.archives import ArchiveLimits, check, members
from codemie.knowledge.documents import Extracted, SkipCode, Skipped, Unreadable
from codemie.knowledge.extraction import ReadOptions, extract
from codemie.knowledge.filetypes import classify
from codemie.knowledge.office import OfficeParser
from codemie.knowledge.text_encoding import decode
from tests.knowledge import files


@pytest.fixture(scope="module")
async def parser() -> AsyncIterator[OfficeParser]:
    """One parser process for all tests of this file."""
    opened = OfficeParser(timeout_seconds=30)
    yield opened
    await opened.close()


async def read(parser: OfficeParser, name: str, data: bytes, **options: object) -> list[Extracted | Skipped]:
    """All documents of a file."""
    return [item async for item in extract(parser, name, data, ReadOptions(**options))]  # type: ignore[arg-type]


async def document(parser: OfficeParser, name: str, data: bytes, **options: object) -> Extracted:
    """The one document of a file."""
    (only,) = await read(parser, name, data, **options)
    assert isinstance(only, Extracted), only
    return only


async def skipped(parser: OfficeParser, name: str, data: bytes, **options: object) -> Skipped:
    """Why a file is skipped."""
    (only,) = await read(parser, name, data, **options)
    assert isinstance(only, Skipped), only
    assert only.source == name
    return only


async def test_every_page_of_a_pdf_keeps_its_number(parser: OfficeParser) -> None:
    found = await document(parser, "report.pdf", files.pdf([["Turbine report"], ["Valves leak"], ["Appendix"]]))

    assert [(section.page, section.text.strip()) for section in found.sections] == [
        (1, "Turbine report"),
        (2, "Valves leak"),
        (3, "Appendix"),
    ]


async def test_headings_of_a_word_document_survive(parser: OfficeParser) -> None:
    found = await document(parser, "manual.docx", files.word({"Install": "Run it.", "Remove": "Delete it."}))

    assert "# Install" in found.sections[0].text
    assert "Delete it." in found.sections[0].text


async def test_every_slide_keeps_its_number_and_notes(parser: OfficeParser) -> None:
    found = await document(parser, "talk.pptx", files.slides({"Why": "Costs", "How": "Plan"}, notes="Say hello"))

    assert [section.page for section in found.sections] == [1, 2]
    assert "Plan" in found.sections[1].text
    assert "Say hello" in found.sections[1].text


async def test_every_sheet_keeps_its_name(parser: OfficeParser) -> None:
    book = files.workbook({"Prices": [["item", "price"], ["apple", 3]], "Stock": [["item"], ["pear"]]})

    found = await document(parser, "book.xlsx", book)

    assert [(section.page, section.title) for section in found.sections] == [(1, "Prices"), (2, "Stock")]
    assert "apple" in found.sections[0].text


async def test_a_web_page_is_read_without_scripts_and_meta_data(parser: OfficeParser) -> None:
    page = (
        b"<html><head><title>T</title><meta name='description' content='d'><script>steal()</script></head>"
        b"<body><h1>Valves</h1><p>They <b>leak</b>.</p></body></html>"
    )

    found = await document(parser, "page.html", page)

    assert found.sections[0].text.strip() == "# Valves\n\nThey **leak**."


async def test_rows_of_a_table_carry_their_header(parser: OfficeParser) -> None:
    data = b"name;price\napple;3\npear;4\nplum;5\n"

    found = await document(parser, "fruit.csv", data, csv_rows_per_document=2)

    assert [(section.start_line, section.text) for section in found.sections] == [
        (2, "name: apple; price: 3\nname: pear; price: 4"),
        (4, "name: plum; price: 5"),
    ]


async def test_a_list_of_passages_in_json_is_read_as_passages(parser: OfficeParser) -> None:
    data = b'[{"content": "Valves leak", "metadata": {"title": "Valves"}}, {"content": "Pumps"}]'

    found = await document(parser, "notes.json", data)

    assert [(section.title, section.text) for section in found.sections] == [("Valves", "Valves leak"), (None, "Pumps")]


async def test_source_code_is_recognised_by_its_name(parser: OfficeParser) -> None:
    found = await document(parser, "src/app.ts", b"export const answer = 42\n")

    assert (found.kind, found.language) == ("code", "typescript")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
async def test_text_is_read_in_its_encoding(parser: OfficeParser, encoding: str) -> None:
    text = "Клапан закрывается за сорок миллисекунд, если давление падает ниже нормы."

    found = await document(parser, "valve.txt", text.encode(encoding))

    assert found.sections[0].text == text


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("empty.txt", b"", SkipCode.EMPTY),
        ("blank.md", b" \n\t\n", SkipCode.EMPTY),
        ("program.bin", bytes(range(256)) * 4, SkipCode.BINARY),
        ("photo.png", b"\x89PNG\r\n\x1a\n1234", SkipCode.UNSUPPORTED),
        ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, SkipCode.UNSUPPORTED),
        (
            "locked.docx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            SkipCode.ENCRYPTED,
        ),
        ("broken.pdf", b"%PDF-1.7 and nothing else", SkipCode.DAMAGED),
        ("broken.zip", b"PK\x03\x04 and nothing else", SkipCode.DAMAGED),
        ("broken.docx", b"PK\x03\x04 and nothing else", SkipCode.DAMAGED),
        ("wrong.txt", "text".encode("utf-16") + b"\x00", SkipCode.ENCODING),
    ],
)
async def test_a_bad_file_is_skipped_with_its_cause(
    parser: OfficeParser, name: str, data: bytes, code: SkipCode
) -> None:
    assert (await skipped(parser, name, data)).code == code


async def test_an_encrypted_pdf_is_skipped_as_such(parser: OfficeParser) -> None:
    found = await skipped(parser, "secret.pdf", files.pdf([["hidden"]], password="secret"))

    assert (found.code, found.reason) == (SkipCode.ENCRYPTED, "The document is protected by a password")


async def test_a_pdf_without_text_is_skipped_as_such(parser: OfficeParser) -> None:
    assert (await skipped(parser, "scan.pdf", files.pdf([[]]))).code == SkipCode.NO_TEXT


async def test_a_document_beyond_the_limit_is_skipped(parser: OfficeParser) -> None:
    assert (await skipped(parser, "log.txt", b"x" * 2000, max_bytes=1000)).code == SkipCode.TOO_LARGE


async def test_files_of_an_archive_are_documents_and_the_bad_ones_do_not_spoil_it(parser: OfficeParser) -> None:
    packed = files.archive(
        {
            "docs/a.md": b"# Valves",
            "docs/b.pdf": b"%PDF-1.4 broken",
            "../../etc/passwd": b"root",
            "inner.zip": files.archive({"x": b"x"}),
            "hidden/archive": files.archive({"x": b"x"}),
            "__MACOSX/._a.md": b"fork",
            "zeros.txt": b"0" * 5_000_000,
        }
    )

    found = {item.source: item for item in await read(parser, "all.zip", packed)}

    assert isinstance(found.pop("all.zip/docs/a.md"), Extracted)
    assert {source: item.code for source, item in found.items() if isinstance(item, Skipped)} == {
        "all.zip/docs/b.pdf": SkipCode.DAMAGED,
        "all.zip/../../etc/passwd": SkipCode.UNSAFE_PATH,
        "all.zip/inner.zip": SkipCode.NESTED_ARCHIVE,
        "all.zip/hidden/archive": SkipCode.NESTED_ARCHIVE,
        "all.zip/zeros.txt": SkipCode.ZIP_BOMB,
    }


async def test_a_deck_of_more_parts_than_an_archive_may_hold_files_is_read(parser: OfficeParser) -> None:
    deck = io.BytesIO(files.slides({"Roadmap": "Everything is on track"}))
    with zipfile.ZipFile(deck, "a", zipfile.ZIP_DEFLATED) as parts:
        for number in range(1001):
            parts.writestr(f"ppt/media/note{number}.txt", b"x")

    read_deck = await document(parser, "deck.pptx", deck.getvalue())

    assert "Everything is on track" in read_deck.sections[0].text


async def test_an_office_document_that_unpacks_to_too_much_is_refused(parser: OfficeParser) -> None:
    problem = await skipped(parser, "deck.pptx", files.slides({"A": "b"}), office=ArchiveLimits(total_bytes=100))

    assert problem.code == SkipCode.ZIP_BOMB


def test_an_archive_with_too_many_files_is_refused_in_the_protocol_words() -> None:
    packed = files.archive({f"{number}.txt": b"x" for number in range(6)})

    with pytest.raises(Unreadable, match=r"^Archives are limited to 5 files\.$"):
        check(packed, ArchiveLimits(files=5))


def test_an_archive_with_too_many_bytes_is_refused_in_the_protocol_words() -> None:
    packed = files.archive({"a.txt": b"x" * (2 << 20)})

    with pytest.raises(Unreadable, match=r"^Uncompressed content exceeds the 1 MB limit\.$"):
        check(packed, ArchiveLimits(total_bytes=1 << 20))


def test_a_size_that_lies_does_not_unpack_more() -> None:
    packed = bytearray(files.archive({"a.txt": b"x" * 100_000}))
    # The directory claims ten bytes; the local header and the data are as they were.
    position = packed.rindex(b"PK\x01\x02")
    packed[position + 24 : position + 28] = struct.pack("<I", 10)

    (found,) = members(bytes(packed))

    assert isinstance(found, Skipped)
    assert found.code == SkipCode.DAMAGED


def test_an_encrypted_member_is_skipped() -> None:
    packed = bytearray(files.archive({"a.txt": b"secret"}))
    with zipfile.ZipFile(io.BytesIO(bytes(packed))) as archive:
        assert archive.testzip() is None
    packed[packed.rindex(b"PK\x01\x02") + 8] |= 1

    (found,) = members(bytes(packed))

    assert isinstance(found, Skipped)
    assert found.code == SkipCode.ENCRYPTED


async def test_a_document_that_takes_too_long_is_given_up_and_the_next_one_is_read() -> None:
    parser = OfficeParser(timeout_seconds=0)
    try:
        with pytest.raises(Unreadable) as caught:
            await parser.parse("pdf", files.pdf([["slow"]] * 50))
        assert caught.value.code == SkipCode.TIMEOUT
        parser = OfficeParser(timeout_seconds=30)
        assert (await parser.parse("pdf", files.pdf([["quick"]])))[0].text.strip() == "quick"
    finally:
        await parser.close()


@pytest.mark.skipif(sys.platform != "linux", reason="address space limits are a matter of Linux")
async def test_a_parser_out_of_memory_ends_alone() -> None:
    parser = OfficeParser(memory_bytes=64 << 20)
    try:
        with pytest.raises(Unreadable) as caught:
            await parser.parse("pdf", files.pdf([["big"]]))
        assert caught.value.code == SkipCode.PARSER_FAILED
    finally:
        await parser.close()


async def test_parsing_leaves_the_event_loop_free(parser: OfficeParser) -> None:
    big = files.pdf([["word " * 10] * 40] * 100)
    parsing = asyncio.create_task(document(parser, "big.pdf", big))
    turns = 0
    while not parsing.done():
        turns += 1
        await asyncio.sleep(0.001)

    assert len(parsing.result().sections) == 100
    assert turns > 5


@settings(max_examples=200, deadline=None)
@given(name=st.sampled_from(["a.zip", "a.docx", "a.txt", "a.csv", "a.json", "a.py", "a"]), data=st.binary(max_size=400))
def test_no_bytes_crash_the_classification_or_the_decoding(name: str, data: bytes) -> None:
    with contextlib.suppress(Unreadable):
        classify(name, data)
    with contextlib.suppress(Unreadable):
        decode(data)
    with contextlib.suppress(Unreadable):
        list(members(data))
