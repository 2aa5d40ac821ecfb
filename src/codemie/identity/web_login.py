"""Browsers sign in at the provider: authorisation code with PKCE, state and nonce; the tokens stay on this server.

What the browser keeps meanwhile is sealed, bound to one attempt, and worth something once. The session that comes out
is the business of ``web_sessions``. Follows OpenID Connect Core and RFC 9700.
"""

import json
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from codemie.identity import single_sign_on_repository as links
from codemie.identity import web_sessions
from codemie.identity.oidc import SingleSignOn, moment
from codemie.kernel.crypto import DecryptionFailed
from codemie.kernel.errors import InvalidInput, NotAuthenticated, NotFound
from codemie.kernel.telemetry import get_logger

log = get_logger(__name__)

ATTEMPT_SECONDS = 600
"""Time to sign in at the provider; after it, start again."""

CALLBACK = "/v1/auth/callback"

REFUSED = "The identity provider refused the sign-in"
FINISHED = "This sign-in was already finished"
NOT_STARTED = "This browser has not started this sign-in"
TOO_LATE = "The sign-in took too long"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in under way: where the browser goes, and what it keeps until it comes back."""

    address: str
    cookie_name: str
    cookie: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A finished sign-in: the key to the new session, and the page wanted at the start."""

    key: str
    next: str
    cookie_name: str


def require_local_path(address: str | None) -> str:
    """Where to go after signing in: a path of ours.

    Raises:
        InvalidInput: anything that a browser could read as another host.
    """
    path = address or "/"
    plain = path.isascii() and path.isprintable() and "\\" not in path and len(path) <= 2_000
    if not plain or not path.startswith("/") or path.startswith("//"):
        raise InvalidInput("'next' must be a path of this platform", details="It starts with one slash.")
    return path


def _require_web_login(sso: SingleSignOn) -> str:
    if sso.settings.oidc_client_id is None:
        raise NotFound("Signing in with the browser is not configured", help="See identity.oidc_client_id.")
    return sso.settings.oidc_client_id


def redirect_uri(sso: SingleSignOn) -> str:
    """Where the provider sends browsers back; must be registered there."""
    return sso.settings.oidc_redirect_uri or sso.frontend_url + CALLBACK


async def start(sso: SingleSignOn, next_page: str | None) -> Attempt:
    """Begin a sign-in.

    Args:
        sso: the provider and our client there.
        next_page: path to go to afterwards.

    Raises:
        InvalidInput: the path leads elsewhere.
        NotFound: signing in with the browser is not configured.
        Unavailable: the provider cannot be reached.
    """
    client_id = _require_web_login(sso)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    kept = {
        "state": state,
        "nonce": nonce,
        "verifier": verifier,
        "next": require_local_path(next_page),
        "until": int(time.time()) + ATTEMPT_SECONDS,
    }
    challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri(sso),
        "scope": " ".join(sso.settings.oidc_scopes),
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    if sso.settings.oidc_provider_hint:
        query["kc_idp_hint"] = sso.settings.oidc_provider_hint
    endpoint = (await sso.provider.metadata()).authorization_endpoint
    address = f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"
    sealed = sso.cipher.seal(json.dumps(kept).encode(), context="sign-in-attempt")
    return Attempt(address, _attempt_cookie(state), urlsafe_b64encode(sealed).decode())


def _attempt_cookie(state: str) -> str:
    # One for each attempt, so that two tabs can sign in at the same time.
    return f"codemie_sign_in_{sha256(state.encode()).hexdigest()[:12]}"


async def finish(sso: SingleSignOn, query: Mapping[str, str], cookies: Mapping[str, str]) -> Opened:
    """Exchange the provider's code for a session.

    Args:
        sso: the provider and our client there.
        query: of the callback: ``code`` and ``state``, or ``error``.
        cookies: of the browser, which must be the one that began.

    Raises:
        NotAuthenticated: no such attempt, used twice, refused by the provider, or its tokens do not hold.
        AccessDenied: none of the roles that may sign in.
        Unavailable: the provider cannot be reached.
    """
    client_id = _require_web_login(sso)
    attempt = _opened_attempt(sso, query.get("state", ""), cookies)
    async with sso.database.session() as session:
        until = moment(attempt["until"] + ATTEMPT_SECONDS)
        if not await links.use_once(session, links.mark("sign-in-attempt", attempt["state"]), until):
            raise NotAuthenticated(FINISHED, help="Start again.")
    if "error" in query or "code" not in query:
        reason = query.get("error", "no code")[:60]
        log.warning("user.login_failed", method="oidc", reason=reason)
        raise NotAuthenticated(REFUSED, details=reason, help="Start again.")
    if query.get("iss", sso.provider.issuer) != sso.provider.issuer:
        raise NotAuthenticated("The answer comes from another identity provider")
    answer = await sso.provider.token_request(
        {
            "grant_type": "authorization_code",
            "code": query["code"],
            "redirect_uri": redirect_uri(sso),
            "code_verifier": attempt["verifier"],
            "client_id": client_id,
        }
    )
    tokens = await web_sessions.checked(sso, answer, nonce=attempt["nonce"])
    return Opened(await web_sessions.open_session(sso, tokens), attempt["next"], _attempt_cookie(attempt["state"]))


def _opened_attempt(sso: SingleSignOn, state: str, cookies: Mapping[str, str]) -> dict[str, Any]:
    kept = cookies.get(_attempt_cookie(state))
    try:
        attempt = json.loads(sso.cipher.open(urlsafe_b64decode(kept or ""), context="sign-in-attempt"))
    except (DecryptionFailed, ValueError) as error:
        raise NotAuthenticated(NOT_STARTED, help="Start again at the sign-in page; allow cookies.") from error
    if not secrets.compare_digest(attempt["state"], state) or attempt["until"] < time.time():
        raise NotAuthenticated(TOO_LATE, help="Start again at the sign-in page.")
    return attempt


def wanted_page(sso: SingleSignOn, query: Mapping[str, str], cookies: Mapping[str, str]) -> str | None:
    """Where an attempt was to lead, so that another one can lead there, too; None when it is not this browser's."""
    try:
        return str(_opened_attempt(sso, query.get("state", ""), cookies)["next"])
    except NotAuthenticated:
        return None
