"""MCP servers on this machine, whose tools the agent offers beside its own.

A task of its own owns each connection, because the protocol's streams must be left by the task that entered them. A
server that ends is started again by the next call.
"""

import asyncio
import base64
import json
import re
import tempfile
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

from codemie import __version__
from codemie.kernel.errors import UpstreamFailed
from codemie.kernel.tools import Effect, Picture, Tool, ToolResult
from codemie.plugins.agent.console import printable
from codemie.plugins.agent.mcp_entries import ServerEntry
from codemie.plugins.agent.tools import AgentTool, Arguments

if TYPE_CHECKING:
    import mcp_types
    from mcp.client.client import Client

CONNECT_SECONDS = 30.0
CALL_SECONDS = 300.0
CLOSING_SECONDS = 8.0
LISTEN_AGAIN_SECONDS = 5.0
MAX_TOOLS = 256
MAX_NAME = 64
_MOST_PAGES = 50


class ServerFailed(UpstreamFailed):
    """An MCP server of this machine does not start, or ended."""

    title = "The MCP server failed"


@dataclass(slots=True)
class _Link:
    """One open connection."""

    client: "asyncio.Future[Client]"
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    owner: "asyncio.Task[None] | None" = None

    @property
    def is_open(self) -> bool:
        return self.owner is not None and not self.owner.done() and not self.closing.is_set()

    async def close(self) -> None:
        self.closing.set()
        if self.owner is not None:
            _, late = await asyncio.wait([self.owner], timeout=CLOSING_SECONDS)
            for task in late:
                task.cancel()


