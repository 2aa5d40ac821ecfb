"""Routes of signing in at MCP servers."""

from html import escape
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse

from codemie.identity.authentication import CallerDep
from codemie.kernel.database import SessionDep
from codemie.kernel.errors import CodeMieError, InvalidInput, NotFound
from codemie.kernel.http import Public, WireModel, resources
from codemie.mcp import sign_in_repository
from codemie.mcp.asking import public_origin
from codemie.mcp.runtime import McpRuntime
from codemie.mcp.sign_ins import ATTEMPT_SECONDS, CALLBACK

router = APIRouter(prefix="/v1/mcp-auth", tags=["MCP"])

_COOKIE = "codemie_mcp_sign_in"
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body style="font-family: system-ui; max-width: 32rem; margin: 15vh auto; padding: 0 1rem">
<h1 style="font-size: 1.3rem">{title}</h1><p>{text}</p></body></html>"""


class AuthDisabled(CodeMieError):
    """Signing in at servers is switched off, or this way of it is not offered."""

    status = 503
    title = "MCP sign-in is not available"

    def __init__(self, feature: str, state: str, action: str) -> None:
        super().__init__(details=action)
        self._body = {"feature": feature, "state": state, "action": action}

    def envelope(self) -> dict[str, Any]:
        """The protocol's own form."""
        return self._body


class SignInDisabled(WireModel):
    """What is not available, and what to do about it."""

    feature: str
    state: str
    action: str


class SignInStarted(WireModel):
    """Where to send the browser; it must be the one that asked."""

    authorization_url: str
    auth_config_id: str
    expires_in: int = ATTEMPT_SECONDS


class SignInStatus(WireModel):
    """Whether the caller is signed in at a server."""

    mcp_config_id: str | None
    auth_config_id: str
    status: str


async def _enabled(request: Request) -> McpRuntime:
    runtime: McpRuntime = resources(request).mcp
    if not runtime.settings.auth_enabled:
        raise AuthDisabled("mcp_auth", "disabled", "An administrator can set mcp.auth_enabled.")
    return runtime


RuntimeDep = Annotated[McpRuntime, Depends(_enabled)]
Id = Annotated[str | None, Query(max_length=100)]
_PAGES: dict[int | str, dict[str, Any]] = {
    status: {"content": {"text/html": {}}, "description": "A page that says why the sign-in failed."}
    for status in (400, 403, 502)
}
_OFF: dict[int | str, dict[str, Any]] = {503: {"model": SignInDisabled, "description": "Not available."}}


@router.post("/oauth2/initiate", responses=_OFF | {502: {"description": "Its sign-in server refuses us."}})
async def start(
    request: Request,
    response: Response,
    caller: CallerDep,
    runtime: RuntimeDep,
    auth_config_id: Id = None,
    mcp_config_id: Id = None,
) -> SignInStarted:
    """Begin to sign in at a server that asked for it."""
    server_id, config_id = await _server(runtime, auth_config_id, mcp_config_id)
    preset = await runtime.preset(config_id)
    origin = public_origin(resources(request).settings, request)
    started = await runtime.sign_ins.start(caller.id, server_id, origin + CALLBACK, preset)
    secure = origin.startswith("https://")
    response.set_cookie(
        _COOKIE, started.browser_key, max_age=ATTEMPT_SECONDS, httponly=True, secure=secure, samesite="lax", path="/"
    )
    return SignInStarted(authorization_url=started.address, auth_config_id=server_id)


@router.get("/oauth2/callback", dependencies=[Public], response_class=HTMLResponse, responses=_OFF | _PAGES)
async def finish(
    request: Request,
    runtime: RuntimeDep,
    state: str = "",
    code: str = "",
    error: str = "",
    iss: str | None = None,
) -> HTMLResponse:
    """The sign-in server sends the browser here."""
    try:
        if error or not code or not state:
            raise InvalidInput("The sign-in was not completed", details=error[:200] or "The answer holds no code.")
        name = await runtime.sign_ins.finish(state, request.cookies.get(_COOKIE, ""), code, iss)
    except CodeMieError as problem:
        return _page("Not signed in", str(problem), problem.status)
    answer = _page("Signed in", f"You are signed in at '{name}'. Close this tab and send your message again.", 200)
    answer.delete_cookie(_COOKIE, path="/")
    return answer


@router.get("/status", responses=_OFF)
async def read_status(
    caller: CallerDep, runtime: RuntimeDep, auth_config_id: Id = None, mcp_config_id: Id = None
) -> SignInStatus:
    """Whether the caller is signed in at a server."""
    server_id, config_id = await _server(runtime, auth_config_id, mcp_config_id)
    signed_in = await runtime.sign_ins.is_signed_in(caller.id, server_id)
    status = "authenticated" if signed_in else "authentication_required"
    return SignInStatus(mcp_config_id=config_id, auth_config_id=server_id, status=status)


@router.delete("/sign-ins/{auth_config_id}", status_code=204, responses=_OFF)
async def sign_out(session: SessionDep, caller: CallerDep, runtime: RuntimeDep, auth_config_id: str) -> None:
    """Forget the caller's tokens at a server (ours)."""
    await runtime.sign_ins.forget(session, caller.id, auth_config_id)


@router.post("/oauth2/callback-diagnostics", dependencies=[Public], responses=_OFF)
async def diagnose() -> SignInDisabled:
    """Reports of browsers about failed sign-ins: the callback page shows the reason itself."""
    raise AuthDisabled("mcp_auth_diagnostics", "unsupported", "Read the reason on the page the sign-in ended at.")


@router.post("/saml/initiate", dependencies=[Public], responses=_OFF)
async def start_saml() -> SignInDisabled:
    """Servers that ask for SAML are not supported."""
    raise _no_saml()


@router.post("/saml/acs", dependencies=[Public], responses=_OFF)
async def finish_saml() -> SignInDisabled:
    """Servers that ask for SAML are not supported."""
    raise _no_saml()


@router.get("/saml/metadata", dependencies=[Public], responses=_OFF)
async def describe_saml() -> SignInDisabled:
    """Servers that ask for SAML are not supported."""
    raise _no_saml()


def _no_saml() -> AuthDisabled:
    return AuthDisabled("mcp_auth_saml", "unsupported", "Use a server that offers OAuth 2.1.")


async def _server(runtime: McpRuntime, auth_config_id: str | None, mcp_config_id: str | None) -> tuple[str, str | None]:
    async with runtime.database.session() as session:
        if auth_config_id:
            found = await sign_in_repository.server(session, auth_config_id)
        elif mcp_config_id:
            found = next(iter(await sign_in_repository.servers_of(session, mcp_config_id)), None)
        else:
            raise InvalidInput("Which server?", details="Give auth_config_id or mcp_config_id.")
    if found is None:
        raise NotFound("MCP server not found", details="No server of this id has asked for a sign-in.")
    return found.id, found.config_id


def _page(title: str, text: str, status: int) -> HTMLResponse:
    return HTMLResponse(_PAGE.format(title=escape(title), text=escape(text)), status_code=status)
