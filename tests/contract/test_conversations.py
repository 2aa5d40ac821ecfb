"""The published contract of chat, conversations, models, speech and operations, compared with our own OpenAPI document.

`conversations.json` and `operations.json` hold what clients were written against: of every route its status, its query,
and the fields of its bodies with their JSON types. Ours may say more, never less, and nothing that a client would not
expect to be null.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic.alias_generators import to_camel

from codemie.app import create_app
from codemie.settings import load_settings

FACTS: dict[str, Any] = {
    route: facts
    for name in ("conversations.json", "operations.json")
    for route, facts in json.loads((Path(__file__).parent / name).read_text()).items()
}

_NEVER_SENT = "no client sends it; ignored, as unknown fields are everywhere"
_DERIVED = "metrics are computed when asked for: there is no stored row, and empty fields are left out anyway"
# Route and field → why ours differs.
DELIBERATE = {
    ("GET /v1/assistants/metrics/{}", "id"): _DERIVED,
    ("GET /v1/assistants/metrics/{}", "date"): _DERIVED,
    ("GET /v1/assistants/metrics/{}", "update_date"): _DERIVED,
    **{
        (route, name): "how a provider is reached is told to nobody"
        for route in (
            *("GET /v1/llm_models", "GET /v1/llm_models/image_generation", "GET /v1/embeddings_models"),
            "GET /v1/default_models/{}",
        )
        for name in ("api_version", "configuration")
    },
    ("GET /v1/default_models/{}", "include_all"): "models hidden from the web are no defaults",
    ("POST /v1/assistants/virtual/model", "save_history"): "ignored: such a turn is never kept",
    **{
        (route, "isWorkflow"): "taken in this spelling too; the document shows the one clients send"
        for route in ("POST /v1/conversations", "POST /v1/ide/virtual/conversations")
    },
    ("POST /v1/feedback", "appName"): _NEVER_SENT,
    ("POST /v1/feedback", "repoName"): _NEVER_SENT,
    ("POST /v1/feedback", "indexType"): _NEVER_SENT,
    ("POST /v1/feedback", "history"): "ignored: administrators see the feedback, not the conversation",
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    app: Any = create_app(load_settings({})[0]).app
    return dict(app.openapi())


def operation(document: dict[str, Any], route: str) -> dict[str, Any]:
    method, _, path = route.partition(" ")
    for known, operations in document["paths"].items():
        if re.sub(r"{[^}]*}", "{}", known) == path and method.lower() in operations:
            return dict(operations[method.lower()])
    raise AssertionError(f"{route} is not there")


def resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def types(document: dict[str, Any], schema: dict[str, Any]) -> set[str]:
    schema = resolved(document, schema)
    if parts := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
        return {kind for part in parts for kind in types(document, part)}
    if "type" in schema:
        return {schema["type"]}
    return {"string"} if "enum" in schema or "const" in schema else {"any"}


def fields(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    schema = resolved(document, schema)
    if schema.get("type") == "array":
        schema = resolved(document, schema["items"])
    return dict(schema.get("properties", {}))


def json_schema(content: dict[str, Any]) -> dict[str, Any]:
    return dict(content.get("content", {}).get("application/json", {}).get("schema", {}))


@pytest.mark.parametrize("route", FACTS)
def test_a_route_answers_as_published(document: dict[str, Any], route: str) -> None:
    facts, ours = FACTS[route], operation(document, route)
    assert str(facts["status"]) in ours["responses"]
    schema = json_schema(ours["responses"][str(facts["status"])])
    known = fields(document, schema)
    wrong: dict[str, Any] = {}
    for name, published in facts["answer"].items():
        if (route, name) in DELIBERATE:
            continue
        if name not in known:
            wrong[name] = "missing"
        elif "any" not in published and not types(document, known[name]) <= _and_wider(published):
            wrong[name] = (sorted(types(document, known[name])), published)
    assert wrong == {}
    if facts["answer"]:
        assert (resolved(document, schema).get("type") == "array") is facts["list"]


def _and_wider(published: list[str]) -> set[str]:
    """JSON knows one kind of number."""
    return {*published, "integer"} if "number" in published else set(published)


@pytest.mark.parametrize("route", [route for route in FACTS if "body" in FACTS[route] or FACTS[route]["query"]])
def test_a_route_takes_what_is_published(document: dict[str, Any], route: str) -> None:
    facts, ours = FACTS[route], operation(document, route)
    asked = {parameter["name"] for parameter in ours.get("parameters", ()) if parameter["in"] == "query"}
    assert {name for name in facts["query"] if (route, name) not in DELIBERATE} - asked == set()
    schema = json_schema(ours.get("requestBody", {}))
    known = fields(document, schema)
    missing = {
        name
        for name in facts.get("body", ())
        if not {name, to_camel(name)} & known.keys() and (route, name) not in DELIBERATE
    }
    assert missing == set()
    demanded = set(resolved(document, schema).get("required", ())) if schema else set()
    assert demanded - set(facts.get("required", ())) == set(), "ours demands what clients need not send"


def test_what_is_said_to_differ_is_published() -> None:
    for route, name in DELIBERATE:
        assert name in {*FACTS[route]["answer"], *FACTS[route].get("body", {}), *FACTS[route]["query"]}
