"""Requests to GitHub with a token of a person, or in the name of an App."""

from collections.abc import Mapping
from typing import Any

from codemie.integrations import github_app
from codemie.toolkits.api import Answer, Api, Method
from codemie.toolkits.connection import Connection
from codemie.toolkits.failures import NotConfigured

_SYSTEM = "GitHub"
_UNAUTHORIZED = 401
_PAGE = 100


class GitHub(Api):
    """The API of one server.

    Args:
        connection: of the call.
        address: of the server or of a repository there.
        owner: whose installation of an App to work with, where it has several.

    Raises:
        NotConfigured: the credential has no token, or no App that can sign in.
    """

    def __init__(self, connection: Connection, address: str, owner: str = "") -> None:
        root = github_app.api_root(address)
        self.owner = owner
        self._app: _App | None = None
        headers: dict[str, str] = {}
        if connection.value("auth_type") == "github_app":
            self._app = _App(connection, root)
        else:
            (token,) = connection.need("token")
            headers = _bearer(token)
        super().__init__(connection, _SYSTEM, root, headers)

    async def credential_headers(self) -> Mapping[str, str]:
        """With a token of the App's installation, where it is an App."""
        if self._app is None:
            return await super().credential_headers()
        return _bearer(await self._app.token(self.owner))

    async def send(self, method: Method, path: str, *, headers: Mapping[str, str] | None = None, **sent: Any) -> Answer:
        """As `Api.send`; a token that was kept and is no longer accepted is asked for anew."""
        sent["headers"] = {**github_app.HEADERS, **{name.lower(): value for name, value in (headers or {}).items()}}
        answer = await super().send(method, path, **sent)
        if answer.status == _UNAUTHORIZED and self._app is not None and self._app.forget(self.owner):
            answer = await super().send(method, path, **sent)
        return answer

    async def pages(self, path: str, most: int) -> list[Any]:
        """Every page of a list that is an array, as far as so many pages."""
        found: list[Any] = []
        for page in range(1, most + 1):
            answer = await self.ask("GET", path, params={"per_page": _PAGE, "page": page})
            found += answer.json()
            if not self.has_next(answer):
                break
        return found

    def has_next(self, answer: Answer) -> bool:
        """Whether a list has another page (RFC 8288)."""
        return 'rel="next"' in answer.headers.get("link", "")


class _App:
    """An App that signs in: who it is proven by its key, a token asked for with that."""

    def __init__(self, connection: Connection, root: str) -> None:
        self._id, self._key = connection.need("app_id", "private_key")
        self._installation = str(connection.value("installation_id")).strip()
        self._connection, self._root = connection, root
        self._tokens = connection.reach.tokens

    async def token(self, owner: str) -> str:
        """One that was kept, or a new one."""
        token = self._tokens.get(*self._asked_with(owner)) or await self._issued(owner)
        self._connection.mask("token", token)
        return token

    async def _issued(self, owner: str) -> str:
        api = Api(self._connection, _SYSTEM, self._root, _bearer(self._proof()))
        try:
            issued = await github_app.installation_token(api.json, self._installation, owner)
        except github_app.NotInstalled as error:
            raise NotConfigured(details=error.details, help=error.help) from error
        self._tokens.keep(issued.token, issued.end, *self._asked_with(owner))
        return issued.token

    def forget(self, owner: str) -> bool:
        """Drop the token that was kept."""
        return self._tokens.forget(*self._asked_with(owner))

    def _asked_with(self, owner: str) -> tuple[str, ...]:
        return self._root, self._id, self._key, self._installation or owner.lower()

    def _proof(self) -> str:
        try:
            return github_app.proof(self._id, self._key)
        except ValueError as error:
            raise NotConfigured(details=str(error), help=github_app.KEY_HELP) from error


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
