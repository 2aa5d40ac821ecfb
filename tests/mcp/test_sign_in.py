"""Signing in at MCP servers: a faithful authorization server, browsers as cookie jars."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from sqlalchemy import text

from codemie.kernel.database import Database
from tests.conftest import MakeUser
from tests.conversations.chatting import ask, make_assistant
from tests.fakes.mcp_server import running
from tests.fakes.oauth_server import FakeAuthorizationServer
from tests.support import Platform


@pytest.fixture
async def provider() -> AsyncIterator[FakeAuthorizationServer]:
    fake = FakeAuthorizationServer()
    async with running(fake.server, fake.routes()):
        yield fake


def server_of(provider: FakeAuthorizationServer, **fields: Any) -> dict[str, Any]:
    config = {"url": provider.server.url, "type": "streamable-http"}
    return {"name": "guarded", "description": None, "config": config, **fields}


async def demanded(client: httpx2.AsyncClient, assistant: str) -> dict[str, Any]:
    """What the server says about signing in, as a chat request is told."""
    answer = await client.post(f"/v1/assistants/{assistant}/model", json={"text": "Hello", "stream": True})
    assert answer.status_code == 401, answer.text
    assert answer.json()["error"] == "authentication_required"
    (server,) = answer.json()["servers"]
    return dict(server)


async def sign_in(client: httpx2.AsyncClient, platform: Platform, server_id: str) -> httpx2.Response:
    """As a browser would: begin, go to the sign-in server, come back with its cookie."""
    started = await client.post("/v1/mcp-auth/oauth2/initiate", params={"auth_config_id": server_id})
    assert started.status_code == 200, started.text
    async with platform.client(cookies=dict(started.cookies)) as browser:
        back = await browser.get(started.json()["authorization_url"], follow_redirects=False)
        assert back.status_code == 302, back.text
        return await browser.get(back.headers["location"])


async def test_a_person_signs_in_once_and_uses_the_server(
    client: httpx2.AsyncClient, platform: Platform, provider: FakeAuthorizationServer
) -> None:
    assistant = await make_assistant(client, mcp_servers=[server_of(provider)])

    server = await demanded(client, assistant)
    page = await sign_in(client, platform, server["auth_config_id"])
    answer = await ask(client, assistant, "Use add with a = 40 and b = 2")

    assert server["mcp_server_name"] == "guarded"
    assert (server["auth_type"], server["status"], server["as_hostname"]) == (
        "oauth2", "authentication_required", "127.0.0.1",
    )  # fmt: skip
    assert set(server) == {
        "mcp_config_id", "mcp_config_name", "mcp_server_name", "auth_config_id", "auth_type", "as_hostname", "status",
        "error_context", "initiate_url",
    }  # fmt: skip
    assert page.status_code == 200
    assert "signed in at &#x27;guarded&#x27;" in page.text
    assert "The sum is 42." in answer["thoughts"][0]["message"]
    assert provider.registrations[0]["redirect_uris"] == [f"{platform.url}/v1/mcp-auth/oauth2/callback"]


async def test_a_sign_in_is_nobody_elses(
    client: httpx2.AsyncClient, platform: Platform, provider: FakeAuthorizationServer, make_user: MakeUser
) -> None:
    await sign_in(
        client, platform, (await demanded(client, await make_assistant(client, mcp_servers=[server_of(provider)])))[
            "auth_config_id"
        ]
    )  # fmt: skip
    other = await make_user()

    assert await demanded(other, await make_assistant(other, mcp_servers=[server_of(provider)]))


async def test_a_token_that_ends_is_renewed_before_and_one_that_is_rejected_once(
    client: httpx2.AsyncClient, platform: Platform, provider: FakeAuthorizationServer
) -> None:
    provider.lifetime = 30  # less than the minute in which tokens are renewed early
    assistant = await make_assistant(client, mcp_servers=[server_of(provider)])
    await sign_in(client, platform, (await demanded(client, assistant))["auth_config_id"])
    provider.lifetime = 3600

    await ask(client, assistant, "Use add with a = 1 and b = 1")
    early = provider.refreshes
    provider.revoke_access()
    answer = await ask(client, assistant, "Use add with a = 1 and b = 1")

    assert early == 1
    assert provider.refreshes == 2
    assert "The sum is 2." in answer["thoughts"][0]["message"]


async def test_when_nothing_can_be_renewed_the_person_is_asked_again(
    client: httpx2.AsyncClient, platform: Platform, provider: FakeAuthorizationServer
) -> None:
    assistant = await make_assistant(client, mcp_servers=[server_of(provider)])
    server_id = (await demanded(client, assistant))["auth_config_id"]
    await sign_in(client, platform, server_id)
    provider.revoke_all()

    again = await demanded(client, assistant)

    assert (again["auth_config_id"], again["status"]) == (server_id, "session_expired")


async def test_a_link_cannot_make_somebody_sign_in_for_somebody_else(
    client: httpx2.AsyncClient, platform: Platform, provider: FakeAuthorizationServer
) -> None:
    assistant = await make_assistant(client, mcp_servers=[server_of(provider)])
    server_id = (await demanded(client, assistant))["auth_config_id"]
    started = await client.post("/v1/mcp-auth/oauth2/initiate", params={"auth_config_id": server_id})

    async with platform.client() as victim:
        back = await victim.get(started.json()["authorization_url"], follow_redirects=False)
        page = await victim.get(back.headers["location"])
        victim.cookies.update(started.cookies)
        again = await victim.get(back.headers["location"])

    assert (page.status_code, again.status_code) == (403, 400)
    assert "Another browser began this sign-in" in page.text
    status = await client.get("/v1/mcp-auth/status", params={"auth_config_id": server_id})
    assert status.json()["status"] == "authentication_required"


async def test_tokens_are_sealed_and_can_be_forgotten(
    client: httpx2.AsyncClient, platform: Platform, provider: FakeAuthorizationServer, database: Database
) -> None:
    assistant = await make_assistant(client, mcp_servers=[server_of(provider)])
    server_id = (await demanded(client, assistant))["auth_config_id"]
    await sign_in(client, platform, server_id)
    signed_in = await client.get("/v1/mcp-auth/status", params={"auth_config_id": server_id})
    async with database.session() as session:
        stored = await session.scalar(text("SELECT tokens FROM mcp_sign_ins WHERE server_id = :id"), {"id": server_id})

    gone = await client.delete(f"/v1/mcp-auth/sign-ins/{server_id}")
    twice = await client.delete(f"/v1/mcp-auth/sign-ins/{server_id}")

    assert signed_in.json()["status"] == "authenticated"
    assert b"access_token" not in bytes(stored or b"")
    assert (gone.status_code, twice.status_code) == (204, 404)
    assert await demanded(client, assistant)


@pytest.mark.parametrize("lie", ["resource", "issuer"])
async def test_a_server_that_lies_about_itself_gets_no_sign_in(
    client: httpx2.AsyncClient, provider: FakeAuthorizationServer, lie: str
) -> None:
    if lie == "resource":
        provider.resource = "https://bank.example/mcp"
    else:
        provider.issuer = f"{provider.base}/tenant"
    server = await demanded(client, await make_assistant(client, mcp_servers=[server_of(provider)]))

    assert server["status"] == "discovery_failed"
    assert server["error_context"]


async def test_the_sign_in_server_is_asked_with_a_proof_key_and_for_this_server(
    client: httpx2.AsyncClient, provider: FakeAuthorizationServer
) -> None:
    server = await demanded(client, await make_assistant(client, mcp_servers=[server_of(provider)]))
    started = await client.post("/v1/mcp-auth/oauth2/initiate", params={"auth_config_id": server["auth_config_id"]})

    asked = {name: value[0] for name, value in parse_qs(urlsplit(started.json()["authorization_url"]).query).items()}

    assert (asked["code_challenge_method"], asked["resource"]) == ("S256", provider.server.url)
    assert asked["scope"] == "tools.call offline_access"
    assert len(asked["state"]) >= 40


async def test_saml_is_said_to_be_unsupported(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/v1/mcp-auth/saml/initiate")

    assert answer.status_code == 503
    assert set(answer.json()) == {"feature", "state", "action"}
