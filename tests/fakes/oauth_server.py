"""A faithful authorization server in front of a fake MCP server: RFC 9728, 8414, 7591, PKCE, refresh with rotation.

It signs whoever comes in without asking, spends every code and refresh token once, and can be told to fail.
"""

import hmac
import secrets
import time
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.fakes.mcp_server import FakeMcpServer


class FakeAuthorizationServer:
    """Guards a fake MCP server; its routes are to be served beside the server's own."""

    def __init__(self) -> None:
        self.server = FakeMcpServer(self._guard)
        self.base = f"http://127.0.0.1:{self.server.port}"
        self.issuer = self.base
        self.resource = self.server.url
        self.lifetime = 3600
        self.registrations: list[dict[str, Any]] = []
        self.refreshes = 0
        self.clients: dict[str, dict[str, Any]] = {}
        self._codes: dict[str, dict[str, str]] = {}
        self._access: dict[str, float] = {}
        self._refresh: dict[str, str] = {}

    def routes(self) -> list[Route]:
        """What is served beside `/mcp`."""
        return [
            Route("/.well-known/oauth-protected-resource/mcp", self._describe_resource),
            Route("/.well-known/oauth-authorization-server", self._describe),
            Route("/register", self._register, methods=["POST"]),
            Route("/authorize", self._authorize),
            Route("/token", self._token, methods=["POST"]),
        ]

    def revoke_access(self) -> None:
        """No access token is good any more; refresh tokens are."""
        self._access.clear()

    def revoke_all(self) -> None:
        """Nothing is good any more."""
        self._access.clear()
        self._refresh.clear()

    def _guard(self, headers: dict[str, str]) -> Response | None:
        token = headers.get("authorization", "").removeprefix("Bearer ")
        if self._access.get(token, 0) > time.time():
            return None
        where = f"{self.base}/.well-known/oauth-protected-resource/mcp"
        challenge = f'Bearer resource_metadata="{where}", scope="tools.call"'
        return JSONResponse({"error": "invalid_token"}, 401, headers={"WWW-Authenticate": challenge})

    async def _describe_resource(self, _: Request) -> Response:
        return JSONResponse({"resource": self.resource, "authorization_servers": [self.issuer]})

    async def _describe(self, _: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.base}/authorize",
                "token_endpoint": f"{self.base}/token",
                "registration_endpoint": f"{self.base}/register",
                "response_types_supported": ["code"],
                "code_challenge_methods_supported": ["S256"],
                "scopes_supported": ["tools.call", "offline_access"],
            }
        )

    async def _register(self, request: Request) -> Response:
        wish = await request.json()
        self.registrations.append(wish)
        client = {**wish, "client_id": secrets.token_hex(8)}
        self.clients[client["client_id"]] = client
        return JSONResponse(client, 201)

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        client = self.clients.get(asked.get("client_id", ""))
        usable = (
            client is not None
            and asked.get("redirect_uri") in client["redirect_uris"]
            and asked.get("code_challenge_method") == "S256"
            and asked.get("resource") == self.resource
        )
        if not usable:
            return JSONResponse({"error": "invalid_request"}, 400)
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        answer = {"code": code, "state": asked["state"], "iss": self.issuer}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(answer)}", 302)

    async def _token(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        if form.get("resource") != self.resource:
            return JSONResponse({"error": "invalid_target"}, 400)
        if form.get("grant_type") == "authorization_code":
            asked = self._codes.pop(form.get("code", ""), None)
            digest = sha256(form.get("code_verifier", "").encode()).digest()
            proven = asked is not None and hmac.compare_digest(
                urlsafe_b64encode(digest).rstrip(b"=").decode(), asked["code_challenge"]
            )
            if not proven or asked is None or form.get("client_id") != asked["client_id"]:
                return JSONResponse({"error": "invalid_grant"}, 400)
            return self._issue(asked["client_id"])
        owner = self._refresh.pop(form.get("refresh_token", ""), None)
        if form.get("grant_type") != "refresh_token" or owner is None or owner != form.get("client_id"):
            return JSONResponse({"error": "invalid_grant"}, 400)
        self.refreshes += 1
        return self._issue(owner)

    def _issue(self, client: str) -> Response:
        access, refresh = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self._access[access] = time.time() + self.lifetime
        self._refresh[refresh] = client
        return JSONResponse(
            {"access_token": access, "token_type": "Bearer", "expires_in": self.lifetime, "refresh_token": refresh}
        )
