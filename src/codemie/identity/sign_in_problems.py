"""What a person sees when signing in at the provider fails: the sign-in page, which explains it in its own words.

The address carries a code from this table, never a text: otherwise anybody could have our page say anything.
"""

from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import RedirectResponse

from codemie.identity import web_login, web_sessions
from codemie.identity.runtime import Identity
from codemie.kernel.errors import AccessDenied, CodeMieError, TooManyRequests, Unavailable, UpstreamFailed
from codemie.kernel.telemetry import request_id

SIGN_IN_PAGE = "/sign-in"

_BY_MESSAGE: Mapping[str, str] = {
    web_login.REFUSED: "refused",
    web_login.FINISHED: "expired",
    web_login.NOT_STARTED: "expired",
    web_login.TOO_LATE: "expired",
    web_sessions.DEACTIVATED: "deactivated",
}
_BY_CLASS: Mapping[type[CodeMieError], str] = {
    AccessDenied: "not_permitted",
    TooManyRequests: "too_many",
    Unavailable: "unavailable",
    UpstreamFailed: "unavailable",
}


def is_page_visit(request: Request) -> bool:
    """Does a person look at the answer? Programs get the error itself."""
    return "text/html" in request.headers.get("accept", "")


def sign_in_page(identity: Identity, error: CodeMieError, next_page: str | None) -> RedirectResponse:
    """Back to where a sign-in starts, with what went wrong."""
    code = _BY_MESSAGE.get(error.message) or _BY_CLASS.get(type(error), "failed")
    query = {"problem": code, "request": request_id.get(), "next": next_page}
    told = urlencode({name: value for name, value in query.items() if value and value != "/"})
    page = (identity.frontend_url or "").rstrip("/") + SIGN_IN_PAGE
    answer = RedirectResponse(f"{page}?{told}", status_code=302)
    answer.headers["Cache-Control"] = "no-store"
    return answer
