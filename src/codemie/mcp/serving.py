"""We as an MCP server: abilities of the platform as tools of any MCP client, over streamable HTTP.

A request carries everything it needs, so any replica answers it. The SDK is loaded when the first client comes.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from codemie import __version__
from codemie.identity.caller import Caller
from codemie.kernel import row_security
from codemie.kernel.errors import CodeMieError
from codemie.kernel.telemetry import get_logger
from codemie.kernel.tools import ToolResult

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

log = get_logger(__name__)

_CALLER = "codemie.caller"
_MAX_BODY_BYTES = 4 * 2**20
_CLOSING_SECONDS = 5.0

Report = Callable[[float, str], Awaitable[None]]
"""Tells the client how far a call has come: a number that grows, and a text."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One call of an ability."""

    caller: Caller
    request: Request
    arguments: dict[str, Any]
    report: Report


@dataclass(frozen=True, slots=True)
class Ability:
    """Something a client may call.

    Args:
        name: of the tool.
        title: for people.
        description: when and how to use it, for a model.
        parameters: JSON Schema of the arguments.
        call: does it; raises `CodeMieError` for what the client should know.
        reads_only: whether it changes nothing.
    """

    name: str
    title: str
    description: str
    parameters: dict[str, Any]
    call: Callable[[Asked], Awaitable[ToolResult]]
    reads_only: bool = True


class McpServing:
    """The server of one process.

    Args:
        abilities: what it offers.
        instructions: told to every client.
    """

    def __init__(self, abilities: Sequence[Ability], instructions: str) -> None:
        self._abilities = {ability.name: ability for ability in abilities}
        self._instructions = instructions
        self._closing = asyncio.Event()
        self._starting = asyncio.Lock()
        self._manager: StreamableHTTPSessionManager | None = None
        self._owner: asyncio.Task[None] | None = None

    def answer(self, caller: Caller) -> Response:
        """The response to one request of an authenticated caller."""
        return _Handover(self, caller)

    async def close(self) -> None:
        """End what runs."""
        self._closing.set()
        if self._owner is not None:
            _, pending = await asyncio.wait([self._owner], timeout=_CLOSING_SECONDS)
            if pending:
                self._owner.cancel()

    async def serve(self, scope: Scope, receive: Receive, send: Send, caller: Caller) -> None:
        """Let the SDK answer; its handlers find the caller in the scope."""
        scope[_CALLER] = caller
        manager = await self._started()
        await manager.handle_request(scope, receive, send)

    async def _started(self) -> "StreamableHTTPSessionManager":
        async with self._starting:
            if self._manager is None:
                ready: asyncio.Future[StreamableHTTPSessionManager] = asyncio.get_running_loop().create_future()
                self._owner = asyncio.create_task(self._own(ready))
                self._manager = await ready
        return self._manager

    async def _own(self, ready: "asyncio.Future[StreamableHTTPSessionManager]") -> None:
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

        manager = StreamableHTTPSessionManager(self._protocol(), stateless=True, max_request_body_size=_MAX_BODY_BYTES)
        async with manager.run():
            ready.set_result(manager)
            await self._closing.wait()

    def _protocol(self) -> Any:
        from mcp.server.lowlevel import Server

        return Server(
            "codemie",
            version=__version__,
            title="CodeMie",
            instructions=self._instructions,
            on_list_tools=self._list,
            on_call_tool=self._call,
        )

    async def _list(self, _context: Any, _params: Any) -> Any:
        import mcp_types as types

        return types.ListToolsResult(
            tools=[
                types.Tool(
                    name=ability.name,
                    title=ability.title,
                    description=ability.description,
                    input_schema=ability.parameters,
                    annotations=types.ToolAnnotations(
                        title=ability.title,
                        read_only_hint=ability.reads_only,
                        destructive_hint=False,
                        open_world_hint=False,
                    ),
                )
                for ability in self._abilities.values()
            ]
        )

    async def _call(self, context: Any, params: Any) -> Any:
        import mcp_types as types

        from mcp import MCPError

        ability = self._abilities.get(params.name)
        if ability is None:
            raise MCPError(types.INVALID_PARAMS, f"Unknown tool: {str(params.name)[:100]}")
        result = await self._attempt(ability, context, params.arguments or {})
        return types.CallToolResult(content=[types.TextContent(text=result.text)], is_error=result.is_error)

    async def _attempt(self, ability: Ability, context: Any, arguments: dict[str, Any]) -> ToolResult:
        flaw = best_match(Draft202012Validator(ability.parameters).iter_errors(arguments))
        if flaw is not None:
            return ToolResult(f"The arguments do not fit: {flaw.json_path}: {flaw.message[:500]}", is_error=True)
        request: Request = context.request

        async def report(progress: float, message: str) -> None:
            await context.session.report_progress(progress, message=message)

        asked = Asked(request.scope[_CALLER], request, arguments, report)
        try:
            # The SDK's tasks are not the request's: say once more for whom they work.
            with row_security.acting(asked.caller.reach):
                return await ability.call(asked)
        except CodeMieError as error:
            return ToolResult(str(error), is_error=True)
        except Exception:  # a client of the protocol must get an answer, and never our internals
            log.exception("mcp_ability_failed", ability=ability.name)
            return ToolResult("The call failed unexpectedly.", is_error=True)


class _Handover(Response):
    """A response that the SDK writes."""

    def __init__(self, serving: McpServing, caller: Caller) -> None:
        super().__init__()
        self._serving = serving
        self._caller = caller

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._serving.serve(scope, receive, send, self._caller)
