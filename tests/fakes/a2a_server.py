"""An agent on another server, as the Agent2Agent protocol has them, that can be told to misbehave."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.fakes.mcp_server import serve
from tests.support import free_port

SKILL = {"id": "echo", "name": "Echo", "description": "Says it again", "tags": ["test"]}


@dataclass
class FakeAgent:
    """Echoes what it is told.

    Attributes:
        states: what its tasks are in, one after the other, each time somebody asks; the last one stays.
        received: every JSON-RPC request.
        wants: header and value without which nothing is answered.
        headers: of the last request.
    """

    port: int = field(default_factory=free_port)
    card: dict[str, Any] = field(default_factory=dict)
    states: list[str] = field(default_factory=lambda: ["completed"])
    received: list[dict[str, Any]] = field(default_factory=list)
    silent_seconds: float = 0
    wants: tuple[str, str] | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def describe(self, **fields: Any) -> dict[str, Any]:
        """Its card, and from now on the one it gives."""
        self.card = {
            "name": "Echo", "description": "Says it again", "url": f"{self.url}/rpc", "version": "1.2.3",
            "capabilities": {"streaming": False}, "skills": [SKILL], "vendorField": {"kept": True}, **fields,
        }  # fmt: skip
        return self.card

    async def answer(self, request: Request) -> Response:
        """One JSON-RPC request, of either version of the protocol."""
        if not self._admits(request):
            return Response(status_code=401)
        await asyncio.sleep(self.silent_seconds)
        call = await request.json()
        self.received.append(call)
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if state == "refused":
            problem = {"code": -32603, "message": "Out of order"}
            return JSONResponse({"jsonrpc": "2.0", "id": call["id"], "error": problem}, 400)
        if state == "broken":
            return Response("<html>", 502)
        heard = next(one["params"]["message"] for one in self.received if "message" in one["params"])
        said = f"You said: {heard['parts'][0]['text']}"
        task: dict[str, Any] = {"id": "task-1", "status": {"state": state}}
        if state == "completed":
            task["artifacts"] = [{"parts": [{"type": "text", "text": said}]}]
        elif state == "message":
            task = {"kind": "message", "role": "agent", "parts": [{"kind": "text", "text": said}]}
        else:
            task["status"]["message"] = {"role": "agent", "parts": [{"type": "text", "text": f"{state}: {said}"}]}
        return JSONResponse({"jsonrpc": "2.0", "id": call["id"], "result": task})

    def _admits(self, request: Request) -> bool:
        self.headers = dict(request.headers)
        return self.wants is None or request.headers.get(self.wants[0]) == self.wants[1]

    async def show(self, request: Request) -> Response:
        """Its card."""
        if not self._admits(request):
            return Response(status_code=401)
        await asyncio.sleep(self.silent_seconds)
        return Response(json.dumps(self.card), media_type="application/json")


@asynccontextmanager
async def remote_agent() -> AsyncGenerator[FakeAgent]:
    """The agent on a loopback port, until the block ends."""
    agent = FakeAgent()
    agent.describe()

    async def onwards(request: Request) -> Response:
        return RedirectResponse(request.query_params["to"])

    routes = [
        Route("/old/.well-known/agent.json", agent.show),
        Route("/new/.well-known/agent-card.json", agent.show),
        Route("/card.json", agent.show),
        Route("/onwards.json", onwards),
        Route("/rpc", agent.answer, methods=["POST"]),
    ]
    async with serve(Starlette(routes=routes), agent.port):
        yield agent
