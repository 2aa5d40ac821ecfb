"""Tokens of an authorization server: got for a code, got anew, never shown."""

import time
from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx2

from codemie.kernel.errors import CodeMieError, UpstreamFailed
from codemie.mcp.discovery import client_of
from codemie.mcp.settings import McpSettings

Json = dict[str, Any]

_KEPT = ("access_token", "refresh_token", "scope")


class TokenRefused(UpstreamFailed):
    """The authorization server gives no token; `final` when asking again is of no use."""

    title = "The sign-in server gave no token"

    def __init__(self, *, final: bool, **rest: Any) -> None:
        super().__init__(**rest)
        self.final = final


async def request(settings: McpSettings, place: str, client: Mapping[str, Any], form: Mapping[str, str]) -> Json:
    """Ask a token endpoint; the answer has `access_token` and `expires_at` (seconds since 1970, or None).

    Raises:
        TokenRefused: it says no, or nothing usable.
    """
    data, headers = _authenticated(client, dict(form))
    try:
        async with client_of(settings) as http:
            answer = await http.post(place, data=data, headers=headers)
        body = answer.json()
    except CodeMieError:
        raise
    except (httpx2.HTTPError, ValueError) as error:
        raise TokenRefused(final=False, details=f"{type(error).__name__} at the token endpoint.") from error
    if answer.status_code != 200 or not isinstance(body, dict) or not isinstance(body.get("access_token"), str):
        code = body.get("error") if isinstance(body, dict) else None
        refused = 400 <= answer.status_code < 500 and answer.status_code != 429
        raise TokenRefused(final=refused, details=f"It answered {answer.status_code} ({str(code)[:60]}).")
    if str(body.get("token_type", "bearer")).lower() != "bearer":
        raise TokenRefused(final=True, details="It gave a token of an unknown type.")
    lifetime = body.get("expires_in")
    expires_at = time.time() + float(lifetime) if isinstance(lifetime, int | float) and lifetime > 0 else None
    return {**{name: body[name] for name in _KEPT if body.get(name)}, "expires_at": expires_at}


def _authenticated(client: Mapping[str, Any], form: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The form and headers with which the client proves itself (RFC 6749, section 2.3.1)."""
    secret, identity = client.get("client_secret"), str(client["client_id"])
    if not secret:
        return {**form, "client_id": identity}, {}
    if client.get("token_endpoint_auth_method") == "client_secret_post":
        return {**form, "client_id": identity, "client_secret": str(secret)}, {}
    pair = f"{quote(identity, safe='')}:{quote(str(secret), safe='')}"
    return form, {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
