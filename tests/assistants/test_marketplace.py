"""Publishing in the marketplace over HTTP, with the quality gate judged by the mock model."""

from typing import Any

import httpx2
from sqlalchemy import text

from codemie.kernel.database import Database
from tests.assistants.conftest import Team, create, definition, shown

INTEGRATION = {"id": "7", "alias": "our jira", "credential_type": "Jira", "project_name": "p"}
JIRA = {
    "toolkit": "Project Management",
    "tools": [{"name": "generic_jira_tool", "settings": INTEGRATION}],
    "settings_config": False,
}
SERVER = {"name": "files", "config": {"url": "https://mcp.test", "env": {"API_KEY": "tiger", "REGION": "eu"}}}
# The mock picks the value that the text names.
BAD = {"description": "The verdict should be: reject"}


async def publish(client: httpx2.AsyncClient, assistant_id: str, **body: Any) -> httpx2.Response:
    return await client.post(f"/v1/assistants/{assistant_id}/marketplace/publish", json=body)


async def test_a_good_assistant_is_published_and_taken_back(team: Team) -> None:
    assistant_id = await create(team.owner, team.project, name="Harbour pilot")
    answer = await publish(team.owner, assistant_id, categories=["devops", "support"])
    assert answer.json() == {"message": f"Assistant {assistant_id} published to marketplace successfully"}
    assistant = await shown(team.stranger, assistant_id)
    assert assistant["is_global"] is True
    assert [category["id"] for category in assistant["categories"]] == ["devops", "support"]
    assert assistant["clone_count"] == 0
    filters = {"filters": '{"search": "Harbour pilot"}', "scope": "marketplace"}
    listed = (await team.stranger.get("/v1/assistants", params=filters)).json()["data"]
    assert assistant_id in [row["id"] for row in listed]
    back = await team.owner.post(f"/v1/assistants/{assistant_id}/marketplace/unpublish")
    assert back.json() == {"message": f"Assistant {assistant_id} unpublished from marketplace successfully"}
    assert (await team.stranger.get(f"/v1/assistants/id/{assistant_id}")).status_code == 401


async def test_categories_are_checked(team: Team) -> None:
    assistant_id = await create(team.owner, team.project)
    unknown = await publish(team.owner, assistant_id, categories=["devops", "nonsense"])
    assert unknown.status_code == 400
    assert unknown.json()["error"]["message"] == "Invalid category IDs: ['nonsense']"
    for body in ({}, {"categories": []}):
        assert (await publish(team.owner, assistant_id, **body)).status_code == 400
    without_body = await team.owner.post(f"/v1/assistants/{assistant_id}/marketplace/publish")
    assert without_body.status_code == 400
    many = await publish(team.owner, assistant_id, categories=["devops", "support", "training", "security"])
    assert many.status_code == 400
    assert (await shown(team.owner, assistant_id))["is_global"] is False


async def test_the_gate_rejects_with_recommendations(team: Team, database: Database) -> None:
    assistant_id = await create(team.owner, team.project, **BAD)
    refused = await publish(team.owner, assistant_id, categories=["devops"])
    assert refused.status_code == 422
    error = refused.json()["error"]
    assert error["message"] == ("Assistant quality validation failed. Please improve the assistant before publishing.")
    assert error["details"]["requires_confirmation"] is True
    assert error["details"]["assistant_id"] == assistant_id
    validation = error["details"]["quality_validation"]
    assert validation["decision"] == "reject"
    for field in validation["recommendations"]["fields"]:
        assert field["action"] in {"change", "add", "remove"}
        assert field["severity"] in {"critical", "warning", "optional"}
        assert len(field["reason"]) > 10
        assert field["recommended"]
    assert (await shown(team.owner, assistant_id))["is_global"] is False
    async with database.session() as session:
        charged = await session.scalar(
            text("SELECT count(*) FROM model_usage WHERE assistant_id = :id AND project = :project"),
            {"id": assistant_id, "project": team.project},
        )
    assert charged == 1
    anyway = await publish(team.owner, assistant_id, categories=["devops"], ignore_recommendations=True)
    assert anyway.status_code == 200


async def test_validation_names_what_would_be_lent(team: Team) -> None:
    sub_id = await create(team.owner, team.project, name="Helper", toolkits=[JIRA], skip_integration_validation=True)
    assistant_id = await create(
        team.owner,
        team.project,
        assistant_ids=[sub_id],
        skip_integration_validation=True,
        mcp_servers=[SERVER],
        prompt_variables=[
            {"key": "region", "default_value": "eu"},
            {"key": "pin", "is_sensitive": True, "default_value": "1234"},
        ],
    )
    answer = await team.owner.post(f"/v1/assistants/{assistant_id}/marketplace/publish/validate")
    found = answer.json()
    assert found["requires_confirmation"] is True
    assert f"Assistant {assistant_id} is ready to be published to marketplace" in found["message"]
    server, tool = found["inline_credentials"]
    assert (server["mcp_server"], server["env_vars"]) == ("files", ["API_KEY"])
    assert (tool["toolkit"], tool["tool"], tool["credential_type"]) == (
        "Project Management",
        "generic_jira_tool",
        "Jira",
    )
    assert (tool["integration_alias"], tool["sub_assistant_id"]) == ("our jira", sub_id)
    assert [(sub["id"], sub["is_global"]) for sub in found["sub_assistants"]] == [(sub_id, False)]
    assert [item["default_value"] for item in found["prompt_variables"]] == ["eu", "********"]
    assert "tiger" not in answer.text


