"""Plugins of editors: they keep a key, connect with it, and offer tools with each question."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from codemie.kernel.database import new_id
from tests.conftest import MakeUser
from tests.conversations.chatting import chunks_of, make_assistant, new_conversation
from tests.support import Platform


@dataclass(frozen=True)
class People:
    """Two who have nothing to do with one another."""

    member: httpx2.AsyncClient
    other: httpx2.AsyncClient


@pytest.fixture
async def people(make_user: MakeUser) -> People:
    return People(await make_user("member"), await make_user("other"))


SELECTION = {"type": "object", "properties": {"lines": {"type": "integer", "description": "How many."}}}


async def configure(client: httpx2.AsyncClient, installation: str, key: str) -> httpx2.Response:
    return await client.post("/v1/ide/config", json={"installation_id": installation, "new_plugin_key": key})


@asynccontextmanager
async def editor(nats_url: str, key: str) -> AsyncIterator[list[dict[str, Any]]]:
    """An editor that is connected with a key; yields what it is asked."""
    asked: list[dict[str, Any]] = []

    async def answer(message: Msg) -> None:
        asked.append(json.loads(message.data))
        await message.respond(b"def chosen(): ...")

    client = Client()
    await client.connect(nats_url, user=key, password=key, allow_reconnect=False)
    try:
        await client.subscribe(f"{key}.ide.tools.*", cb=answer)
        await client.flush()
        yield asked
    finally:
        await client.close()


def question(installation: str, subject: str, **fields: Any) -> dict[str, Any]:
    tool = {"name": "read_selection", "subject": subject, "description": "Reads.", "argsSchema": SELECTION}
    return {
        "conversationId": new_conversation(),
        "text": 'Use read_selection with {"lines": 3}',
        "stream": False,
        "ideInstallationId": installation,
        "ideRequestId": "request-1",
        "tools": [tool],
        **fields,
    }


@pytest.fixture
def address(nats_url: str) -> str:
    """Of the server, without its user."""
    return f"nats://{nats_url.rpartition('@')[2]}"


async def test_a_stored_assistant_calls_a_tool_of_the_editor(people: People, address: str) -> None:
    key, installation = new_id(), new_id()
    told = await configure(people.member, installation, key)
    assert told.status_code == 200
    assert told.json()["nats_uri"].endswith("/v1/plugin-engine/ws")
    assistant = await make_assistant(people.member)
    async with editor(address, key) as asked:
        body = question(installation, f"{key}.ide.tools.read_selection")
        answer = await people.member.post(f"/v1/ide/inference/{assistant}", json=body)
    assert answer.status_code == 200, answer.text
    assert "def chosen(): ..." in answer.json()["generated"]
    assert asked == [{"tool_name": "read_selection", "query": '{"lines": 3}', "request_id": "request-1"}]


async def test_an_editor_that_is_not_there_is_told_to_the_model(people: People) -> None:
    key, installation = new_id(), new_id()
    assert (await configure(people.member, installation, key)).status_code == 200
    body = question(installation, f"{key}.ide.tools.read_selection", systemPrompt="Help.")
    answer = await people.member.post("/v1/ide/inference/virtual", json=body)
    assert "The editor is not connected" in answer.json()["generated"]


async def test_conversations_of_a_virtual_assistant_are_kept_and_found(people: People) -> None:
    virtual = f"virtual-{new_id()}"
    made = await people.member.post("/v1/ide/virtual/conversations", json={"initialAssistantId": virtual})
    assert made.status_code == 200, made.text
    body = {"text": "Hello", "virtualAssistantId": virtual, "conversationId": new_id(), "systemPrompt": "Be brief."}
    streamed = await people.member.post("/v1/ide/inference/virtual", json=body)
    assert chunks_of(streamed.text)[-1]["last"] is True, "it streams unless it is told not to"
    found = (await people.member.get(f"/v1/ide/virtual/conversations/{virtual}")).json()
    assert [row["id"] for row in found] == [body["conversationId"], made.json()["id"]]
    assert (await people.other.get(f"/v1/ide/virtual/conversations/{virtual}")).json() == []
    stored = (await people.member.get(f"/v1/conversations/{body['conversationId']}")).json()
    assert [item["role"] for item in stored["history"]] == ["User", "Assistant"]


async def test_nobody_has_the_editor_of_somebody_else_called(people: People, address: str) -> None:
    key, installation = new_id(), new_id()
    assert (await configure(people.member, installation, key)).status_code == 200
    assert (await configure(people.other, installation, new_id())).status_code == 200
    async with editor(address, key) as asked:
        body = question(installation, f"{key}.ide.tools.read_selection")
        answer = await people.other.post("/v1/ide/inference/virtual", json=body)
    assert (answer.status_code, answer.json()["error"]["message"]) == (
        422,
        "A tool of the editor has a foreign subject",
    )
    assert (await configure(people.other, installation, key)).status_code == 409, "the key is somebody else's"
    assert asked == []


@pytest.mark.parametrize(
    "change",
    [{"name": "not a name"}, {"subject": "*.ide.tools.read_selection"}, {"subject": ""}],
    ids=["name", "wildcard", "no subject"],
)
async def test_tools_that_cannot_be_called_are_refused_before_anything_is_kept(
    people: People, change: dict[str, str]
) -> None:
    key, installation = new_id(), new_id()
    assert (await configure(people.member, installation, key)).status_code == 200
    body = question(installation, f"{key}.ide.tools.read_selection")
    body["tools"][0].update(change)
    answer = await people.member.post("/v1/ide/inference/virtual", json=body)
    assert answer.status_code == 422, answer.text
    assert (await people.member.get(f"/v1/conversations/{body['conversationId']}")).status_code == 404


async def test_an_installation_nobody_knows_is_told_to_sign_in(people: People) -> None:
    body = question(new_id(), "a-key-nobody-has.ide.tools.x")
    answer = await people.member.post("/v1/ide/inference/virtual", json=body)
    assert (answer.status_code, answer.json()["error"]["message"]) == (422, "The editor is not known")


async def test_a_new_key_takes_the_place_of_the_one_before(people: People) -> None:
    first, second, installation = new_id(), new_id(), new_id()
    for key in (first, second):
        assert (await configure(people.member, installation, key)).status_code == 200
    refused = await people.member.post(
        "/v1/ide/inference/virtual", json=question(installation, f"{first}.ide.tools.read_selection")
    )
    assert refused.status_code == 422
    mine = (await people.member.get("/v1/settings/user", params={"per_page": 1000})).json()["data"]
    assert [row["alias"] for row in mine].count(f"IDE {installation}") == 1


async def test_an_unfit_key_is_refused_in_words(people: People) -> None:
    answer = await configure(people.member, new_id(), "short")
    assert (answer.status_code, answer.json()["error"]["message"]) == (422, "Invalid plugin key")


async def key_of(client: httpx2.AsyncClient, installation: str) -> dict[str, Any]:
    """What is known of the editor's key."""
    rows = (await client.get("/v1/plugin-engine/keys", params={"per_page": 1000})).json()["data"]
    return next(row for row in rows if row["alias"] == f"IDE {installation}")


