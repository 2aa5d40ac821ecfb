"""JSON Schemas that callers send: fit for use, and does a value satisfy one?"""

from typing import Any, cast

from jsonschema import Draft202012Validator, exceptions
from jsonschema.exceptions import SchemaError


def unusable(schema: dict[str, Any]) -> str | None:
    """Why `schema` cannot describe an answer, or `None`: it must be a valid JSON Schema of an object."""
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return error.message
    if schema.get("type", "object") != "object":
        return "The schema must describe an object."
    return None


def schema_problem(schema: dict[str, Any], value: Any) -> str | None:
    """The most telling way in which `value` does not satisfy `schema`, or `None`."""
    untyped = cast("Any", exceptions)
    problem = untyped.best_match(cast("Any", Draft202012Validator(schema)).iter_errors(value))
    return None if problem is None else f"{problem.json_path}: {problem.message[:500]}"
