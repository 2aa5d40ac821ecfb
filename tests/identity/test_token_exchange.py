"""MCP servers with an audience: the person's token is exchanged for one of the server's, and never sent as it is."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
from joserfc import jwt
from tests.conversations.chatting import ask, make_assistant
from tests.fakes.mcp_server import FakeMcpServer, running
from tests.fakes.oidc_issuer import FakeIssuer
from tests.identity.single_sign_on import somebody
from tests.support import Platform

from codemie.identity.provider import Provider
from codemie.identity.single_sign_on_settings import SingleSignOnSettings
from codemie.identity.token_exchange import ExchangeRefused, TokenExchange


@pytest.fixture
async def server() -> AsyncIterator[FakeMcpServer]:
    async with running(FakeMcpServer()) as started:
        yield started


async def thoughts(
    platform: Platform, issuer: FakeIssuer, token: str, server: FakeMcpServer, *questions: str, **config: Any
) -> list[str]:
    """What the tools of a catalogue's server said, asked with this token."""
    listed = {
        "name": f"Server {uuid.uuid4().hex[:8]}",
        "is_public": True,
        "config": {
            "url": server.url,
            "type": "streamable-http",
            "headers": {"Authorization": "Bearer {{user.token}}"},
            **config,
        },
    }
    async with platform.client(issuer.token(somebody(realm_access={"roles": ["admin"]}))) as admin:
        made = await admin.post("/v1/mcp-configs", json=listed)
    assert made.status_code == 201, made.text
    async with platform.client(token) as client:
        servers = [{"name": "fake", "mcp_config_id": made.json()["id"]}]
        assistant = await make_assistant(client, mcp_servers=servers)
        return [(await ask(client, assistant, question))["thoughts"][0]["message"] for question in questions]


async def test_a_server_with_an_audience_gets_a_token_for_it_alone(
    every_login: Platform, issuer: FakeIssuer, server: FakeMcpServer
) -> None:
    audience, person = f"tickets-{uuid.uuid4().hex[:8]}", somebody()
    issuer.exchangeable.add(audience)
    token, before = issuer.token(person), issuer.exchanges

    said = await thoughts(
        every_login, issuer, token, server, *2 * ["Use add with a = 20 and b = 22"], audience=audience
    )

    sent = server.headers["authorization"].removeprefix("Bearer ")
    claims = jwt.decode(sent, issuer.rsa, algorithms=["RS256"]).claims
    assert all("sum is 42" in each for each in said)
    assert sent != token
    assert (claims["aud"], claims["sub"]) == (audience, person.subject)
    assert issuer.exchanges == before + 1, "it is used while it lasts"


async def test_where_nothing_is_exchanged_the_server_is_refused_and_sees_no_token(
    every_login: Platform, issuer: FakeIssuer, server: FakeMcpServer
) -> None:
    [said] = await thoughts(
        every_login, issuer, issuer.token(somebody()), server, "Use fake_unavailable", audience="nobody-knows"
    )

    assert "gives out no token for 'nobody-knows'" in said
    assert not server.methods


async def test_without_an_audience_the_token_goes_as_it_is(
    every_login: Platform, issuer: FakeIssuer, server: FakeMcpServer
) -> None:
    token = issuer.token(somebody())

    await thoughts(every_login, issuer, token, server, "Use add with a = 1 and b = 1")

    assert server.headers["authorization"] == f"Bearer {token}"


async def test_a_platform_that_is_no_client_of_the_provider_exchanges_nothing() -> None:
    settings = SingleSignOnSettings.model_validate({"oidc_issuer": "http://127.0.0.1:9"})

    with pytest.raises(ExchangeRefused, match="No token for the audience") as refused:
        await TokenExchange(Provider(settings), is_client=False)("planted", "tickets")

    assert "identity.oidc_client_id" in str(refused.value)
    assert "planted" not in str(refused.value)
