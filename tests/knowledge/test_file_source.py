"""File data sources: documents of every kind, tables by their options; and the tool an assistant gets."""

import io
import re

import docx
import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.pdfgen import canvas

from codemie.kernel.errors import Unprocessable
from codemie.knowledge.sources.filters import PathFilter
from codemie.knowledge.tools import tool_name
from codemie.knowledge.uploads import safe_name
from tests.knowledge.sources import fresh_name, indexed, upload
from tests.knowledge.test_datasources_http import envelope


def pdf(*pages: str) -> bytes:
    """A PDF with a line on each page."""
    target = io.BytesIO()
    sheet = canvas.Canvas(target)
    for page in pages:
        sheet.drawString(72, 720, page)
        sheet.showPage()
    sheet.save()
    return target.getvalue()


def word(text: str) -> bytes:
    """A Word document of one paragraph."""
    target = io.BytesIO()
    document = docx.Document()
    document.add_paragraph(text)
    document.save(target)
    return target.getvalue()


async def hits(client: httpx2.AsyncClient, source_id: str, query: str) -> list[dict[str, object]]:
    """What a search finds."""
    found: list[dict[str, object]] = (
        await client.get(f"/v1/index/{source_id}/search", params={"query": query})
    ).json()["data"]
    return found


async def test_documents_of_many_kinds_are_found_with_their_page(client: httpx2.AsyncClient) -> None:
    name = fresh_name("kinds")
    files = [
        ("manual.pdf", pdf("The rotor has nine blades.", "The stator is made of steel.")),
        ("letter.docx", word("The invoice was paid in March.")),
        ("page.html", b"<html><body><h1>Cooling</h1><p>The pump needs glycol.</p></body></html>"),
        ("values.json", b'[{"content": "The boiler holds 80 litres.", "metadata": {"title": "Boiler"}}]'),
        ("config.yaml", b"engine:\n  torque: 400\n"),
    ]
    assert (await upload(client, files, name=name)).status_code == 200

    detail = await indexed(client, name)

    assert detail["processed_files"] == sorted(file for file, _ in files)
    steel = (await hits(client, detail["id"], "what is the stator made of"))[0]
    assert (steel["source"], steel["page"]) == ("manual.pdf", 2)
    assert (await hits(client, detail["id"], "invoice paid"))[0]["source"] == "letter.docx"
    assert (await hits(client, detail["id"], "glycol"))[0]["source"] == "page.html"
    assert (await hits(client, detail["id"], "boiler litres"))[0]["source"] == "values.json"


async def test_a_table_is_read_with_the_separator_it_is_said_to_have(client: httpx2.AsyncClient) -> None:
    name = fresh_name("table")
    rows = "city;people\n" + "\n".join(f"Town{number};{number}000" for number in range(50))

    options = {"csv_separator": ";", "csv_start_row": 1, "csv_rows_per_document": 1000}
    await upload(client, [("towns.csv", rows.encode())], name=name, **options)

    detail = await indexed(client, name)
    assert "city: Town7; people: 7000" in str((await hits(client, detail["id"], "Town7"))[0]["text"])


async def test_other_table_options_change_the_index_of_tables_only(client: httpx2.AsyncClient) -> None:
    name = fresh_name("table")
    await upload(client, [("t.csv", b"a;b\n1;2\n"), ("n.txt", b"A note.")], name=name, csv_separator=";")
    await indexed(client, name)

    await upload(client, [], name=name, method="PUT", csv_separator=",", incremental_reindex=True)

    assert (await indexed(client, name))["processing_info"]["changed_documents"] == 1


async def test_an_odd_separator_is_refused(client: httpx2.AsyncClient) -> None:
    answer = await upload(client, [("t.csv", b"a;b")], csv_separator="ab")

    assert answer.status_code == 422
    assert "Separators are" in str(envelope(answer)["details"])


async def test_two_files_of_one_name_are_refused(client: httpx2.AsyncClient) -> None:
    answer = await upload(client, [("a.txt", b"one"), ("dir/a.txt", b"two")])

    assert answer.status_code == 422
    assert envelope(answer)["details"] == "Two files are named a.txt"


async def test_the_last_file_cannot_be_removed(client: httpx2.AsyncClient) -> None:
    name = fresh_name("last")
    await upload(client, [("a.txt", b"one")], name=name)
    await indexed(client, name)

    answer = await upload(client, [], name=name, method="PUT", uploaded_files="[]")

    assert answer.status_code == 422
    assert (await upload(client, [], name=name, method="PUT", uploaded_files="{")).status_code == 400


@given(st.text(min_size=1, max_size=200))
def test_tool_names_are_what_every_provider_takes(name: str) -> None:
    made = tool_name(name)

    assert re.fullmatch(r"search_kb_[a-z0-9_-]+", made)
    assert len(made) <= 64
    assert tool_name(name) == made


@given(st.text(max_size=400))
def test_names_of_uploads_never_leave_their_folder(name: str) -> None:
    try:
        made = safe_name(name)
    except Unprocessable:
        return
    assert "/" not in made
    assert "\\" not in made
    assert made not in {"", ".", ".."}
    assert made.isprintable()
    assert len(made) <= 255


@given(st.text(max_size=200), st.text(max_size=50))
def test_any_filter_either_compiles_or_is_refused(patterns: str, path: str) -> None:
    try:
        made = PathFilter.of(patterns)
    except Unprocessable:
        return
    made.keeps(path)


@pytest.mark.parametrize(
    ("patterns", "kept"),
    [
        ("", {"src/a.py", "docs/b.md", "tests/c.py"}),
        ("*.py", {"src/a.py", "tests/c.py"}),
        ("*.py\n!tests/", {"src/a.py"}),
        ("!*.md", {"src/a.py", "tests/c.py"}),
        ("# a comment\n/docs", {"docs/b.md"}),
    ],
)
def test_plain_patterns_make_a_whitelist_and_marked_ones_exclude(patterns: str, kept: set[str]) -> None:
    made = PathFilter.of(patterns)

    assert {path for path in ("src/a.py", "docs/b.md", "tests/c.py") if made.keeps(path)} == kept
