"""Skill files: whatever goes out comes back, and whatever comes in is a document or a refusal."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemie.kernel.errors import InvalidInput
from codemie.skills import companions, markdown
from codemie.skills.bundle import preview
from codemie.skills.settings import SkillsSettings

_SAFE = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="\x85\ufeff")
_names = st.lists(st.text("abcxyz019", min_size=1, max_size=8), min_size=1, max_size=5).map("-".join)
_lines = st.text(_SAFE, min_size=1).map(lambda text: " ".join(text.split())).filter(bool)


@given(name=_names, description=_lines, content=st.text(_SAFE).map(str.strip))
def test_a_rendered_skill_is_parsed_back(name: str, description: str, content: str) -> None:
    document = markdown.Document(name, description, content, ("testing",))
    assert markdown.parse(markdown.render(document), "other.md") == document


@given(st.text())
def test_any_text_is_a_document_or_refused(text: str) -> None:
    for candidate in (text, f"---\n{text}\n---\n{text}"):
        try:
            document = markdown.parse(candidate, "a.md")
        except InvalidInput:
            continue
        assert document.description


@given(st.binary(max_size=2000))
def test_any_bytes_are_an_archive_or_refused(content: bytes) -> None:
    with pytest.raises(InvalidInput):
        preview(content, SkillsSettings.model_validate({}))


@given(st.text(string.ascii_letters + "./\\: \n", max_size=40))
def test_an_accepted_path_stays_below_its_folder(path: str) -> None:
    if companions.path_problem(path) is None:
        parts = path.split("/")
        assert ".." not in parts
        assert all(parts)
        assert not set("\\:\n") & set(path)


def test_a_front_matter_that_grows_when_it_is_read_is_harmless() -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    document = markdown.parse(f"---\n{bomb}description: Grows\n---\nBody", "bomb.md")
    assert (document.name, document.description) == ("bomb", "Grows")
