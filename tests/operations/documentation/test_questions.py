"""The page of questions: every row is answered, and every answer leads to something that exists."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer.main

from codemie.cli.commands import app
from codemie.operations.catalogue import CHECKS

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "faq.md").read_text()
ROWS = [f"F{number:02}" for number in range(1, 76)]
ANSWERS = dict(re.findall(r"^### (F\d\d)\. .*?\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL))
LOOKED_AT = {row for check in CHECKS for row in check.faq}


def test_every_question_is_there_once_and_in_order() -> None:
    assert re.findall(r"^### (F\d\d)\. .+ \{#f\d\d\}$", PAGE, re.MULTILINE) == ROWS
    assert [row.lower() for row in ROWS] == re.findall(r"\{#(f\d\d)\}", PAGE)


def test_no_check_answers_a_question_that_nobody_asked() -> None:
    assert LOOKED_AT - set(ROWS) == set()


@pytest.mark.parametrize("row", ROWS)
def test_an_answer_leads_on(row: str) -> None:
    answer = ANSWERS[row]

    assert "`codemiectl " in answer.replace("\n", " ") or "](" in answer or row in LOOKED_AT, answer


def commands() -> set[str]:
    def below(command: Any, path: str) -> set[str]:
        children: dict[str, Any] = getattr(command, "commands", {})
        return {path}.union(*(below(child, f"{path} {name}") for name, child in children.items()))

    return below(typer.main.get_command(app), "codemiectl") - {"codemiectl"}


def test_every_command_that_is_named_exists() -> None:
    known = commands()
    spans = re.findall(r"`(codemiectl [^`]+)`", PAGE.replace("\n", " "))

    named = {" ".join(re.match(r"codemiectl(?: [a-z-]+)+", span)[0].split()) for span in spans}  # pyright: ignore[reportOptionalSubscript]
    unknown = {name for name in named if not any(f"{name} ".startswith(f"{command} ") for command in known)}
    assert spans
    assert unknown == set()
