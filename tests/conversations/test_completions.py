"""The OpenAI-compatible API, through the official client."""

import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import openai
import pytest
from openai import AsyncOpenAI
from sqlalchemy import select

from codemie.kernel.database import Database
from codemie.models.tables import ModelUsage
from tests.conftest import MakeUser
from tests.conversations.chatting import make_assistant
from tests.support import Platform

_PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
PIXEL = f"data:image/png;base64,{_PNG}"
WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


@pytest.fixture
async def client(make_user: MakeUser) -> httpx2.AsyncClient:
    """Somebody whose ledger is their own."""
    return await make_user("ide")


@pytest.fixture
async def ai(platform: Platform, client: httpx2.AsyncClient) -> AsyncIterator[AsyncOpenAI]:
    """The official client, signed in as that person."""
    key = client.headers["Authorization"].removeprefix("Bearer ")
    async with AsyncOpenAI(base_url=f"{platform.url}/v1", api_key=key, max_retries=0) as made:
        yield made


async def charged(database: Database, client: httpx2.AsyncClient) -> list[ModelUsage]:
    person = (await client.get("/v1/user")).json()["user_id"]
    async with database.session() as session:
        found = await session.scalars(select(ModelUsage).where(ModelUsage.user_id == person).order_by(ModelUsage.id))
        return list(found)


def said(text: str) -> list[Any]:
    return [{"role": "system", "content": "Be brief."}, {"role": "user", "content": text}]


async def test_a_model_answers_whole_and_is_charged_to_the_person(
    ai: AsyncOpenAI, client: httpx2.AsyncClient, database: Database
) -> None:
    answer = await ai.chat.completions.create(model="mock-chat", messages=said('Say "good morning"'), temperature=0.1)
    assert answer.choices[0].message.content == "good morning"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.model == "mock-chat"
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0
    (row,) = await charged(database, client)
    assert (row.model, row.input_tokens, row.error_code) == ("mock-chat", answer.usage.prompt_tokens, None)


@pytest.mark.parametrize("asked", [True, False], ids=["with usage", "without usage"])
async def test_a_model_answers_in_a_stream(
    ai: AsyncOpenAI, client: httpx2.AsyncClient, database: Database, *, asked: bool
) -> None:
    stream = await ai.chat.completions.create(
        model="mock-chat",
        messages=said('Say "one two three"'),
        stream=True,
        stream_options={"include_usage": asked},
    )
    chunks = [chunk async for chunk in stream]
    assert chunks[0].choices[0].delta.role == "assistant"
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == "one two three"
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert len({chunk.id for chunk in chunks}) == 1
    told = [chunk.usage for chunk in chunks if chunk.usage]
    assert len(told) == asked
    assert len(await charged(database, client)) == 1


@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
async def test_tools_are_called_by_the_model_and_run_by_the_client(ai: AsyncOpenAI, *, stream: bool) -> None:
    asked: list[Any] = [{"role": "user", "content": 'Use get_weather with city "Oslo"'}]
    ask: Callable[..., Any] = ai.chat.completions.create
    reason = ""
    if stream:
        calls: dict[int, dict[str, str]] = {}
        async for chunk in await ask(
            model="mock-chat", messages=asked, tools=[WEATHER], tool_choice="required", stream=True
        ):
            for call in chunk.choices[0].delta.tool_calls or ():
                known = calls.setdefault(call.index, {"id": call.id, "name": call.function.name, "arguments": ""})
                known["arguments"] += call.function.arguments or ""
            reason = chunk.choices[0].finish_reason
        (called,) = calls.values()
    else:
        answer = await ask(model="mock-chat", messages=asked, tools=[WEATHER], tool_choice="required")
        reason = answer.choices[0].finish_reason
        (call,) = answer.choices[0].message.tool_calls
        called = {"id": call.id, "name": call.function.name, "arguments": call.function.arguments}
    assert reason == "tool_calls"
    assert called["name"] == "get_weather"
    assert "Oslo" in called["arguments"]

    function = {"name": called["name"], "arguments": called["arguments"]}
    asked += [
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": called["id"], "type": "function", "function": function}],
        },
        {"role": "tool", "tool_call_id": called["id"], "content": "It snows in Oslo."},
    ]
    after = await ask(model="mock-chat", messages=asked, tools=[WEATHER])
    assert "snows" in after.choices[0].message.content


async def test_a_model_sees_pictures(ai: AsyncOpenAI) -> None:
    content: Any = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": PIXEL}}]
    answer = await ai.chat.completions.create(model="mock-chat", messages=[{"role": "user", "content": content}])
    assert answer.choices[0].message.content


