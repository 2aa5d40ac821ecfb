"""Assistants that hand tasks to other assistants."""

from typing import Any

import httpx2

from codemie.kernel.database import Database
from tests.conftest import MakeUser
from tests.conversations.chatting import ask, chunks_of, make_assistant, new_conversation, stream
from tests.conversations.rows import ledger, messages
from tests.conversations.test_chat_tools import ANSWER, GUIDE, knowing_assistant
from tests.conversations.test_tool_approval import ASKING, resume
from tests.knowledge.sources import own_project

QUESTION = "Ask the turbine expert: how fast does the turbine spin?"


async def team_of(client: httpx2.AsyncClient, **fields: Any) -> tuple[str, str]:
    """A supervisor of one assistant that knows about turbines; gives both ids."""
    expert, _ = await knowing_assistant(client, GUIDE, name="Turbine Expert", **fields)
    supervisor = await make_assistant(client, assistant_ids=[expert], project=await own_project(client))
    return supervisor, expert


async def test_a_sub_assistant_answers_with_its_own_tools(client: httpx2.AsyncClient) -> None:
    supervisor, _ = await team_of(client)
    answer = await ask(client, supervisor, QUESTION)
    assert "3000 rpm" in answer["generated"]
    by_author = {thought["author_name"]: thought for thought in answer["thoughts"]}
    delegated = by_author["Turbine Expert"]
    search = next(thought for name, thought in by_author.items() if name.startswith("Search Kb "))
    assert delegated["author_type"] == "Agent"
    assert delegated["metadata"]["tool_name"] == "transfer_to_turbine_expert"
    assert (delegated["parent_id"], search["parent_id"]) == (None, delegated["id"])
    assert [citation["source"] for citation in answer["citations"]] == ["guide.md"]


async def test_a_stream_shows_the_sub_assistants_thoughts_below_its_call(client: httpx2.AsyncClient) -> None:
    supervisor, _ = await team_of(client)
    thoughts = [chunk["thought"] for chunk in await stream(client, supervisor, QUESTION) if chunk["thought"]]
    delegated = next(thought for thought in thoughts if thought["author_type"] == "Agent")
    below = [thought for thought in thoughts if thought["parent_id"] == delegated["id"]]
    names = {thought["author_name"] for thought in below}
    assert "Codemie Thoughts" in names
    assert any(name.startswith("Search Kb ") for name in names)
    assert thoughts.index(delegated) < thoughts.index(below[0])
    ended = next(
        place for place, thought in enumerate(thoughts) if thought["id"] == delegated["id"] and thought["message"]
    )
    assert thoughts.index(below[-1]) < ended


async def test_a_schema_goes_together_with_sub_assistants(client: httpx2.AsyncClient) -> None:
    supervisor, _ = await team_of(client)
    answer = await ask(client, supervisor, QUESTION, output_schema=ANSWER)
    assert answer["success"], answer
    assert "3000 rpm" in answer["generated"]["answer"]


async def test_what_a_sub_assistant_uses_is_charged(client: httpx2.AsyncClient, database: Database) -> None:
    supervisor, _ = await team_of(client)
    conversation = new_conversation()
    await ask(client, supervisor, QUESTION, conversation_id=conversation)
    _, reply = await messages(database, conversation)
    rows = await ledger(database, conversation)
    assert reply.input_tokens == sum(row.input_tokens for row in rows)
    assert (await ask(client, supervisor, "Hello"))["success"]
    assert [row.assistant_id for row in rows] == [supervisor] * len(rows)


async def test_the_built_in_helper_has_the_parents_tools(client: httpx2.AsyncClient) -> None:
    assistant, _ = await knowing_assistant(client, GUIDE, enabled_builtin_subagents=["GENERAL_PURPOSE_SUBAGENT"])
    task = "Call the tool transfer_to_general_purpose: how fast does the turbine spin?"
    answer = await ask(client, assistant, task)
    helper = next(thought for thought in answer["thoughts"] if thought["author_name"] == "General Purpose")
    assert "3000 rpm" in helper["message"]
    below = [thought for thought in answer["thoughts"] if thought["parent_id"] == helper["id"]]
    assert any(thought["author_name"].startswith("Search Kb ") for thought in below)


async def test_a_sub_assistants_tool_call_waits_and_goes_on(client: httpx2.AsyncClient) -> None:
    supervisor, _ = await team_of(client, **ASKING)
    conversation = new_conversation()
    chunks = await stream(client, supervisor, QUESTION, conversation_id=conversation)
    (waiting,) = [chunk["thought"] for chunk in chunks if chunk["thought"] and chunk["thought"]["interrupted"]]
    assert waiting["author_name"].startswith("Search Kb ")
    assert waiting["parent_id"]
    resumed = chunks_of((await resume(client, supervisor, conversation, "allow")).text)
    assert "3000 rpm" in resumed[-1]["generated"]


async def test_denied_inside_a_sub_assistant_it_goes_on_without(client: httpx2.AsyncClient) -> None:
    supervisor, _ = await team_of(client, **ASKING)
    conversation = new_conversation()
    await ask(client, supervisor, QUESTION, conversation_id=conversation)
    answer = (await resume(client, supervisor, conversation, "deny", stream=False)).json()
    assert answer["success"]
    assert "3000 rpm" not in answer["generated"]
    assert [thought["parent_id"] is not None for thought in answer["thoughts"] if thought["aborted"]] == [True]


async def test_handing_over_is_no_way_around_approvals(client: httpx2.AsyncClient) -> None:
    expert, _ = await knowing_assistant(client, GUIDE, name="Turbine Expert")
    project = await own_project(client)
    supervisor = await make_assistant(client, assistant_ids=[expert], project=project, **ASKING)
    answer = await ask(client, supervisor, QUESTION, conversation_id=new_conversation())
    assert "3000 rpm" not in answer["generated"]
    assert any(thought["interrupted"] for thought in answer["thoughts"])


async def test_a_version_of_a_sub_assistant_can_be_pinned(client: httpx2.AsyncClient) -> None:
    supervisor, expert = await team_of(client)
    before = (await client.get(f"/v1/assistants/id/{expert}")).json()
    changed = await client.put(f"/v1/assistants/{expert}", json={**before, "context": []})
    assert changed.status_code == 200, changed.text
    assert "3000 rpm" not in (await ask(client, supervisor, QUESTION))["generated"]
    pinned = await ask(client, supervisor, QUESTION, sub_assistants_versions={expert: 1})
    assert "3000 rpm" in pinned["generated"]
    missing = {"text": QUESTION, "sub_assistants_versions": {expert: 99}}
    assert (await client.post(f"/v1/assistants/{supervisor}/model", json=missing)).status_code == 404


async def test_assistants_cannot_stand_below_one_another(client: httpx2.AsyncClient) -> None:
    supervisor, expert = await team_of(client)
    other = await make_assistant(client, project=await own_project(client))
    current = (await client.get(f"/v1/assistants/id/{expert}")).json()
    for below in (supervisor, expert, other):
        answer = await client.put(f"/v1/assistants/{expert}", json={**current, "assistant_ids": [below]})
        assert answer.status_code == 400, below
    assert (await ask(client, supervisor, QUESTION))["success"]


async def test_a_sub_assistant_that_is_not_the_callers_to_use_is_left_out(
    client: httpx2.AsyncClient, make_user: MakeUser
) -> None:
    supervisor, expert = await team_of(client)
    assert (await client.delete(f"/v1/assistants/{expert}")).status_code == 200
    answer = await ask(client, supervisor, QUESTION)
    assert answer["success"]
    assert answer["thoughts"] == []
