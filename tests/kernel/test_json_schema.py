"""Schemas from callers are hostile input: nothing is fetched, nothing runs for ever."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemie.kernel.json_schema import fits_plainly, schema_problem, unusable


def described(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def test_a_reference_to_elsewhere_is_not_followed() -> None:
    problem = schema_problem(described(a={"$ref": "http://127.0.0.1:9/secret.json"}), {"a": 1})
    assert problem is not None
    assert "not part of it" in problem


def test_a_reference_inside_the_schema_is_followed() -> None:
    schema = {**described(a={"$ref": "#/$defs/word"}), "$defs": {"word": {"type": "string"}}}
    assert schema_problem(schema, {"a": "x"}) is None
    assert schema_problem(schema, {"a": 1}) is not None


@pytest.mark.timeout(5)
def test_an_exponential_pattern_takes_no_time() -> None:
    problem = schema_problem(described(a={"type": "string", "pattern": "^(a+)+$"}), {"a": "a" * 64 + "b"})
    assert problem is not None
    assert problem.startswith("$.a:")


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"type": "array"}, "must describe an object"),
        ({"type": 5}, "is not valid"),
        (described(a={"patternProperties": {"^a": {}}}), "not supported"),
    ],
)
def test_an_unusable_schema_is_refused_with_its_reason(schema: dict[str, Any], reason: str) -> None:
    assert reason in (unusable(schema) or "")


@given(
    value=st.dictionaries(st.sampled_from("abc"), st.sampled_from(["x", "", 1, 1.5, True, None])),
    fields=st.dictionaries(st.sampled_from("abc"), st.sampled_from([{"type": "string"}, {"type": "integer"}])),
    required=st.lists(st.sampled_from("abc"), max_size=2),
)
def test_what_fits_plainly_fits(value: dict[str, Any], fields: dict[str, Any], required: list[str]) -> None:
    schema = {"type": "object", "properties": fields, "required": required}

    if fits_plainly(schema, value):
        assert schema_problem(schema, value) is None


def test_plain_arguments_are_seen_to_fit() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}, "required": ["a"]}

    assert fits_plainly(schema, {"a": "x", "b": 2})
    assert not fits_plainly(schema, {"b": 2})
    assert not fits_plainly({**schema, "maxProperties": 1}, {"a": "x", "b": 2})
    assert not fits_plainly({**schema, "required": 5}, {"a": "x", "b": 2})
