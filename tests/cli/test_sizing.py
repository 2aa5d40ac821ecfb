"""`codemiectl sizing`, as somebody who plans an installation uses it."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter
from typer.testing import CliRunner, Result

from codemie.cli.commands import app
from codemie.operations.sizing.plan import Plan


def sizing(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["sizing", *arguments])


@pytest.mark.parametrize("users", [100, 1_000, 10_000, 100_000, 1_000_000])
@pytest.mark.parametrize("profile", ["light", "engineer", "heavy"])
def test_the_document_has_the_shape_of_a_plan(users: int, profile: str) -> None:
    document = json.loads(sizing("--users", str(users), "--profile", profile, "--json").stdout)

    schema = TypeAdapter(Plan).json_schema(mode="serialization")
    Draft202012Validator(schema).validate(document)
    assert set(document) == set(schema["properties"])
    assert (document["users"], document["profile"]) == (users, profile)


def test_people_read_what_is_needed_what_comes_first_and_what_was_measured() -> None:
    answer = sizing("--users", "10000")

    assert answer.exit_code == 0
    assert "10,000 people, profile engineer" in answer.stdout
    assert "*          3,418  tokens a minute of one model deployment" in answer.stdout
    assert "13 measured" in answer.stdout


def test_an_option_wins_over_the_file_and_the_file_over_the_table(tmp_path: Path) -> None:
    file = tmp_path / "figures.yaml"
    file.write_text("turns: 12\nsearches: 0\n")

    document = json.loads(
        sizing("--users", "10", "--figures", str(file), "--set", "turns=4", "--chunks", "0", "--json").stdout
    )

    given = {each["name"]: each["value"] for each in document["figures"] if each["origin"] == "given"}
    assert given == {"turns": 4, "searches": 0}
    assert document["demand"]["chunks"] == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("turn: 3", "Did you mean turns?"),
        ("- turns", "expected lines of NAME: VALUE"),
        ("turns: [", "no YAML"),
        ("turns: .nan", "must be a number"),
        ("x: " + "y" * 100_000, "no list of figures"),
    ],
)
def test_a_file_that_is_no_good_is_refused_by_name(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "figures.yaml"
    file.write_text(text)

    answer = sizing("--users", "10", "--figures", str(file))

    assert answer.exit_code == 3
    assert str(file) in answer.stderr
    assert said in answer.stderr


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    answer = sizing("--users", "10", "--figures", str(tmp_path / "none.yaml"))

    assert (answer.exit_code, "none.yaml: No such file" in answer.stderr) == (3, True)


@pytest.mark.parametrize("setting", ["turns", "turns=", "turns=many", "turns=nan", "=3"])
def test_an_option_that_is_no_good_is_refused(setting: str) -> None:
    answer = sizing("--users", "10", "--set", setting)

    assert answer.exit_code == 3
    assert "--set" in answer.stderr


@pytest.mark.parametrize("users", ["0", "-1", "1e3", "100000001"])
def test_numbers_of_people_that_make_no_sense_are_wrong_usage(users: str) -> None:
    assert sizing("--users", users).exit_code == 2
