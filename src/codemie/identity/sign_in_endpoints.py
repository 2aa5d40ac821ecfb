"""Routes that begin and end a session."""

import base64
import html
import json
from contextlib import suppress
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, BackgroundTasks, Depends, Path, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from codemie.identity import local_accounts, origin, web_sessions
from codemie.identity.authentication import CallerDep
from codemie.identity.oidc import SingleSignOn
from codemie.identity.runtime import Identity
from codemie.identity.schemas import (
    Credentials,
    EmailVerified,
    ForgottenPassword,
    MailedToken,
    PasswordChange,
    PasswordReset,
    Registration,
    SignedIn,
)
from codemie.identity.sign_in_problems import SIGN_IN_PAGE
from codemie.identity.tokens import IssuedToken
from codemie.kernel.errors import CodeMieError, NotAuthenticated, NotFound
from codemie.kernel.http import Message, Public, resources

SINGLE_SIGN_ON = "/v1/auth/sign-in"
PROXY_COOKIES = "_oauth2_proxy"
"""Start of the names of oauth2-proxy's session cookies."""


async def get_identity(request: Request) -> Identity:
    """The room's runtime."""
    identity: Identity = resources(request).identity
    return identity


IdentityDep = Annotated[Identity, Depends(get_identity)]


async def refuse_foreign_pages(request: Request, identity: IdentityDep) -> None:
    """Another site's page must not sign its visitors in as somebody else, nor out."""
    origin.refuse_foreign(request.method, request.headers, identity.authenticator.trusted_origins)


async def require_local_accounts(identity: IdentityDep) -> None:
    """Passwords are the identity provider's business where there is one: these routes are not there then."""
    if identity.single_sign_on is not None:
        raise NotFound("Accounts are not kept here", help="Sign in at the identity provider: GET /v1/auth/sign-in.")


async def get_address(request: Request, identity: IdentityDep) -> str:
    """The client's address; never from a header that anybody can send."""
    return identity.addresses.of(request)


AddressDep = Annotated[str, Depends(get_address)]

router = APIRouter(tags=["sign-in"])
local = APIRouter(
    prefix="/v1/local-auth",
    tags=["sign-in"],
    dependencies=[Depends(require_local_accounts), Depends(refuse_foreign_pages)],
)


@local.post("/login", dependencies=[Public])
async def login(
    body: Credentials, request: Request, response: Response, identity: IdentityDep, address: AddressDep
) -> SignedIn:
    """Exchange a password for an access token, in the answer and as a cookie."""
    token, user = await local_accounts.login(identity, body.email, body.password, address)
    set_cookie(request, response, identity, token)
    return SignedIn(access_token=token.text, user=user)


@local.post("/register", dependencies=[Public])
async def register(
    body: Registration, request: Request, response: Response, identity: IdentityDep, address: AddressDep
) -> SignedIn | Message:
    """Create an account, where the administrator lets visitors do that."""
    signed_in = await local_accounts.register(identity, body, address)
    if signed_in is None:
        return Message(message="Registration successful. Check your mail to confirm your address.")
    token, user = signed_in
    set_cookie(request, response, identity, token)
    return SignedIn(access_token=token.text, user=user)


@local.post("/verify-email", dependencies=[Public])
async def verify_email(body: MailedToken, request: Request, response: Response, identity: IdentityDep) -> EmailVerified:
    """Confirm an e-mail address."""
    token, _ = await local_accounts.verify_email(identity, body.token)
    set_cookie(request, response, identity, token)
    return EmailVerified(message="Email verified", access_token=token.text)


@local.post("/forgot-password", dependencies=[Public])
async def forgot_password(
    body: ForgottenPassword, later: BackgroundTasks, identity: IdentityDep, address: AddressDep
) -> Message:
    """Ask for a mail to set a new password."""
    local_accounts.require_mail_request(identity, address)
    later.add_task(local_accounts.forgot_password, identity, body.email, address)
    return Message(message="If the address belongs to an account, a mail is on its way.")


@local.post("/reset-password", dependencies=[Public])
async def reset_password(body: PasswordReset, identity: IdentityDep) -> Message:
    """Set a new password with the mailed token."""
    await local_accounts.reset_password(identity, body.token, body.new_password)
    return Message(message="Password has been reset. Sign in with the new one.")


@local.post("/change-password")
async def change_password(
    body: PasswordChange,
    request: Request,
    response: Response,
    caller: CallerDep,
    identity: IdentityDep,
    address: AddressDep,
) -> Message:
    """Set a new password. Every other session ends; a browser's own goes on."""
    token = await local_accounts.change_password(identity, caller, body.current_password, body.new_password, address)
    if identity.settings.cookie_name in request.cookies:
        set_cookie(request, response, identity, token)
    return Message(message="Password changed")


@local.post("/logout")
async def logout(request: Request, response: Response, _: CallerDep, identity: IdentityDep) -> Message:
    """End this session."""
    if token := _sent_token(request, identity):
        await local_accounts.logout(identity, token)
    response.delete_cookie(identity.settings.cookie_name, path="/")
    return Message(message="Signed out")


@local.get("/.well-known/jwks.json", dependencies=[Public])
async def public_keys(identity: IdentityDep) -> dict[str, list[dict[str, Any]]]:
    """The keys that verify our access tokens."""
    return {"keys": (await identity.keys.ring()).public_keys()}


