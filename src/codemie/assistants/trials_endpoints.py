"""Routes that try an MCP server out before it is saved."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from codemie.assistants import trials
from codemie.assistants.runtime import CipherDep
from codemie.identity.authentication import CallerDep
from codemie.kernel.http import resources
from codemie.mcp.endpoints import AskingDep, RuntimeDep
from codemie.mcp.schemas import CheckServer, ServerChecked
from codemie.parts.schemas import McpServer, ToolKit

router = APIRouter(prefix="/v1/assistants", tags=["MCP"])

_ASSISTANT = Query(description="Whose stored secrets stand for masks; the caller must be allowed to change it.")
_SKILL = Query(description="The same of a skill.")


Completion = Callable[[McpServer], Awaitable[dict[str, Any]]]
"""Gives a server in the clear, with the secrets of what the request names."""


async def _completion(
    request: Request,
    caller: CallerDep,
    cipher: CipherDep,
    assistant_id: Annotated[str | None, _ASSISTANT] = None,
    skill_id: Annotated[str | None, _SKILL] = None,
) -> Completion:
    async def completed(server: McpServer) -> dict[str, Any]:
        database, sent = resources(request).database, server.model_dump(mode="json")
        return await trials.completed(database, caller, cipher, sent, assistant_id=assistant_id, skill_id=skill_id)

    return completed


CompletionDep = Annotated[Completion, Depends(_completion)]


@router.post("/mcp_tools")
async def list_server_tools(
    runtime: RuntimeDep, asked: AskingDep, completed: CompletionDep, body: McpServer
) -> list[ToolKit]:
    """What a server offers, before it is saved in an assistant."""
    return [await runtime.client.toolkit(await completed(body), asked)]


@router.post("/mcp/test")
async def test_server(
    runtime: RuntimeDep, asked: AskingDep, completed: CompletionDep, body: CheckServer
) -> ServerChecked:
    """Whether a server can be reached; 422 tells why not."""
    toolkit = await runtime.client.toolkit(await completed(body.mcp_server), asked)
    return ServerChecked(success=True, message=f"Connected. The server offers {len(toolkit.tools)} tools.")
