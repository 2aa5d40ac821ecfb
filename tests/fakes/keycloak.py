"""A Keycloak as far as doctor asks it: a realm that issues tokens, and the admin API over the same state."""

import copy
import hmac
import json
import time
from base64 import b64decode
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from tests.fakes.oidc_issuer import TOKEN_EXCHANGE, FakeIssuer, Person

REALM, ADMIN_PASSWORD = "codemie", "fake-admin-password"
PERSON, PASSWORD = "ada@codemie.test", "fake-password-of-ada"
REDIRECT = "https://codemie.test/v1/auth/callback"
_IN_TOKENS = {"access.token.claim": "true", "id.token.claim": "true", "jsonType.label": "String", "multivalued": "true"}


def mapper(name: str, **config: str) -> dict[str, Any]:
    """One that puts an attribute of that name into a claim of that name."""
    given = {"user.attribute": name, "claim.name": name, **_IN_TOKENS, **config}
    return {"name": name, "protocolMapper": "oidc-usermodel-attribute-mapper", "config": given}


def _attribute(name: str) -> dict[str, Any]:
    return {"name": name, "permissions": {"view": ["admin"], "edit": ["admin"]}}


def _client(name: str, grants: tuple[str, ...], secret: str = "", **more: Any) -> dict[str, Any]:
    scopes = {"defaultClientScopes": ["profile", "codemie"], "optionalClientScopes": []}
    return {"id": f"id-of-{name}", "clientId": name, "secret": secret, "grants": set(grants), **scopes, **more}


@dataclass
class State:
    """All that a fault can change.

    Attributes:
        late: seconds that its clock is behind ours.
    """

    clients: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {
            "codemie": _client(
                "codemie", ("authorization_code", TOKEN_EXCHANGE), "secret-of-codemie", redirectUris=[REDIRECT]
            ),
            "machine": _client("machine", ("client_credentials",), "secret-of-machine"),
            "sdk": _client("sdk", ("password", "refresh_token"), "secret-of-sdk"),
        }
    )
    scopes: list[dict[str, Any]] = field(
        default_factory=lambda: [
            {"name": "profile", "protocolMappers": []},
            {"name": "codemie", "protocolMappers": [mapper("applications"), mapper("applications_admin")]},
        ]
    )
    profile: dict[str, Any] = field(
        default_factory=lambda: {"attributes": [_attribute("applications"), _attribute("applications_admin")]}
    )
    methods: list[str] = field(default_factory=lambda: ["plain", "S256"])
    late: float = 0
    audience: str = "codemie"
    exchangeable: set[str] = field(default_factory=lambda: {"reports"})
    applications: Any = field(default_factory=lambda: ["demo"])
    first: str = "client"
    """What is looked at first: the client, or the code, as some do; then a wrong secret does not show."""


