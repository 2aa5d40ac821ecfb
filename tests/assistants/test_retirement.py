"""A language model is retired: another takes its place in assistants and their versions."""

import uuid
from typing import Any

import httpx2

from tests.assistants.conftest import Team, create, shown
from tests.identity.administration import SUPERUSERS, denial, events
from tests.support import Platform

RETIRE = "/v1/admin/llm/retire"


async def test_assistants_and_their_versions_get_the_replacement(
    team: Team, client: httpx2.AsyncClient, platform: Platform
) -> None:
    old = f"gone-{uuid.uuid4().hex[:8]}"
    assistant = await create(team.owner, team.project, llm_model_type=old)
    other = await create(team.owner, team.project, llm_model_type="mock-chat")
    before = (await shown(team.owner, assistant))["updated_date"]
    body: dict[str, Any] = {"deprecatedModel": old, "replacementModel": "mock-chat"}

    unknown = await client.post(RETIRE, json=body)
    answer = await client.post(RETIRE, json={**body, "checkModelsExistence": False})

    assert (unknown.status_code, old in unknown.json()["error"]["details"]) == (404, True)
    counts = {"assistants_updated": 1, "assistant_configurations_updated": 1, "workflows_updated": 0}
    assert (answer.status_code, answer.json()["data"]) == (200, counts)
    after = await shown(team.owner, assistant)
    assert (after["llm_model_type"], after["updated_date"]) == ("mock-chat", before)
    version = (await team.owner.get(f"/v1/assistants/{assistant}/versions/1")).json()
    assert version["llm_model_type"] == "mock-chat"
    assert (await shown(team.owner, other))["llm_model_type"] == "mock-chat"
    ((kind, facts),) = await events(platform, old)
    assert (kind, facts["replacement"], facts["assistants"]) == ("model.retired", "mock-chat", 1)


async def test_of_several_each_succeeds_or_fails_by_itself(client: httpx2.AsyncClient) -> None:
    pairs = [
        {"deprecated_model": "mock-chat", "replacement_model": "mock-chat"},
        {"deprecated_model": "never-there", "replacement_model": "mock-chat"},
    ]
    checked = (await client.post(f"{RETIRE}/bulk", json={"retirements": pairs})).json()["data"]
    body = {"retirements": pairs, "check_models_existence": False}
    unchecked = (await client.post(f"{RETIRE}/bulk", json=body)).json()["data"]

    assert (checked["total"], checked["succeeded"], checked["failed"]) == (2, 0, 2)
    assert "never-there" in checked["results"][1]["error"]
    assert [row["success"] for row in unchecked["results"]] == [False, True]
    assert unchecked["results"][1]["assistants_updated"] == 0


async def test_only_administrators_retire_models(team: Team, client: httpx2.AsyncClient) -> None:
    for path in (RETIRE, f"{RETIRE}/bulk"):
        assert denial(await team.owner.post(path, json={})) == (403, SUPERUSERS)
    for wrong in ([], [{"deprecatedModel": "a", "replacementModel": "b"}] * 101):
        assert (await client.post(f"{RETIRE}/bulk", json={"retirements": wrong})).status_code == 422
    same = {"deprecatedModel": "a", "replacementModel": "a"}
    assert (await client.post(RETIRE, json=same)).status_code == 400
