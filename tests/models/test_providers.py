"""Catalogue rows as pydantic-ai models, the mock among them."""

import asyncio
import json
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import BaseModel

from codemie.models.embeddings import dimensions, embed
from codemie.models.entries import Endpoint, ModelEntry
from codemie.models.errors import ModelAuthenticationError, ModelRequestRejectedError, UnknownModelError
from codemie.models.providers import chat_model
from codemie.models.transport import close_transport
from tests.fakes.openai_server import Answer, FakeEndpoint
from tests.models.conftest import MakeEntry

DUMMIES: list[tuple[str, str, dict[str, Any]]] = [
    ("mock", "mock-chat", {}),
    ("openai", "gpt-5", {"base_url": "http://127.0.0.1:9/v1"}),
    ("azure_openai", "my-deployment", {"base_url": "https://x.openai.azure.com", "api_key": "k"}),
    ("anthropic", "claude-sonnet-4-5", {"api_key": "k"}),
    ("vertex_ai-anthropic_models", "claude-sonnet-4-5@20250929", {"project": "p", "region": "us-east5"}),
    ("aws_bedrock", "anthropic.claude-sonnet-4-5-20250929-v1:0", {"region": "us-east-1", "api_key": "k"}),
    ("google_vertexai", "gemini-2.5-pro", {"project": "p", "region": "us-central1"}),
    ("google_gemini", "gemini-2.5-pro", {"api_key": "k"}),
]


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("OPENAI_API_KEY", "AZURE_OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GOOGLE_API_KEY", "GEMINI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))


@pytest.mark.parametrize(("provider", "deployment", "where"), DUMMIES, ids=[dummy[0] for dummy in DUMMIES])
async def test_every_provider_makes_a_model_without_the_network(
    provider: str, deployment: str, where: dict[str, Any]
) -> None:
    row = ModelEntry(base_name="m", deployment_name=deployment, provider=provider, endpoint=Endpoint(**where))  # type: ignore[arg-type]

    model = chat_model(row)

    assert model.model_name in {deployment, "m"}
    assert chat_model(row) is model, "one model a row, kept"
    assert chat_model(row.model_copy(update={"max_output_tokens": 5})) is not None


@pytest.mark.parametrize("provider", ["azure_openai", "anthropic", "google_gemini"])
async def test_a_missing_key_is_named(provider: str) -> None:
    row = ModelEntry(base_name="m", provider=provider, endpoint=Endpoint(base_url="http://127.0.0.1:9"))  # type: ignore[arg-type]

    with pytest.raises(ModelAuthenticationError, match="has no API key"):
        chat_model(row)


async def test_what_cannot_chat_or_has_no_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AZURE_OPENAI_ENDPOINT", raising=False)
    with pytest.raises(ModelRequestRejectedError, match="no chat models"):
        chat_model(ModelEntry(base_name="m", provider="embedded"))
    with pytest.raises(ModelRequestRejectedError, match="no `base_url`"):
        chat_model(ModelEntry(base_name="m", provider="azure_openai", endpoint=Endpoint(api_key="k")))  # type: ignore[arg-type]


async def test_an_agent_sends_what_the_row_allows_and_nothing_else(endpoint: FakeEndpoint, entry: MakeEntry) -> None:
    from pydantic_ai import Agent

    row = entry(features={"temperature": False, "system_prompt": False}, max_output_tokens=77)
    endpoint.will(Answer(status=503, headers={"Retry-After": "0"}))

    result = await Agent(chat_model(row), instructions="Be kind.").run(
        "Hi", model_settings={"temperature": 0.3, "top_p": 0.4}
    )

    sent = endpoint.received[-1].body
    assert result.output == "Hello!"
    assert len(endpoint.received) == 2, "a failing endpoint is asked again"
    assert "temperature" not in sent
    assert (sent["top_p"], sent.get("max_tokens") or sent.get("max_completion_tokens")) == (0.4, 77)
    assert {message["role"] for message in sent["messages"]} == {"user"}


class Person(BaseModel):
    name: str
    age: int
    tags: list[str]


async def test_an_agent_on_the_mock_calls_a_tool_and_answers_from_it() -> None:
    from pydantic_ai import Agent

    asked = list[str]()

    def search_kb_docs(query: str) -> str:
        asked.append(query)
        return "[1] a.md\nThe moon is far away.\n\n[2] b.md\nThe lighthouse stands in Peterhead."

    agent = Agent(chat_model(ModelEntry(base_name="mock-chat", provider="mock")), tools=[search_kb_docs])
    result = await agent.run("Where does the lighthouse stand?")
    async with agent.run_stream_events("Where does the lighthouse stand?") as events:
        kinds = [type(event).__name__ async for event in events]

    assert asked == ["Where does the lighthouse stand?"] * 2
    assert "The lighthouse stands in Peterhead.” [2]" in result.output
    assert result.usage.output_tokens > 0
    assert kinds.count("PartDeltaEvent") > 10


@pytest.mark.parametrize("by", ["response format", "output tool"])
async def test_an_agent_on_the_mock_gets_structured_output(by: str) -> None:
    from pydantic_ai import Agent, NativeOutput

    shape: Any = NativeOutput(Person) if by == "response format" else Person
    agent: Agent[None, Person] = Agent(
        chat_model(ModelEntry(base_name="mock-chat", provider="mock")), output_type=shape
    )

    result = await agent.run('Make a person, name: Bob, age: 33, {"tags": ["x"]}')

    assert result.output == Person(name="Bob", age=33, tags=["x"])


async def test_a_malformed_tool_call_of_the_mock_is_repaired_by_the_loop(tmp_path: Path) -> None:
    from pydantic_ai import Agent

    (tmp_path / "rules.yaml").write_text(
        "rules: [{when: {after_tool: false}, then: {malformed_tool_call: add}, times: 1}]"
    )
    row = ModelEntry(base_name="mock-chat", provider="mock", rules=str(tmp_path / "rules.yaml"))

    def add(a: int, b: int) -> int:
        return a + b

    result = await Agent(chat_model(row), tools=[add]).run("Use the add tool with 2 and 3")

    assert result.output


async def test_a_fault_of_the_mock_reaches_the_loop_as_an_endpoints_would() -> None:
    from pydantic_ai import Agent
    from pydantic_ai.exceptions import ModelHTTPError

    agent = Agent(chat_model(ModelEntry(base_name="mock-chat", provider="mock")))

    with pytest.raises(ModelHTTPError) as caught:
        await agent.run("[mock:401]")

    assert caught.value.status_code == 401


async def test_embeddings_come_in_order_in_batches_and_normalised(endpoint: FakeEndpoint, entry: MakeEntry) -> None:
    texts = ["x" * length for length in range(1, 201)]

    rows = await embed(entry(kind="embedding", dimensions=3), texts)

    assert rows.shape == (200, 3)
    assert [round(float(row[0] / row[1])) for row in rows] == list(range(1, 201))
    assert abs(float((rows**2).sum(axis=1).max()) - 1) < 1e-5
    assert sorted(len(sent.body["input"]) for sent in endpoint.received) == [8, 96, 96]


async def test_vectors_of_the_wrong_length_or_number_are_refused(endpoint: FakeEndpoint, entry: MakeEntry) -> None:
    with pytest.raises(UnknownModelError, match="the catalogue says 4"):
        await embed(entry(kind="embedding", dimensions=4), ["a"])

    endpoint.will(Answer(vectors=[[1.0, 2.0], [3.0, 4.0]]))
    with pytest.raises(UnknownModelError, match="one vector for each text"):
        await embed(entry(kind="embedding"), ["a"])


async def test_the_mock_embeds_alike_what_shares_words() -> None:
    row = ModelEntry(base_name="e", provider="mock", kind="embedding", dimensions=128)

    cat, feline, car = await embed(row, ["the cat sat on the mat", "a cat on a mat", "engines and wheels"])

    assert float(cat @ feline) > float(cat @ car)
    assert await dimensions(row) == 128
    assert (await embed(row, [])).shape == (0, 128)
    assert (await embed(row, ["", "!?"])).shape == (2, 128)


async def test_identities_tell_vector_spaces_apart() -> None:
    base = ModelEntry(base_name="e", deployment_name="d", provider="mock", kind="embedding", dimensions=8)

    assert base.identity == base.model_copy(update={"base_name": "other", "label": "x"}).identity
    assert len({base.identity, base.model_copy(update={"dimensions": 9}).identity}) == 2


async def test_models_are_kept_for_each_event_loop_apart() -> None:
    row = ModelEntry(base_name="m", provider="openai", endpoint=Endpoint(base_url="http://127.0.0.1:9/v1"))

    async def made() -> int:
        return id(chat_model(row))

    other = await asyncio.to_thread(lambda: asyncio.run(made()))

    assert other != id(chat_model(row))
    assert json.loads(row.model_dump_json())["endpoint"]["api_key"] is None


async def test_a_model_never_comes_with_connections_that_were_closed(entry: MakeEntry) -> None:
    row = entry()
    for _ in range(20):
        client: Any = cast("Any", chat_model(row)).client
        assert not client.is_closed()
        await close_transport()
