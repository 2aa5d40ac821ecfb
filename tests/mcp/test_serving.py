"""The platform as an MCP server, called by the official SDK's client."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from mcp.client.streamable_http import streamable_http_client

from mcp import Client
from tests.conftest import MakeUser
from tests.conversations.chatting import make_assistant
from tests.knowledge.sources import fresh_name, indexed, upload
from tests.support import Platform


@asynccontextmanager
async def connected(
    platform: Platform, signed_in: httpx2.AsyncClient, path: str = "/mcp", **options: Any
) -> AsyncGenerator[Client]:
    headers = {"Authorization": signed_in.headers["authorization"]}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60) as http,
        Client(streamable_http_client(platform.url + path, http_client=http), **options) as client,
    ):
        yield client


def said(result: Any) -> str:
    return str(result.content[0].text)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.parametrize("path", ["/mcp", "/code-assistant-api/mcp"])
async def test_a_client_lists_and_calls(platform: Platform, make_user: MakeUser, path: str, mode: str) -> None:
    user = await make_user()
    assistant = await make_assistant(user, name="Mechanic")

    async with connected(platform, user, path, mode=mode) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        listed = json.loads(said(await client.call_tool("list_assistants", {"search": "Mechanic"})))
        answer = said(await client.call_tool("ask_assistant", {"assistant_id": assistant, "message": "Say 'done'"}))

    assert set(tools) == {"list_assistants", "ask_assistant", "list_data_sources", "search_knowledge"}
    assert tools["search_knowledge"].annotations.read_only_hint is True  # type: ignore[union-attr]
    assert tools["ask_assistant"].annotations.read_only_hint is False  # type: ignore[union-attr]
    assert assistant in {row["id"] for row in listed["assistants"]}
    assert answer.startswith("done")


async def test_a_conversation_goes_on_and_is_kept(platform: Platform, make_user: MakeUser) -> None:
    user = await make_user()
    assistant = await make_assistant(user)

    async with connected(platform, user) as client:
        first = said(
            await client.call_tool("ask_assistant", {"assistant_id": assistant, "message": "My name is Zora."})
        )
        conversation = first.rpartition("conversation_id: ")[2]
        again = {"assistant_id": assistant, "message": "What is my name?", "conversation_id": conversation}
        second = said(await client.call_tool("ask_assistant", again))

    stored = (await user.get(f"/v1/conversations/{conversation}")).json()
    assert "Zora" in second
    assert len(stored["history"]) == 4


async def test_progress_is_told_while_a_reply_grows(platform: Platform, make_user: MakeUser) -> None:
    user = await make_user()
    assistant = await make_assistant(user)
    heard: list[tuple[float, str]] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append((progress, message or ""))

    async with connected(platform, user) as client:
        question = {"assistant_id": assistant, "message": "Tell me about turbines"}
        answer = said(await client.call_tool("ask_assistant", question, progress_callback=hear))

    assert heard
    assert [progress for progress, _ in heard] == sorted(progress for progress, _ in heard)
    assert answer.startswith(heard[0][1].strip()[:5])


async def test_knowledge_is_searched(platform: Platform, make_user: MakeUser) -> None:
    user = await make_user()
    name = fresh_name()
    await upload(user, [("guide.md", b"# Turbine\n\nThe turbine spins at 3000 rpm.")], name=name)
    source = await indexed(user, name)

    async with connected(platform, user) as client:
        listed = json.loads(said(await client.call_tool("list_data_sources", {"search": name})))
        asked = {"query": "How fast is the turbine?", "data_source_ids": [source["id"]]}
        found = said(await client.call_tool("search_knowledge", asked))

    assert [row["id"] for row in listed["data_sources"]] == [source["id"]]
    assert "3000 rpm" in found
    assert "guide.md" in found


async def test_two_people_see_only_their_own(platform: Platform, make_user: MakeUser) -> None:
    anna, bert = await make_user("anna"), await make_user("bert")
    hers, name = await make_assistant(anna), fresh_name()
    await upload(anna, [("secret.md", b"# Secret\n\nThe safe opens with 4711.")], name=name)
    source = await indexed(anna, name)

    async with connected(platform, bert) as client:
        assistants = said(await client.call_tool("list_assistants", {}))
        asked = await client.call_tool("ask_assistant", {"assistant_id": hers, "message": "Hello"})
        sources = said(await client.call_tool("list_data_sources", {}))
        found = await client.call_tool("search_knowledge", {"query": "safe", "data_source_ids": [source["id"]]})

    assert hers not in assistants
    assert source["id"] not in sources
    assert (asked.is_error, found.is_error) == (True, True)
    assert "4711" not in said(found)


async def test_a_personal_token_does_what_its_scope_says(platform: Platform, make_user: MakeUser) -> None:
    user = await make_user()
    assistant = await make_assistant(user)
    made = (await user.post("/v1/personal-tokens", json={"name": "mcp", "scope": "read"})).json()

    async with (
        platform.client(made["token"]) as bearer,
        connected(platform, bearer) as client,
    ):
        listed = said(await client.call_tool("list_assistants", {}))
        asked = await client.call_tool("ask_assistant", {"assistant_id": assistant, "message": "Hello"})

    assert assistant in listed
    assert asked.is_error
    assert "may only read" in said(asked)


async def test_arguments_that_do_not_fit_are_explained(platform: Platform, client: httpx2.AsyncClient) -> None:
    async with connected(platform, client) as mcp:
        answer = await mcp.call_tool("search_knowledge", {"query": ""})

    assert answer.is_error
    assert "The arguments do not fit" in said(answer)


async def test_nobody_is_told_how_to_sign_in(anonymous: httpx2.AsyncClient) -> None:
    refused = await anonymous.post("/mcp", json={})
    described = await anonymous.get("/.well-known/oauth-protected-resource/mcp")

    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    assert described.status_code == 404
