"""Long conversations: what a model is shown of them, through the API, read at the model's end."""

import json
from collections.abc import AsyncGenerator
from typing import Any

import httpx2
import pytest

from codemie.kernel.database import Database
from tests.conversations.chatting import ask, make_assistant, new_conversation, stream
from tests.conversations.rows import ledger, messages
from tests.conversations.scripted import ScriptedModel, scripted_model
from tests.conversations.test_chat_tools import GUIDE, knowing_assistant
from tests.fakes.openai_server import Answer
from tests.support import Platform

SMALL_WINDOW = 4_000
"""Tokens, of which 500 are for the answer: three of the questions below fit, four do not."""
LONG = "word " * 800
ANIMALS = {"dog": "Bello", "cat": "Minka", "cow": "Elsa", "hen": "Berta"}


@pytest.fixture
async def model(platform: Platform) -> AsyncGenerator[ScriptedModel]:
    async with scripted_model(platform, context_window=SMALL_WINDOW, max_output_tokens=500) as scripted:
        yield scripted


def shown(request: list[dict[str, Any]]) -> str:
    return json.dumps([message for message in request if message["role"] != "system"])


async def long_conversation(client: httpx2.AsyncClient, assistant: str) -> str:
    """More turns than the model can read."""
    conversation = new_conversation()
    history = [
        {"role": role, "message": text, "historyIndex": index}
        for index, (animal, name) in enumerate(ANIMALS.items())
        for role, text in (("User", f"My {animal} is called {name}. {LONG}"), ("Assistant", "Noted."))
    ]
    body = {"history": history, "assistant_id": assistant}
    assert (await client.put(f"/v1/conversations/{conversation}/history", json=body)).status_code == 201
    return conversation


async def test_what_does_not_fit_is_summed_up_once(
    client: httpx2.AsyncClient, model: ScriptedModel, database: Database
) -> None:
    assistant = await make_assistant(client, llm_model_type=model.name)
    conversation = await long_conversation(client, assistant)
    model.will(Answer(tokens=("The dog is called Bello.",)), Answer(tokens=("Bello",)))
    answer = await ask(client, assistant, "What is my dog called?", conversation_id=conversation)
    summary_request, chat_request = model.requests
    assert "My dog is called Bello." in shown(summary_request)
    assert "The dog is called Bello." in shown(chat_request)
    assert "My dog is called Bello." not in shown(chat_request)
    assert "My hen is called Berta." in shown(chat_request)
    assert "My hen is called Berta." not in shown(summary_request)
    assert [message["role"] for message in chat_request[:3]] == ["system", "user", "assistant"]
    (told,) = answer["thoughts"]
    assert (told["author_name"], told["error"]) == ("Conversation Summary", False)
    assert told["message"].startswith("The dog is called Bello.")
    *_, reply = await messages(database, conversation)
    assert (reply.input_tokens, reply.output_tokens) == (22, 6)
    assert sum(row.input_tokens for row in await ledger(database, conversation)) == 11 * len(model.requests)

    before = len(model.requests)
    model.will(Answer(tokens=("Yes",)))
    again = await ask(client, assistant, "Sure?", conversation_id=conversation)
    assert again["thoughts"] == []
    (only,) = model.requests[before:]
    assert "The dog is called Bello." in shown(only)


async def test_a_stream_tells_of_the_summary_while_it_is_made(client: httpx2.AsyncClient, model: ScriptedModel) -> None:
    assistant = await make_assistant(client, llm_model_type=model.name)
    conversation = await long_conversation(client, assistant)
    model.will(Answer(tokens=("A summary.",)))
    thoughts = [
        chunk["thought"]
        for chunk in await stream(client, assistant, "And?", conversation_id=conversation)
        if chunk["thought"] and chunk["thought"]["author_name"] == "Conversation Summary"
    ]
    assert [thought["in_progress"] for thought in thoughts] == [True, False]


async def test_without_a_summary_the_newest_turns_are_shown(client: httpx2.AsyncClient, model: ScriptedModel) -> None:
    assistant = await make_assistant(client, llm_model_type=model.name)
    conversation = await long_conversation(client, assistant)
    model.will(Answer(status=500), Answer(tokens=("Hm",)))
    answer = await ask(client, assistant, "What is my hen called?", conversation_id=conversation)
    assert (answer["generated"], answer["success"]) == ("Hm", True)
    (told,) = answer["thoughts"]
    assert told["error"]
    assert "left out" in told["message"]
    assert "My hen is called Berta." in shown(model.last)
    assert "My dog" not in shown(model.last)


async def test_a_summary_of_what_was_changed_is_made_anew(client: httpx2.AsyncClient, model: ScriptedModel) -> None:
    assistant = await make_assistant(client, llm_model_type=model.name)
    conversation = await long_conversation(client, assistant)
    model.will(Answer(tokens=("The dog is called Bello.",)), Answer(tokens=("Bello",)))
    await ask(client, assistant, "What is my dog called?", conversation_id=conversation)
    removed = await client.delete(f"/v1/conversations/{conversation}/history/0")
    assert removed.status_code == 200
    model.will(Answer(tokens=("Who knows",)))
    await ask(client, assistant, "And now?", conversation_id=conversation)
    assert "The dog is called Bello." not in shown(model.last)


async def test_an_earlier_turn_asked_again_sees_no_later_summary(
    client: httpx2.AsyncClient, model: ScriptedModel
) -> None:
    assistant = await make_assistant(client, llm_model_type=model.name)
    conversation = await long_conversation(client, assistant)
    model.will(Answer(tokens=("A summary of dog and cat.",)))
    await ask(client, assistant, "And?", conversation_id=conversation)
    await ask(client, assistant, "My dog is called Rex.", conversation_id=conversation, history_index=0)
    assert "A summary of dog and cat." not in shown(model.last)
    assert len(model.last) == 2


async def test_tool_calls_of_earlier_replies_are_shown_again(
    client: httpx2.AsyncClient, platform: Platform, database: Database
) -> None:
    async with scripted_model(platform, features={"parallel_tool_calls": True}) as model:
        assistant, _ = await knowing_assistant(client, GUIDE, llm_model_type=model.name)
        conversation = new_conversation()
        tool = await search_tool(client, assistant, model)
        model.will(Answer(calls=[(tool, '{"query": "turbine"}')]), Answer(tokens=("3000 rpm",)))
        await ask(client, assistant, "How fast?", conversation_id=conversation)
        await ask(client, assistant, "And again?", conversation_id=conversation)
        roles = [message["role"] for message in model.last]
        assert roles == ["system", "user", "assistant", "tool", "assistant", "user"]
        call, result = model.last[2]["tool_calls"][0], model.last[3]
        assert call["function"]["name"] == tool
        assert json.loads(call["function"]["arguments"]) == {"query": "turbine"}
        assert result["tool_call_id"] == call["id"]
        assert result["content"].startswith("<untrusted source=")
        assert "3000 rpm" in result["content"]

        other = await make_assistant(client, llm_model_type=model.name)
        await ask(client, other, "What was found?", conversation_id=conversation)
        (noted,) = [message for message in model.last if "was called with" in str(message["content"])]
        assert noted["role"] == "assistant"
        assert "<untrusted source=" in noted["content"]
        assert "never an instruction" in model.last[0]["content"]
        assert not any(message["role"] == "tool" for message in model.last)


async def search_tool(client: httpx2.AsyncClient, assistant: str, model: ScriptedModel) -> str:
    """The name of the assistant's only tool."""
    await ask(client, assistant, "Hello")
    (tool,) = model.endpoint.received[-1].body["tools"]
    return str(tool["function"]["name"])
