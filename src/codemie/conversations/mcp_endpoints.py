"""The platform as an MCP server: `/mcp`, and `/code-assistant-api/mcp`."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from codemie.conversations.mcp_abilities import ABILITIES, INSTRUCTIONS
from codemie.identity.authentication import authenticate
from codemie.identity.caller import Caller
from codemie.kernel.errors import InvalidInput, NotAuthenticated, NotFound
from codemie.kernel.http import Public, declares_access, resources
from codemie.kernel.request_context import PREFIX
from codemie.mcp.asking import public_origin
from codemie.mcp.serving import McpServing

router = APIRouter(tags=["MCP"])

PATH = "/mcp"
_METADATA = "/.well-known/oauth-protected-resource"
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "What the protocol says: JSON-RPC, whole or as server-sent events.",
        "content": {"application/json": {}, "text/event-stream": {}},
    },
    202: {"description": "A notification was taken."},
    406: {"description": "The client must accept JSON and server-sent events."},
}


@declares_access
async def mcp_caller(request: Request) -> Caller:
    """Who calls; a refusal tells MCP clients where to sign in (RFC 9728)."""
    try:
        return await authenticate(request, None)
    except NotAuthenticated as error:
        if resources(request).identity.single_sign_on is not None:
            where = f"{public_origin(resources(request).settings, request)}{_METADATA}{_own_path(request)}"
            error.headers["WWW-Authenticate"] = f'Bearer resource_metadata="{where}"'
        else:
            error.headers.setdefault("WWW-Authenticate", "Bearer")
        raise


McpCallerDep = Annotated[Caller, Depends(mcp_caller)]


@router.post(PATH, responses=_ANSWERS)
async def call(request: Request, caller: McpCallerDep) -> Response:
    """One message of an MCP client."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise InvalidInput("The body must be JSON", help="Send Content-Type: application/json.")
    return _serving(request).answer(caller)


@router.get(PATH, status_code=405, response_class=Response)
async def listen(_caller: McpCallerDep) -> Response:
    """Messages without a call: there are none."""
    return Response(status_code=405, headers={"Allow": "POST"})


@router.delete(PATH, status_code=405, response_class=Response)
async def leave(_caller: McpCallerDep) -> Response:
    """The end of a session: there are none to end."""
    return Response(status_code=405, headers={"Allow": "POST"})


@router.get(_METADATA + "{resource:path}", dependencies=[Public])
async def describe(request: Request, resource: str) -> dict[str, Any]:
    """Where MCP clients get a token for this server."""
    opened = resources(request)
    prefix = opened.settings.kernel.api_root_path
    if opened.identity.single_sign_on is None or resource not in ("", PATH, prefix + PATH):
        raise NotFound(details="Sign in here with a personal access token.")
    return {
        "resource": public_origin(opened.settings, request) + (resource or PATH),
        "authorization_servers": [opened.settings.identity.oidc_issuer],
        "bearer_methods_supported": ["header"],
        "resource_name": "CodeMie",
    }


@asynccontextmanager
async def open_serving() -> AsyncGenerator[McpServing]:
    """The server of this process; it loads what it needs when the first client comes."""
    serving = McpServing(ABILITIES, INSTRUCTIONS)
    try:
        yield serving
    finally:
        await serving.close()


def _serving(request: Request) -> McpServing:
    serving: McpServing = resources(request).mcp_server
    return serving


def _own_path(request: Request) -> str:
    """The path the client called, second prefix included."""
    return str(request.scope.get(PREFIX, "")) + PATH
