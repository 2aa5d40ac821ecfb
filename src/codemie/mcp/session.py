"""One open connection to an MCP server.

A task of its own owns it, because the protocol's streams must be left by the task that entered them; whoever uses the
connection only sends requests through it.
"""

import asyncio
import os
import tempfile
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2

from codemie import __version__
from codemie.kernel.egress_http import guarded_client
from codemie.mcp.failures import (
    CallTimedOut,
    Challenge,
    ConnectionLost,
    ServerFailed,
    SignInNeeded,
    why_not_connected,
)
from codemie.mcp.settings import McpSettings
from codemie.mcp.target import Target

if TYPE_CHECKING:
    from mcp.client.client import Client
    from mcp_types import CallToolResult, Tool

_CLOSING_SECONDS = 8.0
_MOST_PAGES = 50
_SESSION_GONE = "Session terminated"


class Session:
    """A connection, opened by `open`.

    Args:
        target: the server.
        settings: its limits.
    """

    def __init__(self, target: Target, settings: McpSettings) -> None:
        self.target = target
        self._settings = settings
        self._ready: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
        self._closing = asyncio.Event()
        self._challenge: Challenge | None = None
        self._tools: list[Tool] | None = None
        self._listing = asyncio.Lock()
        self._owner = asyncio.create_task(self._own())

    @property
    def is_open(self) -> bool:
        """Whether a request can be sent."""
        return not self._owner.done() and not self._closing.is_set()

    async def ready(self) -> "Session":
        """Wait for the handshake.

        Raises:
            SignInNeeded: the server wants the caller to sign in.
            ConnectionFailed: there is no connection.
        """
        await asyncio.shield(self._ready)
        return self

    async def close(self) -> None:
        """End the connection; a command is stopped."""
        self._closing.set()
        _, pending = await asyncio.wait([self._owner], timeout=_CLOSING_SECONDS)
        if pending:
            self._owner.cancel()

    async def tools(self) -> "list[Tool]":
        """The server's tools, asked for once per connection.

        Raises:
            ServerFailed: the server does not list them.
        """
        async with self._listing:
            if self._tools is None:
                self._tools = await self._list()
            return self._tools

    async def call(self, name: str, arguments: dict[str, Any]) -> "CallToolResult":
        """Run a tool.

        Raises:
            CallTimedOut: it took too long.
            ConnectionLost: the connection ended meanwhile.
            ServerFailed: the server refuses the call.
        """
        async with self._asking() as client:
            return await client.call_tool(name, arguments, read_timeout_seconds=self._settings.call_seconds)

    async def _list(self) -> "list[Tool]":
        found: list[Tool] = []
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            async with self._asking() as client:
                page = await client.list_tools(cursor=cursor)
            found += page.tools
            cursor = page.next_cursor
            if cursor is None or len(found) >= self._settings.max_tools:
                break
        return found[: self._settings.max_tools]

    @asynccontextmanager
    async def _asking(self) -> "AsyncGenerator[Client]":
        """One request; failures of the protocol become ours."""
        import anyio
        from mcp_types import CONNECTION_CLOSED, REQUEST_TIMEOUT

        from mcp import MCPError

        if not self.is_open:
            raise ConnectionLost(details=f"'{self.target.name}' is not connected.", refused=True)
        try:
            yield await asyncio.shield(self._ready)
        except MCPError as error:
            if self._challenge is not None:
                self._closing.set()
                raise SignInNeeded(self.target.name, self._challenge) from error
            if error.code == REQUEST_TIMEOUT:
                raise CallTimedOut(f"The MCP server '{self.target.name}' did not answer in time") from error
            if error.code == CONNECTION_CLOSED or error.message == _SESSION_GONE:
                raise self._lost(refused=error.message == _SESSION_GONE) from error
            raise ServerFailed(
                f"The MCP server '{self.target.name}' refused the request", details=error.message[:500]
            ) from error
        except (anyio.ClosedResourceError, anyio.BrokenResourceError) as error:
            raise self._lost(refused=False) from error

    def _lost(self, *, refused: bool) -> ConnectionLost:
        self._closing.set()
        return ConnectionLost(
            f"The connection to the MCP server '{self.target.name}' was lost",
            help="The call may or may not have had its effect: check before you repeat it.",
            refused=refused,
        )

    async def _own(self) -> None:
        """Open, stay until told to close, close."""
        from mcp.client.client import Client
        from mcp_types import Implementation

        seconds = self._settings.connect_seconds
        try:
            async with AsyncExitStack() as stack:
                async with asyncio.timeout(seconds):
                    transport = await self._transport(stack)
                    client = Client(
                        transport,
                        read_timeout_seconds=seconds,
                        client_info=Implementation(name="codemie", version=__version__),
                        cache=None,
                    )
                    await stack.enter_async_context(client)
                self._ready.set_result(client)
                await self._closing.wait()
        except BaseException as error:  # the task of the session: whoever waits for it must learn of any end
            if not self._ready.done():
                self._ready.set_exception(self._why(error))
                # Asked for or not: an unread failure must not be reported as forgotten.
                self._ready.exception()
            if isinstance(error, asyncio.CancelledError):
                raise

    def _why(self, error: BaseException) -> Exception:
        if self._challenge is not None:
            return SignInNeeded(self.target.name, self._challenge)
        return why_not_connected(self.target.name, error, self._settings.connect_seconds)

    async def _transport(self, stack: AsyncExitStack) -> Any:
        target = self.target
        if target.transport == "stdio":
            return self._command(stack)
        if target.transport == "sse":
            from mcp.client.sse import sse_client

            read_seconds = self._settings.idle_seconds + self._settings.call_seconds
            return sse_client(
                target.url,
                timeout=self._settings.connect_seconds,
                sse_read_timeout=read_seconds,
                httpx_client_factory=lambda headers=None, timeout=None, auth=None: self._http(  # noqa: ARG005 - theirs
                    timeout or httpx2.Timeout(self._settings.connect_seconds)
                ),
            )
        from mcp.client.streamable_http import streamable_http_client

        timeout = httpx2.Timeout(self._settings.connect_seconds, read=self._settings.call_seconds)
        http = await stack.enter_async_context(self._http(timeout))
        return streamable_http_client(target.url, http_client=http)

    def _command(self, stack: AsyncExitStack) -> Any:
        """The program in an empty folder of its own, its complaints unread."""
        from mcp.client.stdio import StdioServerParameters, stdio_client

        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="codemie-mcp-"))
        silent = stack.enter_context(Path(os.devnull).open("w"))  # noqa: SIM115 - the stack closes it
        command, *arguments = self.target.command
        environment = dict(self.target.environment)
        return stdio_client(
            StdioServerParameters(command=command, args=arguments, env=environment, cwd=folder), errlog=silent
        )

    def _http(self, timeout: httpx2.Timeout) -> httpx2.AsyncClient:
        client = guarded_client(
            self._settings.egress(),
            headers=dict(self.target.headers),
            timeout=timeout,
            max_bytes=self._settings.max_answer_bytes,
            event_streams=True,
        )
        client.event_hooks = {"response": [self._look]}
        return client

    async def _look(self, response: httpx2.Response) -> None:
        """Remember a demand to sign in: the protocol's own error does not carry it."""
        header = response.headers.get("www-authenticate", "")
        if response.status_code == 401 or (response.status_code == 403 and "insufficient_scope" in header):
            self._challenge = Challenge(response.status_code, header)
