"""Schemas of OpenAPI documents as models of every provider take them.

Three dialects become one: what Swagger 2 and OpenAPI 3.0 write in their own way is written as JSON Schema has it
(https://spec.openapis.org/oas/v3.1.1#schema-object). References are filled in, so that a schema stands alone; one that
leads back to itself, or is too large, ends there.
"""

from collections.abc import Mapping
from typing import Any, cast

from codemie.integrations.openapi import listed, mapping
from codemie.toolkits.openapi.references import References

Json = dict[str, Any]

_MOST_NODES = 300
_DEEPEST = 12
_MOST_ENUM = 100
_MOST_PARTS = 20
_LONGEST_DESCRIPTION = 300
_AS_IS: Mapping[str, type] = {
    "format": str,
    "uniqueItems": bool,
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems"), int),
}
"""Words that mean the same everywhere, and what their values are; a wrong one would spoil the whole."""
_BOUNDS = (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum"))
_TYPES = frozenset({"object", "array", "string", "number", "integer", "boolean", "null"})


class SchemaReader:
    """Reads the schemas of one operation, within a common limit.

    Args:
        references: of the document.
    """

    def __init__(self, references: References) -> None:
        self._references = references
        self._left = _MOST_NODES

    def read(self, schema: Any) -> Json:
        """One schema on its own."""
        return self._read(schema, ())

    def _read(self, schema: Any, through: tuple[str, ...]) -> Json:
        self._left -= 1
        if self._left < 0 or len(through) > _DEEPEST or not isinstance(schema, dict):
            return {}
        written = cast("Json", schema)
        reference = written.get("$ref")
        if isinstance(reference, str):
            if reference in through:
                return {"description": f"Again a {reference.rpartition('/')[2]}, as around it."}
            beside = {key: value for key, value in written.items() if key == "description"}
            return self._read({**self._references.target(reference), **beside}, (*through, reference))
        return self._plain(self._merged(written), (*through, ""))

    def _merged(self, written: Json, depth: int = 0) -> Json:
        """With the parts of `allOf` in it, as most documents use them to add properties."""
        parts = listed(written.get("allOf"))
        if not parts or depth > _DEEPEST:
            return written
        merged: Json = {key: value for key, value in written.items() if key != "allOf"}
        for part in parts[:_MOST_PARTS]:
            self._left -= 1
            if self._left < 0:
                break
            inner = self._merged(self._references.resolved(part), depth + 1)
            properties = {**mapping(inner.get("properties")), **mapping(merged.get("properties"))}
            required = [*listed(inner.get("required")), *listed(merged.get("required"))]
            merged = {**inner, **merged}
            merged |= {"properties": properties} if properties else {}
            merged |= {"required": required} if required else {}
        merged.pop("allOf", None)
        return merged

    def _plain(self, written: Json, through: tuple[str, ...]) -> Json:
        kept: Json = {key: written[key] for key, kind in _AS_IS.items() if type(written.get(key)) is kind}
        kept |= {"const": written["const"]} if "const" in written else {}
        if isinstance(text := written.get("description") or written.get("title"), str):
            kept["description"] = text[:_LONGEST_DESCRIPTION]
        if choices := listed(written.get("enum")):
            kept["enum"] = choices[:_MOST_ENUM]
        if "default" in written and written["default"] is not None:
            kept["default"] = written["default"]
        kept |= _bounds(written) | _type(written) | self._parts(written, through)
        for word in ("anyOf", "oneOf"):
            if options := listed(written.get(word)):
                kept["anyOf"] = [self._read(option, through) for option in options[:_MOST_PARTS]]
        return kept

    def _parts(self, written: Json, through: tuple[str, ...]) -> Json:
        found: Json = {}
        if isinstance(written.get("properties"), dict):
            properties = {
                name: self._read(item, through)
                for name, item in mapping(written.get("properties")).items()
                if mapping(item).get("readOnly") is not True
            }
            required = [name for name in dict.fromkeys(map(str, listed(written.get("required")))) if name in properties]
            found = {"type": "object", "properties": properties, **({"required": required} if required else {})}
        if "items" in written or written.get("type") == "array":
            found |= {"items": self._read(written.get("items"), through)}
        more = written.get("additionalProperties")
        if isinstance(more, bool):
            found["additionalProperties"] = more
        elif isinstance(more, dict):
            found["additionalProperties"] = self._read(more, through)
        return found


def _type(written: Json) -> Json:
    """Its types; version 3.0 has a word of its own for what may be null."""
    given = written.get("type")
    types = [kind for kind in map(str, listed(given) or [given]) if kind in _TYPES]
    if written.get("nullable") is True and types and "null" not in types:
        types.append("null")
    return {"type": types[0] if len(types) == 1 else types} if types else {}


def _bounds(written: Json) -> Json:
    """Until version 3.1 a bound was exclusive by a word beside it."""
    found: Json = {}
    for bound, exclusive in _BOUNDS:
        value, beside = written.get(bound), written.get(exclusive)
        if isinstance(value, int | float) and not isinstance(value, bool):
            found[exclusive if beside is True else bound] = value
        if isinstance(beside, int | float) and not isinstance(beside, bool):
            found[exclusive] = beside
    return found
