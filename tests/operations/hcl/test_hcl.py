"""The part of Terraform's language that variables are written in."""

from typing import Any

import pytest

from codemie.operations.hcl.evaluation import value_of
from codemie.operations.hcl.fitting import fitted
from codemie.operations.hcl.parser import read
from codemie.operations.hcl.wording import NotKnownHere, NoValue, WrongSyntax


def computed(text: str, **names: Any) -> Any:
    return value_of(read(f"value = {text}\n").attributes["value"].value, names)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("7 % 4 - -1", 4),
        ("1 < 2 && 2 >= 3 || !false", True),
        ('true == "true"', False),
        ("1 == true", False),
        ("null == null", True),
        ('"a${1 + 1}b"', "a2b"),
        (r'"say \"hi\" \u00e9 $${x} %%{y} $5"', 'say "hi" é ${x} %{y} $5'),
        ("[1, 2, # two\n 3,\n]", [1, 2, 3]),
        ('{ a = 1, "b" : 2\n c = [3] }', {"a": 1, "b": 2, "c": [3]}),
        ("<<-END\n    two\n      lines\n  END", "two\n  lines\n"),
        ("[for x in [1, 2, 3] : x * 2 if x != 2]", [2, 6]),
        ("[for i, x in [5, 6] : i * x]", [0, 6]),
        ("{for k, v in {a = 1} : upper(k) => v}", {"A": 1}),
        ('var.a["b"].c[1]', 4),
        ('true ? "yes" : 1 / 0', "yes"),
        ("try(1 / 0, [][0], 5)", 5),
        ('can(regex("^a+$", "aa\\n"))', False),
        ('regex("(?P<n>[0-9]+)", "a12")', {"n": "12"}),
        ('cidrhost("10.1.2.3/8", 5)', "10.0.0.5"),
        ('cidrsubnet("10.0.0.0/16", 8, 242)', "10.0.242.0/24"),
        ('min("8", 24)', 8),
        ('coalesce(null, "", "x")', "x"),
        ("length(setsubtract([1, 2, 2], [2]))", 1),
    ],
)
def test_an_expression_has_the_value_that_terraform_gives_it(text: str, value: Any) -> None:
    found = computed(text, var={"a": {"b": {"c": [3, 4]}}})

    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("text", ["1 / 0", "[1][1]", '{}["a"]', '"a" + 1', "!5", 'regex("a", "b")', "tonumber([])"])
def test_what_has_no_value_says_so(text: str) -> None:
    with pytest.raises(NoValue):
        computed(text)


@pytest.mark.parametrize("text", ["local.a", 'filebase64("x")', "can(timestamp())"])
def test_what_only_terraform_knows_is_not_taken_for_wrong(text: str) -> None:
    with pytest.raises(NotKnownHere):
        computed(text)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('a = "open\nb = 2', 1),
        ("a = [1, 2\nb = 3", 2),
        ("a = 1\na = 2", 2),
        ("a = 1 2", 1),
        ("\n\na =", 3),
        ("a {", 1),
        ("} ", 1),
        ("a = <<END\nb\n", 1),
        ("a = 'x'", 1),
        ("a = " + "[" * 5000, 1),
    ],
)
def test_what_is_written_wrong_is_told_with_its_line(text: str, line: int) -> None:
    with pytest.raises(WrongSyntax) as error:
        read(text)

    assert error.value.line == line


def test_blocks_have_labels_and_lines() -> None:
    file = read('# one\nvariable "a" {\n  type = string\n  validation {\n    condition = true\n  }\n}\nlocals {}\n')

    (variable,) = file.all("variable")
    assert (variable.labels, variable.line, variable.attributes["type"].line) == (("a",), 2, 3)
    assert [block.kind for block in file.blocks] == ["variable", "locals"]
    assert variable.all("validation")[0].attributes["condition"].line == 5


def test_a_value_is_made_to_fit_its_type() -> None:
    declared = read('type = map(object({ size = number, kind = optional(string, "web"), on = optional(bool) }))\n')

    fit = fitted({"a": {"size": "5", "knd": 1}}, declared.attributes["type"].value)

    assert fit.value == {"a": {"size": 5, "kind": "web", "on": None}}
    assert fit.ignored == {".a.knd": ("size", "kind", "on")}


@pytest.mark.parametrize(
    ("declared", "value", "place"),
    [
        ("list(number)", [1, "x"], r"\[1\] must be a number"),
        ("map(string)", ["a"], "must be a map, not a list"),
        ("object({ a = object({ b = string }) })", {"a": {}}, r"\.a\.b is missing"),
        ("bool", "yes", "must be a bool"),
    ],
)
def test_a_value_that_does_not_fit_says_where(declared: str, value: Any, place: str) -> None:
    with pytest.raises(NoValue, match=place):
        fitted(value, read(f"type = {declared}\n").attributes["type"].value)
