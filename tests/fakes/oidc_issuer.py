"""A faithful OpenID Connect issuer on loopback: discovery, keys, authorize, token, userinfo, end-session.

It signs whoever is set as ``person`` in without asking, checks PKCE and client secret, spends every code once,
rotates refresh tokens, and can be told to fail. Tests also let it sign tokens of any shape.
"""

import base64
import hmac
import json
import secrets
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from aiohttp import encode_basic_auth, web
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

CLIENT, SECRET, AUDIENCE = "codemie", "fake-client-secret", "codemie"
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"


@dataclass
class Person:
    """Whom the issuer signs in, with the claims of Keycloak."""

    subject: str
    email: str
    claims: dict[str, Any] = field(default_factory=dict[str, Any])

    def all_claims(self) -> dict[str, Any]:
        name = self.email.partition("@")[0]
        return {
            "sub": self.subject,
            "email": self.email,
            "email_verified": True,
            "preferred_username": self.email,
            "name": name.title(),
            "realm_access": {"roles": ["developer"]},
            **self.claims,
        }


@dataclass
class _Grant:
    person: Person
    session: str
    redirect_uri: str = ""
    challenge: str = ""
    nonce: str = ""


class FakeIssuer:
    """The issuer's state; the routes are below."""

    def __init__(self) -> None:
        self.url = ""
        self.rsa = RSAKey.generate_key(2048, {"kid": "rsa-1", "use": "sig", "alg": "RS256"})
        self.ec = ECKey.generate_key("P-256", {"kid": "ec-1", "use": "sig"})
        self.person = Person("nobody", "nobody@codemie.test")
        self.codes: dict[str, _Grant] = {}
        self.refresh_tokens: dict[str, _Grant] = {}
        self.sessions: set[str] = set()
        self.expires_in = 300
        self.key_requests = 0
        self.is_down = False
        self.last_end_session: dict[str, str] = {}
        self.exchangeable: set[str] = set()
        self.exchanges = 0

    # ---- tokens -----------------------------------------------------------------------------------------------------

    def token(self, person: Person | None = None, *, algorithm: str = "RS256", key: Any = None, **changes: Any) -> str:
        """A signed access token; a change to None leaves the claim out."""
        now = int(time.time())
        whole = {
            "iss": self.url,
            "aud": [AUDIENCE, "account"],
            "iat": now,
            "exp": now + 300,
            "typ": "Bearer",
            "azp": "codemie-sdk",
            "jti": secrets.token_hex(8),
            **(person or self.person).all_claims(),
            **changes,
        }
        return self.sign({name: value for name, value in whole.items() if value is not None}, algorithm, key)

    def sign(self, claims: dict[str, Any], algorithm: str = "RS256", key: Any = None, **header: Any) -> str:
        """Any claims under one of our keys, or another one."""
        chosen = key or (self.ec if algorithm.startswith("ES") else self.rsa)
        head = {"alg": algorithm, "kid": getattr(chosen, "kid", None) or "rsa-1", **header}
        return jwt.encode({k: v for k, v in head.items() if v is not None}, claims, chosen, algorithms=[algorithm])

    def logout_token(self, **changes: Any) -> str:
        """What a provider posts to the back-channel logout address."""
        claims = {
            "iss": self.url,
            "aud": CLIENT,
            "iat": int(time.time()),
            "exp": int(time.time()) + 120,
            "jti": secrets.token_hex(8),
            "events": {LOGOUT_EVENT: {}},
            **changes,
        }
        return self.sign({name: value for name, value in claims.items() if value is not None}, typ="logout+jwt")

    def rotate_keys(self) -> None:
        """Another signing key, as after an incident: the old one is gone."""
        self.rsa = RSAKey.generate_key(2048, {"kid": f"rsa-{secrets.token_hex(4)}", "use": "sig", "alg": "RS256"})

    # ---- routes -----------------------------------------------------------------------------------------------------

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/.well-known/openid-configuration", self._discovery),
            web.get("/certs", self._certs),
            web.get("/auth", self._authorize),
            web.post("/token", self._token),
            web.get("/userinfo", self._userinfo),
            web.get("/logout", self._logout),
        ]

    @web.middleware
    async def failing(self, request: web.Request, handler: Any) -> web.StreamResponse:
        return web.Response(status=502, text="down") if self.is_down else await handler(request)

    async def _discovery(self, _: web.Request) -> web.Response:
        return web.json_response(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/auth",
                "token_endpoint": f"{self.url}/token",
                "userinfo_endpoint": f"{self.url}/userinfo",
                "end_session_endpoint": f"{self.url}/logout",
                "jwks_uri": f"{self.url}/certs",
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            }
        )

    async def _certs(self, _: web.Request) -> web.Response:
        self.key_requests += 1
        exotic = {"kty": "AKP", "alg": "ML-DSA-65", "kid": "pq", "pub": "AAAA"}
        keys = KeySet([self.rsa, self.ec]).as_dict(private=False)["keys"]
        return web.json_response({"keys": [exotic, *keys]})

    async def _authorize(self, request: web.Request) -> web.Response:
        query = request.query
        if query["client_id"] != CLIENT or query["code_challenge_method"] != "S256" or "openid" not in query["scope"]:
            return web.Response(status=400, text="invalid_request")
        code, session = secrets.token_urlsafe(16), secrets.token_hex(8)
        self.sessions.add(session)
        self.codes[code] = _Grant(
            self.person, session, query["redirect_uri"], query["code_challenge"], query.get("nonce", "")
        )
        back = urlencode({"code": code, "state": query["state"], "iss": self.url})
        raise web.HTTPFound(f"{query['redirect_uri']}?{back}")

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        sent = request.headers.get("Authorization", "")
        if sent and sent != encode_basic_auth(CLIENT, SECRET):
            return web.json_response({"error": "invalid_client"}, status=401)
        if form["grant_type"] == TOKEN_EXCHANGE:
            return self._exchanged(form, is_client=bool(sent))
        grant = self._grant(form)
        if grant is None or grant.session not in self.sessions:
            return web.json_response({"error": "invalid_grant"}, status=400)
        refresh = secrets.token_urlsafe(16)
        self.refresh_tokens[refresh] = grant
        fresh = self.person if self.person.subject == grant.person.subject else grant.person
        access = self.token(fresh, sid=grant.session, azp=CLIENT)
        identity = self.token(fresh, aud=CLIENT, azp=CLIENT, sid=grant.session, nonce=grant.nonce or None, typ="ID")
        return web.json_response(
            {
                "access_token": access,
                "id_token": identity,
                "refresh_token": refresh,
                "expires_in": self.expires_in,
                "token_type": "Bearer",
            }
        )

    def _exchanged(self, form: Any, *, is_client: bool) -> web.Response:
        """RFC 8693: another audience for a token of ours, where a confidential client may ask for it."""
        if not is_client:
            return web.json_response({"error": "invalid_client"}, status=401)
        if form["subject_token_type"] != ACCESS_TOKEN or form["requested_token_type"] != ACCESS_TOKEN:
            return web.json_response({"error": "invalid_request"}, status=400)
        claims = jwt.decode(form["subject_token"], self.rsa, algorithms=["RS256"]).claims
        if form["audience"] not in self.exchangeable:
            return web.json_response({"error": "invalid_target"}, status=400)
        self.exchanges += 1
        fresh = {**claims, "aud": form["audience"], "azp": CLIENT, "jti": secrets.token_hex(8)}
        return web.json_response(
            {
                "access_token": self.sign(fresh),
                "issued_token_type": ACCESS_TOKEN,
                "token_type": "Bearer",
                "expires_in": self.expires_in,
            }
        )

    def _grant(self, form: Any) -> _Grant | None:
        if form["grant_type"] == "refresh_token":
            return self.refresh_tokens.pop(form["refresh_token"], None)
        grant = self.codes.pop(form["code"], None)
        proof = _encoded(sha256(form["code_verifier"].encode()).digest())
        fits = grant is not None and grant.challenge == proof and grant.redirect_uri == form["redirect_uri"]
        return grant if fits else None

    async def _userinfo(self, request: web.Request) -> web.Response:
        token = request.headers["Authorization"].partition(" ")[2]
        return web.json_response(jwt.decode(token, self.rsa, algorithms=["RS256"]).claims)

    async def _logout(self, request: web.Request) -> web.Response:
        self.last_end_session = dict(request.query)
        hint = jwt.decode(request.query["id_token_hint"], self.rsa, algorithms=["RS256"]).claims
        self.sessions.discard(hint["sid"])
        raise web.HTTPFound(request.query["post_logout_redirect_uri"])


def unsigned(claims: dict[str, Any], **header: str) -> str:
    """A token with ``alg: none``."""
    parts = ({"alg": "none", "typ": "JWT", **header}, claims)
    return ".".join(_encoded(json.dumps(part).encode()) for part in parts) + "."


def hmac_signed(claims: dict[str, Any], secret: bytes, **header: str) -> str:
    """A token with ``alg: HS256`` under any bytes, such as a public key's."""
    content = unsigned(claims, alg="HS256", **header).rpartition(".")[0]
    return f"{content}.{_encoded(hmac.new(secret, content.encode(), sha256).digest())}"


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@asynccontextmanager
async def running() -> AsyncGenerator[FakeIssuer]:
    """The issuer on a free loopback port, until the block ends."""
    issuer = FakeIssuer()
    app = web.Application(middlewares=[issuer.failing])
    app.add_routes(issuer.routes())
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    issuer.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield issuer
    finally:
        await runner.cleanup()
