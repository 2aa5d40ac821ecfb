"""Assistants that use MCP servers, over HTTP as people do, against servers of the official SDK."""

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from codemie.mcp.settings import McpSettings
from tests.conftest import MakeUser
from tests.conversations.chatting import ask, make_assistant
from tests.fakes.mcp_server import FakeMcpServer, running
from tests.support import FAKE_MCP_PROGRAM


@pytest.fixture
async def server() -> AsyncIterator[FakeMcpServer]:
    async with running(FakeMcpServer()) as started:
        yield started


def entry(url: str, name: str = "fake", **fields: Any) -> dict[str, Any]:
    config = {"url": url, "type": "streamable-http", **fields.pop("config", {})}
    return {"name": name, "description": "made by a test", "config": config, **fields}


def program(*arguments: str, **fields: Any) -> dict[str, Any]:
    config = {"command": sys.executable, "args": [str(FAKE_MCP_PROGRAM), *arguments], **fields}
    return {"name": "fake", "description": None, "config": config}


async def ask_server(client: httpx2.AsyncClient, server: dict[str, Any], text: str, **fields: Any) -> dict[str, Any]:
    """One question to a fresh assistant with this server; gives the thought of its tool."""
    assistant = await make_assistant(client, mcp_servers=[server])
    answer = await client.post(f"/v1/assistants/{assistant}/model", json={"text": text}, **fields)
    assert answer.status_code == 200, answer.text
    thoughts: list[dict[str, Any]] = answer.json()["thoughts"]
    assert thoughts, answer.text
    return thoughts[0]


async def test_an_assistant_calls_a_tool_of_a_server(client: httpx2.AsyncClient, server: FakeMcpServer) -> None:
    thought = await ask_server(client, entry(server.url), "Use add with a = 20 and b = 22")

    assert "The sum is 42." in thought["message"]
    assert (thought["author_name"], thought["error"]) == ("Add", False)


async def test_a_server_without_type_is_reached_by_sse(client: httpx2.AsyncClient, server: FakeMcpServer) -> None:
    thought = await ask_server(client, entry(server.sse_url, config={"type": None}), "Use add with a = 1 and b = 2")

    assert "The sum is 3." in thought["message"]


async def test_an_allowed_program_is_a_server_with_nothing_of_our_environment(client: httpx2.AsyncClient) -> None:
    thought = await ask_server(client, program(env={"GREETING": "hello"}), "Use seen_environment")

    assert "hello" in thought["message"]
    assert "codemie-mcp-" in thought["message"]
    assert "CODEMIE_" not in thought["message"]


@pytest.mark.parametrize(
    "refused",
    [
        {"command": "sh", "args": ["-c", "id"]},
        {"command": "/bin/bash", "args": ["-c", "id"]},
        {"command": "npx", "args": ["-y", "whatever"]},
        {"command": sys.executable, "args": ["-c", "print(1)"]},
    ],
)
async def test_a_program_nobody_allowed_is_not_started(client: httpx2.AsyncClient, refused: dict[str, Any]) -> None:
    server = {"name": "fake", "description": None, "config": refused}

    thought = await ask_server(client, server, "Use fake_unavailable")

    assert thought["error"]
    assert "may not be started here" in thought["message"]
    assert "mcp.allowed_commands" in thought["message"]


async def test_an_allowed_program_gets_no_variable_that_changes_it(client: httpx2.AsyncClient) -> None:
    thought = await ask_server(client, program(env={"PYTHONPATH": "/somewhere"}), "Use fake_unavailable")

    assert "PYTHONPATH may not be set" in thought["message"]


@pytest.mark.parametrize("line", ["sh", "/bin/bash -c *", "env *", "*", "cmd.exe *"])
def test_no_setting_allows_a_shell(line: str) -> None:
    with pytest.raises(ValueError, match="would start a shell"):
        McpSettings.model_validate({"allowed_commands": (line,)})


@pytest.mark.parametrize("address", ["http://[::1]:9/mcp", "http://169.254.169.254/mcp", "http://10.0.0.1/mcp"])
async def test_private_addresses_are_not_reached(client: httpx2.AsyncClient, address: str) -> None:
    thought = await ask_server(client, entry(address), "Use fake_unavailable")

    assert thought["error"]
    assert "private, loopback or reserved address" in thought["message"]
    assert "mcp.egress_allow" in thought["message"]


async def test_only_chosen_tools_are_offered(client: httpx2.AsyncClient, server: FakeMcpServer) -> None:
    assistant = await make_assistant(client, mcp_servers=[entry(server.url, tools=["add"])])

    answer = await ask(client, assistant, "Use remember with text = 'this'")

    assert answer["thoughts"] == []


