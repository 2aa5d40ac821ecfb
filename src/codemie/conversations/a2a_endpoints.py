"""Routes of the Agent2Agent protocol."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from codemie.conversations import a2a, agent_cards
from codemie.conversations.chat_endpoints import chat_room
from codemie.identity.authentication import CallerDep
from codemie.kernel.database import DatabaseDep, SessionDep
from codemie.kernel.http import resources
from codemie.toolkits.runtime import WorkbenchDep

router = APIRouter(prefix="/v1/a2a/assistants", tags=["A2A"])


@router.get("/fetch")
async def fetch_card(
    request: Request,
    caller: CallerDep,
    bench: WorkbenchDep,
    url: Annotated[str, Query(min_length=1, max_length=2000)],
    project_name: str,
    integration_id: str | None = None,
) -> dict[str, Any]:
    """The card of an agent on another server, to make an assistant of."""
    return await agent_cards.offered(resources(request).conversations, bench, caller, project_name, url, integration_id)


@router.get("/{assistant_id}/.well-known/agent.json")
async def agent_card(assistant_id: str, request: Request, caller: CallerDep, session: SessionDep) -> dict[str, Any]:
    """The agent card of an assistant."""
    assistant = await a2a.usable(session, caller, assistant_id)
    return a2a.card(assistant, str(request.base_url).rstrip("/"))


@router.post("/{assistant_id}")
async def call_agent(assistant_id: str, request: Request, caller: CallerDep, database: DatabaseDep) -> JSONResponse:
    """One JSON-RPC request: `tasks/send` or `tasks/get`."""
    async with database.session() as session:
        await a2a.usable(session, caller, assistant_id)
    identifier: Any = None
    try:
        call = _parsed(await request.body())
        identifier = call.get("id")
        result = await a2a.answer(chat_room(request), caller, assistant_id, call)
    except a2a.RpcError as error:
        problem = {"code": error.code, "message": error.message}
        return JSONResponse({"jsonrpc": "2.0", "id": identifier, "error": problem}, status_code=400)
    return JSONResponse({"jsonrpc": "2.0", "id": identifier, "result": result})


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        call: Any = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise a2a.RpcError(a2a.PARSE_ERROR, "The body is not JSON.") from error
    if not isinstance(call, dict):
        raise a2a.RpcError(a2a.INVALID_REQUEST, "The request is not an object.")
    return call
