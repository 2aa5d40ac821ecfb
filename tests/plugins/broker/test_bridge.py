"""Agents that reach the broker over the platform's own port, as a WebSocket."""

import asyncio
import contextlib
import json
import os
import secrets
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from nats.aio.msg import Msg
from sqlalchemy import select

from codemie.identity.tables import ActivityEvent
from codemie.kernel.database import Database
from codemie.plugins.wire.subjects import key_hash, key_mark
from tests.conftest import MakeUser
from tests.plugins.broker.agents import agent, is_let_in
from tests.plugins.broker.test_platform import make_key
from tests.support import ADMIN_EMAIL, ADMIN_PASSWORD, Platform, environment_for, serving, until

CLOSED = {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING}


@pytest.fixture
async def key(make_user: MakeUser) -> str:
    """A key of somebody."""
    person = await make_user("bridged")
    return (await make_key(person, person.email))[0]  # type: ignore[attr-defined]


def uri_of(platform: Platform, prefix: str = "") -> str:
    return f"{platform.url.replace('http', 'ws', 1)}{prefix}/v1/plugin-engine/ws"


@asynccontextmanager
async def socket_to(platform: Platform, **headers: str) -> AsyncGenerator[aiohttp.ClientWebSocketResponse]:
    """A WebSocket that says what a test likes."""
    async with aiohttp.ClientSession() as session, session.ws_connect(uri_of(platform), headers=headers) as socket:
        yield socket


async def said(socket: aiohttp.ClientWebSocketResponse) -> str:
    """All that is said until the end."""
    texts = []
    async with asyncio.timeout(15):
        while (message := await socket.receive()).type not in CLOSED:
            texts.append(message.data.decode())
    return "".join(texts)


@pytest.mark.parametrize("prefix", ["", "/code-assistant-api"])
async def test_an_agent_is_asked_and_answers_over_the_websocket(platform: Platform, key: str, prefix: str) -> None:
    engine = platform.resources.plugins.engine
    assert engine is not None
    async with agent(uri_of(platform, prefix), key) as one:

        async def answer(message: Msg) -> None:
            await message.respond(b"x" * 1_000_000)

        await one.client.subscribe(f"{key}.list", cb=answer)
        await one.client.flush()
        reply = await engine.broker.link.client.request(f"{key}.list", b"", timeout=10)

        assert len(reply.data) == 1_000_000
        assert "permissions violation" in (await one.try_to_subscribe(">")).lower()
    assert not await is_let_in(uri_of(platform), secrets.token_hex(16))


async def test_the_broker_knows_where_a_bridged_agent_comes_from(
    platform: Platform, key: str, database: Database
) -> None:
    gate = platform.resources.plugins.gate
    assert gate is not None
    async with agent(uri_of(platform), key):
        (connection,) = [one for one in await gate.cluster.connections() if one.key_hash == key_hash(key)]

    assert connection.address == "127.0.0.1"
    wrong = secrets.token_hex(16)
    assert not await is_let_in(uri_of(platform), wrong)
    async with database.session() as session:
        events = await session.scalars(select(ActivityEvent).where(ActivityEvent.entity_id == key_mark(wrong)))
        assert [event.attributes["address"] for event in events] == ["127.0.0.1"]


@pytest.fixture(scope="module")
async def proxied(
    tmp_path_factory: pytest.TempPathFactory, postgres_url: str, nats_url: str
) -> AsyncIterator[Platform]:
    """A platform that trusts the proxy before it."""
    home, extra = tmp_path_factory.mktemp("proxied"), {"CODEMIE_IDENTITY_TRUSTED_PROXIES": "127.0.0.1"}
    async with serving(environment_for(home, postgres_url, nats_url, **extra)) as running:
        yield running


async def test_a_proxy_that_is_trusted_tells_the_address(proxied: Platform, key: str) -> None:
    gate = proxied.resources.plugins.gate
    assert gate is not None
    async with socket_to(proxied, **{"X-Forwarded-For": "192.0.2.77"}) as socket:
        await socket.receive()
        options = {"verbose": False, "user": key, "pass": key}
        await socket.send_bytes(f"CONNECT {json.dumps(options)}\r\nPING\r\n".encode())
        assert (await socket.receive()).data == b"PONG\r\n"
        (connection,) = [one for one in await gate.cluster.connections() if one.key_hash == key_hash(key)]

    assert connection.address == "192.0.2.77"


async def test_an_agent_that_was_refused_may_try_again_over_the_same_websocket(platform: Platform, key: str) -> None:
    async with socket_to(platform) as socket:
        for user in (secrets.token_hex(16), key):
            greeting = await socket.receive(timeout=15)
            assert greeting.data.startswith(b"INFO {"), "the official agent waits for this after a refusal"
            options = {"verbose": False, "user": user, "pass": user}
            await socket.send_bytes(f"CONNECT {json.dumps(options)}\r\n".encode())
            await socket.send_bytes(b"PING\r\n")
            answer = await socket.receive(timeout=15)
            assert answer.data.startswith(b"PONG" if user == key else b"-ERR 'Authorization Violation'")