async def test_a_plain_assistant_needs_no_confirmation(team: Team) -> None:
    assistant_id = await create(team.owner, team.project)
    found = (await team.owner.post(f"/v1/assistants/{assistant_id}/marketplace/publish/validate")).json()
    assert found == {
        "requires_confirmation": False,
        "message": f"Assistant {assistant_id} is ready to be published to marketplace",
        "inline_credentials": [],
        "assistant_id": assistant_id,
        "sub_assistants": [],
        "prompt_variables": [],
    }


async def test_sub_assistants_are_published_along_without_their_credentials(team: Team) -> None:
    sub_id = await create(team.owner, team.project, name="Helper", toolkits=[JIRA], skip_integration_validation=True)
    assistant_id = await create(team.owner, team.project, assistant_ids=[sub_id], skip_integration_validation=True)
    bare = {**JIRA, "tools": [{"name": "generic_jira_tool"}]}
    settings = [{"assistant_id": sub_id, "is_global": True, "toolkits": [bare]}]
    answer = await publish(team.owner, assistant_id, categories=["devops"], sub_assistants_settings=settings)
    assert answer.status_code == 200, answer.text
    sub = await shown(team.stranger, sub_id)
    assert (sub["is_global"], sub["version_count"]) == (True, 2)
    assert [category["id"] for category in sub["categories"]] == ["devops"]
    assert sub["toolkits"][0]["tools"][0]["settings"] is None
    stray = await create(team.owner, team.project)
    refused = await publish(
        team.owner, assistant_id, categories=["devops"], sub_assistants_settings=[{"assistant_id": stray}]
    )
    assert refused.status_code == 400
    assert (await shown(team.owner, stray))["is_global"] is False


async def test_publishing_needs_the_right_to_write(team: Team) -> None:
    assistant_id = await create(team.owner, team.project, shared=True)
    for path in ("publish/validate", "publish", "unpublish"):
        refused = await team.member.post(f"/v1/assistants/{assistant_id}/marketplace/{path}")
        assert refused.status_code == 401


async def test_creating_a_published_assistant_obeys_the_rules_of_publishing(team: Team) -> None:
    async def post(**fields: Any) -> httpx2.Response:
        return await team.owner.post("/v1/assistants", json=definition(team.project, is_global=True, **fields))

    name = "Lighthouse keeper"
    assert (await post(name=name)).status_code == 400
    unknown = await post(name=name, categories=["nonsense"])
    assert unknown.json()["error"]["message"] == "Invalid category IDs: ['nonsense']"
    rejected = await post(name=name, categories=["devops"], **BAD)
    assert rejected.status_code == 422
    details = rejected.json()["error"]["details"]
    assert (details["assistant_id"], details["quality_validation"]["decision"]) == (None, "reject")
    listed = await team.owner.get("/v1/assistants", params={"filters": f'{{"search": "{name}"}}'})
    assert listed.json()["data"] == []
    elsewhere = await team.stranger.post(
        "/v1/assistants", json=definition(team.project, is_global=True, categories=["devops"])
    )
    assert elsewhere.status_code == 403

    created = await post(name=name, categories=["devops"])
    assert created.status_code == 200, created.text
    path = f"/v1/assistants/{created.json()['assistantId']}"
    changed = await team.owner.put(path, json={"name": name, "description": "Now with a lamp"})
    assert changed.status_code == 200, changed.text
    assert (await shown(team.stranger, created.json()["assistantId"]))["description"] == "Now with a lamp"


async def test_a_change_that_publishes_obeys_the_rules_of_publishing(team: Team) -> None:
    assistant_id = await create(team.owner, team.project, **BAD)
    path = f"/v1/assistants/{assistant_id}"
    publishing = {"name": "N", "is_global": True, "categories": ["devops"]}
    rejected = await team.owner.put(path, json=publishing)
    assert rejected.status_code == 422
    assert rejected.json()["error"]["details"]["assistant_id"] == assistant_id
    for categories in ([], ["nonsense"]):
        refused = await team.owner.put(path, json={**publishing, "categories": categories})
        assert refused.status_code == 400
    assert (await shown(team.owner, assistant_id))["is_global"] is False
    improved = {**publishing, "description": "Guides ships into the harbour."}
    assert (await team.owner.put(path, json=improved)).status_code == 200
    # Published already, so what is changed now is its author's business.
    assert (await team.owner.put(path, json={**publishing, **BAD})).status_code == 200
