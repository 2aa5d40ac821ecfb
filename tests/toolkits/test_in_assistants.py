"""Tools of toolkits in a conversation: whose credential they work with, what waits for a person, what is told."""

from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from codemie.kernel import row_security
from codemie.kernel.database import Database
from tests.conversations.chatting import ask, make_assistant, new_conversation
from tests.integrations.credentials import People, create
from tests.skills.writing import create as write_skill
from tests.toolkits.strange_system import StrangeSystem
from tests.toolkits.test_calls import git

READ = 'Use the gitlab tool with {"query": {"method": "GET", "url": "/api/v4/projects"}}'
DELETE = 'Use the gitlab tool with {"query": {"method": "DELETE", "url": "/api/v4/projects/7"}}'


def vcs(setting: dict[str, Any] | None = None, *, on_tool: bool = False) -> list[dict[str, Any]]:
    tool: dict[str, Any] = {"name": "gitlab"}
    kit: dict[str, Any] = {"toolkit": "VCS", "tools": [tool]}
    if setting is not None:
        (tool if on_tool else kit)["settings"] = setting
    return [kit]


async def assistant_with(people: People, **fields: Any) -> str:
    """Whoever makes it need not have an integration: those who use it do."""
    fields = {"shared": True, "skip_integration_validation": True, **fields}
    return await make_assistant(people.manager, project=people.project, **fields)


async def chat(client: httpx2.AsyncClient, assistant: str, text: str = READ, **fields: Any) -> dict[str, Any]:
    return await ask(client, assistant, text, conversation_id=new_conversation(), **fields)


async def test_an_assistant_calls_the_tool_and_tells_what_it_said(people: People, system: StrangeSystem) -> None:
    await create(people.member, "user", git(people.project, system.url))
    assistant = await assistant_with(people, toolkits=vcs())
    answer = await chat(people.member, assistant)
    assert "200 OK" in answer["generated"]
    assert system.asked[-1].path == "/api/v4/projects"


@pytest.mark.parametrize("place", ["tool", "toolkit"])
async def test_the_integration_that_the_assistant_names_comes_before_what_is_found(
    people: People, system: StrangeSystem, place: str
) -> None:
    pinned = await create(people.manager, "project", git(people.project, system.url))
    await create(people.member, "user", git(people.project, system.url, token="mine"))
    assistant = await assistant_with(people, toolkits=vcs(pinned, on_tool=place == "tool"))
    assert "200 OK" in (await chat(people.member, assistant))["generated"]


async def test_what_a_person_chose_for_the_assistant_comes_first(people: People, system: StrangeSystem) -> None:
    pinned = await create(people.manager, "project", git(people.project, system.url, token="projects"))
    mine = await create(people.member, "user", git(people.project, system.url))
    assistant = await assistant_with(people, toolkits=vcs(pinned))
    assert "401" in (await chat(people.member, assistant))["generated"]

    slots = {"tools_config": [{"name": "gitlab", "integration_id": mine["id"]}]}
    saved = await people.member.post(f"/v1/assistants/{assistant}/users/mapping", json=slots)
    assert saved.status_code == 200, saved.text
    assert "200 OK" in (await chat(people.member, assistant))["generated"]
    assert "401" in (await chat(people.manager, assistant))["generated"], "a choice is one person's"


async def test_nobody_chooses_an_integration_that_is_not_theirs(people: People, system: StrangeSystem) -> None:
    theirs = await create(people.manager, "user", git(people.project, system.url))
    assistant = await assistant_with(people, toolkits=vcs())
    slots = {"tools_config": [{"name": "gitlab", "integration_id": theirs["id"]}]}
    refused = await people.member.post(f"/v1/assistants/{assistant}/users/mapping", json=slots)
    assert refused.status_code == 403
    assert theirs["id"] in refused.text


async def test_a_personal_integration_in_a_shared_assistant_serves_its_owner_only(
    people: People, system: StrangeSystem
) -> None:
    pinned = await create(people.manager, "user", git(people.project, system.url))
    assistant = await assistant_with(people, toolkits=vcs(pinned))
    assert "200 OK" in (await chat(people.manager, assistant))["generated"]
    answer = await chat(people.member, assistant)
    assert "There is no integration of type Git" in answer["generated"]


async def published_with(people: People, pinned: dict[str, Any], tool: str) -> str:
    """An assistant that everybody may use, with an integration of its author's for one tool."""
    kit = {"toolkit": "VCS", "tools": [{"name": tool}], "settings": pinned}
    return await assistant_with(people, toolkits=[kit], is_global=True, categories=["engineering"])


