"""Somebody who uses the platform over HTTP with a token, and takes away what they made."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

from codemie.kernel.errors import UpstreamFailed

_SECONDS = 15.0


@dataclass(frozen=True)
class Visitor:
    """What smoke tests act through.

    Attributes:
        url: of the API, without a slash at the end.
        token: of the person; never shown.
        mock_only: chat with a mock model or not at all.
        mark: part of every name that is made, so that what a broken run leaves is known for what it is.
    """

    url: str
    token: str = field(repr=False)
    mock_only: bool = False
    mark: str = field(default_factory=lambda: f"smoke-{uuid.uuid4().hex[:8]}")

    async def call(self, method: str, path: str, **request: Any) -> httpx2.Response:
        """What the platform answers.

        Raises:
            httpx2.TransportError: nothing.
        """
        headers = {"Authorization": f"Bearer {self.token}"}
        async with httpx2.AsyncClient(timeout=_SECONDS, verify=self.url.startswith("https://")) as http:
            return await http.request(method, f"{self.url}{path}", headers=headers, **request)

    async def ask(self, method: str, path: str, **request: Any) -> Any:
        """The JSON of an answer that is well.

        Raises:
            UpstreamFailed: it is not, or nobody answers; says what was asked and what came.
        """
        try:
            answer = await self.call(method, path, **request)
            if answer.is_success:
                return answer.json()
        except httpx2.TransportError as error:
            raise UpstreamFailed(f"{method} {path} got no answer: {type(error).__name__}") from error
        except ValueError as error:
            raise UpstreamFailed(f"{method} {path} answered with no JSON: is {self.url} the API?") from error
        raise UpstreamFailed(f"{method} {path} answered {answer.status_code}{_said(answer)}")

    async def project(self) -> str:
        """A project the person may use.

        Raises:
            UpstreamFailed: there is none.
        """
        user: Mapping[str, Any] = await self.ask("GET", "/v1/user")
        names = user.get("applications") or [row["name"] for row in user.get("projects") or ()]
        if not names:
            raise UpstreamFailed("The person of the token is in no project")
        return str(names[0])


def _said(answer: httpx2.Response) -> str:
    try:
        return f": {answer.json()['error']['message']}"
    except (ValueError, KeyError, TypeError):
        return ""
