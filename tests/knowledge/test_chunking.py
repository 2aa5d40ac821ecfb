"""Documents are cut where people would cut them, and every piece knows where it came from."""

from hypothesis import given, settings
from hypothesis import strategies as st

from codemie.knowledge.chunking import TEST_WEIGHT, Piece, chunk
from codemie.knowledge.documents import DocumentKind, Extracted, Section
from codemie.knowledge.identifiers import parts, path_words, terms
from codemie.knowledge.prose_chunks import LONGEST


def pieces(
    text: str, kind: DocumentKind = "prose", *, source: str = "a.md", language: str | None = None
) -> list[Piece]:
    """The pieces of a document with one section."""
    return chunk(Extracted(source, kind, (Section(text, start_line=1),), language))


SENTENCE = "The valve closes within forty milliseconds when the pressure falls. "


def test_a_piece_stands_under_its_headings_and_names_its_lines() -> None:
    text = "\n".join(["# Turbine", "", SENTENCE * 6, "", "## Valve", "", SENTENCE * 6, "", "# Pump", "", SENTENCE * 6])

    found = pieces(text)

    assert [(piece.title, piece.start_line, piece.end_line) for piece in found] == [
        ("Turbine", 1, 3),
        ("Turbine › Valve", 5, 7),
        ("Pump", 9, 11),
    ]


def test_small_sections_stay_together() -> None:
    text = "# Terms\n\n## Rotor\n\nTurns.\n\n## Stator\n\nStands.\n"

    (only,) = pieces(text)

    assert only.title == "Terms"
    assert "Stands." in only.text


def test_underlined_headings_are_headings() -> None:
    text = f"=======\nTurbine\n=======\n\n{SENTENCE * 6}\n\nValve\n-----\n\n{SENTENCE * 6}"

    assert [piece.title for piece in pieces(text)] == ["Turbine", "Turbine › Valve"]


def test_a_number_sign_in_fenced_code_is_no_heading() -> None:
    text = f"# Install\n\n{SENTENCE * 6}\n\n```sh\n# comment\nmake\n```\n"

    assert {piece.title for piece in pieces(text)} == {"Install"}


def test_every_part_of_a_long_table_repeats_its_header() -> None:
    rows = "\n".join(f"| item {number} | {'x' * 40} |" for number in range(100))

    found = pieces(f"| name | value |\n| --- | --- |\n{rows}")

    assert len(found) > 3
    assert all(piece.text.startswith("| name | value |\n| --- |") for piece in found)
    assert found[1].start_line == (found[0].end_line or 0) + 1


def test_pages_keep_their_numbers() -> None:
    document = Extracted("a.pdf", "prose", (Section("one", page=1), Section("two", page=2)))

    assert [(piece.page, piece.start_line, piece.text) for piece in chunk(document)] == [
        (1, None, "one"),
        (2, None, "two"),
    ]


PYTHON = '''"""Module."""

import os


class Turbine:
    """Turns."""

    def start_rotor(self) -> None:
        """Start."""
        {body}

    # Stops it.
    @property
    def stopRotor(self) -> bool:
        {body}


def alone() -> None:
    {body}
'''.replace("{body}", "\n        ".join(f"os.stat('{number}')" for number in range(40)))


def test_code_is_cut_between_definitions_and_names_its_symbols() -> None:
    found = pieces(PYTHON, "code", source="src/power/turbine.py", language="python")

    symbols = [piece.symbol for piece in found]
    assert any(symbol and "Turbine.start_rotor" in symbol for symbol in symbols)
    stop = next(piece for piece in found if "def stopRotor" in piece.text)
    assert stop.text.lstrip().startswith(("# Stops it.", "@property")), stop.text
    assert {"stop", "rotor", "power", "turbine"} <= set(stop.labels.lower().split())
    assert "src/power/turbine.py" in stop.embedding_text


def test_pieces_of_code_cover_every_line_once() -> None:
    found = pieces(PYTHON, "code", source="turbine.py", language="python")

    covered = [line for piece in found for line in range(piece.start_line or 0, (piece.end_line or 0) + 1)]
    lines = PYTHON.split("\n")
    assert len(covered) == len(set(covered))
    assert {number for number, line in enumerate(lines, 1) if line.strip()} <= set(covered)


def test_tests_count_for_less() -> None:
    code = "def test_it(): ..."

    weights = {
        source: pieces(code, "code", source=source, language="python")[0].weight
        for source in (
            "tests/unit/case.py",
            "src/app.test.ts",
            "pkg/engine_test.go",
            "src/contest.py",
            "src/attest/a.py",
        )
    }

    assert [weight == TEST_WEIGHT for weight in weights.values()] == [True, True, True, False, False]


def test_an_unknown_grammar_is_cut_by_lines() -> None:
    found = pieces("x = 1\n" * 1000, "code", source="a.zz", language="no-such-language")

    assert len(found) > 3


def test_a_minified_file_gives_bounded_pieces() -> None:
    found = pieces("var a=1;" * 5000, "code", source="a.min.js", language="javascript")

    assert max(len(piece.text) for piece in found) <= 4000


def test_deeply_nested_code_is_cut() -> None:
    assert pieces("(" * 20_000 + ")" * 20_000, "code", source="a.py", language="python")


def test_identifiers_are_found_by_their_parts() -> None:
    assert parts("HTTPServer_v2.runAll") == ["http", "server", "v", "2", "run", "all"]
    assert terms("call getUserName(user_id) now") == "get user name id"
    assert path_words("src/user_service.py") == "src user service py"


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="ab .\n#=-|`~x", max_size=4000))
def test_prose_loses_no_words_and_stays_within_bounds(text: str) -> None:
    found = pieces(text)

    assert "".join("".join(piece.text for piece in found).split()) == "".join(text.split())
    assert all(len(piece.text) <= LONGEST + 200 for piece in found)
    assert [piece.ordinal for piece in found] == list(range(len(found)))


def test_the_same_document_always_gives_the_same_pieces() -> None:
    assert pieces(PYTHON, "code", language="python") == pieces(PYTHON, "code", language="python")
