"""Who-am-I of services whose tools come later, and of identity providers that give tokens, in their own words."""

from base64 import b64decode
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any

from aiohttp import web
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey, RSAKey

SECRET = "right-secret-of-the-fake"
ACCOUNT_KEY = RSAKey.generate_key(2048)
"""Of the service account that the fake of Google knows."""


def _json(body: Any, status: int = 200) -> web.Response:
    return web.json_response(body, status=status)


async def _google(request: web.Request) -> web.Response:
    """https://developers.google.com/identity/protocols/oauth2/service-account#jwt-error-codes."""
    form = await request.post()
    if form.get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer":
        return _json({"error": "unsupported_grant_type", "error_description": "Invalid grant_type"}, 400)
    try:
        claims = jwt.decode(str(form["assertion"]), ACCOUNT_KEY, algorithms=["RS256"]).claims
    except (JoseError, ValueError):
        return _json({"error": "invalid_grant", "error_description": "Invalid JWT Signature."}, 400)
    if claims["aud"] != str(request.url):
        return _json({"error": "invalid_grant", "error_description": "Invalid JWT audience."}, 400)
    return _json({"access_token": "ya29.token", "expires_in": 3599, "token_type": "Bearer"})


async def _entra(request: web.Request) -> web.Response:
    """https://learn.microsoft.com/entra/identity-platform/reference-error-codes."""
    form = await request.post()
    if request.match_info["tenant"] != "contoso":
        told = "AADSTS90002: Tenant 'nowhere' not found. Check to make sure you have the correct tenant ID."
        return _json({"error": "invalid_request", "error_description": told}, 400)
    if form.get("client_secret") != SECRET:
        told = (
            "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client "
            "secret value, not the client secret ID, for a secret added to app."
        )
        return _json({"error": "invalid_client", "error_description": told}, 401)
    return _json({"token_type": "Bearer", "expires_in": 3599, "access_token": "eyJ0"})


async def _xray(request: web.Request) -> web.Response:
    right = (await request.json()) == {"client_id": "me", "client_secret": SECRET}
    return _json("eyJ0") if right else _json({"error": "Invalid client credentials!"}, 401)


async def _squad(request: web.Request) -> web.Response:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    hashed = sha256(f"GET&{request.path.removeprefix('/squad')}&".encode()).hexdigest()
    try:
        claims = jwt.decode(token, OctKey.import_key(SECRET), algorithms=["HS256"]).claims
    except (JoseError, ValueError):
        claims = {}
    right = kind == "JWT" and claims.get("qsh") == hashed and claims.get("iss") == request.headers["zapiAccessKey"]
    return _json({"serverVersion": "1"}) if right else _json({"errorDesc": "Unauthorized"}, 401)


def _with(header: str, value: str, refusal: Any) -> Any:
    async def handle(request: web.Request) -> web.Response:
        return _json({"ok": True}) if request.headers.get(header) == value else _json(refusal, 401)

    return handle


async def _elastic(request: web.Request) -> web.Response:
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    right = kind == "ApiKey" and b64decode(value).decode() == f"me:{SECRET}"
    return _json({"username": "me"}) if right else _json({"error": {"type": "security_exception"}, "status": 401}, 401)


async def _keycloak(request: web.Request) -> web.Response:
    if request.match_info["realm"] != "company":
        return _json({"error": "Realm does not exist"}, 404)
    if (await request.post()).get("client_secret") != SECRET:
        told = "Invalid client or Invalid client credentials"
        return _json({"error": "unauthorized_client", "error_description": told}, 401)
    return _json({"access_token": "eyJ0"})


async def _telegram(request: web.Request) -> web.Response:
    right = request.match_info["token"] == SECRET
    unauthorised = {"ok": False, "error_code": 401, "description": "Unauthorized"}
    return _json({"ok": True, "result": {"is_bot": True}}) if right else _json(unauthorised, 401)


_ROUTES: Mapping[tuple[str, str], Any] = {
    ("POST", "/google/token"): _google,
    ("POST", "/entra/{tenant}/oauth2/v2.0/token"): _entra,
    ("POST", "/xray/api/v2/authenticate"): _xray,
    ("GET", "/squad/public/rest/api/1.0/serverinfo"): _squad,
    ("GET", "/xwiki/rest/wikis"): _with("Authorization", f"Bearer {SECRET}", {}),
    ("GET", "/elastic/_security/_authenticate"): _elastic,
    ("POST", "/keycloak/realms/{realm}/protocol/openid-connect/token"): _keycloak,
    ("GET", "/telegram/bot{token}/getMe"): _telegram,
    ("GET", "/litellm/models"): _with("Authorization", f"Bearer {SECRET}", {"error": {"message": "Invalid key"}}),
    ("GET", "/dial/openai/models"): _with("Api-Key", SECRET, {"error": {"message": "Unauthorized"}}),
}


@asynccontextmanager
async def running() -> AsyncGenerator[str]:
    """All of them on one free loopback port; gives the address."""
    app = web.Application()
    app.add_routes([web.route(method, path, handler) for (method, path), handler in _ROUTES.items()])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()
