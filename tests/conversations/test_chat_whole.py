"""Whole answers: shape, history, rights, failures."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from codemie.app import create_app
from codemie.conversations.conversation_ids import LITERALS
from codemie.kernel.database import Database
from codemie.settings import load_settings
from tests.conversations.chatting import ask, make_assistant, new_conversation, personal_project
from tests.conversations.rows import messages
from tests.support import Platform, until

MakeUser = Callable[..., Awaitable[httpx2.AsyncClient]]
KEYS = {"generated", "timeElapsed", "tokensUsed", "thoughts", "taskId", "success", "agentError", "toolErrors"}
PERSON = {
    "type": "object",
    "title": "A person",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
}


async def test_an_answer_has_every_key_of_the_protocol(client: httpx2.AsyncClient) -> None:
    answer = await ask(client, await make_assistant(client), 'Say "hello there"')
    assert set(answer) == KEYS | {"citations"}
    assert answer["generated"] == "hello there"
    assert answer["success"] is True
    assert answer["timeElapsed"] > 0
    assert (answer["agentError"], answer["toolErrors"], answer["taskId"]) == (None, None, None)


async def test_a_turn_is_kept_as_two_items(client: httpx2.AsyncClient, database: Database) -> None:
    conversation = new_conversation()
    assistant = await make_assistant(client)
    await ask(client, assistant, 'Say "<b>kept</b>"', conversation_id=conversation)
    user, reply = await messages(database, conversation)
    assert (user.role, user.history_index, user.message) == ("User", 0, 'Say "<b>kept</b>"')
    assert user.message_raw == "Say &quot;&lt;b&gt;kept&lt;/b&gt;&quot;"
    assert (reply.role, reply.history_index, reply.status, reply.message) == ("Assistant", 0, "complete", "<b>kept</b>")
    assert reply.assistant_id == assistant
    assert reply.input_tokens
    assert reply.output_tokens
    assert reply.response_time
    history = (await client.get(f"/v1/conversations/{conversation}")).json()["history"]
    assert [item["llmModel"] for item in history] == [None, "mock-chat"]


async def test_the_next_turn_knows_the_one_before(client: httpx2.AsyncClient, database: Database) -> None:
    conversation = new_conversation()
    assistant = await make_assistant(client)
    await ask(client, assistant, "My favourite colour is ultramarine", conversation_id=conversation)
    answer = await ask(client, assistant, "What is my favourite colour?", conversation_id=conversation)
    assert "ultramarine" in answer["generated"]
    assert [row.history_index for row in await messages(database, conversation)] == [0, 0, 1, 1]


async def test_a_fresh_conversation_takes_the_history_it_is_given(client: httpx2.AsyncClient) -> None:
    history = [{"role": "User", "message": "My dog is called Ferdinand"}, {"role": "Assistant", "message": "Nice."}]
    answer = await ask(client, await make_assistant(client), "What is my dog called?", history=history)
    assert "Ferdinand" in answer["generated"]


async def test_answering_a_turn_again_appends_a_variant(client: httpx2.AsyncClient, database: Database) -> None:
    conversation = new_conversation()
    assistant = await make_assistant(client)
    await ask(client, assistant, "The word is Xanadu", conversation_id=conversation)
    await ask(client, assistant, "The word is Zephyr", conversation_id=conversation, history_index=0)
    answer = await ask(client, assistant, "Which word did I say earlier?", conversation_id=conversation)
    rows = await messages(database, conversation)
    assert [(row.history_index, row.variant) for row in rows] == [(0, 0), (0, 0), (0, 1), (0, 1), (1, 0), (1, 0)]
    assert "Zephyr" in answer["generated"]
    assert "Xanadu" not in answer["generated"]


async def test_nothing_is_kept_when_the_client_says_so(client: httpx2.AsyncClient, database: Database) -> None:
    conversation = new_conversation()
    await ask(client, await make_assistant(client), "Hello", conversation_id=conversation, save_history=False)
    assert await messages(database, conversation) == []


@pytest.mark.parametrize("keys", [("conversation_id", "history_index"), ("conversationId", "historyIndex")])
async def test_both_casings_are_understood(
    client: httpx2.AsyncClient, database: Database, keys: tuple[str, str]
) -> None:
    conversation = new_conversation()
    fields: dict[str, Any] = {keys[0]: conversation, keys[1]: 4, "contentRaw": "<p>Hello</p>"}
    await ask(client, await make_assistant(client), "Hello", **fields)
    user, _ = await messages(database, conversation)
    assert (user.history_index, user.message_raw) == (4, "<p>Hello</p>")


async def test_a_schema_makes_the_answer_an_object(client: httpx2.AsyncClient) -> None:
    answer = await ask(client, await make_assistant(client), "Ada is 36 years old", output_schema=PERSON)
    assert answer["success"], answer
    assert isinstance(answer["generated"]["name"], str)
    assert isinstance(answer["generated"]["age"], int)


async def test_a_schema_that_is_none_is_refused(client: httpx2.AsyncClient) -> None:
    url = f"/v1/assistants/{await make_assistant(client)}/model"
    answer = await client.post(url, json={"text": "Hi", "output_schema": {"type": "no such type"}})
    assert answer.status_code == 422
    assert "Wrong JSON schema for structured output" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[mock:429]", "llm_rate_limited"),
        ("[mock:500]", "llm_unavailable"),
        ("[mock:503]", "llm_unavailable"),
        ("[mock:401]", "agent_configuration_error"),
        ("[mock:context]", "llm_context_length"),
        ("[mock:policy]", "llm_content_policy"),
    ],
)
async def test_a_failing_provider_is_told_in_the_answer(
    client: httpx2.AsyncClient, database: Database, text: str, code: str
) -> None:
    conversation = new_conversation()
    answer = await ask(client, await make_assistant(client), text, conversation_id=conversation)
    assert answer["success"] is False
    assert answer["agentError"]["error_code"] == code
    assert answer["generated"] == answer["agentError"]["message"]
    _, reply = await messages(database, conversation)
    assert (reply.status, reply.error_code) == ("failed", code)


async def test_more_than_twenty_files_are_refused(client: httpx2.AsyncClient) -> None:
    url = f"/v1/assistants/{await make_assistant(client)}/model"
    answer = await client.post(url, json={"text": "Hi", "file_names": ["x"] * 21})
    assert answer.status_code == 422
    assert answer.json()["error"]["message"] == "Too many files. Maximum count is 20"


async def test_both_ways_to_name_files_at_once_are_refused(client: httpx2.AsyncClient) -> None:
    url = f"/v1/assistants/{await make_assistant(client)}/model"
    answer = await client.post(url, json={"text": "Hi", "file_names": ["x"], "fileName": "y"})
    assert answer.status_code == 422


async def test_an_unknown_assistant_is_named(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/v1/assistants/no-such-id/model", json={"text": "Hi"})
    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == "Assistant not found"
    assert "no-such-id" in answer.json()["error"]["details"]


async def test_an_unknown_model_is_named(client: httpx2.AsyncClient) -> None:
    url = f"/v1/assistants/{await make_assistant(client)}/model"
    answer = await client.post(url, json={"text": "Hi", "llm_model": "gpt-none"})
    assert answer.status_code == 400
    assert "gpt-none" in answer.json()["error"]["details"]


async def test_an_unknown_version_is_not_found(client: httpx2.AsyncClient) -> None:
    url = f"/v1/assistants/{await make_assistant(client)}/model"
    assert (await client.post(url, json={"text": "Hi", "version": 99})).status_code == 404


async def test_nobody_chats_unasked(anonymous: httpx2.AsyncClient) -> None:
    assert (await anonymous.post("/v1/assistants/x/model", json={"text": "Hi"})).status_code == 401


async def test_an_assistant_of_somebody_else_is_refused_before_anything_else(
    client: httpx2.AsyncClient, make_user: MakeUser
) -> None:
    assistant = await make_assistant(client)
    stranger = await make_user()
    answer = await stranger.post(f"/v1/assistants/{assistant}/model", json={"text": "Hi", "file_names": ["x"] * 21})
    assert answer.status_code == 401
    assert answer.json()["error"] == {
        "message": "Access denied",
        "details": "You do not have the necessary permissions to read this entity.",
        "help": None,
    }


async def test_a_conversation_of_somebody_else_is_refused(
    client: httpx2.AsyncClient, make_user: MakeUser, database: Database
) -> None:
    conversation = new_conversation()
    await ask(client, await make_assistant(client), "Hello", conversation_id=conversation)
    stranger = await make_user()
    url = f"/v1/assistants/{await make_assistant(stranger)}/model"
    answer = await stranger.post(url, json={"text": "Hi", "conversation_id": conversation})
    assert answer.status_code == 403
    assert len(await messages(database, conversation)) == 2


async def test_an_assistant_is_found_by_its_slug(client: httpx2.AsyncClient) -> None:
    assistant = await make_assistant(client)
    found = (await client.get(f"/v1/assistants/id/{assistant}")).json()
    url = f"/v1/assistants/slug/{found['slug']}/model"
    answer = await client.post(url, params={"project": found["project"]}, json={"text": 'Say "by slug"'})
    assert answer.json()["generated"] == "by slug"
    missing = await client.post("/v1/assistants/slug/none/such/model", params={"project": "p"}, json={"text": "Hi"})
    assert missing.status_code == 404


async def test_a_virtual_assistant_answers_and_keeps_nothing(client: httpx2.AsyncClient, database: Database) -> None:
    conversation = new_conversation()
    body = {"system_prompt": "Be brief.", "text": 'Say "inline"', "conversation_id": conversation}
    answer = await client.post("/v1/assistants/virtual/model", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["generated"] == "inline"
    assert await messages(database, conversation) == []


async def test_a_background_turn_can_be_asked_for(client: httpx2.AsyncClient, make_user: MakeUser) -> None:
    answer = await ask(client, await make_assistant(client), 'Say "done later"', background_task=True)
    assert answer["generated"] == "Task is running in the background"
    task = f"/v1/tasks/{answer['taskId']}"

    async def finished() -> dict[str, Any]:
        body = (await client.get(task)).json()
        return body if body["status"] != "STARTED" else {}

    done = await until(finished)
    assert (done["status"], done["final_output"]) == ("COMPLETED", "done later")
    assert set(done["user"]) == {"user_id", "username", "name"}
    assert (await (await make_user()).get(task)).status_code == 404


@pytest.mark.parametrize("conversation", ["a/b", "a\\b", "new", "search", "folder", "folders", ".", "..", "a\nb"])
async def test_a_conversation_that_could_never_be_opened_does_not_begin(
    client: httpx2.AsyncClient, database: Database, conversation: str
) -> None:
    assistant = await make_assistant(client)
    body = {"text": "Hi", "conversation_id": conversation}
    answers = [await client.post(f"/v1/assistants/{assistant}/model", json=body)]
    if conversation != "folder" and "/" not in conversation and "." not in conversation:  # those lead elsewhere
        items = {"history": [{"role": "User", "message": "Hi"}]}
        answers.append(await client.put(f"/v1/conversations/{quote(conversation, safe='')}/history", json=items))
    task = {"id": conversation, "message": {"role": "user", "parts": [{"type": "text", "text": "Hi"}]}}
    rpc = {"jsonrpc": "2.0", "id": 1, "method": "tasks/send", "params": task}
    sent = await client.post(f"/v1/a2a/assistants/{assistant}", json=rpc)
    assert [answer.status_code for answer in answers] == [422] * len(answers)
    assert all("A conversation cannot have this id" in answer.json()["error"]["message"] for answer in answers)
    assert sent.status_code == 400
    assert "A conversation cannot have this id" in sent.text
    assert await messages(database, conversation) == []


def test_every_word_that_stands_where_an_id_would_is_no_id() -> None:
    app: Any = create_app(load_settings({})[0]).app
    words = {path.split("/")[3] for path in app.openapi()["paths"] if path.startswith("/v1/conversations/")}
    assert {word for word in words if not word.startswith("{")} <= LITERALS


async def test_a_question_without_text_names_its_conversation(client: httpx2.AsyncClient) -> None:
    assistant, names = await make_assistant(client), []
    token = (await client.post("/v1/files/", files={"file": ("plan.txt", b"A plan.")})).json()["file_url"]
    for files in ([token], []):
        conversation = new_conversation()
        await ask(client, assistant, "", conversation_id=conversation, file_names=files)
        names.append((await client.get(f"/v1/conversations/{conversation}")).json()["conversation_name"])
    assert names == ["plan.txt", "New conversation"]


async def test_a_prompt_knows_who_asks(client: httpx2.AsyncClient) -> None:
    user = (await client.get("/v1/user")).json()
    assistant = await make_assistant(client, system_prompt="[1] The current visitor is {{ current_user }}.")
    answer = await ask(client, assistant, "Name the current visitor")
    assert user["name"] in answer["generated"]


async def test_a_missing_datasource_of_an_inline_definition_is_named(
    client: httpx2.AsyncClient, database: Database
) -> None:
    body = {
        "system_prompt": "",
        "text": "Hi",
        "context": [{"context_type": "knowledge_base", "name": f"gone-from-{await personal_project(client)}"}],
    }
    answer = await client.post("/v1/assistants/virtual/model", json=body)
    assert answer.status_code == 404
    assert "gone-from-" in answer.json()["error"]["details"]


async def test_a_whole_answer_is_counted_while_it_is_written_and_stops_with_the_server(
    client: httpx2.AsyncClient, database: Database, platform: Platform
) -> None:
    conversation, running = new_conversation(), platform.resources.conversations.running
    body = {"text": "[mock:slow]", "conversation_id": conversation}
    url = f"/v1/assistants/{await make_assistant(client)}/model"
    asking = asyncio.create_task(client.post(url, json=body))

    async def begun() -> bool:
        return bool(running) and len(await messages(database, conversation)) == 2

    await until(begun)
    for work in list(running):  # as closing does
        work.cancel()
    answer = await asking
    assert (answer.status_code, answer.json()["error"]["message"]) == (503, "The server is stopping")
    _, reply = await messages(database, conversation)
    assert reply.status == "interrupted"
    assert not running
