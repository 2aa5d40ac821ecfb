"""A valid value for a JSON schema, using what the text says where it fits.

Follows JSON Schema 2020-12 as far as models are asked for it: references, combinations, bounds, formats, patterns.
Schemas come from callers, so nothing here fetches a reference, runs a pattern of theirs, or grows without bound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import ceil, isfinite
from typing import Any, cast

from codemie.models.mock.hints import Hints
from codemie.models.mock.patterns import sample

_DEEPEST = 12
"""Levels after which optional members are left out, so recursive schemas end."""
_MOST_VALUES = 2_000
"""Values made for one schema; whatever is asked beyond is null."""
_LONGEST = 10_000
_MOST_ITEMS = 200
_FORMATS = {
    "date-time": "2026-01-31T10:20:30Z",
    "date": "2026-01-31",
    "time": "10:20:30Z",
    "duration": "PT1H",
    "email": "mock@example.com",
    "idn-email": "mock@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "uri-reference": "/",
    "url": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "json-pointer": "",
    "regex": ".*",
}
_COMBINERS = ("anyOf", "oneOf")


def fill(schema: Mapping[str, Any], hints: Hints | None = None) -> Any:
    """Return a value valid under `schema`; hints are dropped when they would make it invalid.

    A schema that is none, or that no value satisfies, gets some value.
    """
    if not _is_schema(schema):
        return {}
    filler = _Filler(schema, hints or Hints())
    value = filler.value(schema, "", 0)
    if hints is None or filler.valid(value, schema):
        return value
    return _Filler(schema, Hints()).value(schema, "", 0)


class _Filler:
    def __init__(self, root: Mapping[str, Any], hints: Hints) -> None:
        self._root = root
        self._hints = hints
        self._left = _MOST_VALUES
        self._definitions = {key: root[key] for key in ("$defs", "definitions") if key in root}
        self._makers: dict[str, Callable[[Mapping[str, Any], str, int], Any]] = {
            "object": lambda schema, _, depth: self._object(schema, depth),
            "array": self._array,
            "string": lambda schema, key, _: self._string(schema, key),
            "integer": lambda schema, *_: self._number(schema),
            "number": lambda schema, *_: self._number(schema),
            "boolean": lambda *_: True,
            "null": lambda *_: None,
        }

    def valid(self, value: Any, schema: Any) -> bool:
        from jsonschema import Draft202012Validator
        from referencing import Registry
        from referencing.exceptions import Unresolvable

        whole = {**self._definitions, **schema} if isinstance(schema, Mapping) else schema
        try:
            # The empty registry keeps the library from fetching references over the network.
            return Draft202012Validator(_without_patterns(whole), registry=Registry()).is_valid(value)
        except (Unresolvable, RecursionError, TypeError, ValueError, OverflowError):
            return False  # a schema that cannot be judged: the value is not known to fit

    def value(self, schema: Any, key: str, depth: int) -> Any:
        self._left -= 1
        if self._left < 0 or depth > 3 * _DEEPEST:
            return None
        if not isinstance(schema, Mapping):
            return self._hints.text_for(key) or ""
        plain = self._resolved(cast("Mapping[str, Any]", schema))
        if "const" in plain:
            return plain["const"]
        if plain.get("enum"):
            return self._choice(plain)
        if any(plain.get(combiner) for combiner in _COMBINERS):
            return self._combination(plain, key, depth)
        return self._typed(plain, key, depth)

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """Follow `$ref` and fold `allOf` in."""
        for _ in range(_DEEPEST):
            if isinstance(reference := schema.get("$ref"), str):
                rest = {name: item for name, item in schema.items() if name != "$ref"}
                schema = merged(self._target(reference), rest)
            elif parts := schema.get("allOf"):
                rest = {name: item for name, item in schema.items() if name != "allOf"}
                for part in parts:
                    rest = merged(rest, part)
                schema = rest
            else:
                break
        return schema

    def _target(self, reference: str) -> Mapping[str, Any]:
        node: Any = self._root
        for step in reference.lstrip("#/").split("/") if reference.strip("#/") else ():
            name = step.replace("~1", "/").replace("~0", "~")
            node = node.get(name, {}) if isinstance(node, Mapping) else {}
        return cast("Mapping[str, Any]", node) if isinstance(node, Mapping) else {}

    def _choice(self, schema: Mapping[str, Any]) -> Any:
        rest = {name: item for name, item in schema.items() if name != "enum"}
        fitting = [item for item in schema["enum"] if not rest or self.valid(item, rest)] or list(schema["enum"])
        named = (item for item in fitting if isinstance(item, str) and self._hints.mentions(item))
        return next(named, fitting[0])

    def _combination(self, schema: Mapping[str, Any], key: str, depth: int) -> Any:
        rest = {name: item for name, item in schema.items() if name not in _COMBINERS}
        values: list[Any] = []
        for option in self._options(schema, depth):
            value = self.value(merged(rest, option), key, depth + 1)
            if self.valid(value, schema):
                return value
            values.append(value)
        return values[0] if values else self._typed(rest, key, depth)

    def _options(self, schema: Mapping[str, Any], depth: int) -> Iterator[Any]:
        options: list[Any] = [option for name in _COMBINERS for option in schema.get(name) or ()]
        if depth > _DEEPEST:  # the way out of a recursive choice is usually null or a plain type
            options.sort(key=lambda option: isinstance(option, Mapping) and bool({"$ref", "properties"} & set(option)))
        elif len(options) > 1:  # a null option is for absence, so it comes last
            options.sort(key=lambda option: isinstance(option, Mapping) and option.get("type") == "null")
        yield from options

    def _typed(self, schema: Mapping[str, Any], key: str, depth: int) -> Any:
        for candidate in self._hints.named(key) if key else ():
            for value in _readings(candidate):
                if self.valid(value, schema):
                    return value
        kind = schema.get("type") or _implied_type(schema)
        if isinstance(kind, list):
            kinds = [name for name in cast("list[str]", kind) if name != "null"] or ["null"]
            kind = kinds[0] if depth <= _DEEPEST or "null" not in schema["type"] else "null"
        return self._makers.get(str(kind), self._makers["string"])(schema, key, depth)

    def _object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        properties: Mapping[str, Any] = schema.get("properties") or {}
        required: list[str] = list(schema.get("required") or ())
        optional = [] if depth > _DEEPEST // 3 else [name for name in properties if name not in required]
        filled = {name: self.value(properties.get(name, {}), name, depth + 1) for name in required}
        for name in optional:
            if "default" not in (properties[name] if isinstance(properties[name], Mapping) else {}):
                filled[name] = self.value(properties[name], name, depth + 1)
        extra = schema.get("additionalProperties", {})
        least = min(int(schema.get("minProperties") or 0), _MOST_ITEMS)
        for number in range(least - len(filled)):
            filled[f"key_{number + 1}"] = self.value(extra, "", depth + 1)
        return filled

    def _array(self, schema: Mapping[str, Any], key: str, depth: int) -> list[Any]:
        prefix: list[Any] = list(schema.get("prefixItems") or ())
        items = schema.get("items", {})
        wanted = max(int(schema.get("minItems") or 0), len(prefix), 1 if depth <= _DEEPEST // 3 else 0)
        wanted = min(wanted, int(schema.get("maxItems", wanted)), _MOST_ITEMS)
        if items is False:
            wanted = min(wanted, len(prefix))
        singular = key.removesuffix("s")
        schemas = [prefix[i] if i < len(prefix) else items for i in range(wanted)]
        values = [self.value(item, singular, depth + 1) for item in schemas]
        if "contains" in schema and not any(self.valid(value, schema["contains"]) for value in values):
            values[:1] = [self.value(schema["contains"], singular, depth + 1)]
        return _distinct(values, schemas, self.valid) if schema.get("uniqueItems") else values

    def _string(self, schema: Mapping[str, Any], key: str) -> str:
        if isinstance(pattern := schema.get("pattern"), str):
            return sample(pattern).ljust(min(int(schema.get("minLength") or 0), _LONGEST), "a")
        if (kind := schema.get("format")) in _FORMATS:
            return _FORMATS[kind]
        text = self._hints.text_for(key) or self._next_quoted() or (f"mock {key}".strip().replace("_", " "))
        least, most = min(int(schema.get("minLength") or 0), _LONGEST), schema.get("maxLength")
        text = text.ljust(least, ".")
        return text[: int(most)] if most is not None else text

    def _next_quoted(self) -> str | None:
        return self._hints.quoted.pop(0) if self._hints.quoted else None

    def _number(self, schema: Mapping[str, Any]) -> int | float:
        whole = schema.get("type") == "integer" or "integer" in (schema.get("type") or ())
        for index, candidate in enumerate(self._hints.numbers):
            value = int(candidate) if candidate.is_integer() else candidate
            if self.valid(value, {**schema, "type": "integer" if whole else "number"}):
                del self._hints.numbers[index]
                return value
        return _bounded(schema, whole=whole)


def _is_schema(schema: Mapping[str, Any]) -> bool:
    from jsonschema import Draft202012Validator, SchemaError

    try:
        Draft202012Validator.check_schema(schema)
    except (SchemaError, RecursionError):
        return False
    return True


def _without_patterns(schema: Any) -> Any:
    """Leave regular expressions out: one written to take forever must not."""
    if isinstance(schema, list):
        return [_without_patterns(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    kept = (pair for pair in schema.items() if pair[0] != "patternProperties" and not _is_pattern(*pair))
    return {name: _without_patterns(item) for name, item in kept}


def _is_pattern(name: str, value: Any) -> bool:
    return name == "pattern" and isinstance(value, str)


def merged(left: Any, right: Any) -> dict[str, Any]:
    """Return one schema that asks for both; where a keyword is in both, the stricter or the right one stays."""
    if not isinstance(left, Mapping) or not isinstance(right, Mapping):
        return dict(cast("Mapping[str, Any]", right if isinstance(right, Mapping) else left or {}))
    result: dict[str, Any] = dict(cast("Mapping[str, Any]", left))
    for name, item in cast("Mapping[str, Any]", right).items():
        result[name] = _MERGES[name](result[name], item) if name in result and name in _MERGES else item
    return result


def _merged_properties(left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, Any]:
    return {name: merged(left.get(name, {}), right.get(name, {})) for name in {**left, **right}}


_MERGES: dict[str, Callable[[Any, Any], Any]] = {
    "properties": _merged_properties,
    "required": lambda left, right: [*left, *(name for name in right if name not in left)],
    "allOf": lambda left, right: [*left, *right],
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"), max),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"), min),
}


def _implied_type(schema: Mapping[str, Any]) -> str:
    if {"properties", "required", "additionalProperties"} & set(schema):
        return "object"
    if {"items", "prefixItems", "minItems"} & set(schema):
        return "array"
    return "number" if {"minimum", "maximum", "multipleOf"} & set(schema) else "string"


def _readings(candidate: Any) -> Iterator[Any]:
    """Yield `candidate` as it stands and, for text, as the number, truth value or list it may spell."""
    yield candidate
    if isinstance(candidate, str):
        text = candidate.strip()
        yield {"true": True, "yes": True, "false": False, "no": False, "null": None}.get(text.lower(), text)
        for read in (int, float):
            try:
                yield read(text)
            except (ValueError, OverflowError):
                continue
        yield [part.strip() for part in text.split(",")]


def _bounded(schema: Mapping[str, Any], *, whole: bool) -> int | float:
    step = schema.get("multipleOf") or (1 if whole else 0)
    low, high = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    gap = step or _gap(above, below if below is not None else high)
    start = max(
        [bound for bound in (low, above + gap if above is not None else None) if bound is not None], default=None
    )
    end = min(
        [bound for bound in (high, below - gap if below is not None else None) if bound is not None], default=None
    )
    value = start if start is not None else min(1, end) if end is not None else 1
    if step and isfinite(value / step):
        value = ceil(value / step) * step
        value = value - step if end is not None and value > end else value
    return int(value) if whole else value


def _gap(low: float | None, high: float | None) -> float:
    return (high - low) / 2 if low is not None and high is not None else 1


def _distinct(values: list[Any], schemas: list[Any], valid: Callable[[Any, Any], bool]) -> list[Any]:
    """Make equal neighbours differ: count numbers up, add a number to texts, walk through enums."""
    result: list[Any] = []
    for value, schema in zip(values, schemas, strict=True):
        others = (item for item in _variants(value, schema) if item not in result and valid(item, schema))
        result.append(next(others, value) if value in result else value)
    return result


def _variants(value: Any, schema: Any) -> Iterator[Any]:
    yield from schema.get("enum") or () if isinstance(schema, Mapping) else ()
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        step = (schema.get("multipleOf") if isinstance(schema, Mapping) else None) or 1
        yield from (value + sign * step * n for n in range(1, 200) for sign in (1, -1))
    elif isinstance(value, str):
        yield from (f"{value} {n}" for n in range(2, 200))
        yield from (f"{value[: -len(str(n))]}{n}" for n in range(10, 200))
