"""Routes of signing in and out at an identity provider."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from codemie.identity import sign_in_problems, web_login, web_sessions
from codemie.identity.oidc import SingleSignOn
from codemie.identity.runtime import Identity
from codemie.identity.sign_in_endpoints import AddressDep, IdentityDep, keep_key
from codemie.kernel.errors import (
    CodeMieError,
    NotFound,
    Unavailable,
    UpstreamFailed,
)
from codemie.kernel.http import Public

router = APIRouter(tags=["sign-in"])


def _single_sign_on(identity: Identity) -> SingleSignOn:
    if identity.single_sign_on is None:
        raise NotFound("Single sign-on is not configured", help="See identity.mode.")
    return identity.single_sign_on


@router.get("/v1/auth/sign-in", dependencies=[Public], response_class=RedirectResponse, status_code=302)
async def sign_in(
    request: Request,
    identity: IdentityDep,
    address: AddressDep,
    next: Annotated[str | None, Query(max_length=2_000)] = None,
) -> RedirectResponse:
    """Go to the identity provider; the browser comes back to ``next``, a path of this platform."""
    try:
        with identity.refusals.watching(address, "redirect"):
            attempt = await web_login.start(_single_sign_on(identity), next)
    except (Unavailable, UpstreamFailed) as error:
        if not sign_in_problems.is_page_visit(request):
            raise
        return sign_in_problems.sign_in_page(identity, error, next)
    answer = RedirectResponse(attempt.address, status_code=302)
    keep_key(request, answer, identity, attempt.cookie_name, attempt.cookie, web_login.ATTEMPT_SECONDS)
    return answer


@router.get("/v1/auth/callback", dependencies=[Public], response_class=RedirectResponse, status_code=302)
async def callback(request: Request, identity: IdentityDep, address: AddressDep) -> RedirectResponse:
    """The identity provider sends the browser here with a code; when it fails, people come to the sign-in page."""
    sso = _single_sign_on(identity)
    try:
        return await _finish(sso, request, identity, address)
    except CodeMieError as error:
        if not sign_in_problems.is_page_visit(request):
            raise
        wanted = web_login.wanted_page(sso, request.query_params, request.cookies)
        return sign_in_problems.sign_in_page(identity, error, wanted)


async def _finish(sso: SingleSignOn, request: Request, identity: Identity, address: str) -> RedirectResponse:
    with identity.refusals.watching(address, "return"):
        opened = await web_login.finish(sso, request.query_params, request.cookies)
    if former := request.cookies.get(identity.settings.cookie_name):
        await web_sessions.leave(sso, former)
    answer = RedirectResponse(opened.next, status_code=302)
    answer.delete_cookie(opened.cookie_name, path="/")
    seconds = int(identity.settings.web_session_hours * 3600)
    keep_key(request, answer, identity, identity.settings.cookie_name, opened.key, seconds)
    return answer


@router.post("/v1/auth/back-channel-logout", dependencies=[Public])
async def back_channel_logout(
    logout_token: Annotated[str, Form(max_length=20_000)], identity: IdentityDep, address: AddressDep
) -> Response:
    """The identity provider tells that somebody signed out there."""
    sso = _single_sign_on(identity)
    with identity.refusals.watching(address, "back_channel_logout"):
        concerned = await web_sessions.back_channel_logout(sso, logout_token)
    for user_id in concerned:
        identity.authenticator.forget(user_id)
    return Response(status_code=200, headers={"Cache-Control": "no-store"})
