"""A real MCP server of the official SDK on loopback, over streamable HTTP and SSE, that can be told to fail."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.fakes.mcp_tools import build
from tests.support import free_port, until


class FakeMcpServer:
    """The server's state.

    Args:
        guard: decides, from a request's headers, about an answer other than the server's own.
    """

    def __init__(self, guard: Callable[[dict[str, str]], Response | None] | None = None) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/mcp"
        self.sse_url = f"http://127.0.0.1:{self.port}/sse"
        self.headers: dict[str, str] = {}
        self.connections = 0
        self.methods: list[str] = []
        self.guard = guard
        self.app: Any = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send, inner: ASGIApp) -> None:
        """One request: noted, perhaps refused, else the SDK's."""
        if scope["type"] != "http":
            await inner(scope, receive, send)
            return
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        if scope["path"] in ("/mcp", "/sse"):
            self.headers.clear()
            self.headers.update(headers)
            self.methods.append(scope["method"])
            self.connections += headers.get("mcp-method") == "server/discover"
            if self.guard and (refusal := self.guard(headers)):
                await refusal(scope, receive, send)
                return
        await inner(scope, receive, send)


@asynccontextmanager
async def running(server: FakeMcpServer, routes: Sequence[Route] = ()) -> AsyncGenerator[FakeMcpServer]:
    """The server on its port until the block ends, with other routes beside its own."""
    sdk = build(headers=server.headers)
    http = sdk.streamable_http_app()
    http.router.routes.extend([*sdk.sse_app().routes, *routes])
    async with serve(lambda scope, receive, send: server(scope, receive, send, http), server.port):
        yield server


@asynccontextmanager
async def serve(app: Any, port: int) -> AsyncGenerator[None]:
    """Any ASGI application on a loopback port."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_config=None, interface="asgi3", timeout_graceful_shutdown=1
    )
    process = uvicorn.Server(config)
    process.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    task = asyncio.create_task(process.serve())

    async def started() -> bool:
        return process.started

    await until(started, what="the start of the fake")
    try:
        yield
    finally:
        process.should_exit = True
        process.force_exit = True
        await asyncio.wait_for(task, timeout=10)
