"""Skills that assistants have, over HTTP and in a run."""

from typing import Any

import httpx2

from tests.assistants.conftest import Team, create, shown
from tests.conversations.chatting import ask
from tests.skills.writing import CONTENT
from tests.skills.writing import create as write_skill


async def attach(client: httpx2.AsyncClient, assistant_id: str, skill_id: str) -> httpx2.Response:
    return await client.post(f"/v1/assistants/{assistant_id}/skills", json={"skill_id": skill_id})


async def test_a_skill_is_attached_listed_and_detached(team: Team) -> None:
    assistant_id = await create(team.owner, team.project)
    skill = await write_skill(team.owner, team.project)
    before = await shown(team.owner, assistant_id)
    for _ in range(2):
        assert (await attach(team.owner, assistant_id, skill["id"])).json() == {
            "message": "Skill attached successfully"
        }
    after = await shown(team.owner, assistant_id)
    assert after["skill_ids"] == [skill["id"]]
    assert after["skills"] == [{key: skill[key] for key in ("id", "name", "description")}]
    assert (after["update_date"], after["version_count"]) == (before["update_date"], before["version_count"])
    (item,) = (await team.owner.get(f"/v1/assistants/{assistant_id}/skills")).json()
    assert (item["id"], item["is_attached"], item["assistants_count"]) == (skill["id"], True, 1)
    filters = {"filters": f'{{"search": "{skill["name"]}"}}', "assistant_id": assistant_id}
    (listed,) = (await team.owner.get("/v1/skills", params=filters)).json()["skills"]
    assert listed["is_attached"] is True
    detached = await team.owner.delete(f"/v1/assistants/{assistant_id}/skills/{skill['id']}")
    assert detached.json() == {"message": "Skill detached successfully"}
    assert (await team.owner.get(f"/v1/assistants/{assistant_id}/skills")).json() == []
    assert (await team.owner.delete(f"/v1/assistants/{assistant_id}/skills/{skill['id']}")).status_code == 404


async def test_attaching_needs_rights_on_both(team: Team) -> None:
    assistant_id = await create(team.owner, team.project, shared=True)
    mine = await write_skill(team.owner, team.project, visibility="private")
    theirs = await write_skill(team.stranger, team.stranger.email, visibility="private")
    assert (await attach(team.member, assistant_id, mine["id"])).status_code == 401
    assert (await attach(team.owner, assistant_id, theirs["id"])).status_code == 403
    assert (await attach(team.owner, assistant_id, "unknown")).status_code == 404
    assert (await attach(team.owner, "unknown", mine["id"])).status_code == 404


async def test_skills_are_set_with_the_assistant(team: Team) -> None:
    skills = [await write_skill(team.owner, team.project) for _ in range(2)]
    ids = [skill["id"] for skill in skills]
    assistant_id = await create(team.owner, team.project, skill_ids=ids)
    assert (await shown(team.owner, assistant_id))["skill_ids"] == ids
    await team.owner.put(f"/v1/assistants/{assistant_id}", json={"name": "N", "description": "No word of skills"})
    assert (await shown(team.owner, assistant_id))["skill_ids"] == ids
    await team.owner.put(f"/v1/assistants/{assistant_id}", json={"name": "N", "skill_ids": ids[::-1]})
    assert (await shown(team.owner, assistant_id))["skill_ids"] == ids[::-1]
    unknown = await team.owner.put(f"/v1/assistants/{assistant_id}", json={"name": "N", "skill_ids": ["nothing"]})
    assert unknown.status_code == 400
    assert "skill 'nothing' does not exist" in unknown.json()["error"]["details"]
    await team.owner.delete(f"/v1/skills/{ids[0]}")
    assert (await shown(team.owner, assistant_id))["skill_ids"] == ids[1:]
    await team.owner.put(f"/v1/assistants/{assistant_id}", json={"name": "N", "skill_ids": []})
    assert (await shown(team.owner, assistant_id))["skill_ids"] == []


async def test_a_skill_is_given_to_many_assistants_at_once(team: Team) -> None:
    skill = await write_skill(team.owner, team.project)
    own = [await create(team.owner, team.project, shared=True) for _ in range(2)]
    foreign = await create(team.stranger, team.stranger.email)
    path = f"/v1/skills/{skill['id']}/assistants"
    answer = (await team.owner.post(f"{path}/bulk-attach", json={"assistant_ids": [*own, foreign]})).json()
    assert (answer["success_count"], answer["total_requested"]) == (2, 3)
    assert answer["failures"] == [{"assistant_id": foreign, "error": "Access denied"}]
    found = (await team.member.get(path)).json()
    assert {row["id"] for row in found} == set(own)
    assert "system_prompt" not in found[0]


async def test_a_run_reads_a_skill_when_it_needs_it(team: Team) -> None:
    files = [{"path": "ref/words.txt", "content": "The password of the harbour is swordfish."}]
    content = f"{CONTENT}\n\nThe harbour master is called Ada Lindqvist."
    skill = await write_skill(team.owner, team.project, name="harbour-rules", content=content, companion_files=files)
    assistant_id = await create(team.owner, team.project, skill_ids=[skill["id"]], shared=True)
    answer = await ask(team.member, assistant_id, 'Call the tool skill with "harbour-rules". Who is harbour master?')
    (thought,) = [thought for thought in answer["thoughts"] if thought["author_name"] == "Skill"]
    assert "Ada Lindqvist" in thought["message"]
    assert "ref/words.txt" in thought["message"]
    request = "Use the tool skill once more with file = ref/words.txt"
    reading = await ask(team.member, assistant_id, request)
    assert "swordfish" in str(reading["thoughts"])


async def test_a_skill_made_private_again_is_gone_for_others(team: Team) -> None:
    skill = await write_skill(team.member, team.project)
    assistant_id = await create(team.owner, team.project, skill_ids=[skill["id"]], shared=True)
    await team.member.put(f"/v1/skills/{skill['id']}", json={"visibility": "private"})
    answer: dict[str, Any] = await ask(team.owner, assistant_id, "Call the tool skill.")
    assert "Skill" not in [thought["author_name"] for thought in answer["thoughts"] or []]
    kept = await shown(team.owner, assistant_id)
    assert (kept["skill_ids"], kept["skills"]) == ([skill["id"]], [])
