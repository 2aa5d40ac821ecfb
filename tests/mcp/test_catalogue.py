"""The catalogue of MCP servers, over HTTP, and its entries in chats."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from sqlalchemy import text
from starlette.responses import Response

from codemie.kernel.database import Database
from tests.conftest import MakeUser
from tests.conversations.chatting import ask, make_assistant
from tests.fakes.mcp_server import FakeMcpServer, running
from tests.support import Platform


@pytest.fixture
async def server() -> AsyncIterator[FakeMcpServer]:
    async with running(FakeMcpServer()) as started:
        yield started


def body(**fields: Any) -> dict[str, Any]:
    config = {
        "url": "https://mcp.example.com/mcp",
        "type": "streamable-http",
        "headers": {"X-Custom-Header": "blue", "Authorization": "Bearer {{user.token}}"},
        "single_usage": True,
        "audience": "tickets",
    }
    return {
        "name": f"Server {uuid.uuid4().hex[:8]}",
        "categories": ["a"],
        "config": {**config, **fields.pop("config", {})},
        **fields,
    }


async def create(client: httpx2.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await client.post("/v1/mcp-configs", json=body(**fields))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_an_entry_keeps_what_it_was_given(client: httpx2.AsyncClient) -> None:
    made = await create(client, is_public=True, description="Tickets")

    shown = (await client.get(f"/v1/mcp-configs/{made['id']}")).json()

    assert shown == made
    assert (shown["config"]["type"], shown["config"]["single_usage"], shown["config"]["audience"]) == (
        "streamable-http", True, "tickets",
    )  # fmt: skip
    assert shown["config"]["headers"] == {"X-Custom-Header": "blue", "Authorization": "Bearer {{user.token}}"}
    assert (shown["usage_count"], shown["is_active"], shown["warnings"]) == (0, True, [])
    assert set(shown["created_by"]) == {"id", "username", "name"}


async def test_the_list_is_paged_searched_and_filtered(client: httpx2.AsyncClient) -> None:
    mark = uuid.uuid4().hex
    for number in range(3):
        await create(client, name=f"{mark} {number}", categories=[mark[:10]], is_public=number > 0)

    page = (await client.get("/v1/mcp-configs", params={"search": mark, "per_page": 2})).json()
    public = (await client.get("/v1/mcp-configs", params={"search": mark, "is_public": True})).json()
    grouped = (await client.get("/v1/mcp-configs", params={"category": mark[:10]})).json()

    assert (page["total"], page["page"], page["per_page"]) == (3, 0, 2)
    assert [row["name"] for row in page["configs"]] == [f"{mark} 0", f"{mark} 1"]
    assert (public["total"], grouped["total"]) == (2, 3)
    assert (await client.get("/v1/mcp-configs", params={"per_page": 101})).status_code == 422


async def test_people_see_what_is_offered_to_them_and_change_nothing(
    client: httpx2.AsyncClient, make_user: MakeUser
) -> None:
    offered, hidden = await create(client, is_public=True), await create(client)
    user = await make_user()

    assert (await user.get(f"/v1/mcp-configs/{offered['id']}")).status_code == 200
    absent = await user.get(f"/v1/mcp-configs/{hidden['id']}")
    listed = (await user.get("/v1/mcp-configs", params={"search": hidden["name"], "active_only": False})).json()
    refused = [
        await user.post("/v1/mcp-configs", json=body()),
        await user.put(f"/v1/mcp-configs/{offered['id']}", json={"name": "x"}),
        await user.delete(f"/v1/mcp-configs/{offered['id']}"),
        await user.post(f"/v1/mcp-configs/{offered['id']}/clone", json=body()),
    ]

    assert absent.status_code == 404
    assert hidden["id"] in absent.json()["error"]["details"]
    assert listed["configs"] == []
    assert [answer.status_code for answer in refused] == [403] * 4


async def test_secrets_are_sealed_masked_and_kept_when_the_mask_is_sent_back(
    client: httpx2.AsyncClient, database: Database
) -> None:
    config = {
        "headers": {"X-Api-Key": "planted-header"},
        "auth_config": {"id": uuid.uuid4().hex, "client_id": "us", "client_secret": "planted-secret"},
    }
    made = await create(client, config=config)
    back = {**made["config"], "single_usage": False}

    changed = (await client.put(f"/v1/mcp-configs/{made['id']}", json={"config": back})).json()
    copied = await client.post(f"/v1/mcp-configs/{made['id']}/clone", json=body(config=back))

    async with database.session() as session:
        stored = str(await session.scalar(text("SELECT config FROM mcp_configs WHERE id = :id"), {"id": made["id"]}))
    assert copied.status_code == 201, copied.text
    for answer in (made, changed, copied.json()):
        assert answer["config"]["headers"]["X-Api-Key"] == "********"
        assert answer["config"]["auth_config"]["has_client_secret"] is True
        assert "client_secret" not in answer["config"]["auth_config"]
    assert "planted" not in stored
    assert copied.json()["usage_count"] == 0


async def test_names_and_sign_in_ids_are_used_once(client: httpx2.AsyncClient) -> None:
    sign_in = {"auth_config": {"id": uuid.uuid4().hex}}
    made = await create(client, config=sign_in)

    named = await client.post("/v1/mcp-configs", json=body(name=made["name"].upper()))
    signing = await client.post("/v1/mcp-configs", json=body(config=sign_in))
    cloned = await client.post(f"/v1/mcp-configs/{made['id']}/clone", json=body(name=made["name"]))
    unknown = await client.post(f"/v1/mcp-configs/{uuid.uuid4()}/clone", json=body())
    other = await create(client)
    renamed = await client.put(f"/v1/mcp-configs/{other['id']}", json={"name": made["name"]})

    assert (named.status_code, signing.status_code, renamed.status_code) == (400, 409, 400)
    assert "already exists" in named.json()["error"]["message"]
    assert (cloned.status_code, unknown.status_code) == (400, 404)


async def test_an_entry_in_use_is_not_deleted(client: httpx2.AsyncClient, server: FakeMcpServer) -> None:
    made = await create(client, config={"url": server.url, "headers": {}})
    assistant = await make_assistant(client, mcp_servers=[{"name": "it", "mcp_config_id": made["id"]}])

    used = (await client.get(f"/v1/mcp-configs/{made['id']}")).json()["usage_count"]
    refused = await client.delete(f"/v1/mcp-configs/{made['id']}")
    await client.delete(f"/v1/assistants/{assistant}")
    deleted = await client.delete(f"/v1/mcp-configs/{made['id']}")

    assert (used, refused.status_code) == (1, 409)
    assert deleted.json() == {"status": "deleted", "id": made["id"]}
    assert (await client.delete(f"/v1/mcp-configs/{made['id']}")).status_code == 404


async def test_an_assistant_uses_an_entry_with_values_of_its_own(
    client: httpx2.AsyncClient, server: FakeMcpServer
) -> None:
    made = await create(
        client,
        config={
            "url": server.url,
            "headers": {"X-Tenant": "{{TENANT}}", "X-Fixed": "{{FIXED}}"},
            "env": {"FIXED": "f"},
        },
        required_env_vars=[{"name": "TENANT", "description": "Which tenant"}],
    )
    own = {"env": {"TENANT": "blue", "FIXED": "changed"}, "url": "http://127.0.0.1:9/elsewhere"}
    assistant = await make_assistant(client, mcp_servers=[{"name": "it", "mcp_config_id": made["id"], "config": own}])

    seen = (await ask(client, assistant, "Use seen_headers"))["thoughts"][0]["message"]

    assert ('"x-tenant": "blue"' in seen, '"x-fixed": "f"' in seen) == (True, True)


async def test_a_server_can_be_tried_before_it_is_saved(client: httpx2.AsyncClient, server: FakeMcpServer) -> None:
    entry = {"name": "it", "config": {"url": server.url, "type": "streamable-http"}}
    away = {"name": "it", "config": {"url": "http://127.0.0.1:9/mcp", "type": "streamable-http"}}

    toolkits = (await client.post("/v1/assistants/mcp_tools", json=entry)).json()
    tried = (await client.post("/v1/assistants/mcp/test", json={"mcp_server": entry})).json()
    failed = [
        await client.post("/v1/assistants/mcp_tools", json=away),
        await client.post("/v1/assistants/mcp/test", json={"mcp_server": away}),
    ]

    assert (toolkits[0]["toolkit"], toolkits[0]["label"]) == ("MCP", "it")
    assert {"add", "remember"} <= {tool["name"] for tool in toolkits[0]["tools"]}
    assert tried["success"] is True
    assert [answer.status_code for answer in failed] == [422, 422]
    assert "cannot be reached" in failed[1].json()["error"]["message"]


async def test_a_stored_secret_is_tried_without_being_typed_again(
    client: httpx2.AsyncClient, make_user: MakeUser
) -> None:
    def guard(headers: dict[str, str]) -> Response | None:
        return None if headers.get("x-api-key") == "planted" else Response("Wrong key", 403)

    async with running(FakeMcpServer(guard)) as server:
        config = {"url": server.url, "headers": {"X-Api-Key": "planted"}, "type": "streamable-http"}
        assistant = await make_assistant(client, mcp_servers=[{"name": "it", "config": config}])
        shown = (await client.get(f"/v1/assistants/id/{assistant}")).json()["mcp_servers"][0]
        bodies = {"mcp/test": {"mcp_server": shown}, "mcp_tools": shown}
        stranger = await make_user()

        async def tried(by: httpx2.AsyncClient, **query: str) -> list[int]:
            answers = [
                await by.post(f"/v1/assistants/{path}", json=body, params=query) for path, body in bodies.items()
            ]
            return [answer.status_code for answer in answers]

        assert shown["config"]["headers"] == {"X-Api-Key": "********"}
        assert await tried(client) == [422, 422]
        assert await tried(client, assistant_id=assistant) == [200, 200]
        assert await tried(stranger, assistant_id=assistant) == [401, 401]
        for change in ({"url": f"{server.url}/elsewhere"}, {"env": {"HOST": "elsewhere"}}):
            moved = {**shown, "config": {**shown["config"], **change}}
            answer = await client.post("/v1/assistants/mcp_tools", json=moved, params={"assistant_id": assistant})
            assert (answer.status_code, "Enter its tokens" in answer.json()["error"]["help"]) == (422, True)


async def test_managed_servers_come_from_a_file(client: httpx2.AsyncClient, platform: Platform) -> None:
    file = platform.home / "managed-mcp-servers.yaml"
    none = (await client.get("/v1/mcp/managed-servers")).json()
    file.write_text(
        "servers:\n"
        "  - {name: tickets, transport: http, url: https://x.test/mcp, auth: oauth, clients: [claude-desktop]}\n"
        "  - {name: time, transport: stdio, url: '', oauth: {clientId: c, authorizationUrl: a, tokenUrl: t}}\n"
        "  - {name: not a name, transport: http, url: https://x.test}\n"
    )
    try:
        listed = (await client.get("/v1/mcp/managed-servers", params={"client": "claude-desktop"})).json()
        others = (await client.get("/v1/mcp/managed-servers", params={"client": "other"})).json()
    finally:
        file.unlink()

    assert none == []
    assert [server["name"] for server in listed] == ["tickets", "time"]
    assert [server["name"] for server in others] == ["time"]