class McpServer:
    """One server.

    Args:
        entry: how it is reached.
        folder: where a command runs.
        changed: called when it says that it has other tools now.
    """

    def __init__(self, entry: ServerEntry, folder: Path, changed: Callable[[], None]) -> None:
        self._entry = entry
        self._folder = folder
        self._changed = changed
        self._link: _Link | None = None
        self._opening = asyncio.Lock()

    async def tools(self) -> list[AgentTool]:
        """Start it and ask what it offers.

        Raises:
            ServerFailed: it does not start or does not say.
        """
        found: list[mcp_types.Tool] = []
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            async with self._asking() as client:
                page = await client.list_tools(cursor=cursor)
            found += page.tools
            cursor = page.next_cursor
            if cursor is None or len(found) >= MAX_TOOLS:
                break
        return [self._offered(tool) for tool in found[:MAX_TOOLS]]

    async def close(self) -> None:
        """End the connection; a command is stopped."""
        if self._link is not None:
            await self._link.close()

    def _offered(self, tool: "mcp_types.Tool") -> AgentTool:
        async def call(arguments: Arguments) -> ToolResult:
            async with self._asking() as client:
                return _read(await client.call_tool(tool.name, arguments, read_timeout_seconds=CALL_SECONDS))

        def show(arguments: Arguments) -> str:
            return f"use {tool.name} of {self._entry.name}: {json.dumps(arguments, ensure_ascii=False, default=str)}"

        described = Tool(
            exposed_name(tool.name),
            tool.description or tool.name,
            tool.input_schema,
            call,
            timeout_seconds=CALL_SECONDS,
            effect=_effect(tool),
        )
        return AgentTool(described, "mcp", show)

    @asynccontextmanager
    async def _asking(self) -> "AsyncGenerator[Client]":
        """One request; failures of the protocol become ours. A connection that failed is not used again."""
        import anyio
        from mcp_types import CONNECTION_CLOSED

        from mcp import MCPError

        link = await self._opened()
        try:
            yield link.client.result()
        except MCPError as error:
            if error.code == CONNECTION_CLOSED or error.message == "Session terminated":
                raise await self._lost(link) from error
            raise ServerFailed(details=f"'{self._entry.name}' refuses: {printable(error.message)}") from error
        except (anyio.ClosedResourceError, anyio.BrokenResourceError) as error:
            raise await self._lost(link) from error

    async def _lost(self, link: _Link) -> ServerFailed:
        await link.close()
        return ServerFailed(
            f"The connection to the MCP server '{self._entry.name}' was lost",
            help="The call may or may not have had its effect: check before you repeat it.",
        )

    async def _opened(self) -> _Link:
        async with self._opening:
            if self._link is None or not self._link.is_open:
                link = _Link(asyncio.get_running_loop().create_future())
                link.owner = asyncio.create_task(self._own(link))
                await asyncio.shield(link.client)
                self._link = link
            return self._link

    async def _own(self, link: _Link) -> None:
        """Open, stay until told to close, close."""
        from mcp.client.client import Client
        from mcp_types import Implementation

        with tempfile.TemporaryFile("w+", prefix="codemie-agent-") as said:
            try:
                async with AsyncExitStack() as stack:
                    async with asyncio.timeout(CONNECT_SECONDS):
                        client = Client(
                            await self._transport(stack, said),
                            read_timeout_seconds=CONNECT_SECONDS,
                            client_info=Implementation(name="codemie-agent", version=__version__),
                            cache=None,
                            message_handler=self._hear,
                        )
                        await stack.enter_async_context(client)
                    link.client.set_result(client)
                    following = asyncio.create_task(self._follow_changes(client))
                    try:
                        await link.closing.wait()
                    finally:
                        following.cancel()
                        await asyncio.wait([following])
            except BaseException as error:  # the task of the connection: whoever waits must learn of any end
                if not link.client.done():
                    link.client.set_exception(self._failed(error, said))
                    link.client.exception()
                if isinstance(error, asyncio.CancelledError):
                    raise

    async def _hear(self, message: object) -> None:
        """How servers before version 2026-07-28 of the protocol tell of other tools."""
        from mcp_types import ToolListChangedNotification

        if isinstance(message, ToolListChangedNotification):
            self._changed()

    async def _follow_changes(self, client: "Client") -> None:
        """How later ones do; one that cannot tell has the tools that it had."""
        from mcp.client.subscriptions import ListenNotSupportedError, SubscriptionLost

        from mcp import MCPError

        while True:
            try:
                async with client.listen(tools_list_changed=True) as changes:
                    async for _ in changes:
                        self._changed()
                return
            except (ListenNotSupportedError, MCPError, TimeoutError):
                return
            except SubscriptionLost:
                await asyncio.sleep(LISTEN_AGAIN_SECONDS)
                self._changed()  # what was said in between is lost

    async def _transport(self, stack: AsyncExitStack, said: TextIO) -> Any:
        entry = self._entry
        if entry.command:
            from mcp.client.stdio import StdioServerParameters, stdio_client

            command, *arguments = entry.command
            environment = dict(entry.environment)
            return stdio_client(
                StdioServerParameters(command=command, args=arguments, env=environment, cwd=self._folder), errlog=said
            )
        if entry.transport == "sse":
            from mcp.client.sse import sse_client

            return sse_client(entry.url, headers=dict(entry.headers), sse_read_timeout=CALL_SECONDS)
        import httpx2
        from mcp.client.streamable_http import streamable_http_client

        timeout = httpx2.Timeout(CONNECT_SECONDS, read=CALL_SECONDS)
        http = await stack.enter_async_context(httpx2.AsyncClient(headers=dict(entry.headers), timeout=timeout))
        return streamable_http_client(entry.url, http_client=http)

    def _failed(self, error: BaseException, said: TextIO) -> ServerFailed:
        while isinstance(error, BaseExceptionGroup):
            error = cast("BaseException", error.exceptions[0])
        if isinstance(error, TimeoutError):
            reason = f"not ready within {CONNECT_SECONDS:g} seconds"
        else:
            reason = f"{type(error).__name__} {error}".strip()
        said.seek(0)
        lines = said.read(100_000).strip().splitlines()
        last = f" It said: {printable(lines[-1], 300)}" if lines else ""
        return ServerFailed(
            f"The MCP server '{self._entry.name}' does not start", details=f"{printable(reason, 300)}.{last}"
        )


def exposed_name(name: str) -> str:
    """What the platform calls a tool: `files.read` → `_files_read`. A `.` would break the subject."""
    bare = re.sub(r"[^A-Za-z0-9_-]", "_", name)
    return (bare if bare.startswith("_") else f"_{bare}")[:MAX_NAME]


def _effect(tool: "mcp_types.Tool") -> Effect:
    """What the server says of it; one that says nothing may do anything, as the protocol has it."""
    hints = tool.annotations
    if hints is not None and hints.read_only_hint:
        return "reads"
    return "writes" if hints is not None and hints.destructive_hint is False else "destroys"


def _read(result: "mcp_types.CallToolResult") -> ToolResult:
    texts: list[str] = []
    pictures: list[Picture] = []
    for item in result.content:
        match item.type:
            case "text":
                texts.append(item.text)
            case "image":
                pictures.append(Picture(item.mime_type, base64.b64decode(item.data)))
            case "resource":
                texts.append(getattr(item.resource, "text", None) or f"[a resource: {item.resource.uri}]")
            case "resource_link":
                texts.append(str(item.uri))
            case _:
                texts.append(f"[{item.type}]")
    return ToolResult("\n".join(texts), is_error=bool(result.is_error), pictures=tuple(pictures))