@router.get("/v1/user/log_out", dependencies=[Public])
async def log_out(request: Request, identity: IdentityDep) -> RedirectResponse:
    """End the browser's session and go to the sign-in page."""
    if identity.single_sign_on is not None:
        return await _leave_provider(request, identity, identity.single_sign_on)
    target = (identity.frontend_url or "").rstrip("/") + SIGN_IN_PAGE
    answer = RedirectResponse(target, status_code=302)
    token = request.cookies.get(identity.settings.cookie_name)
    if token and not origin.is_foreign(request.headers, identity.authenticator.trusted_origins):
        with suppress(NotAuthenticated):  # It may have expired: nothing to end.
            await local_accounts.logout(identity, token)
        answer.delete_cookie(identity.settings.cookie_name, path="/")
    return answer


async def _leave_provider(request: Request, identity: Identity, sso: SingleSignOn) -> RedirectResponse:
    """End the session here and send the browser to where it ends elsewhere: at the provider, or at the proxy."""
    page = (identity.frontend_url or "").rstrip("/") + SIGN_IN_PAGE
    if origin.is_foreign(request.headers, identity.authenticator.trusted_origins):
        return RedirectResponse(page, status_code=302)
    key = request.cookies.get(identity.settings.cookie_name)
    if key is None:
        with suppress(CodeMieError):  # It may have expired: nothing to end.
            caller = await identity.authenticator.authenticate(request)
            await web_sessions.revoke_token(sso, identity.authenticator.sent_token(request), caller.id)
            identity.authenticator.forget(caller.id)
        return RedirectResponse(identity.settings.sign_out_url or page, status_code=302)
    user_id, elsewhere = await web_sessions.leave(sso, key)
    if user_id is not None:
        identity.authenticator.forget(user_id)
    answer = RedirectResponse(elsewhere or page, status_code=302)
    answer.delete_cookie(identity.settings.cookie_name, path="/")
    return answer


_CONTINUE = """<!doctype html><meta charset="utf-8"><title>CodeMie</title>
<p>A program on this computer asks to use CodeMie as you.</p>
<p><a href="{path}">Continue</a>, or close this page if you did not start it.</p>"""


@router.get(
    "/v1/auth/login/{port}",
    dependencies=[Public],
    response_class=RedirectResponse,
    status_code=302,
    responses={302: {"description": "To the command line on this machine, or to the sign-in page first"}},
)
async def command_line_login(
    port: Annotated[int, Path(ge=1, le=65535)], request: Request, identity: IdentityDep
) -> Response:
    """Hand a token to the command line that waits on this port of the user's machine.

    The official CLI opens this page in a browser and requires ``cookies`` in what it receives. It gets a token of its
    own, so signing out in the browser leaves it alone. A visitor who is not signed in goes to the sign-in page first.
    """
    sso = identity.single_sign_on
    if sso is not None and origin.is_foreign(request.headers, identity.authenticator.trusted_origins):
        # On the way back from the provider the browser calls this foreign, too: only a click tells the difference.
        return HTMLResponse(_CONTINUE.format(path=html.escape(request.url.path)), headers={"Cache-Control": "no-store"})
    origin.require_own_page(request.headers, identity.authenticator.trusted_origins)
    try:
        caller = await identity.authenticator.authenticate(request)
    except NotAuthenticated:
        page = (identity.frontend_url or "").rstrip("/") + (SINGLE_SIGN_ON if sso else SIGN_IN_PAGE)
        return RedirectResponse(f"{page}?next={quote(request.url.path)}", status_code=302)
    if sso is None:
        token = await local_accounts.token_for_command_line(identity, caller)
        cookies = {identity.settings.cookie_name: token.text}
    elif key := request.cookies.get(identity.settings.cookie_name):
        cookies = {identity.settings.cookie_name: await web_sessions.key_for_command_line(sso, key)}
    else:
        cookies = {name: value for name, value in request.cookies.items() if name.startswith(PROXY_COOKIES)}
    handed = {"provider": identity.settings.mode, "cookies": cookies}
    encoded = base64.b64encode(json.dumps(handed).encode()).decode()
    answer = RedirectResponse(f"http://localhost:{port}/auth?token={quote(encoded, safe='')}", status_code=302)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def set_cookie(request: Request, response: Response, identity: Identity, token: IssuedToken) -> None:
    """Let the browser keep the token where scripts cannot read it."""
    settings = identity.settings
    keep_key(request, response, identity, settings.cookie_name, token.text, int(settings.token_hours * 3600))


def keep_key(request: Request, response: Response, identity: Identity, name: str, value: str, seconds: int) -> None:
    """Set a cookie that no script reads and no other site's page sends along with what it posts."""
    settings = identity.settings
    by_https = request.url.scheme == "https" or (identity.frontend_url or "").startswith("https:")
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path="/",
        secure=by_https if settings.cookie_secure is None else settings.cookie_secure,
        httponly=True,
        samesite="lax",
    )
    response.headers["Cache-Control"] = "no-store"


def _sent_token(request: Request, identity: Identity) -> str | None:
    """The token the caller was authenticated by; None for a development identity."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else request.cookies.get(identity.settings.cookie_name)


router.include_router(local)
