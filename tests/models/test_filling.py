"""The mock fills every JSON schema with a valid value."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from codemie.models.mock.filling import fill
from codemie.models.mock.hints import Hints, json_objects
from codemie.models.mock.patterns import sample

NAMES = st.sampled_from(["name", "age", "query", "tags", "city", "is_open", "due_date"])


def _strings() -> st.SearchStrategy[dict[str, Any]]:
    bounds = st.tuples(st.integers(0, 20), st.integers(0, 20)).map(
        lambda pair: {"minLength": min(pair), "maxLength": max(pair)}
    )
    formats = st.sampled_from(["date", "date-time", "email", "uuid", "uri", "ipv4"]).map(lambda name: {"format": name})
    patterns = st.sampled_from([r"^[A-Z]{3}-\d{2,4}$", r"^(red|green)$", r"^\w+@[a-z]+\.(com|org)$", r"^[^a-z]{2}$"])
    return st.one_of(st.just({}), bounds, formats, patterns.map(lambda p: {"pattern": p})).map(
        lambda s: {"type": "string", **s}
    )


def _numbers() -> st.SearchStrategy[dict[str, Any]]:
    bounds = st.tuples(st.integers(-50, 50), st.integers(1, 40)).map(
        lambda p: {"minimum": p[0], "maximum": p[0] + p[1]}
    )
    open_bounds = st.tuples(st.integers(-50, 50), st.integers(3, 40)).map(
        lambda p: {"exclusiveMinimum": p[0], "exclusiveMaximum": p[0] + p[1]}
    )
    steps = st.tuples(st.integers(1, 7), st.integers(-20, 20)).map(lambda p: {"multipleOf": p[0], "minimum": p[1]})
    kind = st.sampled_from(["integer", "number"])
    return st.tuples(kind, st.one_of(st.just({}), bounds, open_bounds, steps)).map(lambda p: {"type": p[0], **p[1]})


def _choices() -> st.SearchStrategy[dict[str, Any]]:
    enums = st.lists(st.one_of(st.integers(), st.text(max_size=5), st.none()), min_size=1, max_size=4).map(
        lambda v: {"enum": v}
    )
    constants = st.one_of(st.integers(), st.text(max_size=5)).map(lambda v: {"const": v})
    return enums | constants | st.just({"type": "boolean"}) | st.just({"type": "null"})


def _containers(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    @st.composite
    def objects(draw: st.DrawFn) -> dict[str, Any]:
        properties = draw(st.dictionaries(NAMES, inner, max_size=4))
        required = draw(st.lists(st.sampled_from(sorted(properties)), unique=True)) if properties else []
        extra = draw(st.sampled_from([{}, {"additionalProperties": False}]))
        return {"type": "object", "properties": properties, "required": required, **extra}

    lists = st.tuples(inner, st.integers(0, 3), st.integers(0, 2)).map(
        lambda p: {"type": "array", "items": p[0], "minItems": p[1], "maxItems": p[1] + p[2]}
    )
    unions = st.lists(inner, min_size=1, max_size=3).map(lambda options: {"anyOf": options})
    nullable = _strings().map(lambda s: {**s, "type": ["string", "null"]})
    return objects() | lists | unions | nullable


SCHEMAS = st.recursive(_strings() | _numbers() | _choices(), _containers, max_leaves=8)


@settings(max_examples=300)
@given(SCHEMAS, st.text(max_size=60))
def test_any_schema_is_filled_validly_whatever_the_text_says(schema: dict[str, Any], text: str) -> None:
    value = fill(schema, Hints(text, text))

    assert list(Draft202012Validator(schema).iter_errors(value)) == []


@pytest.mark.parametrize(
    "schema",
    [
        {
            "$ref": "#/$defs/node",
            "$defs": {
                "node": {
                    "type": "object",
                    "required": ["next"],
                    "properties": {"next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}},
                }
            },
        },
        {
            "$defs": {
                "tree": {
                    "type": "object",
                    "required": ["children"],
                    "properties": {"children": {"type": "array", "items": {"$ref": "#/$defs/tree"}}},
                }
            },
            "$ref": "#/$defs/tree",
        },
        {
            "allOf": [
                {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
                {"properties": {"b": {"type": "integer", "minimum": 5}}, "required": ["b"]},
            ]
        },
        {"oneOf": [{"type": "object", "required": ["x"], "properties": {"x": {"const": 1}}}, {"type": "string"}]},
        {"type": "array", "minItems": 4, "uniqueItems": True, "items": {"type": "integer"}},
        {"type": "array", "minItems": 3, "uniqueItems": True, "items": {"enum": ["a", "b", "c"]}},
        {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": False},
        {"type": "array", "contains": {"const": 7}},
        {"type": "object", "minProperties": 3},
        {"type": "object", "required": ["free"]},
        {},
    ],
)
def test_combined_and_recursive_schemas_are_filled_validly(schema: dict[str, Any]) -> None:
    assert list(Draft202012Validator(schema).iter_errors(fill(schema))) == []


HOSTILE: list[dict[str, Any]] = [
    {"type": "string", "minLength": 10**9},
    {"type": "array", "minItems": 10**9, "items": {}},
    {"type": "object", "minProperties": 10**9},
    {"type": "string", "pattern": "((a{1000}){1000}){1000}"},
    {"type": "string", "pattern": "^(a+)+$", "minLength": 60},
    {"anyOf": [{"type": "string", "pattern": "(a*)*b"}, {"type": "number"}]},
    {"$ref": "http://127.0.0.1:9/schema.json"},
    {"$ref": "#/nowhere"},
    {"$ref": "#"},
    {"type": "number", "multipleOf": 1e-308, "minimum": 1e300},
    {"type": "nonsense"},
    {"minimum": "x"},
    {
        "$defs": {
            "a": {
                "type": "object",
                "required": ["x", "y"],
                "properties": {"x": {"$ref": "#/$defs/a"}, "y": {"$ref": "#/$defs/a"}},
            }
        },
        "$ref": "#/$defs/a",
    },
]


@pytest.mark.timeout(20)
@pytest.mark.parametrize("schema", HOSTILE)
def test_a_schema_made_to_annoy_ends_soon_and_small(schema: dict[str, Any]) -> None:
    value = fill(schema, Hints("a" * 60 + "!", "a" * 60 + "!"))

    assert len(str(value)) < 1_000_000


def test_values_named_in_the_text_are_used() -> None:
    schema = {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "age": {"type": "integer"},
            "colour": {"enum": ["red", "green", "blue"]},
            "tags": {"type": "array", "items": {"type": "string"}},
            "answer": {"type": "string"},
        },
        "required": ["name", "age", "colour", "answer"],
    }

    value = fill(schema, Hints('Bob: name = "Bob Stone", age is 41, likes green. {"tags": ["x", "y"]}', "because"))

    assert value == {"name": "Bob Stone", "age": 41, "colour": "green", "tags": ["x", "y"], "answer": "because"}


@given(st.text(max_size=200) | st.text(alphabet='{}[]":,1ab\\ ', max_size=200))
def test_looking_for_json_in_any_text_is_safe(text: str) -> None:
    assert all(isinstance(found, dict) for found in json_objects(text))


@pytest.mark.parametrize(
    "pattern",
    [
        r"^\d{4}-\d{2}$",
        r"(a|b)+c?",
        r"[^\s\d]x",
        r"\S\W\D",
        r"^(?:ab){2}\.$",
        r"[a-f0-9]{8}",
        r".*",
        r"x{2,}",
        r"(?i:yes)",
    ],
)
def test_a_sample_matches_its_pattern(pattern: str) -> None:
    assert re.search(pattern, sample(pattern))


def test_a_broken_pattern_gives_nothing() -> None:
    assert sample("(") == ""
