"""Versions of assistants over HTTP: look, compare, go back."""

from typing import Any

from sqlalchemy import update

from codemie.assistants.tables import Assistant
from codemie.kernel.database import Database
from tests.assistants.conftest import Team, create, shown

SECRET_SERVER = {"name": "files", "config": {"url": "https://mcp.test", "headers": {"Authorization": "Bearer tiger"}}}


async def change(team: Team, assistant_id: str, **fields: Any) -> None:
    answer = await team.owner.put(f"/v1/assistants/{assistant_id}", json={"name": "N", **fields})
    assert answer.status_code == 200, answer.text


async def test_every_change_of_a_versioned_field_is_a_version(team: Team) -> None:
    assistant_id = await create(team.owner, team.project, system_prompt="First")
    await change(team, assistant_id, system_prompt="Second", temperature=0.5)
    await change(team, assistant_id, shared=True)
    page = (await team.owner.get(f"/v1/assistants/{assistant_id}/versions")).json()
    assert (page["total_versions"], page["assistant_id"], page["assistant_name"]) == (2, assistant_id, "N")
    assert [(row["version_number"], row["system_prompt"]) for row in page["versions"]] == [(2, "Second"), (1, "First")]
    assert page["versions"][1]["change_notes"] == "Initial version"
    assert page["versions"][0]["created_by"]["name"] == team.owner.email
    cut = (await team.owner.get(f"/v1/assistants/{assistant_id}/versions?page=1&per_page=1")).json()
    assert [row["version_number"] for row in cut["versions"]] == [1]


async def test_one_version_is_read_by_its_number(team: Team) -> None:
    assistant_id = await create(team.owner, team.project, temperature=0.25, mcp_servers=[SECRET_SERVER])
    answer = await team.owner.get(f"/v1/assistants/{assistant_id}/versions/1")
    assert answer.json()["temperature"] == 0.25
    assert answer.json()["created_date"]
    assert "tiger" not in answer.text
    for number in ("2", "0", "99999999999999"):
        missing = await team.owner.get(f"/v1/assistants/{assistant_id}/versions/{number}")
        assert missing.status_code == 404
        assert missing.json()["error"]["message"] == "Version not found"


async def test_a_comparison_names_what_differs(team: Team) -> None:
    assistant_id = await create(team.owner, team.project, system_prompt="First")
    await change(team, assistant_id, system_prompt="Second", conversation_starters=["Hi"])
    answer = (await team.owner.get(f"/v1/assistants/{assistant_id}/versions/1/compare/2")).json()
    assert answer["differences"] == {
        "system_prompt": {"version1": "First", "version2": "Second"},
        "conversation_starters": {"version1": [], "version2": ["Hi"]},
    }
    assert answer["change_summary"] == "2 field(s) changed: system prompt, conversation starters."
    assert (answer["version1"]["version_number"], answer["version2"]["version_number"]) == (1, 2)
    same = (await team.owner.get(f"/v1/assistants/{assistant_id}/versions/2/compare/2")).json()
    assert (same["differences"], same["change_summary"]) == ({}, "No differences.")


async def test_a_comparison_tells_of_a_new_secret_without_showing_it(team: Team) -> None:
    assistant_id = await create(team.owner, team.project, mcp_servers=[SECRET_SERVER])
    changed = {"name": "files", "config": {"url": "https://mcp.test", "headers": {"Authorization": "Bearer lion"}}}
    await change(team, assistant_id, mcp_servers=[changed])
    answer = await team.owner.get(f"/v1/assistants/{assistant_id}/versions/1/compare/2")
    assert answer.json()["change_summary"] == "Only secrets differ."
    assert "tiger" not in answer.text
    assert "lion" not in answer.text


async def test_rolling_back_brings_the_old_content_as_a_new_version(team: Team) -> None:
    assistant_id = await create(team.owner, team.project, system_prompt="First", temperature=0.1)
    await change(team, assistant_id, system_prompt="Second", temperature=0.9)
    path = f"/v1/assistants/{assistant_id}/versions"
    answer = await team.owner.post(f"{path}/1/rollback", json={"change_notes": "The old one was better"})
    assert answer.json() == {"message": "Rolled back to version 1. Created new version 3"}
    assistant = await shown(team.owner, assistant_id)
    assert (assistant["system_prompt"], assistant["temperature"], assistant["version_count"]) == ("First", 0.1, 3)
    assert (await team.owner.get(f"{path}/3")).json()["change_notes"] == "The old one was better"
    without_body = await team.owner.post(f"{path}/2/rollback")
    assert without_body.json() == {"message": "Rolled back to version 2. Created new version 4"}


async def test_a_rollback_that_makes_no_sense_is_refused(team: Team) -> None:
    assistant_id = await create(team.owner, team.project)
    path = f"/v1/assistants/{assistant_id}/versions"
    current = await team.owner.post(f"{path}/1/rollback")
    assert (current.status_code, current.json()["error"]["message"]) == (400, "Cannot rollback to current version")
    for number in (0, 7):
        absent = await team.owner.post(f"{path}/{number}/rollback")
        assert (absent.status_code, absent.json()["error"]["message"]) == (400, "Invalid version number")


async def test_a_version_whose_sub_assistant_is_gone_does_not_come_back(team: Team) -> None:
    sub_id = await create(team.owner, team.project, name="Sub")
    assistant_id = await create(team.owner, team.project, assistant_ids=[sub_id])
    await change(team, assistant_id, assistant_ids=[])
    await team.owner.delete(f"/v1/assistants/{sub_id}")
    refused = await team.owner.post(f"/v1/assistants/{assistant_id}/versions/1/rollback")
    assert refused.status_code == 400
    assert sub_id in refused.json()["error"]["details"]
    assert (await shown(team.owner, assistant_id))["version_count"] == 2


async def test_an_author_who_has_left_brings_nothing_back_to_the_marketplace(team: Team, database: Database) -> None:
    assistant_id = await create(team.owner, team.project, is_global=True, categories=["engineering"])
    await change(team, assistant_id, system_prompt="Second")
    author = (await team.stranger.get("/v1/user")).json()["user_id"]
    async with database.session() as session:
        await session.execute(update(Assistant).where(Assistant.id == assistant_id).values(created_by_id=author))
    refused = await team.stranger.post(f"/v1/assistants/{assistant_id}/versions/1/rollback")
    assert (refused.status_code, refused.json()["error"]["message"]) == (403, "Access denied")
    assert (await shown(team.manager, assistant_id))["system_prompt"] == "Second"


async def test_a_rolled_back_secret_still_opens(team: Team) -> None:
    assistant_id = await create(team.owner, team.project, mcp_servers=[SECRET_SERVER])
    await change(team, assistant_id, mcp_servers=[])
    await team.owner.post(f"/v1/assistants/{assistant_id}/versions/1/rollback")
    assistant = await shown(team.owner, assistant_id)
    assert assistant["mcp_servers"][0]["config"]["headers"] == {"Authorization": "********"}


async def test_seeds_have_a_first_version(client: Any) -> None:
    seed = (await client.get("/v1/assistants/slug/ai-run-chatbot")).json()
    page = (await client.get(f"/v1/assistants/{seed['id']}/versions")).json()
    assert page["total_versions"] >= 1
