"""Tools that hang, break or are called wrongly, and people who leave meanwhile: in every mode of a chat."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, Literal

import httpx2
import pytest

from codemie.kernel.database import Database
from tests.conversations.chatting import ask, make_assistant, new_conversation, stream
from tests.conversations.rows import ledger, messages
from tests.conversations.scripted import ScriptedModel, scripted_model
from tests.conversations.test_equipment import call
from tests.conversations.test_resuming import ended, stop_url
from tests.fakes.mcp_server import FakeMcpServer, running
from tests.fakes.openai_server import USAGE, Answer
from tests.mcp.test_servers_in_chats import entry
from tests.support import Platform, free_port, serving, until

Mode = Literal["whole", "stream", "background"]
MODES: list[Mode] = ["whole", "stream", "background"]
INPUT = USAGE["prompt_tokens"]


@pytest.fixture
async def server() -> AsyncIterator[FakeMcpServer]:
    async with running(FakeMcpServer()) as started:
        yield started


@pytest.fixture(scope="module")
async def hasty(platform: Platform, admin_token: str) -> AsyncIterator[httpx2.AsyncClient]:
    """The administrator at a platform that does not wait long for tools."""
    environment = {**platform.environment, "CODEMIE_PORT": str(free_port()), "MCP_CLIENT_TIMEOUT": "0.5"}
    async with serving(environment) as running, running.client(admin_token) as person:
        yield person


@pytest.fixture
async def model(platform: Platform) -> AsyncIterator[ScriptedModel]:
    async with scripted_model(platform) as scripted:
        yield scripted


async def equipped(client: httpx2.AsyncClient, model: ScriptedModel, server: FakeMcpServer) -> str:
    return await make_assistant(client, mcp_servers=[entry(server.url)], llm_model_type=model.name)


async def finished(
    client: httpx2.AsyncClient, assistant: str, conversation: str, mode: Mode, *, text: str = "Go"
) -> str:
    """Ask and wait for the end; gives the answer."""
    if mode == "stream":
        return str((await stream(client, assistant, text, conversation_id=conversation))[-1]["generated"])
    answer = await ask(client, assistant, text, conversation_id=conversation, background_task=mode == "background")
    return str((await task_of(client, answer["taskId"]))["final_output"] if answer["taskId"] else answer["generated"])


async def task_of(client: httpx2.AsyncClient, task: str) -> dict[str, Any]:
    async def done() -> Any:
        found = (await client.get(f"/v1/tasks/{task}")).json()
        return found if found["status"] != "STARTED" else None

    return dict(await until(done, what="the end of the task"))


@pytest.mark.parametrize("mode", MODES)
async def test_a_tool_that_takes_too_long_is_given_up_and_the_model_goes_on(
    hasty: httpx2.AsyncClient, database: Database, model: ScriptedModel, server: FakeMcpServer, mode: Mode
) -> None:
    conversation = new_conversation()
    model.will(call("sleepy"), Answer(tokens=("Without it.",)))
    answer = await finished(hasty, await equipped(hasty, model, server), conversation, mode)
    assert answer == "Without it."
    _, reply = await messages(database, conversation)
    (thought,) = reply.thoughts
    assert (thought["author_name"], thought["error"], thought["metadata"]["status"]) == ("Sleepy", True, "error")
    assert "did not answer in time" in model.last[-1]["content"]
    assert (reply.status, reply.input_tokens) == ("complete", 2 * INPUT)
    assert sum(row.input_tokens for row in await ledger(database, conversation)) == 2 * INPUT


async def test_the_report_of_failed_tools_has_the_timeouts_code(
    hasty: httpx2.AsyncClient, model: ScriptedModel, server: FakeMcpServer
) -> None:
    model.will(call("sleepy"), Answer())
    url = f"/v1/assistants/{await equipped(hasty, model, server)}/model"
    answer = await hasty.post(url, json={"text": "Go"}, params={"include_tool_errors": True})
    assert [(error["tool_name"], error["error_code"]) for error in answer.json()["toolErrors"]] == [
        ("sleepy", "tool_timeout")
    ]


@pytest.mark.parametrize("mode", MODES)
async def test_who_stops_in_the_middle_of_a_tool_call_keeps_what_there_was(
    client: httpx2.AsyncClient, database: Database, model: ScriptedModel, server: FakeMcpServer, mode: Mode
) -> None:
    assistant, conversation = await equipped(client, model, server), new_conversation()
    model.will(call("sleepy"))
    body = {"text": "Go", "conversation_id": conversation}
    url = f"/v1/assistants/{assistant}/model"

    async def called() -> bool:
        return server.headers.get("mcp-method") == "tools/call"

    async def stopped() -> bool:
        return (await client.post(stop_url(conversation))).status_code == 200

    if mode == "stream":
        async with client.stream("POST", url, json={**body, "stream": True}) as answer:
            async for piece in answer.aiter_raw():
                if b'"Sleepy"' in piece:
                    await until(called, what="the call of the tool")
                    break
    elif mode == "background":
        task = (await client.post(url, json={**body, "background_task": True})).json()["taskId"]
        await until(called, what="the call of the tool")
        await until(stopped, what="a reply to stop")
        assert (await task_of(client, task))["status"] == "FAILED"
    else:
        async with httpx2.AsyncClient(base_url=client.base_url, headers=client.headers, timeout=60) as other:
            asked = asyncio.create_task(other.post(url, json=body))
            await until(called, what="the call of the tool")
            await until(stopped, what="a reply to stop")
            whole = (await asked).json()
        assert [thought["aborted"] for thought in whole["thoughts"]] == [True, False]

    reply = await ended(database, conversation)
    assert reply.status == "interrupted"
    tool, remark = reply.thoughts
    assert (tool["author_name"], tool["aborted"], tool["in_progress"]) == ("Sleepy", True, False)
    assert remark["interrupted"] is True
    (row,) = await ledger(database, conversation)
    assert (row.input_tokens, reply.input_tokens) == (INPUT, INPUT)
    again = await ask(client, assistant, "Again", conversation_id=conversation)
    assert again["generated"] == "Hello!"


MALFORMED = {
    "no JSON": Answer(calls=[("add", "{broken")]),
    "no object": Answer(calls=[("add", "[1, 2]")]),
    "against the schema": call("add", a="one"),
    "an unknown tool": call("subtract", a=1, b=2),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("wrong", MALFORMED.values(), ids=MALFORMED)
async def test_a_malformed_call_is_repaired(
    client: httpx2.AsyncClient,
    database: Database,
    model: ScriptedModel,
    server: FakeMcpServer,
    mode: Mode,
    wrong: Answer,
) -> None:
    conversation = new_conversation()
    model.will(wrong, call("add", a=1, b=2), Answer(tokens=("Three.",)))
    assert await finished(client, await equipped(client, model, server), conversation, mode) == "Three."
    _, reply = await messages(database, conversation)
    first, second = reply.thoughts
    assert (first["error"], second["error"]) == (True, False)
    assert "The sum is 3." in second["message"]
    assert (reply.status, reply.error_code) == ("complete", None)
    assert sum(row.input_tokens for row in await ledger(database, conversation)) == 3 * INPUT == reply.input_tokens


@pytest.mark.parametrize("mode", MODES)
async def test_a_tool_that_fails_is_told_to_the_model(
    client: httpx2.AsyncClient, database: Database, model: ScriptedModel, server: FakeMcpServer, mode: Mode
) -> None:
    conversation = new_conversation()
    model.will(call("broken"), Answer(tokens=("The tank is empty.",)))
    answer = await finished(client, await equipped(client, model, server), conversation, mode)
    assert answer == "The tank is empty."
    assert "the tank is empty" in json.dumps(model.last)
    _, reply = await messages(database, conversation)
    assert [thought["error"] for thought in reply.thoughts] == [True]
