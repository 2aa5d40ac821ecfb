"""Conversations and answers as files, opened again as their readers would."""

import io
import json
import uuid
import zipfile
from typing import Any

import pypdf
import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st
from pptx import Presentation

from codemie.conversations import exports
from codemie.conversations.attachments import FileToken
from codemie.conversations.exporting import markdown, pdf, slides, word
from codemie.conversations.exporting.documents import Document as Exported
from codemie.conversations.exporting.documents import Part
from codemie.conversations.exporting.markdown import Block, Table
from tests.conftest import MakeUser

ANSWER = """# Findings

Some **bold**, *italic*, ~~gone~~ and `code` text, see [the page](https://example.test/a?b=1&c=2).

1. First
2. Second
   - deeper

> A quotation

| Name | Value |
|------|-------|
| α    | `1`   |
| β    | two   |

```python
def f(x):
    return x < 1 & 2
```
"""
HOSTILE = (
    '<script>alert(1)</script> <img src="file:///etc/passwd"> </w:t></w:r> <font name="x">&lt;b&gt; &amp; ]]> '
    "[click](javascript:alert(1)) ![secret](http://127.0.0.1:1/x.png) [f](file:///etc/passwd) {{7*7}} \x0b\x00 "
    "=cmd|'/c calc'!A1"
)


@pytest.fixture
async def owner(make_user: MakeUser) -> Any:
    return await make_user("owner")


async def stored(client: Any, *answers: str) -> str:
    conversation = str(uuid.uuid4())
    citation = {"number": 1, "source": "guide.md", "index_name": "docs", "title": "Guide", "page": 7}
    history = [
        item
        for index, answer in enumerate(answers)
        for item in (
            {"role": "User", "message": f"Question {index}", "historyIndex": index},
            {
                "role": "Assistant",
                "message": answer,
                "historyIndex": index,
                "citations": [citation],
                "llmModel": "mock-chat" if index else "gone-model",
            },
        )
    ]
    made = await client.put(f"/v1/conversations/{conversation}/history", json={"history": history})
    assert made.status_code == 201, made.text
    return conversation


async def export(client: Any, conversation: str, kind: str, place: str = "") -> bytes:
    answer = await client.get(f"/v1/conversations/{conversation}{place}/export", params={"export_format": kind})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-type"] == exports.MEDIA_TYPES[kind]
    return bytes(answer.content)


def pdf_text(data: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)


async def test_json_and_markdown_are_what_was_said(owner: Any) -> None:
    conversation = await stored(owner, ANSWER)
    said = json.loads(await export(owner, conversation, "json"))
    assert [item["message"] for item in said["history"]] == ["Question 0", ANSWER]
    assert "userMark" not in said["history"][0]
    text = (await export(owner, conversation, "md")).decode()
    assert ANSWER in text
    assert "- [1] Guide, docs: guide.md, page 7" in text


async def test_attached_files_are_named_in_every_format(owner: Any) -> None:
    tokens = [FileToken("text/plain", "u1", name).encode() for name in ("über uns.txt", "plan*.md")]
    conversation = str(uuid.uuid4())
    history = [
        {"role": "User", "message": "Look", "historyIndex": 0, "fileNames": [*tokens, "no token"]},
        {"role": "Assistant", "message": "Seen", "historyIndex": 0},
    ]
    await owner.put(f"/v1/conversations/{conversation}/history", json={"history": history})
    line = "Attached: über uns.txt, plan*.md"
    assert line in (await export(owner, conversation, "md")).decode()
    assert line in pdf_text(await export(owner, conversation, "pdf"))
    paragraphs = Document(io.BytesIO(await export(owner, conversation, "docx"))).paragraphs
    assert line in [paragraph.text for paragraph in paragraphs]


