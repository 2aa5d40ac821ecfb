"""Tool calls that wait for a person: the pause, and how the reply goes on."""

import asyncio
from typing import Any

import httpx2
import pytest

from codemie.kernel.database import Database
from tests.conftest import MakeUser
from tests.conversations.chatting import ask, chunks_of, make_assistant, new_conversation, stream, text_of
from tests.conversations.rows import ledger, messages
from tests.conversations.test_chat_tools import GUIDE, knowing_assistant
from tests.knowledge.sources import own_project
from tests.support import Platform, free_port, serving, until

ASKING: dict[str, Any] = {"tool_permissions": {"tool_call_policy": "ask_for_approval"}}
QUESTION = "How fast does the turbine spin?"
DENIED = "Tool call was denied by the user."


@pytest.fixture
async def assistant(client: httpx2.AsyncClient) -> str:
    """An assistant over a data source whose every tool call waits."""
    return (await knowing_assistant(client, GUIDE, **ASKING))[0]


async def resume(
    client: httpx2.AsyncClient, assistant: str, conversation: str, action: str, **fields: Any
) -> httpx2.Response:
    body = {"conversation_id": conversation, "action": action, **fields}
    return await client.post(f"/v1/assistants/{assistant}/model/tool-call/resume", json=body)


def thoughts_of(chunks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [chunk["thought"] for chunk in chunks if chunk["thought"]]


async def test_the_stream_ends_before_the_tool_runs(
    client: httpx2.AsyncClient, assistant: str, database: Database
) -> None:
    conversation = new_conversation()
    chunks = await stream(client, assistant, QUESTION, conversation_id=conversation)
    waiting = [thought for thought in thoughts_of(chunks) if thought["interrupted"]]
    assert [thought["author_name"].startswith("Search Kb ") for thought in waiting] == [True]
    assert "turbine" in waiting[0]["input_text"].lower()
    assert not any("3000 rpm" in thought["message"] for thought in thoughts_of(chunks))
    assert chunks[-1]["last"] is True
    assert chunks[-1]["execution_error"] is None
    _, reply = await messages(database, conversation)
    assert reply.status == "waiting"
    assert [thought["interrupted"] for thought in reply.thoughts] == [True]


async def test_allowed_the_tool_runs_and_the_answer_uses_it(
    client: httpx2.AsyncClient, assistant: str, database: Database
) -> None:
    conversation = new_conversation()
    await stream(client, assistant, QUESTION, conversation_id=conversation)
    answer = await resume(client, assistant, conversation, "allow")
    assert answer.status_code == 200, answer.text
    assert "application/x-ndjson" in answer.headers["content-type"]
    chunks = chunks_of(answer.text)
    *before, last = chunks
    assert all(chunk["thought"] for chunk in before)
    finished = [
        place
        for place, thought in enumerate(thoughts_of(before))
        if thought["metadata"].get("replay_type") == "tool" and not thought["in_progress"]
    ]
    assert len(finished) == 1
    later = thoughts_of(before)[finished[0] + 1 :]
    assert any(thought["author_name"] == "Codemie Thoughts" and not thought["interrupted"] for thought in later)
    assert last["last"] is True
    assert "3000 rpm" in last["generated"]
    assert [citation["source"] for citation in last["context"]["citations"]] == ["guide.md"]
    question, reply = await messages(database, conversation)
    assert (question.message, reply.status, reply.message) == (QUESTION, "complete", last["generated"])
    assert [(thought["interrupted"], thought["aborted"]) for thought in reply.thoughts] == [(False, False)]


async def test_denied_the_tool_does_not_run_and_the_model_goes_on(client: httpx2.AsyncClient, assistant: str) -> None:
    conversation = new_conversation()
    await stream(client, assistant, QUESTION, conversation_id=conversation)
    chunks = chunks_of((await resume(client, assistant, conversation, "deny")).text)
    tools = [thought for thought in thoughts_of(chunks) if thought["metadata"].get("replay_type") == "tool"]
    assert [(thought["message"], thought["aborted"]) for thought in tools if not thought["in_progress"]] == [
        (DENIED, True)
    ]
    assert not any("3000 rpm" in thought["message"] for thought in thoughts_of(chunks))
    assert text_of(chunks)
    assert chunks[-1]["last"] is True


async def test_whole_answers_pause_and_go_on_as_well(client: httpx2.AsyncClient, assistant: str) -> None:
    conversation = new_conversation()
    paused = await ask(client, assistant, QUESTION, conversation_id=conversation)
    assert (paused["success"], paused["generated"]) == (True, "")
    assert [thought["interrupted"] for thought in paused["thoughts"]] == [True]
    answer = (await resume(client, assistant, conversation, "allow", stream=False)).json()
    assert "3000 rpm" in answer["generated"]


async def test_both_parts_of_the_reply_are_charged_once(
    client: httpx2.AsyncClient, assistant: str, database: Database
) -> None:
    conversation = new_conversation()
    await ask(client, assistant, QUESTION, conversation_id=conversation)
    await resume(client, assistant, conversation, "allow")
    rows = await ledger(database, conversation)
    _, reply = await messages(database, conversation)
    assert len(rows) == 2
    assert all(row.output_tokens > 0 for row in rows)
    assert reply.output_tokens == sum(row.output_tokens for row in rows)


async def test_a_decision_is_taken_once(client: httpx2.AsyncClient, assistant: str) -> None:
    conversation = new_conversation()
    await ask(client, assistant, QUESTION, conversation_id=conversation)
    answers = await asyncio.gather(*(resume(client, assistant, conversation, "allow") for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]


async def test_the_pause_outlives_the_process(
    client: httpx2.AsyncClient, assistant: str, platform_environment: dict[str, str], admin_token: str
) -> None:
    conversation = new_conversation()
    await ask(client, assistant, QUESTION, conversation_id=conversation)
    replica = {**platform_environment, "CODEMIE_PORT": str(free_port())}
    async with serving(replica) as other, other.client(admin_token) as elsewhere:
        answer = await resume(elsewhere, assistant, conversation, "allow", stream=False)
    assert "3000 rpm" in answer.json()["generated"]


async def test_a_conversation_that_went_on_takes_no_late_decision(client: httpx2.AsyncClient, assistant: str) -> None:
    conversation = new_conversation()
    await ask(client, assistant, QUESTION, conversation_id=conversation)
    await ask(client, await make_assistant(client), "Never mind", conversation_id=conversation)
    answer = await resume(client, assistant, conversation, "allow")
    assert answer.status_code == 409
    assert answer.json()["error"]["message"] == "The conversation has gone on"


async def test_nobody_else_decides(client: httpx2.AsyncClient, assistant: str, make_user: MakeUser) -> None:
    conversation = new_conversation()
    await ask(client, assistant, QUESTION, conversation_id=conversation)
    stranger = await make_user()
    assert (await resume(stranger, assistant, conversation, "allow")).status_code == 401
    own = await make_assistant(stranger)
    assert (await resume(stranger, own, conversation, "allow")).status_code == 403
    other = await make_assistant(client, project=await own_project(client))
    assert (await resume(client, other, conversation, "allow")).status_code == 409
    assert (await resume(client, assistant, new_conversation(), "allow")).status_code == 404
    assert (await resume(client, assistant, conversation, "maybe")).status_code == 422
    assert (await resume(client, assistant, conversation, "allow")).status_code == 200


async def test_calls_without_side_effects_need_no_approval_where_only_risks_do(client: httpx2.AsyncClient) -> None:
    careful = {"tool_permissions": {"tool_call_policy": "approve_for_me"}}
    assistant, _ = await knowing_assistant(client, GUIDE, **careful)
    assert "3000 rpm" in (await ask(client, assistant, QUESTION))["generated"]


async def test_where_nothing_is_kept_a_call_that_needs_approval_is_refused(
    client: httpx2.AsyncClient, assistant: str, platform: Platform
) -> None:
    answer = await ask(client, assistant, QUESTION, save_history=False)
    assert "3000 rpm" not in answer["generated"]
    (thought,) = answer["thoughts"]
    assert thought["error"] is True
    assert "approve" in thought["message"]
    assert not platform.resources.conversations.running


async def test_a_background_turn_that_waits_says_so_and_completes_later(
    client: httpx2.AsyncClient, assistant: str
) -> None:
    conversation = new_conversation()
    started = await ask(client, assistant, QUESTION, conversation_id=conversation, background_task=True)

    async def task() -> dict[str, Any]:
        body: dict[str, Any] = (await client.get(f"/v1/tasks/{started['taskId']}")).json()
        return body

    async def waits() -> dict[str, Any]:
        body = await task()
        return body if body["current_step"].startswith("Waiting for approval") else {}

    waiting = await until(waits, what="the pause of the task")
    assert waiting["status"] == "STARTED"
    assert "Search Kb " in waiting["current_step"]
    answer = (await resume(client, assistant, conversation, "allow", stream=False)).json()
    done = await task()
    assert (done["status"], done["current_step"]) == ("COMPLETED", "Finished")
    assert done["final_output"] == answer["generated"]


async def test_an_agent_that_asks_is_told_what_waits_for_a_person(client: httpx2.AsyncClient, assistant: str) -> None:
    parts = {"role": "user", "parts": [{"type": "text", "text": QUESTION}]}
    params = {"id": new_conversation(), "message": parts}
    rpc = {"jsonrpc": "2.0", "id": 1, "method": "tasks/send", "params": params}
    status = (await client.post(f"/v1/a2a/assistants/{assistant}", json=rpc)).json()["result"]["status"]
    assert status["state"] == "input-required"
    (said,) = status["message"]["parts"]
    assert "Waiting for approval" in said["text"]
    assert "Search Kb " in said["text"]
    assert "turbine" in said["text"].lower()
