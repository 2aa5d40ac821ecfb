"""JSON Schemas that callers send: fit for use, and does a value satisfy one?

A schema is hostile input: it must not make us fetch an address (`$ref`) nor compute for ever (`pattern`).
"""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, cast

from jsonschema import Draft202012Validator, exceptions, validators
from jsonschema.exceptions import SchemaError, ValidationError
from pydantic_core import SchemaError as PatternError
from pydantic_core import SchemaValidator, core_schema
from referencing import Registry
from referencing.exceptions import Unresolvable


def unusable(schema: dict[str, Any]) -> str | None:
    """Why `schema` cannot describe an answer, or `None`: it must be a valid JSON Schema of an object."""
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return error.message
    except RecursionError:
        return "The schema is nested too deeply."
    if schema.get("type", "object") != "object":
        return "The schema must describe an object."
    if _has_pattern_properties(schema):
        return "'patternProperties' is not supported: name the properties."
    return None


def _has_pattern_properties(schema: Any) -> bool:
    # No model provider takes them, and jsonschema would run the caller's patterns on its own engine.
    if isinstance(schema, list):
        return any(_has_pattern_properties(part) for part in cast("list[Any]", schema))
    if not isinstance(schema, dict):
        return False
    parts = cast("dict[str, Any]", schema)
    return "patternProperties" in parts or any(_has_pattern_properties(part) for part in parts.values())


def fits_plainly(schema: dict[str, Any], value: Mapping[str, Any]) -> bool:
    """Whether an object surely satisfies a schema as most tools have: names with a type each, some of them required.

    A tenth of what `schema_problem` costs. False tells nothing: the schema says more, or the object does not fit.
    """
    required: Any = schema.get("required", [])
    fields: Any = schema.get("properties")
    if not (schema.keys() <= _PLAIN_OBJECT and isinstance(required, list) and isinstance(fields, dict)):
        return False
    # Loops, not generators: this is on the way of every call of a plugin tool.
    for name in cast("list[Any]", required):
        if name not in value:
            return False
    for name, one in value.items():  # noqa: SIM110
        if not _is_plainly(cast("dict[str, Any]", fields).get(name), one):
            return False
    return True


def _is_plainly(field: Any, value: Any) -> bool:
    if not isinstance(field, dict):
        return False
    known = cast("dict[str, Any]", field)
    return type(value) in _PLAIN_TYPES.get(str(known.get("type")), ()) and known.keys() <= _PLAIN_FIELD


_PLAIN_OBJECT = {"type", "properties", "required", "title", "description", "additionalProperties", "$schema"}
_PLAIN_FIELD = {"type", "title", "description", "default", "examples"}
_PLAIN_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


def schema_problem(schema: dict[str, Any], value: Any) -> str | None:
    """The most telling way in which `value` does not satisfy `schema`, or `None`."""
    untyped = cast("Any", exceptions)
    # An empty registry resolves references inside the schema and nowhere else.
    validator = _Validator(schema, registry=cast("Any", Registry)())
    try:
        problem = untyped.best_match(validator.iter_errors(value))
    except Unresolvable as error:
        return f"The schema refers to {error.ref!r}, which is not part of it."
    except RecursionError:
        return "The schema refers to itself without end."
    return None if problem is None else f"{problem.json_path}: {problem.message[:500]}"


def coerced(schema: dict[str, Any], arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments, with texts that are plainly numbers or truth values as such.

    Models write `"12"` for 12 often enough; asking them again costs a call.
    """
    properties: dict[str, Any] = schema.get("properties") or {}
    return {name: _coerced(properties.get(name), value) for name, value in arguments.items()}


def _coerced(schema: Any, value: Any) -> Any:
    wanted = cast("dict[str, Any]", schema).get("type") if isinstance(schema, dict) else None
    if not isinstance(value, str) or wanted not in _AS_JSON:
        return value
    try:
        read: Any = json.loads(value)
    except ValueError:
        return value
    return read if type(read) in _AS_JSON[wanted] else value


_AS_JSON: dict[str, tuple[type, ...]] = {"integer": (int,), "number": (int, float), "boolean": (bool,)}


def _pattern(_: Any, pattern: str, instance: Any, __: Any) -> Iterator[ValidationError]:
    if not isinstance(instance, str):
        return
    matcher = _matcher(pattern)
    if matcher is not None and not matcher.isinstance_python(instance):
        yield ValidationError(f"{instance[:100]!r} does not match {pattern!r}")


@lru_cache(256)
def _matcher(pattern: str) -> SchemaValidator | None:
    # Rust's engine takes linear time whatever the pattern; one it cannot express is not checked.
    try:
        return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))
    except PatternError:
        return None


_Validator: Any = cast("Any", validators).extend(Draft202012Validator, {"pattern": _pattern})