async def test_one_key_does_not_take_the_places_of_all_others(
    platform: Platform, key: str, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codemie.plugins.bridge.MOST_OF_A_KEY", 2)
    person = await make_user("another")
    other = (await make_key(person, person.email))[0]  # type: ignore[attr-defined]
    async with contextlib.AsyncExitStack() as stack:
        for shown, answer in ((key, b"PONG"), (key, b"PONG"), (key, b"-ERR 'Stale Connection'"), (other, b"PONG")):
            socket = await stack.enter_async_context(socket_to(platform))
            await socket.receive(timeout=15)
            options = {"verbose": False, "user": shown, "pass": shown}
            await socket.send_bytes(f"CONNECT {json.dumps(options)}\r\nPING\r\n".encode())
            assert (await socket.receive(timeout=15)).data.startswith(answer)
    assert await is_let_in(uri_of(platform), key), "places are given back"


async def test_a_revoked_key_is_told_so_that_its_agent_comes_back_and_is_refused(platform: Platform, key: str) -> None:
    gate = platform.resources.plugins.gate
    assert gate is not None
    async with socket_to(platform) as socket:
        await socket.receive()
        options = {"verbose": False, "user": key, "pass": key}
        await socket.send_bytes(f"CONNECT {json.dumps(options)}\r\nPING\r\n".encode())
        assert (await socket.receive()).data == b"PONG\r\n"

        assert await gate.cluster.kick_key(key_hash(key)) == 1

        assert "-ERR 'Stale Connection'" in await said(socket)


async def test_agents_come_back_by_themselves_when_the_platform_sends_them_away(
    tmp_path: Path, postgres_url: str, nats_url: str, key: str
) -> None:
    environment = environment_for(tmp_path, postgres_url, nats_url)
    async with serving(environment) as platform:
        options = {"allow_reconnect": True, "max_reconnect_attempts": -1, "reconnect_time_wait": 0.2}
        async with agent(uri_of(platform), key, **options) as one:
            assert platform.resources.plugins.bridge is not None
            await platform.resources.plugins.bridge.farewell()

            async def left() -> bool:
                return not one.client.is_connected

            await until(left, seconds=5, what="the agent's leaving")
            refused = await refusal(platform)
            platform.resources.plugins.bridge._leaving.clear()

            async def is_back() -> bool:
                return one.client.is_connected

            await until(is_back, seconds=10, what="the agent's return")
    assert refused == 503


async def refusal(platform: Platform, **headers: str) -> int:
    """The status with which a WebSocket is refused."""
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with socket_to(platform, **headers):
            pass
    return refused.value.status


async def test_a_page_in_a_browser_is_not_let_in(platform: Platform) -> None:
    assert await refusal(platform, Origin="https://evil.example") == 403


async def test_one_address_cannot_come_too_often(tmp_path: Path, postgres_url: str, nats_url: str) -> None:
    extra = {"CODEMIE_PLUGINS_BRIDGED_PER_MINUTE": "2"}
    async with serving(environment_for(tmp_path, postgres_url, nats_url, **extra)) as platform:
        for _ in range(2):
            async with socket_to(platform):
                pass
        assert await refusal(platform) == 429


@pytest.mark.parametrize(
    "first",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"PING\r\n",
        b"CONNECT not json\r\n",
        b"CONNECT [1]\r\n",
        b"CONNECT " + b"[" * 15_000 + b"\r\n",
        b"\x00\xff" * 20_000,
        b'CONNECT {"user": "engine", "pass": "guessed"}\r\nPING\r\n',
        b'CONNECT {"user": {"a": 1}, "pass": 7, "auth_token": []}\r\nPING\r\n',
        rb'CONNECT {"user": "half a character \ud800", "pass": "x"}' + b"\r\nPING\r\n",
        b'CONNECT {"user": "' + b"k" * 20_000 + b'"}\r\n',
    ],
)
async def test_what_is_no_agent_is_sent_away(platform: Platform, first: bytes) -> None:
    async with socket_to(platform) as socket:
        info = (await socket.receive()).data
        assert info.startswith(b"INFO {")
        assert b"client_ip" not in info
        assert b"127.0.0.1" not in info
        await socket.send_bytes(first)

        heard = await said(socket)

        assert "PONG" not in heard
        assert heard.endswith("-ERR 'Stale Connection'\r\n")


@pytest.mark.process
async def test_a_platform_that_ends_takes_leave_of_its_agents_first(
    tmp_path: Path, postgres_url: str, nats_url: str, key: str
) -> None:
    environment = {**os.environ, **environment_for(tmp_path, postgres_url, nats_url)}
    url = f"ws://127.0.0.1:{environment['CODEMIE_PORT']}/v1/plugin-engine/ws"
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "codemie.cli", "serve", env=environment)
    try:
        async with aiohttp.ClientSession() as session:

            async def connected() -> aiohttp.ClientWebSocketResponse | None:
                with contextlib.suppress(aiohttp.ClientError):
                    return await session.ws_connect(url)
                return None

            socket = await until(connected, seconds=150, what="the platform's start")
            await socket.receive()
            options = {"verbose": False, "user": key, "pass": key}
            await socket.send_bytes(f"CONNECT {json.dumps(options)}\r\nPING\r\n".encode())
            assert (await socket.receive()).data == b"PONG\r\n"

            process.terminate()

            assert (await said(socket)).endswith("-ERR 'Stale Connection'\r\n")
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def test_agents_are_told_an_encrypted_address_behind_a_trusted_proxy(proxied: Platform) -> None:
    token = await proxied.login(ADMIN_EMAIL, ADMIN_PASSWORD)
    async with proxied.client(token) as client:
        headers = {"X-Forwarded-Proto": "https", "Host": "ai.example.com"}
        answer = await client.get("/v1/plugin-engine/connection", headers=headers)

    assert answer.json()["uri"] == "wss://ai.example.com/v1/plugin-engine/ws"
