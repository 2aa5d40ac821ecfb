"""Which credential a request carries, and whom it claims to be; nothing here is verified, nor believed."""

from fastapi import Request

from codemie.identity import personal_tokens
from codemie.identity.refused_tokens import peek
from codemie.kernel.errors import NotAuthenticated

FORWARDED_TOKEN_HEADERS = ("x-auth-request-access-token", "x-forwarded-access-token")
"""Where oauth2-proxy puts the access token: behind nginx, and as a proxy itself. Anybody can send them, so what they
hold is verified like any other token."""

CLAIMING_HEADERS = ("x-auth-request-user", "x-auth-request-email", "x-forwarded-user", "x-forwarded-email")
"""Where proxies say who somebody is, and where anybody else could."""

_NAMING_CLAIMS = ("preferred_username", "email", "azp", "sub")


def bearer_token(authorization: str) -> str | None:
    """The token of an Authorization header, if it is one of those."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def how_sent(request: Request) -> str:
    """How a credential came, in one word."""
    authorization = request.headers.get("authorization", "")
    kinds = {
        "personal_token": (token := bearer_token(authorization) or "") and personal_tokens.is_personal(token),
        "bearer": authorization,
        "proxy": any(name in request.headers for name in FORWARDED_TOKEN_HEADERS),
        "cookie": request.cookies,
    }
    return next((kind for kind, is_so in kinds.items() if is_so), "header")


def claimed(request: Request) -> str:
    """Whom a refused request says it comes from, for the audit log; empty when it does not say.

    Only names: of a personal access token the part that is no secret, of other tokens a claim.
    """
    token = bearer_token(request.headers.get("authorization", "")) or ""
    if personal_tokens.is_personal(token):
        return personal_tokens.public_part(token)
    tokens = (token, *(request.headers.get(name, "") for name in FORWARDED_TOKEN_HEADERS), *request.cookies.values())
    named = (_named(each) for each in tokens if each)
    headers = (request.headers.get(name, "") for name in ("user-id", *CLAIMING_HEADERS))
    return next(filter(None, (*named, *headers)), "")


def _named(token: str) -> str:
    try:
        _, claims = peek(token)
    except NotAuthenticated:
        return ""
    found = (claims.get(name) for name in _NAMING_CLAIMS)
    return next((value for value in found if isinstance(value, str) and value), "")