class FakeKeycloak(FakeIssuer):
    """The realm; `url` is its issuer."""

    def __init__(self) -> None:
        super().__init__()
        self.state = State()
        self.living: set[str] = set()
        self.asked = 0
        """Requests to sign in or for a token."""

    @asynccontextmanager
    async def broken(self) -> AsyncGenerator[State]:
        """A state to break, for a block."""
        whole, self.state = self.state, copy.deepcopy(self.state)
        yield self.state
        self.state = whole

    def routes(self) -> list[web.RouteDef]:
        at = f"/realms/{REALM}"
        return [
            web.get(f"{at}/.well-known/openid-configuration", self._discovery),
            web.get(f"{at}/certs", self._certs),
            web.get(f"{at}/auth", self._authorize),
            web.post(f"{at}/token", self._token),
            web.post(f"{at}/revoke", self._revoke),
            web.post("/realms/master/protocol/openid-connect/token", self._administrator),
            web.get("/admin/realms/" + REALM + "/{what:.*}", self._look),
        ]

    async def _discovery(self, _: web.Request) -> web.Response:
        answer = await super()._discovery(_)
        document = json.loads(answer.body)  # type: ignore[arg-type]
        more = {"code_challenge_methods_supported": self.state.methods, "revocation_endpoint": f"{self.url}/revoke"}
        date = formatdate(time.time() - self.state.late, usegmt=True)
        return web.json_response(document | more, headers={"Date": date})

    async def _authorize(self, request: web.Request) -> web.Response:
        self.asked += 1
        query, client = request.query, self.state.clients.get(request.query["client_id"])
        if self.state.first == "code":
            return web.Response(text="Pick an account")
        if client is None or query["redirect_uri"] not in client.get("redirectUris", []):
            return web.Response(status=400, text="We are sorry")
        error = "login_required" if query.get("prompt") == "none" else "temporarily_unavailable"
        if "authorization_code" not in client["grants"]:
            error = "unauthorized_client"
        elif query.get("code_challenge_method") not in self.state.methods:
            error = "invalid_request"
        raise web.HTTPFound(f"{query['redirect_uri']}?{urlencode({'error': error, 'state': query['state']})}")

    async def _token(self, request: web.Request) -> web.Response:
        self.asked += 1
        form = await request.post()
        client = self._authenticated(request, form)
        if self.state.first == "code" and form["grant_type"] == "authorization_code":
            return _refused("invalid_grant", 400)
        if client is None:
            return _refused("unauthorized_client", 401)
        grant = str(form["grant_type"])
        error = self._problem(grant, client, form)
        audience = str(form["audience"]) if grant == TOKEN_EXCHANGE else self.state.audience
        return _refused(error, 400) if error else self._issued(client, audience)

    def _problem(self, grant: str, client: dict[str, Any], form: Any) -> str:
        """Why this client gets nothing for this; empty where it does."""
        if grant not in client["grants"]:
            return "unauthorized_client"
        is_good = {
            "client_credentials": lambda: True,
            "authorization_code": lambda: False,
            "password": lambda: (form["username"], form["password"]) == (PERSON, PASSWORD),
            "refresh_token": lambda: form["refresh_token"] in self.living,
            TOKEN_EXCHANGE: lambda: (
                form["audience"] in self.state.exchangeable and form["subject_token"] in self.living
            ),
        }
        return "" if is_good[grant]() else "invalid_grant"

    def _authenticated(self, request: web.Request, form: Any) -> dict[str, Any] | None:
        sent = request.headers.get("Authorization", "").partition(" ")[2]
        secret = b64decode(sent).decode().partition(":")[2] if sent else str(form.get("client_secret", ""))
        client = self.state.clients.get(str(form["client_id"]))
        return client if client and hmac.compare_digest(client["secret"], secret) else None

    def _issued(self, client: dict[str, Any], audience: str) -> web.Response:
        person = Person("7", PERSON, {"applications": self.state.applications})
        access = self.token(person, aud=audience, azp=client["clientId"])
        answer = {"access_token": access, "token_type": "Bearer", "expires_in": 300}
        if "refresh_token" in client["grants"]:
            answer["refresh_token"] = f"refresh-{len(self.living)}"
        if client.get("forgets"):
            return web.json_response(answer)
        self.living |= {str(value) for name, value in answer.items() if name.endswith("_token")}
        return web.json_response(answer)

    async def _revoke(self, request: web.Request) -> web.Response:
        form = await request.post()
        self.living.discard(str(form["token"]))
        return web.Response()

    # ---- the admin API ----------------------------------------------------------------------------------------------

    async def _administrator(self, request: web.Request) -> web.Response:
        form = await request.post()
        if form["password"] != ADMIN_PASSWORD:
            return _refused("invalid_grant", 401)
        return web.json_response({"access_token": "administrator"})

    async def _look(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != "Bearer administrator":
            return web.Response(status=401)
        state, wanted = self.state, request.query.get("clientId")
        found: dict[str, Any] = {
            "clients": [_shown(each) for each in state.clients.values() if wanted in {None, each["clientId"]}],
            "client-scopes": state.scopes,
            "users/profile": state.profile,
        }
        what = request.match_info["what"]
        return web.json_response(found[what]) if what in found else web.Response(status=404)


def _shown(client: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in client.items() if name != "grants"}


def _refused(error: str, status: int) -> web.Response:
    return web.json_response({"error": error}, status=status)


@asynccontextmanager
async def running() -> AsyncGenerator[FakeKeycloak]:
    """It, on a free loopback port, until the block ends."""
    keycloak = FakeKeycloak()
    app = web.Application(middlewares=[keycloak.failing])
    app.add_routes(keycloak.routes())
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    keycloak.url = f"http://127.0.0.1:{runner.addresses[0][1]}/realms/{REALM}"
    try:
        yield keycloak
    finally:
        await runner.cleanup()
