"""Where an integration is used, as far as one may know."""

from typing import Any

import pytest

from tests.conversations.chatting import make_assistant
from tests.integrations.credentials import People, create, jira


async def usages(client: Any, setting: dict[str, Any]) -> dict[str, Any]:
    answer = await client.get(f"/v1/settings/{setting['setting_type']}/{setting['id']}/usages")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_an_integration_nobody_uses_says_so(people: People) -> None:
    made = await create(people.manager, "project", jira(people.project))
    assert await usages(people.manager, made) == {"items": [], "total": 0, "hidden": 0}


@pytest.mark.parametrize("place", ["toolkit", "tool", "server"])
async def test_assistants_that_name_it_are_told_wherever_they_name_it(people: People, place: str) -> None:
    made = await create(people.manager, "project", jira(people.project))
    tool: dict[str, Any] = {"name": "gitlab"} | ({"settings": made} if place == "tool" else {})
    kit: dict[str, Any] = {"toolkit": "VCS", "tools": [tool]} | ({"settings": made} if place == "toolkit" else {})
    server = {"name": "notes", "config": {"url": "https://mcp.example.com"}, "settings": made}
    parts: dict[str, Any] = {"mcp_servers": [server]} if place == "server" else {"toolkits": [kit]}
    assistant = await make_assistant(people.manager, project=people.project, shared=True, **parts)
    told = await usages(people.member, made)
    assert [(use["kind"], use["id"], use["project"]) for use in told["items"]] == [
        ("assistant", assistant, people.project)
    ]
    assert (told["total"], told["hidden"]) == (1, 0)


async def test_what_one_may_not_read_is_counted_and_not_named(people: People) -> None:
    made = await create(people.manager, "project", jira(people.project))
    kit = {"toolkit": "VCS", "tools": [{"name": "gitlab"}], "settings": made}
    await make_assistant(people.manager, project=people.project, shared=False, toolkits=[kit])
    told = await usages(people.member, made)
    assert (told["items"], told["total"], told["hidden"]) == ([], 0, 1)
    assert (await usages(people.manager, made))["total"] == 1


async def test_own_choices_are_named_and_those_of_others_counted(people: People) -> None:
    made = await create(people.manager, "project", jira(people.project))
    assistant = await make_assistant(
        people.manager,
        project=people.project,
        shared=True,
        toolkits=[{"toolkit": "VCS", "tools": [{"name": "gitlab"}]}],
    )
    slots = {"tools_config": [{"name": "gitlab", "integration_id": made["id"]}]}
    assert (await people.member.post(f"/v1/assistants/{assistant}/users/mapping", json=slots)).status_code == 200
    assert [use["kind"] for use in (await usages(people.member, made))["items"]] == ["choice"]
    theirs = await usages(people.manager, made)
    assert (theirs["items"], theirs["hidden"]) == ([], 1)


async def test_skills_that_name_it_are_told(people: People) -> None:
    made = await create(people.manager, "project", jira(people.project))
    skill = {
        "name": "file-issues", "description": "Files issues.", "content": "# Issues\n\nOne issue a fault.\n" * 10,
        "project": people.project, "visibility": "project",
        "toolkits": [{"toolkit": "VCS", "tools": [{"name": "gitlab", "settings": made}]}],
    }  # fmt: skip
    answer = await people.manager.post("/v1/skills", json=skill)
    assert answer.status_code == 201, answer.text
    told = await usages(people.member, made)
    assert [(use["kind"], use["name"]) for use in told["items"]] == [("skill", "file-issues")]


async def test_strangers_are_told_nothing(people: People) -> None:
    made = await create(people.manager, "project", jira(people.project))
    assert (await people.stranger.get(f"/v1/settings/project/{made['id']}/usages")).status_code == 404
