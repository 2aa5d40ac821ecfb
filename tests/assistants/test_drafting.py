"""Assistants drafted, reviewed and tried out by a model, here the mock; and assistants that leave and come."""

import io
import zipfile
from typing import Any

import pytest
import yaml

from tests.assistants.conftest import Team, create, shown
from tests.skills.writing import create as write_skill

SECRET_SERVER = {"name": "files", "config": {"url": "https://mcp.test", "headers": {"Authorization": "Bearer tiger"}}}


async def test_a_whole_assistant_is_drafted(team: Team) -> None:
    draft = (await team.owner.post("/v1/assistants/generate", json={"text": "Reviews SQL migrations"})).json()
    assert set(draft) == {
        *("name", "description", "categories", "conversation_starters", "system_prompt", "toolkits"),
    }
    assert draft["conversation_starters"]
    known = [row["id"] for row in (await team.owner.get("/v1/assistants/categories")).json()]
    assert set(draft["categories"]) <= set(known)


async def test_a_system_prompt_is_written(team: Team) -> None:
    for body in ({"text": "Review SQL"}, {"text": "Be shorter", "system_prompt": "You review SQL at length."}):
        answer = await team.owner.post("/v1/assistants/prompt/generate", json=body)
        assert answer.json()["system_prompt"]


async def test_an_assistant_is_reviewed(team: Team) -> None:
    body = {"name": "SQL", "system_prompt": "Review.", "project": team.project,
            "context": [{"name": "docs", "context_type": "knowledge_base"}]}  # fmt: skip
    advice = (await team.owner.post("/v1/assistants/refine", json=body)).json()
    assert advice["fields"]
    assert [item["name"] for item in advice["context"]] == ["docs"]
    without = (await team.owner.post("/v1/assistants/refine", json={**body, "include_context": False})).json()
    assert without["context"] == []
    assert (await team.stranger.post("/v1/assistants/refine", json=body)).status_code == 403


async def test_a_healthy_assistant_answers(team: Team) -> None:
    assistant_id = await create(team.owner, team.project, llm_model_type="mock-chat")
    report = (await team.owner.post(f"/v1/assistants/{assistant_id}/health", json={})).json()
    assert report["error"] is None
    assert (report["is_healthy"], report["configuration_valid"], report["execution_successful"]) == (True, True, True)
    assert (report["tools_available"], report["tools_misconfigured_count"]) == ([], 0)


async def test_a_broken_assistant_says_what_is_wrong(team: Team) -> None:
    toolkit = {"toolkit": "PM", "tools": [{"name": "jira", "settings_config": True}, {"name": "calculator"}]}
    assistant_id = await create(
        team.owner, team.project, llm_model_type="no-such-model", system_prompt="{{ a.b }}", toolkits=[toolkit]
    )
    report = (await team.owner.post(f"/v1/assistants/{assistant_id}/health")).json()
    assert (report["is_healthy"], report["configuration_valid"], report["execution_successful"]) == (
        False,
        False,
        False,
    )
    assert "no-such-model" in report["error"]["details"]
    assert "Getattr" in report["error"]["details"]
    assert (report["tools_available"], report["tools_misconfigured"]) == (["calculator"], ["jira"])
    assert (await team.owner.post(f"/v1/assistants/{assistant_id}/health", json={"version": 7})).status_code == 404
    assert (await team.stranger.post(f"/v1/assistants/{assistant_id}/health")).status_code == 401


async def test_evaluation_says_what_it_lacks(team: Team) -> None:
    assistant_id = await create(team.owner, team.project)
    body = {"dataset_id": "d", "experiment_name": "e"}
    answer = await team.owner.post(f"/v1/assistants/{assistant_id}/evaluate", json=body)
    assert answer.status_code == 503
    assert "Langfuse" in answer.json()["error"]["details"]


async def exported(team: Team, assistant_id: str, **body: Any) -> tuple[bytes, dict[str, bytes]]:
    answer = await team.owner.post(f"/v1/assistants/id/{assistant_id}/export", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return answer.content, {name: archive.read(name) for name in archive.namelist()}


async def bring_in(team: Team, content: bytes) -> Any:
    return await team.owner.post(
        "/v1/assistants/import", files={"file": ("a.zip", content)}, data={"project": team.owner.email}
    )


async def test_an_assistant_leaves_without_its_secrets_and_comes_back(team: Team) -> None:
    skill = await write_skill(team.owner, team.project)
    assistant_id = await create(
        team.owner,
        team.project,
        name="Traveller",
        temperature=0.25,
        mcp_servers=[SECRET_SERVER],
        prompt_variables=[{"key": "pin", "default_value": "lion", "is_sensitive": True}],
        skill_ids=[skill["id"]],
    )
    content, files = await exported(team, assistant_id, env_vars={"openai_api_type": 'az"ure'})
    assert set(files) == {"assistant.yaml", f"skills/{skill['name']}.md", ".env"}
    assert files[".env"] == b'OPENAI_API_TYPE="az\\"ure"\n'
    manifest = yaml.safe_load(files["assistant.yaml"])
    assert (manifest["name"], manifest["temperature"]) == ("Traveller", 0.25)
    assert "tiger" not in str(manifest)
    assert "lion" not in str(manifest)
    assert "sealed" not in str(manifest)
    made = await bring_in(team, content)
    assert made.status_code == 200, made.text
    copy = await shown(team.owner, made.json()["assistantId"])
    assert (copy["name"], copy["temperature"], copy["project"]) == ("Traveller", 0.25, team.owner.email)
    assert copy["mcp_servers"][0]["config"]["url"] == "https://mcp.test"
    assert (await bring_in(team, files["assistant.yaml"])).status_code == 200


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"PK not an archive", 400),
        (b"\xff\xfe", 400),
        (b"name: x", 400),
        (b"format: codemie-assistant/1\nname: &a x\ndescription: *a\n", 400),
        (b"format: codemie-assistant/1\nname: x\ntemperature: 7\n", 422),
    ],
)
async def test_what_is_no_exported_assistant_is_refused(team: Team, content: bytes, status: int) -> None:
    assert (await bring_in(team, content)).status_code == status


async def test_exporting_needs_the_right_to_read(team: Team) -> None:
    assistant_id = await create(team.owner, team.project)
    assert (await team.stranger.post(f"/v1/assistants/id/{assistant_id}/export")).status_code == 401
