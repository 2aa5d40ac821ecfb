"""Titles that a model gives to new conversations, where administrators want that."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from codemie.kernel.database import Database
from tests.conversations.chatting import ask, make_assistant, new_conversation, stream
from tests.conversations.scripted import ScriptedModel, scripted_model
from tests.fakes.openai_server import Answer
from tests.guardrails.conftest import assign, make, over, rules
from tests.identity.administration import events
from tests.support import Platform, until

SWITCH = "/v1/config/declarations/features:chatContextualNaming"


@pytest.fixture
async def naming(client: httpx2.AsyncClient) -> AsyncIterator[None]:
    """The switch is on."""
    assert (await client.put(SWITCH, json={"settings": {"enabled": True}})).status_code == 200
    yield
    assert (await client.delete(SWITCH)).status_code == 204


@pytest.fixture
async def model(platform: Platform) -> AsyncIterator[ScriptedModel]:
    async with scripted_model(platform) as scripted:
        yield scripted


async def name_of(client: httpx2.AsyncClient, conversation: str) -> str:
    return str((await client.get(f"/v1/conversations/{conversation}")).json()["conversation_name"])


async def asked_twice(model: ScriptedModel) -> None:
    async def done() -> bool:
        return len(model.requests) > 1

    await until(done, what="the request for a title")


@pytest.mark.usefixtures("naming")
@pytest.mark.parametrize("streamed", [False, True])
async def test_the_model_that_answered_gives_the_title(
    client: httpx2.AsyncClient, model: ScriptedModel, *, streamed: bool
) -> None:
    assistant, conversation = await make_assistant(client, llm_model_type=model.name), new_conversation()
    model.will(Answer(tokens=("At 3000 rpm.",)), Answer(tokens=('\n**"Speed of the turbine."**\nmore',)))
    await (stream if streamed else ask)(client, assistant, "How fast is it?", conversation_id=conversation)

    async def named() -> Any:
        return await name_of(client, conversation) == "Speed of the turbine"

    await until(named, what="the title")
    assert "How fast is it?" in str(model.last)
    assert "At 3000 rpm." in str(model.last)
    await ask(client, assistant, "And now?", conversation_id=conversation)
    assert len(model.requests) == 3


@pytest.mark.usefixtures("naming")
async def test_a_name_that_somebody_gave_stays(
    client: httpx2.AsyncClient, model: ScriptedModel, database: Database
) -> None:
    assistant, conversation = await make_assistant(client, llm_model_type=model.name), new_conversation()
    model.will(Answer(), Answer(tokens=("Too late",), silent_seconds=1))
    await ask(client, assistant, "Hello", conversation_id=conversation)
    await client.put(f"/v1/conversations/{conversation}", json={"name": "Mine"})
    await asked_twice(model)

    async def charged() -> Any:
        async with database.session() as session:
            rows = await session.execute(text("SELECT count(*) FROM model_usage WHERE model = :m"), {"m": model.name})
            return rows.scalar_one() == 2

    await until(charged, what="the charge of the title")
    assert await name_of(client, conversation) == "Mine"


@pytest.mark.usefixtures("naming")
async def test_without_a_title_the_question_names_the_conversation(
    client: httpx2.AsyncClient, model: ScriptedModel
) -> None:
    assistant, conversation = await make_assistant(client, llm_model_type=model.name), new_conversation()
    model.will(Answer(), Answer(status=500))
    await ask(client, assistant, "Hello", conversation_id=conversation)
    await asked_twice(model)
    assert await name_of(client, conversation) == "Hello"


async def test_where_nobody_wants_titles_none_is_made(client: httpx2.AsyncClient, model: ScriptedModel) -> None:
    assistant, conversation = await make_assistant(client, llm_model_type=model.name), new_conversation()
    await ask(client, assistant, "q" * 60, conversation_id=conversation)
    await ask(client, assistant, "Again", conversation_id=conversation)
    assert len(model.requests) == 2
    assert await name_of(client, conversation) == "q" * 50 + "..."


async def guarded_assistant(client: httpx2.AsyncClient, model: ScriptedModel, action: str, source: str) -> list[str]:
    """An assistant with a guardrail over it; ids of both."""
    assistant = await make_assistant(client, llm_model_type=model.name, project="demo")
    guardrail = await make(client, "demo", rules=rules("falcon", action=action))
    await assign(client, guardrail, assistants=over(assistant, source=source))
    return [assistant, guardrail]


@pytest.mark.usefixtures("naming")
@pytest.mark.parametrize(("action", "kept"), [("block", "Which bird?"), ("mask", "The [denied phrase] in winter")])
async def test_a_title_is_judged_as_the_reply_is(
    client: httpx2.AsyncClient, model: ScriptedModel, platform: Platform, action: str, kept: str
) -> None:
    assistant, guardrail = await guarded_assistant(client, model, action, "output")
    conversation = new_conversation()
    model.will(Answer(tokens=("A fast one.",)), Answer(tokens=("The falcon in winter",)))
    await ask(client, assistant, "Which bird?", conversation_id=conversation)

    async def named() -> Any:
        told = [facts for name, facts in await events(platform, guardrail) if name == f"guardrail.{action}ed"]
        return told if await name_of(client, conversation) == kept else None

    told = await until(named, what="the title")
    assert [(facts["place"], facts["conversation"]) for facts in told] == [("written", conversation)]


@pytest.mark.usefixtures("naming")
async def test_what_guards_the_question_alone_leaves_titles_alone(
    client: httpx2.AsyncClient, model: ScriptedModel
) -> None:
    assistant, _ = await guarded_assistant(client, model, "block", "input")
    conversation = new_conversation()
    model.will(Answer(tokens=("A fast one.",)), Answer(tokens=("The falcon in winter",)))
    await ask(client, assistant, "Which bird?", conversation_id=conversation)

    async def named() -> Any:
        return await name_of(client, conversation) == "The falcon in winter"

    await until(named, what="the title")
