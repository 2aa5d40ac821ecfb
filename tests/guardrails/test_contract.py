"""The wire of guardrails as released clients were written against it: routes, query, bodies and answers."""

from typing import Any

import httpx2
import pytest

from tests.assistants.conftest import Team, create
from tests.guardrails.conftest import assign, make, over

OPERATIONS = {
    "/v1/guardrails": {"get"},
    "/v1/guardrails/assignments": {"get"},
    "/v1/guardrails/{guardrail_id}": {"get", "delete"},
    "/v1/guardrails/{guardrail_id}/assignments": {"get", "put"},
    "/v1/guardrails/{guardrail_id}/apply": {"post"},
}
# Published routes → the fields of their bodies.
BODIES: dict[str, set[str]] = {
    "put /v1/guardrails/{guardrail_id}/assignments": {"project", "assistants", "datasources", "workflows"},
    "post /v1/guardrails/{guardrail_id}/apply": {"content"},
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    from codemie.app import create_app
    from codemie.settings import load_settings

    app: Any = create_app(load_settings({})[0]).app
    return dict(app.openapi())


def parameters(document: dict[str, Any], path: str, method: str) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in document["paths"][path][method]["parameters"]}


def test_every_operation_is_there(document: dict[str, Any]) -> None:
    missing = {path: methods - set(document["paths"].get(path, {})) for path, methods in OPERATIONS.items()}

    assert missing == {path: set() for path in OPERATIONS}


def test_queries_have_the_published_names_defaults_and_bounds(document: dict[str, Any]) -> None:
    listed = parameters(document, "/v1/guardrails", "get")
    assert (listed["page"]["schema"]["default"], listed["per_page"]["schema"]["default"]) == (0, 12)
    assert (listed["page"]["schema"]["minimum"], listed["per_page"]["schema"]["minimum"]) == (0, 1)
    assert not listed["filters"]["required"]
    rows = parameters(document, "/v1/guardrails/assignments", "get")
    assert rows["project"]["required"]
    assert rows["entity_type"]["schema"]["enum"] == ["assistant", "workflow", "knowledgebase", "project"]
    applied = parameters(document, "/v1/guardrails/{guardrail_id}/apply", "post")
    for name, default, values in (("mode", "filtered", ["all", "filtered"]), ("source", "input", ["input", "output"])):
        schema = applied[name]["schema"]
        assert (schema["default"], schema["enum"]) == (default, values)


def test_bodies_have_the_published_fields(document: dict[str, Any]) -> None:
    for route, fields in BODIES.items():
        method, path = route.split()
        body = document["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        assert fields <= set(document["components"]["schemas"][body.rpartition("/")[2]]["properties"]), route


async def test_answers_have_the_fields_clients_read(team: Team) -> None:
    made, assistant = await make(team.manager, team.project), await create(team.owner, team.project)
    saved = await assign(team.manager, made, assistants=over(assistant))
    assert saved == {"success": 1, "failed": 0, "errors": []}

    one = (await team.member.get(f"/v1/guardrails/{made}")).json()
    assert {name: type(one[name]) for name in ("guardrailId", "name", "description")} == {
        "guardrailId": str, "name": str, "description": str
    }  # fmt: skip
    rows: list[dict[str, Any]] = (
        await team.member.get(
            "/v1/guardrails/assignments", params={"project": team.project, "entity_type": "assistant"}
        )
    ).json()
    fields = {"project_name", "guardrail_id", "entity_type", "source", "scope", "id", "entity_id", "mode"}
    assert rows
    assert all(fields <= set(row) for row in rows)
    told = (await team.member.get(f"/v1/guardrails/{made}/assignments")).json()
    assert {"project", "assistants", "datasources", "workflows"} <= set(told)
    assert set(told["assistants"]) == {"settings", "items"}
    assert {"id", "settings"} <= set(told["assistants"]["items"][0])


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_an_unknown_guardrail_is_404(client: httpx2.AsyncClient, method: str) -> None:
    answer = await client.request(method, "/v1/guardrails/none")

    assert answer.status_code == 404
    assert "none" in answer.json()["error"]["details"]
