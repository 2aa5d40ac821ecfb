"""A system prompt that reaches for the inside of the program reaches no model."""

import httpx2
import pytest

from codemie.kernel.database import Database
from tests.conversations.chatting import ask, chunks_of, make_assistant, new_conversation
from tests.conversations.rows import ledger, messages

HOSTILE = "Be brief. {{ ''.__class__.__mro__ }}"


async def test_a_stream_says_so_in_one_chunk(client: httpx2.AsyncClient, database: Database) -> None:
    conversation = new_conversation()
    assistant = await make_assistant(client, system_prompt=HOSTILE)
    body = {"text": "Hi", "stream": True, "conversation_id": conversation}
    answer = await client.post(f"/v1/assistants/{assistant}/model", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-ndjson")
    (chunk,) = chunks_of(answer.text)
    assert (chunk["last"], chunk["generated"]) == (True, "")
    thought = chunk["thought"]
    assert (thought["author_type"], thought["author_name"], thought["error"]) == ("System", "Security Validator", True)
    assert "__mro__" in thought["message"] or "__class__" in thought["message"]
    _, reply = await messages(database, conversation)
    assert reply.status == "failed"
    assert [row.cost for row in await ledger(database, conversation)] == [0.0]


@pytest.mark.parametrize("prompt", [HOSTILE, "{{ current_user['__class__'] }}", "{{ current_user|attr('__class__') }}"])
async def test_everybody_else_gets_an_error(client: httpx2.AsyncClient, prompt: str) -> None:
    assistant = await make_assistant(client, system_prompt=prompt)
    stored = await client.post(f"/v1/assistants/{assistant}/model", json={"text": "Hi"})
    inline = await client.post("/v1/assistants/virtual/model", json={"text": "Hi", "system_prompt": prompt})
    for answer in (stored, inline):
        assert answer.status_code == 400
        assert answer.json()["error"]["message"] == "Invalid system prompt template"
        assert "belongs to the inside of the program" in answer.json()["error"]["details"]


async def test_a_prompt_that_shows_code_is_text(client: httpx2.AsyncClient) -> None:
    assistant = await make_assistant(client, system_prompt="Write {{ user.name }} and def __init__(self).")
    assert (await ask(client, assistant, 'Say "fine"'))["generated"] == "fine"
