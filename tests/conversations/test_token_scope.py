"""A personal token made for some projects reaches no conversation and no assistant of another."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from codemie.kernel.database import Database
from tests.conftest import MakeUser
from tests.conversations.chatting import ask, make_assistant, new_conversation
from tests.conversations.rows import messages
from tests.identity.administration import new_project
from tests.support import Platform

VIRTUAL = "/v1/assistants/virtual/model"


@pytest.fixture
async def narrowed(platform: Platform, make_user: MakeUser) -> AsyncIterator[tuple[Any, Any, str, str]]:
    """A person, a client with a token for one of their projects, that project, and another of theirs."""
    person = await make_user("scoped")
    inside, outside = await new_project(person), await new_project(person)
    made = await person.post("/v1/personal-tokens", json={"name": "ci", "scope": "write", "projects": [inside]})
    async with AsyncExitStack() as stack:
        yield person, await stack.enter_async_context(platform.client(made.json()["token"])), inside, outside


async def test_a_token_neither_reads_nor_continues_a_conversation_of_another_project(
    narrowed: tuple[Any, Any, str, str], database: Database
) -> None:
    person, program, inside, outside = narrowed
    here, there = await make_assistant(person, project=inside), await make_assistant(person, project=outside)
    conversation = new_conversation()
    await ask(person, there, "Remember the word heliotrope", conversation_id=conversation)
    body = {"text": "Which word?", "conversation_id": conversation}
    for url, more in (
        (f"/v1/assistants/{here}/model", {}),
        (VIRTUAL, {"system_prompt": "Be brief.", "llm_model_type": "mock-chat"}),
    ):
        refused = await program.post(url, json=body | more)
        assert refused.status_code == 403, refused.text
        assert "heliotrope" not in refused.text
    assert len(await messages(database, conversation)) == 2
    finished = await person.post(f"/v1/conversations/{conversation}/finish")
    assert finished.status_code == 200
    assert (await program.post(f"/v1/assistants/{here}/model", json=body)).status_code == 403


async def test_a_token_continues_a_conversation_of_its_own_project(narrowed: tuple[Any, Any, str, str]) -> None:
    person, program, inside, _ = narrowed
    assistant, conversation = await make_assistant(person, project=inside), new_conversation()
    await ask(person, assistant, "Hello", conversation_id=conversation)
    assert (await ask(program, assistant, 'Say "again"', conversation_id=conversation))["generated"] == "again"


async def test_a_tokens_own_assistants_are_those_of_its_projects(narrowed: tuple[Any, Any, str, str]) -> None:
    person, program, inside, outside = narrowed
    here, there = await make_assistant(person, project=inside), await make_assistant(person, project=outside)
    for client, expected in ((person, {here, there}), (program, {here})):
        listed = await client.get("/v1/assistants", params={"scope": "created_by_user", "per_page": 100})
        assert {row["id"] for row in listed.json()["data"]} == expected


async def test_a_token_lists_the_conversations_of_its_projects(narrowed: tuple[Any, Any, str, str]) -> None:
    person, program, inside, outside = narrowed
    talks = {project: new_conversation() for project in (inside, outside)}
    for project, conversation in talks.items():
        await ask(person, await make_assistant(person, project=project), "Hello", conversation_id=conversation)
    for client, expected in ((person, set(talks.values())), (program, {talks[inside]})):
        listed = (await client.get("/v1/conversations", params={"per_page": 100})).json()
        assert {row["id"] for row in listed} == expected
        assert all(len(row["assistant_names"]) == 1 for row in listed)
