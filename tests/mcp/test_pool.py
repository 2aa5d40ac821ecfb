"""Connections to MCP servers: bounded in number, time and size."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from starlette.responses import PlainTextResponse, Response

from codemie.kernel.errors import CodeMieError, Unavailable
from codemie.mcp.failures import CallTimedOut, ConnectionFailed
from codemie.mcp.pool import SessionPool
from codemie.mcp.settings import McpSettings
from codemie.mcp.target import Target
from tests.fakes.mcp_server import FakeMcpServer, running
from tests.support import until

Pool = Callable[..., SessionPool]


@pytest.fixture
async def pool() -> AsyncIterator[Pool]:
    async with AsyncExitStack() as stack:

        def make(**settings: Any) -> SessionPool:
            made = SessionPool(McpSettings(egress_allow=("127.0.0.1/32",), **settings))
            stack.push_async_callback(made.close)
            return made

        yield make


@pytest.fixture
async def server() -> AsyncIterator[FakeMcpServer]:
    async with running(FakeMcpServer()) as started:
        yield started


def at(server: FakeMcpServer, **fields: Any) -> Target:
    return Target("fake", "streamable-http", url=server.url, **fields)


async def test_a_call_that_takes_too_long_is_given_up(pool: Pool, server: FakeMcpServer) -> None:
    async with pool(call_seconds=0.3).use(at(server), "anna") as session:
        with pytest.raises(CallTimedOut, match="did not answer in time"):
            await session.call("sleepy", {})


async def test_more_connections_than_allowed_are_refused_while_all_are_busy(pool: Pool, server: FakeMcpServer) -> None:
    small = pool(max_connections=1)

    async with small.use(at(server), "anna"):
        with pytest.raises(Unavailable, match="Too many MCP servers"):
            async with small.use(at(server), "bert"):
                pass

    async with small.use(at(server), "bert") as session:  # anna's is idle now and makes room
        assert await session.tools()


async def test_an_unused_connection_is_closed(pool: Pool, server: FakeMcpServer) -> None:
    short = pool(idle_seconds=0.1)
    async with short.use(at(server), "anna") as session:
        await session.tools()

    async def closed() -> bool:
        return len(short) == 0 and not session.is_open

    await until(closed, what="the end of the idle connection")


async def test_a_server_for_single_use_is_connected_to_each_time(pool: Pool, server: FakeMcpServer) -> None:
    several = pool()
    for _ in range(2):
        async with several.use(at(server, single_use=True), "anna") as session:
            await session.tools()

    assert (server.connections, len(several)) == (2, 0)


async def test_an_answer_without_end_is_cut_off(pool: Pool) -> None:
    def flood(_: dict[str, str]) -> Response:
        return PlainTextResponse("x" * 200_000, media_type="application/json")

    async with running(FakeMcpServer(flood)) as server:
        with pytest.raises(CodeMieError):
            async with pool(max_answer_bytes=2**16, connect_seconds=3).use(at(server), "anna"):
                pass


async def test_a_server_that_never_answers_is_given_up(pool: Pool) -> None:
    target = Target("fake", "stdio", command=("sleep", "60"))

    with pytest.raises(ConnectionFailed, match="was not ready within"):
        async with pool(connect_seconds=0.3).use(target, "anna"):
            pass


async def test_secrets_of_a_server_are_not_shown(server: FakeMcpServer) -> None:
    target = at(server, headers=(("Authorization", "Bearer planted"),), environment=(("KEY", "planted"),))

    assert "planted" not in repr(target)
