"""YAML files that operators write: whatever is in them, the process goes on."""

import pytest

from codemie.kernel.documents import DocumentError, read_document


@pytest.mark.parametrize("text", ["[" * 200_000, "{a: " * 5_000, "- " * 5_000])
def test_what_is_nested_too_deeply_is_refused_and_does_not_end_the_process(text: str) -> None:
    with pytest.raises(DocumentError, match="not valid YAML"):
        read_document(text, "models.yaml")


def test_what_is_nested_as_people_nest_is_read() -> None:
    assert read_document("a: " + "[" * 50 + "]" * 50, "models.yaml").data
