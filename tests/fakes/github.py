"""GitHub, as far as tools use it: one repository `team/app`, its pull requests and issues, an App that is installed.

After https://docs.github.com/en/rest: what is created can be read back, lists have pages, refusals are GitHub's. The
address of its API is the one of GitHub Enterprise Server, `/api/v3`.
"""

import datetime as dt
import secrets
from functools import cached_property
from typing import Any

from aiohttp import web
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from tests.fakes.git_http import Clonable
from tests.fakes.github_actions import LOGS, Actions
from tests.fakes.github_repository import Contents, Repository
from tests.fakes.github_talk import Talk
from tests.fakes.github_wire import API, Json, Refused, listed, reply
from tests.fakes.vendor_server import Faults

TOKEN = "github-right"
"""A classic token that may do everything."""
NARROW = "github-narrow"
"""A classic token without the scope `repo`: private repositories are not there for it."""
READ_ONLY = "github-read-only"
"""A fine-grained token that may only read, and soon expires."""
SCOPES = {TOKEN: "repo, workflow", NARROW: "read:user"}
APP_ID = 4242
INSTALLATION_ID = 77
EXPIRES_IN_DAYS = 5
_LIMIT = 5000


class GitHub:
    """A server with one repository, `team/app`, and an App that its owner installed.

    Args:
        public: whether strangers may clone the repository.
    """

    def __init__(self, *, public: bool = False) -> None:
        self.public = public
        self.faults = Faults()
        self.repository = Repository()
        self.actions = Actions()
        self.installations = {INSTALLATION_ID: "team"}
        self.issued: dict[str, dt.datetime] = {}
        """Installation tokens, and until when they are good."""
        repository = self.repository
        repository.commit("main", "First", {"README.md": "# App\n", "src/app.py": "a = 1\nb = 2\nc = 3\n"})
        repository.open_issue("The first issue", "It is broken.")

    @cached_property
    def app_key(self) -> RSAKey:
        """The private key that was made for the App."""
        return RSAKey.generate_key(2048, private=True)

    @property
    def private_key(self) -> str:
        """The same in PEM form, as GitHub lets people download it."""
        return self.app_key.as_pem(private=True).decode()

    def limited(self, seconds: float = 0) -> None:
        """The next request finds the hour's requests used up, until so many seconds from now."""
        reset = int(dt.datetime.now(dt.UTC).timestamp() + seconds)
        told = {
            "message": "API rate limit exceeded for user ID 1.",
            "documentation_url": "https://docs.github.com/rest",
        }
        headers = {"x_ratelimit_limit": str(_LIMIT), "x_ratelimit_remaining": "0", "x_ratelimit_reset": str(reset)}
        self.faults.status(403, told, **headers)

    def limited_secondarily(self, seconds: int = 0) -> None:
        """The next request is one too many in a short time."""
        told = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}
        self.faults.status(403, told, Retry_After=str(seconds))

    def app(self) -> web.Application:
        """Its API, and the repository as Git asks for it."""
        app = web.Application(middlewares=[self.faults.middleware, self._signed_in])
        routes: list[tuple[str, str, Any]] = [
            ("GET", "/user", self._user),
            ("GET", "/rate_limit", self._rate_limit),
            ("GET", "/app", self._own_app),
            ("GET", "/app/installations", self._installations),
            ("POST", "/app/installations/{id}/access_tokens", self._installation_token),
            *Contents(self.repository).routes(),
            *Talk(self.repository).routes(),
            *self.actions.routes(),
        ]
        app.add_routes([web.route(method, f"{API}{path}", handler) for method, path, handler in routes])
        app.router.add_get(f"{LOGS}/{{number}}", self.actions.log)
        reading = Clonable(self.repository, "team/app", TOKEN, READ_ONLY, public=self.public, issued=self.issued)
        reading.add_to(app)
        return app

    @web.middleware
    async def _signed_in(self, request: web.Request, handler: Any) -> web.StreamResponse:
        try:
            if request.path.startswith(API):
                self._admit(request)
            answer: web.StreamResponse = await handler(request)
        except Refused as refusal:
            answer = refusal.response
        except web.HTTPNotFound:
            answer = Refused(404, "Not Found").response
        if scopes := SCOPES.get(_token(request)):
            answer.headers["X-OAuth-Scopes"] = scopes
        if _token(request) == READ_ONLY:
            end = dt.datetime.now(dt.UTC) + dt.timedelta(days=EXPIRES_IN_DAYS, hours=1)
            answer.headers["github-authentication-token-expiration"] = end.strftime("%Y-%m-%d %H:%M:%S UTC")
        answer.headers["x-ratelimit-limit"] = str(_LIMIT)
        answer.headers["x-ratelimit-remaining"] = str(max(0, _LIMIT - len(self.faults.asked)))
        return answer

    def _admit(self, request: web.Request) -> None:
        """Who comes, and may they do this?"""
        token, path = _token(request), request.path.removeprefix(API)
        if path == "/app" or path.startswith("/app/"):
            self._admit_app(token)
            return
        is_app = token in self.issued and self.issued[token] > dt.datetime.now(dt.UTC)
        if not is_app and token not in (TOKEN, NARROW, READ_ONLY):
            raise Refused(401, "Bad credentials")
        if is_app and path == "/user":
            raise Refused(403, "Resource not accessible by integration")
        if token == NARROW and path.startswith("/repos/"):
            raise Refused(404, "Not Found")
        if token == READ_ONLY and request.method not in ("GET", "HEAD"):
            raise Refused(403, "Resource not accessible by personal access token")

    def _admit_app(self, token: str) -> None:
        try:
            claims = jwt.decode(token, self.app_key, algorithms=["RS256"]).claims
        except (JoseError, ValueError) as error:
            raise Refused(401, "A JSON web token could not be decoded") from error
        now = dt.datetime.now(dt.UTC).timestamp()
        if str(claims.get("iss")) != str(APP_ID):
            raise Refused(404, "Integration not found")
        if not now < claims["exp"] <= now + 600:
            raise Refused(401, "'Expiration time' claim ('exp') is too far in the future")
        if claims["iat"] > now:
            raise Refused(401, "'Issued at' claim ('iat') must be an Integer representing the time of issuance")

    async def _user(self, _: web.Request) -> web.Response:
        return reply({"login": "bot", "id": 1, "type": "User", "name": "Bot"})

    async def _rate_limit(self, _: web.Request) -> web.Response:
        core = {"limit": _LIMIT, "remaining": max(0, _LIMIT - len(self.faults.asked)), "used": len(self.faults.asked)}
        return reply({"resources": {"core": core}, "rate": core})

    async def _own_app(self, _: web.Request) -> web.Response:
        return reply({"id": APP_ID, "slug": "codemie", "name": "CodeMie", "permissions": {"contents": "write"}})

    async def _installations(self, request: web.Request) -> web.Response:
        shown: list[Json] = [
            {"id": number, "app_id": APP_ID, "account": {"login": login, "type": "Organization"}}
            for number, login in self.installations.items()
        ]
        return listed(shown, request)

    async def _installation_token(self, request: web.Request) -> web.Response:
        number = request.match_info["id"]
        if not number.isdigit() or int(number) not in self.installations:
            raise Refused(404, "Not Found")
        token = f"installation-{secrets.token_hex(12)}"
        self.issued[token] = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
        told = {"token": token, "expires_at": self.issued[token].strftime("%Y-%m-%dT%H:%M:%SZ")}
        return reply({**told, "permissions": {"contents": "write"}, "repository_selection": "all"}, 201)


def _token(request: web.Request) -> str:
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    return value if kind.lower() in ("bearer", "token") else ""


def app_values(server: GitHub, url: str) -> Json:
    """The credential of the App, as a person types it into the form."""
    return {
        "url": url,
        "server_kind": "github",
        "auth_type": "github_app",
        "app_id": str(APP_ID),
        "private_key": server.private_key,
    }
