"""Schemas from callers are hostile input: nothing is fetched, nothing runs for ever."""

from typing import Any

import pytest

from codemie.agents.schemas import schema_problem, unusable


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
