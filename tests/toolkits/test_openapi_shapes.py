"""Documents that are not what they should be: whatever stands anywhere, one is read or refused, and ends nothing."""

import json
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codemie.integrations import openapi
from codemie.models.mock.filling import fill
from codemie.toolkits.failures import BadToolArguments
from codemie.toolkits.openapi import overview
from codemie.toolkits.openapi.document import ApiDocument
from codemie.toolkits.openapi.operations import Documented
from tests.fakes.openapi_service import document, swagger

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
REFERENCES = st.sampled_from(
    ["#/components/schemas/NewPet", "#/", "#/paths", "#/a/0", "http://x/y", "#/definitions/Pet"]
)
WORDS = st.sampled_from(["$ref", "allOf", "type", "properties", "items", "required", "name", "in", "schema", "content"])
ODD = st.recursive(
    SCALARS | REFERENCES.map(lambda name: {"$ref": name}),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=8,
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every place in a document: what holds it, and under what."""
    found: list[tuple[Any, Any]] = []
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inside:
        found += [(value, key), *places(item)]
    return found


def used(text: str) -> int:
    """Do with a document all that tools do, short of a request; gives how many calls it took."""
    data = openapi.read(text)
    made = ApiDocument(data, text, {"openapi_spec": "http://shop.example/openapi.json"})
    overview.about(made, f"{made.title} {made.version} pet")
    overview.whole(made, 1)
    calls = 0
    for operation in made.operations:
        if not operation.is_callable:
            continue
        arguments = Documented(operation)
        try:
            request = operation.request(arguments.read(operation.name, fill(arguments.schema())))
        except BadToolArguments:
            continue
        assert request.path.startswith("/")
        assert not made.usual_servers or made.server_of(operation) in made.servers
        calls += 1
    return calls


@pytest.mark.parametrize("whole", [document(), document("3.1.0"), swagger("shop.example")], ids=["3.0", "3.1", "2.0"])
def test_a_document_as_it_should_be_is_used(whole: dict[str, Any]) -> None:
    assert used(json.dumps(whole)) >= 2


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(odd=st.lists(ODD, min_size=1, max_size=4), seed=st.integers(0, 2**16), old=st.booleans())
def test_anything_may_stand_anywhere(odd: list[Any], seed: int, *, old: bool) -> None:
    whole = swagger("shop.example") if old else document()
    chance = random.Random(seed)
    for value in odd:
        holder, key = chance.choice(places(whole))
        holder[key] = value
    try:
        used(json.dumps(whole))
    except openapi.NoDocument:
        assert not str(whole.get("openapi")).startswith("3.")
        assert whole.get("swagger") != "2.0"


def test_schemas_that_multiply_end() -> None:
    parts = {f"S{n}": {"allOf": [{"$ref": f"#/components/schemas/S{n + 1}"}] * 20} for n in range(30)}
    wide = {"type": "object", "properties": {f"p{n}": {"$ref": "#/components/schemas/S0"} for n in range(30)}}
    whole = document()
    whole["components"]["schemas"] = {**parts, "NewPet": wide}
    assert used(json.dumps(whole)) >= 2


def test_what_documents_often_get_wrong_costs_no_operation() -> None:
    whole = document()
    whole["components"]["schemas"]["NewPet"] = {
        "type": "object",
        "required": True,
        "properties": {
            "name": {"type": "string", "required": True, "minLength": "1", "maxLength": 5.5, "format": None},
            "age": {"type": "int", "minimum": "0", "exclusiveMinimum": True, "enum": "1,2"},
            "when": {"type": "string", "format": "date", "example": "2026-01-01", "pattern": "(?<year>\\d+"},
        },
    }
    (operation,) = [one for one in ApiDocument(whole, "", {}).operations if one.name == "create_pet"]
    schema = operation.schema
    assert schema is not None
    assert schema["properties"]["body"]["properties"] == {
        "name": {"type": "string"},
        "age": {},
        "when": {"type": "string", "format": "date"},
    }
