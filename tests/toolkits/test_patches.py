"""Diffs with numbered lines, and blocks that replace text."""

import contextlib
import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemie.toolkits.failures import BadToolArguments
from codemie.toolkits.patches import diff_lines, numbered, replaced

BLOCK = "OLD <<<<\n{old}\n>>>> OLD\nNEW <<<<\n{new}\n>>>> NEW"
LINES = st.lists(st.text(alphabet="ab +-@\\\x0c\x85\u2028", max_size=5), max_size=12)
"""With characters that end a line to Python, and to Git do not."""


@given(LINES, LINES)
def test_every_line_of_a_diff_has_its_numbers(before: list[str], after: list[str]) -> None:
    diff = list(difflib.unified_diff(before, after, lineterm=""))[2:]
    for line in diff_lines("\n".join(diff)):
        if line.old is not None:
            assert before[line.old - 1] == line.text[1:]
        if line.new is not None:
            assert after[line.new - 1] == line.text[1:]


def test_the_hunk_header_has_the_index_0() -> None:
    assert numbered("a", "b", "@@ -1 +1 @@\n-x\n+y") == "diff --git a/a b/b\n0:@@ -1 +1 @@\n1:-x\n2:+y"


def test_each_block_replaces_what_stands_once() -> None:
    blocks = BLOCK.format(old="b", new="B\nC") + "\n" + BLOCK.format(old="d", new="")
    assert replaced("a\nb\nd\n", blocks) == "a\nB\nC\n\n"


@pytest.mark.parametrize(
    ("text", "blocks", "told"),
    [
        ("a", "no block", "no block"),
        ("a", BLOCK.format(old="z", new="y"), "0 times"),
        ("a a", BLOCK.format(old="a", new="y"), "2 times"),
        ("a", BLOCK.format(old="", new="y"), "0 times"),
    ],
)
def test_what_cannot_be_replaced_is_refused(text: str, blocks: str, told: str) -> None:
    with pytest.raises(BadToolArguments, match=told):
        replaced(text, blocks)


@given(st.text(), st.text())
def test_no_text_makes_it_fail_otherwise(text: str, blocks: str) -> None:
    with contextlib.suppress(BadToolArguments):
        assert isinstance(replaced(text, blocks), str)