@pytest.mark.parametrize(
    ("rights", "told"),
    [
        ({"denied_tools": ["read_*"]}, None),
        ({"read_only": True}, None),
        ({"arguments": [{"tool": "*", "argument": "lines", "pattern": "[12]"}]}, "must match '[12]'"),
        ({"ask": "writes"}, "a chat of an editor cannot wait for that"),
    ],
    ids=["denied", "read only", "argument", "asks"],
)
async def test_what_the_key_does_not_allow_does_not_reach_the_editor(
    people: People, address: str, rights: dict[str, Any], told: str | None
) -> None:
    key, installation = new_id(), new_id()
    assert (await configure(people.member, installation, key)).status_code == 200
    url = f"/v1/plugin-engine/keys/{(await key_of(people.member, installation))['id']}"
    assert (await people.member.put(f"{url}/rights", json=rights)).status_code == 200
    async with editor(address, key) as asked:
        body = question(installation, f"{key}.ide.tools.read_selection", systemPrompt="Help.")
        answer = await people.member.post("/v1/ide/inference/virtual", json=body)

    assert answer.status_code == 200, answer.text
    assert asked == []
    assert "def chosen" not in answer.json()["generated"]
    if told is not None:
        assert told in answer.json()["generated"]


async def test_each_call_of_an_editors_tool_is_recorded(people: People, address: str, platform: Platform) -> None:
    key, installation = new_id(), new_id()
    assert (await configure(people.member, installation, key)).status_code == 200
    url = f"/v1/plugin-engine/keys/{(await key_of(people.member, installation))['id']}"
    assistant = await make_assistant(people.member)
    body = question(installation, f"{key}.ide.tools.read_selection")
    async with editor(address, key):
        assert (await people.member.post(f"/v1/ide/inference/{assistant}", json=body)).status_code == 200
    assert (await people.member.put(f"{url}/rights", json={"ask": "always"})).status_code == 200
    again = {**body, "conversationId": new_conversation()}
    assert (await people.member.post(f"/v1/ide/inference/{assistant}", json=again)).status_code == 200
    assert platform.resources.plugins.tools is not None
    await platform.resources.plugins.tools.calls.flush()

    calls = (await people.member.get(f"{url}/calls")).json()["data"]
    assert [(call["tool"], call["outcome"], call["assistant_id"]) for call in calls] == [
        ("read_selection", "refused", assistant),
        ("read_selection", "ok", assistant),
    ]
    assert len({call["arguments_sha256"] for call in calls}) == 1
    assert key not in str(calls)
