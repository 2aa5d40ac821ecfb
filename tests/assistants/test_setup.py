"""Integrations a person chooses for an assistant's tools, and features of projects, over HTTP."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from codemie.assistants.settings import AssistantsSettings
from tests.assistants.conftest import Team, create
from tests.support import Platform


async def test_nothing_is_mapped_at_first(team: Team) -> None:
    assistant_id = await create(team.owner, team.project)
    view = (await team.owner.get(f"/v1/assistants/{assistant_id}/users/mapping")).json()
    assert (view["id"], view["tools_config"], view["has_assistant_scope_selection"]) == ("", [], False)
    assert view["assistant_id"] == assistant_id


async def test_slots_are_merged_by_name_and_by_scope(team: Team) -> None:
    assistant_id = await create(team.owner, team.project, shared=True)
    path = f"/v1/assistants/{assistant_id}/users/mapping"

    async def save(*slots: dict[str, Any], **fields: Any) -> None:
        answer = await team.member.post(path, json={"tools_config": list(slots), **fields})
        assert answer.status_code == 200, answer.text
        assert answer.json() == {"message": "Mapping saved successfully"}

    async def names(query: str = "") -> list[str]:
        return [slot["name"] for slot in (await team.member.get(path + query)).json()["tools_config"]]

    await save({"name": "Jira", "auto_lookup": True}, {"name": "MCP:files", "explicit_none": True})
    await save({"name": "Git", "auto_lookup": True}, {"name": "Jira", "integration_id": ""})
    assert await names() == ["MCP:files", "Git"]
    assert await names("?workflow_id=w1") == []
    await save({"name": "Sonar", "explicit_none": True}, workflow_id="w1", apply_to_assistant_scope=True)
    assert await names("?workflow_id=w1") == ["Sonar"]
    assert await names() == ["MCP:files", "Git", "Sonar"]
    scoped = (await team.member.get(f"{path}?workflow_id=w1")).json()
    assert (scoped["workflow_id"], scoped["has_assistant_scope_selection"]) == ("w1", True)
    assert scoped["created_at"]
    removed = await team.member.delete(f"{path}?workflow_id=w1")
    assert removed.status_code == 200
    assert await names("?workflow_id=w1") == []
    assert await names() == ["MCP:files", "Git", "Sonar"]
    assert (await team.owner.get(path)).json()["tools_config"] == []


async def test_an_integration_that_is_not_ones_own_is_refused(team: Team) -> None:
    assistant_id = await create(team.owner, team.project)
    path = f"/v1/assistants/{assistant_id}/users/mapping"
    refused = await team.owner.post(path, json={"tools_config": [{"name": "Jira", "integration_id": "foreign"}]})
    assert (refused.status_code, refused.json()["error"]["message"]) == (403, "Access denied")
    assert "foreign" in refused.json()["error"]["details"]
    assert (await team.stranger.get(path)).status_code == 401


@pytest.fixture
async def teams_bot(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """The feature is on, as the setting would have it."""
    runtime = platform.resources.assistants
    settings = AssistantsSettings.model_validate({"teams_bot": True})
    object.__setattr__(runtime, "settings", settings)
    yield
    object.__setattr__(runtime, "settings", AssistantsSettings.model_validate({}))


async def test_the_teams_bot_is_off_unless_it_is_switched_on(team: Team) -> None:
    assistant_id = await create(team.owner, team.project)
    path = f"/v1/assistants/{assistant_id}/projects/mapping"
    query = {"project": team.project, "feature": "teams"}
    body = {"project_name": team.project, "feature": "teams"}
    for answer in (
        await team.manager.get("/v1/assistants/projects/mapping", params=query),
        await team.manager.post(path, json=body),
        await team.manager.delete(path, params=query),
    ):
        assert answer.status_code == 403
        assert "teamsBotIntegration" in answer.json()["error"]["details"]


async def test_a_project_switches_assistants_on_for_its_bot(team: Team, teams_bot: None) -> None:
    assistant_id = await create(team.owner, team.project, shared=True)
    path = f"/v1/assistants/{assistant_id}/projects/mapping"
    query = {"project": team.project, "feature": "teams"}
    body = {"project_name": team.project, "feature": "teams"}
    assert (await team.owner.post(path, json=body)).status_code == 403
    for _ in range(2):
        assert (await team.manager.post(path, json=body)).status_code == 200
    page = (await team.member.get("/v1/assistants/projects/mapping", params=query)).json()
    assert [row["id"] for row in page["data"]] == [assistant_id]
    assert page["pagination"] == {"page": 0, "per_page": 12, "total": 1, "pages": 1}
    assert (await team.stranger.get("/v1/assistants/projects/mapping", params=query)).status_code == 403
    assert (await team.manager.delete(path, params=query)).status_code == 200
    absent = await team.manager.delete(path, params=query)
    assert (absent.status_code, absent.json()["error"]["message"]) == (404, "Mapping not found")


async def test_a_project_that_does_not_exist_has_no_bot(client: httpx2.AsyncClient, teams_bot: None) -> None:
    assistant_id = await create(client, "demo")
    path = f"/v1/assistants/{assistant_id}/projects/mapping"
    refused = await client.post(path, json={"project_name": "no-such-project", "feature": "teams"})
    assert (refused.status_code, refused.json()["error"]["message"]) == (404, "Project not found")
