"""Routes that try an MCP server out before it is saved."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from codemie.assistants import trials
from codemie.assistants.runtime import CipherDep
from codemie.identity.authentication import CallerDep
from codemie.identity.projects_use import require_usable
from codemie.integrations.runtime import VaultDep
from codemie.kernel.http import resources
from codemie.mcp.borrowing import Lend, ServerPurse
from codemie.mcp.endpoints import AskingDep, RuntimeDep
from codemie.mcp.schemas import CheckServer, ServerChecked
from codemie.parts.schemas import McpServer, ToolKit

router = APIRouter(prefix="/v1/assistants", tags=["MCP"])

_ASSISTANT = Query(description="Whose stored secrets stand for masks; the caller must be allowed to change it.")
_SKILL = Query(description="The same of a skill.")
_PROJECT = Query(description="Where an integration is found that the server names by its alias.", max_length=255)


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


async def _lend(
    request: Request, caller: CallerDep, vault: VaultDep, project: Annotated[str | None, _PROJECT] = None
) -> Lend:
    """Whoever tries a server has written it down."""
    database = resources(request).database
    if project:
        async with database.session() as session:
            await require_usable(session, caller, project)
    where = project or caller.default_project
    return ServerPurse(database, vault, caller, where, "connection test of an MCP server")


LendDep = Annotated[Lend, Depends(_lend)]


@router.post("/mcp_tools")
async def list_server_tools(
    runtime: RuntimeDep, asked: AskingDep, completed: CompletionDep, lend: LendDep, body: McpServer
) -> list[ToolKit]:
    """What a server offers, before it is saved in an assistant."""
    return [await runtime.client.toolkit(await completed(body), asked, lend)]


@router.post("/mcp/test")
async def test_server(
    runtime: RuntimeDep, asked: AskingDep, completed: CompletionDep, lend: LendDep, body: CheckServer
) -> ServerChecked:
    """Whether a server can be reached; 422 tells why not."""
    toolkit = await runtime.client.toolkit(await completed(body.mcp_server), asked, lend)
    return ServerChecked(success=True, message=f"Connected. The server offers {len(toolkit.tools)} tools.")