async def test_word_has_code_tables_lists_links_and_sources(owner: Any) -> None:
    conversation = await stored(owner, ANSWER)
    data = await export(owner, conversation, "docx")
    document = Document(io.BytesIO(data))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    for expected in (
        "Question 0",
        "Findings",
        "1.\tFirst",
        "•\tdeeper",
        "return x < 1 & 2",
        "[1] Guide, docs: guide.md",
    ):
        assert expected in text
    assert [[cell.text for cell in row.cells] for row in document.tables[0].rows] == [
        ["Name", "Value"], ["α", "1"], ["β", "two"],
    ]  # fmt: skip
    styled = {run.text: run for paragraph in document.paragraphs for run in paragraph.runs}
    assert (styled["bold"].bold, styled["italic"].italic, styled["gone"].font.strike) == (True, True, True)
    targets = [relation.target_ref for relation in document.part.rels.values() if relation.is_external]
    assert targets == ["https://example.test/a?b=1&c=2"]


async def test_pdf_has_the_same(owner: Any) -> None:
    conversation = await stored(owner, ANSWER)
    text = pdf_text(await export(owner, conversation, "pdf"))
    for expected in (
        "Question 0",
        "Findings",
        "First",
        "deeper",
        "return x < 1 & 2",
        "Guide, docs: guide.md",
        "α",
        "two",
    ):
        assert expected in text


async def test_one_answer_becomes_slides_a_pdf_or_a_word_file(owner: Any) -> None:
    conversation = await stored(owner, "First answer", ANSWER)
    deck: Any = Presentation(io.BytesIO(await export(owner, conversation, "pptx", "/history/1/0")))
    shapes = [shape for slide in deck.slides for shape in slide.shapes]
    text = "\n".join(shape.text_frame.text for shape in shapes if shape.has_text_frame)
    for expected in (
        "Written by Mock (no real model)",
        "Findings",
        "First",
        "return x < 1 & 2",
        "Sources",
        "[1] Guide",
    ):
        assert expected in text
    assert [cell.text for shape in shapes if shape.has_table for cell in shape.table.rows[1].cells] == ["α", "1"]
    for kind in ("pdf", "docx", "md"):
        data = await export(owner, conversation, kind, "/history/0/0")
        told = {
            "pdf": pdf_text,
            "docx": lambda it: "\n".join(paragraph.text for paragraph in Document(io.BytesIO(it)).paragraphs),
            "md": lambda it: it.decode(),
        }[kind](data)
        assert "First answer" in told
        assert "Written by gone-model" in told
        assert "Findings" not in told


async def test_one_page_of_a_history_is_exported(owner: Any) -> None:
    conversation = await stored(owner, "First answer", "Second answer")
    wanted = {"page": 1, "per_page": 2}
    for kind in ("json", "md"):
        path = f"/v1/conversations/{conversation}/export"
        text = (await owner.get(path, params={"export_format": kind, **wanted})).text
        assert ("First answer" in text, "Second answer" in text) == (False, True)


async def test_only_what_is_there_is_exported(owner: Any, make_user: MakeUser) -> None:
    conversation = await stored(owner, "Answer")
    for place in ("/history/0/1", "/history/1/0"):
        assert (await owner.get(f"/v1/conversations/{conversation}{place}/export")).status_code == 404
    stranger = await make_user("stranger")
    for place in ("", "/history/0/0"):
        assert (await stranger.get(f"/v1/conversations/{conversation}{place}/export")).status_code == 401
    odd = await owner.get(f"/v1/conversations/{conversation}/export", params={"export_format": "exe"})
    assert odd.status_code == 422


async def test_a_conversation_too_long_for_a_document_is_told(owner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "MOST_CHARACTERS", 100)
    conversation = await stored(owner, "x" * 101)
    answer = await owner.get(f"/v1/conversations/{conversation}/export", params={"export_format": "pdf"})
    assert answer.status_code == 422
    assert "too long" in answer.json()["error"]["message"]
    assert json.loads(await export(owner, conversation, "json"))