async def test_a_disabled_server_is_not_contacted(client: httpx2.AsyncClient, server: FakeMcpServer) -> None:
    assistant = await make_assistant(client, mcp_servers=[entry(server.url, enabled=False)])

    await ask(client, assistant, "Hello")

    assert server.methods == []


async def test_headers_carry_the_user_and_the_requests_own(client: httpx2.AsyncClient, server: FakeMcpServer) -> None:
    config = {
        "headers": {"X-Who": "{{user.username}}", "Authorization": "Bearer {{API_TOKEN}}", "X-Tenant": "[TENANT]"},
        "env": {"API_TOKEN": "planted-token", "TENANT": "blue"},
    }

    thought = await ask_server(
        client,
        entry(server.url, config=config),
        "Use seen_headers",
        headers={"X-Trace-Id": "t-1", "X-Api-Key": "planted", "X-Forwarded-Prefix": "planted", "X-Tenant": "red"},
    )

    seen = thought["message"]
    assert f'"x-who": "{(await client.get("/v1/user")).json()["username"]}"' in seen
    assert '"authorization": "Bearer planted-token"' in seen
    assert ('"x-tenant": "blue"' in seen, '"x-trace-id": "t-1"' in seen) == (True, True)
    assert ("x-api-key" in seen, "x-forwarded-prefix" in seen, "cookie" in seen) == (False, False, False)


async def test_a_users_token_goes_to_no_server_of_a_users_own(
    client: httpx2.AsyncClient, server: FakeMcpServer
) -> None:
    config = {"headers": {"Authorization": "Bearer {{user.token}}"}}

    thought = await ask_server(client, entry(server.url, config=config), "Use fake_unavailable")

    assert "only to servers of the catalogue" in thought["message"]
    assert server.methods == []


async def test_failures_and_results_are_text_for_the_model(client: httpx2.AsyncClient, server: FakeMcpServer) -> None:
    failed = await ask_server(client, entry(server.url), "Use broken")
    drawn = await ask_server(client, entry(server.url), "Use picture")

    assert failed["error"]
    assert "the tank is empty" in failed["message"]
    assert "image image/png" in drawn["message"]


async def test_a_long_result_ends_at_the_servers_limit(client: httpx2.AsyncClient, server: FakeMcpServer) -> None:
    thought = await ask_server(client, entry(server.url, tools_tokens_size_limit=100), "Use long_story")

    assert len(thought["message"]) < 1000
    assert "Truncated" in thought["message"]


async def test_a_server_that_is_away_costs_its_tools_and_not_the_answer(client: httpx2.AsyncClient) -> None:
    assistant = await make_assistant(client, mcp_servers=[entry("http://127.0.0.1:9/mcp")])

    answer = await ask(client, assistant, "Say 'still here'")

    assert (answer["success"], answer["generated"]) == (True, "still here")


async def test_two_servers_with_one_tool_are_told_apart(client: httpx2.AsyncClient, server: FakeMcpServer) -> None:
    assistant = await make_assistant(
        client, mcp_servers=[entry(server.url), entry(server.url, name="other one", tools=["add"])]
    )

    answer = await ask(client, assistant, "Use other_one_add with a = 3 and b = 4")

    assert [thought["author_name"] for thought in answer["thoughts"]] == ["other one: add"]


async def test_a_connection_is_used_again_by_its_owner_and_by_nobody_else(
    client: httpx2.AsyncClient, server: FakeMcpServer, make_user: MakeUser
) -> None:
    servers = [entry(server.url)]
    assistant = await make_assistant(client, mcp_servers=servers, shared=True, is_global=False)
    await ask(client, assistant, "Use add with a = 1 and b = 1")
    opened = server.connections

    await asyncio.gather(*(ask(client, assistant, "Use add with a = 1 and b = 1") for _ in range(3)))
    again = server.connections
    stranger = await make_user()
    await ask(stranger, await make_assistant(stranger, mcp_servers=servers), "Use add with a = 1 and b = 1")

    assert again == opened
    assert server.connections > opened


async def test_a_server_that_was_restarted_is_connected_to_anew(client: httpx2.AsyncClient) -> None:
    fake = FakeMcpServer()
    async with running(fake):
        assistant = await make_assistant(client, mcp_servers=[entry(fake.url)])
        await ask(client, assistant, "Use add with a = 1 and b = 1")

    async with running(fake):
        answer = await ask(client, assistant, "Use remember with text = 'me'")

    assert "Remembered: me" in answer["thoughts"][0]["message"]
