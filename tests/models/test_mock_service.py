"""The mock as an OpenAI-compatible service, driven by the official client."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import openai
import pytest
from pydantic import BaseModel

from tests.support import Platform

TOOL: Any = {
    "type": "function",
    "function": {
        "name": "add_numbers",
        "description": "Adds",
        "parameters": {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
            "required": ["a", "b"],
        },
    },
}


def asked(text: str) -> Any:
    return [{"role": "user", "content": text}]


@pytest.fixture
async def mock(platform: Platform, admin_token: str) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(base_url=f"{platform.url}/mock/v1", api_key=admin_token, max_retries=0) as client:
        yield client


async def test_a_completion_and_its_usage(mock: openai.AsyncOpenAI) -> None:
    answer = await mock.chat.completions.create(model="mock-chat", messages=asked('Reply with "pong"'))

    assert (answer.choices[0].message.content, answer.choices[0].finish_reason) == ("pong", "stop")
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


async def test_a_stream_token_by_token_with_usage_at_the_end(mock: openai.AsyncOpenAI) -> None:
    stream = await mock.chat.completions.create(
        model="mock-chat", messages=asked("What are you?"), stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]

    texts = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices and chunk.choices[0].delta.content]
    assert len(texts) > 20
    assert "mock model" in "".join(texts)
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == len(texts)


async def test_a_tool_is_called_and_its_result_used(mock: openai.AsyncOpenAI) -> None:
    question = asked("Use add_numbers with 2 and 3")
    first = await mock.chat.completions.create(model="mock-chat", messages=question, tools=[TOOL])
    calls: Any = first.choices[0].message.tool_calls

    turn: Any = [
        *question,
        first.choices[0].message.model_dump(),
        {"role": "tool", "tool_call_id": calls[0].id, "content": "5"},
    ]
    last = await mock.chat.completions.create(model="mock-chat", messages=turn, tools=[TOOL])

    assert (first.choices[0].finish_reason, calls[0].function.name) == ("tool_calls", "add_numbers")
    assert json.loads(calls[0].function.arguments) == {"a": 2, "b": 3}
    assert "5" in (last.choices[0].message.content or "")


async def test_tool_calls_stream_in_pieces(mock: openai.AsyncOpenAI) -> None:
    stream = await mock.chat.completions.create(
        model="mock-chat", messages=asked("Use add_numbers with 2 and 3"), tools=[TOOL], stream=True
    )
    pieces = [call async for chunk in stream for call in chunk.choices[0].delta.tool_calls or ()]

    assert pieces[0].function is not None
    assert pieces[0].function.name == "add_numbers"
    assert json.loads("".join(piece.function.arguments or "" for piece in pieces if piece.function)) == {"a": 2, "b": 3}


class Person(BaseModel):
    name: str
    age: int


async def test_structured_output_parses(mock: openai.AsyncOpenAI) -> None:
    answer = await mock.chat.completions.parse(
        model="mock-chat", messages=asked("name: Bob, age: 5"), response_format=Person
    )

    assert answer.choices[0].message.parsed == Person(name="Bob", age=5)


async def test_embeddings_and_models(mock: openai.AsyncOpenAI) -> None:
    answer = await mock.embeddings.create(model="mock-embedding", input=["a b", "c"])
    short = await mock.embeddings.create(model="mock-embedding", input="a", dimensions=16, encoding_format="float")

    assert [len(row.embedding) for row in answer.data] == [384, 384]
    assert len(short.data[0].embedding) == 16
    assert "mock-chat" in [model.id async for model in mock.models.list()]


async def test_faults_arrive_as_the_clients_own_errors(mock: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.RateLimitError) as caught:
        await mock.chat.completions.create(model="mock-chat", messages=asked("[mock:429]"))
    assert caught.value.response.headers["retry-after"] == "1"
    with pytest.raises(openai.BadRequestError) as too_long:
        await mock.chat.completions.create(model="mock-chat", messages=asked("[mock:context]"))
    assert too_long.value.code == "context_length_exceeded"


async def test_a_broken_stream_ends_without_its_end(mock: openai.AsyncOpenAI) -> None:
    stream = await mock.chat.completions.create(model="mock-chat", messages=asked("[mock:truncated]"), stream=True)

    reasons = [chunk.choices[0].finish_reason async for chunk in stream]

    assert 1 < len(reasons) < 10
    assert set(reasons) == {None}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"messages": []}',
        b'{"messages": ["x"]}',
        b'{"messages": [{"role": "user", "content": 5}]}',
        b'{"messages": [{"role": "user", "content": "x"}], "tools": [{}]}',
        b'{"messages": [{"role": "user", "content": "x"}], "max_tokens": -1}',
        b'{"messages": [{"role": "user", "content": "x"}], "response_format": "json"}',
        b'{"messages": [{"role": "user", "content": "x"}], "tool_choice": 7}',
        b'{"messages": [{"role": "assistant", "tool_calls": [5]}]}',
        b"\xff\xfe",
    ],
)
async def test_nonsense_is_refused_not_crashed_on(client: httpx2.AsyncClient, body: bytes) -> None:
    answer = await client.post("/mock/v1/chat/completions", content=body)

    assert answer.status_code == 400
    assert answer.json()["error"]["details"]


async def test_who_leaves_an_endless_stream_stops_it(mock: openai.AsyncOpenAI, client: httpx2.AsyncClient) -> None:
    stream = await mock.chat.completions.create(model="mock-chat", messages=asked("[mock:endless]"), stream=True)
    async for _ in stream:
        break
    await stream.close()

    async with asyncio.timeout(10):
        assert (await client.get("/mock/v1/models")).status_code == 200