async def test_a_document_that_takes_too_long_is_given_up(owner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "_SECONDS", 0.01)
    conversation = await stored(owner, "Answer")
    answer = await owner.get(f"/v1/conversations/{conversation}/export", params={"export_format": "pdf"})
    assert answer.status_code == 422
    assert "too long" in answer.json()["error"]["details"]


def exported(text: str) -> Exported:
    return Exported(text, (Part(text, text, (text,)),))


def test_hostile_markdown_stays_text() -> None:
    document = exported(HOSTILE)
    made = word.write(document)
    archive = zipfile.ZipFile(io.BytesIO(made))
    relations = archive.read("word/_rels/document.xml.rels").decode()
    assert not any(word_ in relations for word_ in ("javascript", "file:", "127.0.0.1"))
    said = "\n".join(paragraph.text for paragraph in Document(io.BytesIO(made)).paragraphs)
    assert '<img src="file:///etc/passwd">' in said
    printed = pdf.write(document)
    assert "<script>alert(1)</script>" in pdf_text(printed).replace("\n", " ")
    pages = pypdf.PdfReader(io.BytesIO(printed)).pages
    assert [note for page in pages for note in page.get("/Annots", ())] == []
    assert not any(word_ in printed for word_ in (b"/JavaScript", b"/Launch", b"/OpenAction"))
    deck = zipfile.ZipFile(io.BytesIO(slides.write(document)))
    links = "".join(deck.read(name).decode() for name in deck.namelist() if name.endswith("slide2.xml.rels"))
    assert "javascript" not in links


def test_other_alphabets_are_shown_or_named_and_never_boxes() -> None:
    shown = "Grüße Ελληνικά Кириллица Հայերեն ქართული ∑∞→ 中文字符 日本語カナ 한국어"
    named = "हिन्दी עברית 🎉"
    document = exported(f"{shown} {named}")
    text = pdf_text(pdf.write(document)).replace("\n", " ")
    for word_ in ("Grüße", "Ελληνικά", "Кириллица", "Հայերեն", "ქართული", "∑∞→"):
        assert word_ in text
    assert "party popper" in text
    assert "hebrew letter ayin" in text
    assert "devanagari letter ha" in text
    whole = "\n".join(paragraph.text for paragraph in Document(io.BytesIO(word.write(document))).paragraphs)
    assert f"{shown} {named}" in whole


def test_every_letter_of_a_pdf_has_a_glyph() -> None:
    text = "".join(chr(code) for code in range(0x20, 0x3000) if chr(code).isprintable()) + "漢字かな한글🎉"
    for letter in text:
        pdf._register()
        font = pdf._font_of(letter, pdf._MONO, has_kana=True)
        assert font is not None or pdf._named(letter) or not letter.isalnum()


@pytest.mark.parametrize(
    "source",
    [
        "`" * 500, "> " * 500 + "deep", "- " * 200 + "x", "|a|" * 60 + "\n" + "|-|" * 60 + "\n" + "|b|" * 60,
        "x" * 20_000, "```\n" + "y" * 5000 + "\n" * 3000 + "```", "| a |\n|---|\n| " + "z" * 30_000 + " |", "",
        "# " + "h" * 3000, "\u202eright to left\u200b", "1000000000. far",
    ],
)  # fmt: skip
def test_extreme_markdown_becomes_documents(source: str) -> None:
    document = Exported("t", (Part("", source),))
    assert pdf.write(document).startswith(b"%PDF")
    assert zipfile.is_zipfile(io.BytesIO(word.write(document)))
    assert zipfile.is_zipfile(io.BytesIO(slides.write(document)))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=400))
def test_no_text_breaks_the_reader(source: str) -> None:
    for block in markdown.blocks(source):
        assert isinstance(block, (Block, Table))


@settings(max_examples=15, deadline=None)
@given(st.text(max_size=200))
def test_no_text_breaks_the_writers(source: str) -> None:
    document = exported(source)
    assert pdf.write(document)
    assert word.write(document)
    assert slides.write(document)