async def test_a_published_assistant_lends_its_integration_to_its_own_tools_only(
    people: People, system: StrangeSystem
) -> None:
    pinned = await create(people.manager, "user", git(people.project, system.url))
    lent = await published_with(people, pinned, "gitlab")
    assert "200 OK" in (await chat(people.stranger, lent))["generated"]

    # Everybody sees which integration it is; a skill of the caller's names it for a tool that the author did not give.
    other = await published_with(people, pinned, "github")
    home = (await people.stranger.get("/v1/user")).json()["applications"][0]
    skill = await write_skill(people.stranger, home, toolkits=vcs({"id": pinned["id"]}))
    system.asked.clear()
    answer = await chat(people.stranger, other, skill_ids=[skill["id"]])
    assert "There is no integration of type Git" in answer["generated"]
    assert not system.asked


async def test_a_skill_that_its_author_attached_lends_the_authors_integration(
    people: People, system: StrangeSystem
) -> None:
    pinned = await create(people.manager, "user", git(people.project, system.url))
    skill = await write_skill(people.manager, people.project, toolkits=vcs({"id": pinned["id"]}))
    assistant = await assistant_with(people, is_global=True, categories=["engineering"], skill_ids=[skill["id"]])
    assert "200 OK" in (await chat(people.stranger, assistant))["generated"]


async def test_credentials_of_the_request_come_before_the_assistants(people: People, system: StrangeSystem) -> None:
    pinned = await create(people.manager, "project", git(people.project, system.url, token="projects"))
    right = await create(people.member, "user", git(people.project, system.url))
    assistant = await assistant_with(people, toolkits=vcs(pinned))
    named = [{"name": "gitlab", "integration_id": right["id"]}]
    assert "200 OK" in (await chat(people.member, assistant, tools_config=named))["generated"]
    given = [{"name": "gitlab", "tool_creds": {"url": system.url, "token": "right-token"}}]
    assert "200 OK" in (await chat(people.member, assistant, tools_config=given))["generated"]


@pytest.mark.parametrize("place", ["tool", "toolkit"])
async def test_credentials_in_an_inline_definition_are_those_of_the_request(
    people: People, system: StrangeSystem, place: str
) -> None:
    def written(token: str) -> list[dict[str, Any]]:
        values = [{"key": "url", "value": system.url}, {"key": "token", "value": token}]
        return vcs({"credential_type": "Git", "credential_values": values}, on_tool=place == "tool")

    async def answer(**fields: Any) -> str:
        answer = await people.member.post("/v1/assistants/virtual/model", json={"text": READ, **fields})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["generated"])

    assert "200 OK" in await answer(toolkits=written("right-token"))
    named = [{"name": "gitlab", "tool_creds": {"url": system.url, "token": "wrong"}}]
    assert "401" in await answer(toolkits=written("right-token"), tools_config=named)
    system.asked.clear()
    assert "There is no integration of type Git" in await answer(toolkits=written("******"))
    assert not system.asked


async def test_a_deleted_integration_that_is_still_named_is_told_apart_from_none(
    people: People, system: StrangeSystem
) -> None:
    pinned = await create(people.manager, "project", git(people.project, system.url))
    await create(people.member, "user", git(people.project, system.url))
    assistant = await assistant_with(people, toolkits=vcs(pinned))
    assert (await people.manager.delete(f"/v1/settings/project/{pinned['id']}")).status_code == 200
    answer = await chat(people.member, assistant, include_tool_errors=True)
    assert "The integration is gone" in answer["generated"]
    assert not system.asked, "another credential is not used in its place"


async def test_what_destroys_waits_for_a_person_unless_the_author_decided_otherwise(
    people: People, system: StrangeSystem
) -> None:
    await create(people.member, "user", git(people.project, system.url))
    careful = await assistant_with(people, toolkits=vcs())
    answer = await chat(people.member, careful, DELETE)
    assert any(thought["interrupted"] for thought in answer["thoughts"])
    assert not system.asked

    permissions = {"tool_call_policy": "auto_approve"}
    trusting = await assistant_with(people, toolkits=vcs(), tool_permissions=permissions)
    assert "200 OK" in (await chat(people.member, trusting, DELETE))["generated"]
    assert system.asked[-1].method == "DELETE"


async def test_credentials_of_a_request_do_not_wait_in_the_database_with_its_call(
    people: People, system: StrangeSystem, database: Database
) -> None:
    await create(people.member, "user", git(people.project, system.url))
    assistant = await assistant_with(people, toolkits=vcs())
    conversation = new_conversation()
    planted = {"url": system.url, "token": "planted-in-a-request"}
    given = [{"name": "gitlab", "tool_creds": planted}]
    await ask(people.member, assistant, DELETE, conversation_id=conversation, tools_config=given)
    with row_security.system("test"):
        async with database.session() as session:
            statement = text("SELECT request::text FROM conversation_checkpoints WHERE conversation_id = :id")
            stored = await session.scalar(statement, {"id": conversation})
    assert "gitlab" in stored
    assert planted["token"] not in stored

    body = {"conversation_id": conversation, "action": "allow", "stream": False}
    url = f"/v1/assistants/{assistant}/model/tool-call/resume"
    answer = (await people.member.post(url, json=body)).json()
    assert "'given with the request' has no url" in answer["generated"]
    assert not system.asked, "another credential is not used in their place"