async def test_an_answer_follows_a_schema(ai: AsyncOpenAI) -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    answer = await ai.chat.completions.create(
        model="mock-chat",
        messages=said("I live in Oslo"),
        response_format={"type": "json_schema", "json_schema": {"name": "place", "schema": schema}},
    )
    assert '"city"' in (answer.choices[0].message.content or "")


@pytest.mark.parametrize("by", ["id", "slug"])
async def test_an_assistant_answers_as_a_model(
    ai: AsyncOpenAI, client: httpx2.AsyncClient, database: Database, by: str
) -> None:
    slug = f"helper-{uuid.uuid4().hex[:8]}"
    made = await make_assistant(client, slug=slug, system_prompt="You are helpful.")
    model = made if by == "id" else slug
    answer = await ai.chat.completions.create(model=model, messages=said('Say "at your service"'))
    assert answer.choices[0].message.content == "at your service"
    stream = await ai.chat.completions.create(model=model, messages=said('Say "again"'), stream=True)
    assert "".join([chunk.choices[0].delta.content or "" async for chunk in stream]) == "again"
    rows = await charged(database, client)
    assert [row.assistant_id for row in rows] == [made, made]
    assert (await client.get("/v1/conversations")).json() == []


async def test_models_and_assistants_are_listed_and_found(ai: AsyncOpenAI, client: httpx2.AsyncClient) -> None:
    made = await make_assistant(client)
    listed = {model.id: model async for model in ai.models.list()}
    assert "mock-chat" in listed
    assert listed[made].owned_by == "assistant"
    assert (await ai.models.retrieve(made)).id == made
    assert (await ai.models.retrieve("mock-chat")).owned_by == "mock"
    with pytest.raises(openai.NotFoundError):
        await ai.models.retrieve("nothing-of-that-name")


async def test_errors_come_as_the_official_client_expects_them(
    ai: AsyncOpenAI, platform: Platform, make_user: MakeUser
) -> None:
    stranger = await make_user("stranger")
    foreign = await make_assistant(stranger)
    for model in ("no-such-model", foreign):
        with pytest.raises(openai.NotFoundError) as missing:
            await ai.chat.completions.create(model=model, messages=said("Hi"))
        assert missing.value.code == "model_not_found"
    with pytest.raises(openai.BadRequestError) as wrong:
        await ai.chat.completions.create(model="mock-chat", messages=[])
    assert (wrong.value.type, wrong.value.param) == ("invalid_request_error", "messages")
    async with AsyncOpenAI(base_url=f"{platform.url}/v1", api_key="nonsense", max_retries=0) as nobody:
        with pytest.raises(openai.AuthenticationError) as unknown:
            await nobody.chat.completions.create(model="mock-chat", messages=said("Hi"))
    assert unknown.value.type == "authentication_error"


@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
@pytest.mark.parametrize("of", ["model", "assistant"])
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("[mock:429]", openai.RateLimitError),
        ("[mock:503]", openai.InternalServerError),
        ("[mock:context]", openai.BadRequestError),
    ],
)
async def test_failures_of_a_provider_have_their_status(
    ai: AsyncOpenAI,
    client: httpx2.AsyncClient,
    database: Database,
    fault: str,
    error: type[openai.APIStatusError],
    of: str,
    *,
    stream: bool,
) -> None:
    model = "mock-chat" if of == "model" else await make_assistant(client)
    with pytest.raises(error) as failed:
        await ai.chat.completions.create(model=model, messages=said(fault), stream=stream)
    assert failed.value.response.headers.get("Retry-After") == ("1" if fault == "[mock:429]" else None)
    (row,) = await charged(database, client)
    assert row.error_code


@pytest.mark.parametrize("of", ["model", "assistant"])
async def test_a_stream_that_breaks_ends_with_an_error(ai: AsyncOpenAI, client: httpx2.AsyncClient, of: str) -> None:
    model = "mock-chat" if of == "model" else await make_assistant(client)
    heard: list[str] = []

    async def listen() -> None:
        asked = said("[mock:truncated] please")
        stream = await ai.chat.completions.create(model=model, messages=asked, stream=True)
        async for chunk in stream:
            heard[-1:] = ["".join(heard) + (chunk.choices[0].delta.content or "")]

    with pytest.raises(openai.APIError):
        await listen()
    assert "".join(heard)


async def test_an_assistant_takes_no_tools_of_a_client(ai: AsyncOpenAI, client: httpx2.AsyncClient) -> None:
    made = await make_assistant(client)
    with pytest.raises(openai.BadRequestError, match="tools of its own"):
        await ai.chat.completions.create(model=made, messages=said("Hi"), tools=[WEATHER])
