"""Bad documents and bad uploads: each names its cause, and none takes the data source down."""

import io
import zipfile
from collections.abc import AsyncIterator

import httpx2
import pytest
from pypdf import PdfWriter

from tests.knowledge.sources import fresh_name, indexed, named, own_project, settled, upload
from tests.knowledge.test_datasources_http import envelope
from tests.support import Platform

GOOD = ("good.txt", b"The reactor needs 40 litres of water.")


def archive(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP archive of files."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return target.getvalue()


def encrypted_pdf() -> bytes:
    """A PDF that wants a password."""
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.encrypt("secret")
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


BAD: dict[str, tuple[bytes, str]] = {
    "encrypted.pdf": (encrypted_pdf(), "encrypted"),
    "damaged.pdf": (b"%PDF-1.7\nnot really", "damaged"),
    "damaged.docx": (b"PK\x03\x04 not really", "damaged"),
    "broken.zip": (archive({"a.txt": b"text"})[:-30], "damaged"),
    "empty.txt": (b"", "empty"),
    "picture.png": (b"\x89PNG\r\n\x1a\n\x00\x00", "unsupported_type"),
    "program.exe": (b"MZ\x00\x01\x02" * 50, "binary"),
    "blank.txt": (b"   \n\t ", "empty"),
}


@pytest.mark.parametrize("name", sorted(BAD))
async def test_a_bad_document_is_listed_with_its_reason_and_the_good_one_is_indexed(
    client: httpx2.AsyncClient, name: str
) -> None:
    content, code = BAD[name]
    source = fresh_name("bad")

    assert (await upload(client, [GOOD, (name, content)], name=source)).status_code == 200

    detail = await indexed(client, source)
    skipped = (await client.get(f"/v1/index/{detail['id']}/skipped")).json()
    assert [(row["source"], row["code"]) for row in skipped["data"]] == [(name, code)]
    assert skipped["data"][0]["reason"]
    assert skipped["pagination"]["total"] == 1
    assert detail["processed_files"] == ["good.txt"]
    assert detail["processing_info"]["skipped_documents"] == 1
    assert detail["processing_info"]["documents_count_key"] == 1
    assert detail["processing_info"]["unique_extensions"] == [".txt"]


async def test_when_nothing_can_be_indexed_the_source_says_why(client: httpx2.AsyncClient) -> None:
    source = fresh_name("bad")
    await upload(client, [("encrypted.pdf", BAD["encrypted.pdf"][0])], name=source)

    detail = await settled(client, (await named(client, source))["id"])

    assert detail["error"] is True
    assert detail["completed"] is False
    assert detail["text"] == "Nothing could be indexed. encrypted.pdf: The document is protected by a password."


async def test_invalid_utf8_is_read_as_far_as_it_is_text(client: httpx2.AsyncClient) -> None:
    source = fresh_name("latin")
    await upload(client, [("latin.txt", "Die Höhe beträgt 12 Meter über dem Fluß.".encode("latin-1"))], name=source)

    detail = await indexed(client, source)

    found = await client.get(f"/v1/index/{detail['id']}/search", params={"query": "Meter"})
    assert "12 Meter" in found.json()["data"][0]["text"]


async def test_the_files_of_an_archive_are_documents_of_their_own(client: httpx2.AsyncClient) -> None:
    source = fresh_name("zip")
    content = archive(
        {
            "docs/one.md": b"# One\n\nThe first fact.",
            "two.txt": b"The second fact.",
            "inner.zip": archive({"three.txt": b"hidden"}),
            "../evil.txt": b"outside",
            "__MACOSX/._two.txt": b"\x00\x05",
        }
    )

    await upload(client, [("pack.zip", content)], name=source)

    detail = await indexed(client, source)
    assert detail["processed_files"] == ["pack.zip/docs/one.md", "pack.zip/two.txt"]
    assert detail["processing_info"]["documents_count_key"] == 2
    skipped = (await client.get(f"/v1/index/{detail['id']}/skipped")).json()["data"]
    assert {row["code"] for row in skipped} == {"nested_archive", "unsafe_path"}


async def test_a_zip_bomb_is_refused_at_once(client: httpx2.AsyncClient) -> None:
    bomb = archive({f"{number}.txt": b"\0" * (64 * 2**20) for number in range(8)})
    assert len(bomb) < 2**20

    answer = await upload(client, [("bomb.zip", bomb)])

    assert answer.status_code == 422
    assert envelope(answer)["details"] == "Uncompressed content exceeds the 500 MB limit."
    assert "bomb.zip" in str(envelope(answer)["help"]), "of several files, the one to leave out is named"


async def test_an_archive_of_too_many_files_is_refused(client: httpx2.AsyncClient) -> None:
    answer = await upload(client, [("many.zip", archive({f"{number}.txt": b"x" for number in range(1001)}))])

    assert answer.status_code == 422
    assert envelope(answer)["details"] == "Archives are limited to 1000 files."


async def test_too_many_files_are_refused(client: httpx2.AsyncClient) -> None:
    answer = await upload(client, [(f"{number}.txt", b"text") for number in range(11)])

    assert answer.status_code == 422
    assert envelope(answer)["details"] == "Too many files. Maximum count is 10"


async def test_no_files_at_all_are_refused(client: httpx2.AsyncClient) -> None:
    answer = await upload(client, [])

    assert answer.status_code == 422
    assert envelope(answer)["message"] == "No files"


HEAD = b'--edge\r\nContent-Disposition: form-data; name="files"; filename="huge.txt"\r\n\r\n'
TAIL = b"\r\n--edge--\r\n"
EDGE = "multipart/form-data; boundary=edge"


async def gigabyte() -> AsyncIterator[bytes]:
    """A multipart body with one file of a gigabyte."""
    yield HEAD
    block = b"x" * 2**20
    for _ in range(1024):
        yield block
    yield TAIL


async def test_a_gigabyte_upload_without_announced_length_ends_at_the_limit(
    client: httpx2.AsyncClient, platform: Platform
) -> None:
    fields = {"name": fresh_name(), "project_name": await own_project(client), "description": "too much"}

    answer = await client.post(
        "/v1/index/knowledge_base/file",
        params=fields,
        content=gigabyte(),
        headers={"Content-Type": EDGE},
    )

    assert answer.status_code == 422
    assert envelope(answer)["details"] == "File too large. Maximum size is 100 MB"
    assert "huge.txt" in str(envelope(answer)["help"]), "of several files, the one to leave out is named"
    assert not list((platform.home / "uploads").iterdir()), "nothing of it is kept"


async def test_a_gigabyte_upload_with_announced_length_is_refused_unread(client: httpx2.AsyncClient) -> None:
    fields = {"name": fresh_name(), "project_name": await own_project(client), "description": "too much"}

    answer = await client.post(
        "/v1/index/knowledge_base/file",
        params=fields,
        content=gigabyte(),
        headers={"Content-Type": EDGE, "Content-Length": str(len(HEAD) + 2**30 + len(TAIL))},
    )

    assert answer.status_code == 413
    assert "at most" in str(envelope(answer)["details"])


async def test_a_torn_upload_is_refused(client: httpx2.AsyncClient) -> None:
    fields = {"name": fresh_name(), "project_name": await own_project(client), "description": "torn"}
    torn = HEAD + b"half"

    answer = await client.post(
        "/v1/index/knowledge_base/file",
        params=fields,
        content=torn,
        headers={"Content-Type": EDGE},
    )

    assert answer.status_code == 400
    assert envelope(answer)["message"] == "The upload is incomplete"


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "x"), ("name", "../etc"), ("name", "a" * 51), ("description", ""), ("csv_start_row", "0")],
)
async def test_fields_out_of_bounds_are_refused(client: httpx2.AsyncClient, field: str, value: str) -> None:
    answer = await upload(client, [GOOD], **{field: value})

    assert answer.status_code == 422
    assert isinstance(envelope(answer)["details"], list)
