"""An API as an integration of type OpenAPI knows it: its document, and its servers."""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from codemie.integrations import openapi
from codemie.integrations.openapi import NoDocument
from codemie.integrations.origins import origin_of
from codemie.toolkits.api import Answer, Api
from codemie.toolkits.connection import Connection
from codemie.toolkits.failures import BadToolArguments, NotConfigured, ToolFailed
from codemie.toolkits.openapi.document import ApiDocument
from codemie.toolkits.rest import below_root

MOST_SECONDS = 300.0
_USUAL_SECONDS = 120.0
_DOCUMENT = "The server of the OpenAPI document"


class OpenApi:
    """The API of one integration.

    Args:
        connection: of the call.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._document: ApiDocument | None = None
        self._values: Mapping[str, Any] = connection.credential.values if connection.credential else {}
        self._authorization = openapi.authorization(self._values)
        self.seconds = _seconds(self._values.get("timeout"))

    @property
    def header_names(self) -> frozenset[str]:
        """The headers that show who asks: no argument sets them."""
        return frozenset(name.lower() for name in self._authorization)

    async def document(self) -> ApiDocument:
        """What the integration knows of the API.

        Raises:
            NotConfigured: it is no OpenAPI document, or nothing names a server.
            ToolFailed: it cannot be fetched.
        """
        if self._document is None:
            self._document = await self._kept()
        return self._document

    async def _kept(self) -> ApiDocument:
        place = {key: str(self._values.get(key) or "") for key in ("openapi_spec", "server_url", "url")}
        asked_with = ("openapi", *place.values(), *map(str, self._authorization.items()))
        documents = self._connection.reach.documents
        kept = documents.get(*asked_with)
        if isinstance(kept, ApiDocument):
            return kept
        made = await self._read(place)
        if not made.usual_servers:
            raise NotConfigured(
                details="Neither an OpenAPI document nor the integration names a server.",
                help="Enter the server's address in the integration.",
            )
        documents.keep(made, *asked_with)
        return made

    async def _read(self, place: Mapping[str, str]) -> ApiDocument:
        """Without a document there are requests, but no operations."""
        if not place["openapi_spec"].strip():
            return ApiDocument({}, "", place, self.header_names)
        address = openapi.address(place)
        text = await self._fetched(address) if address else place["openapi_spec"]
        try:
            return ApiDocument(await asyncio.to_thread(openapi.read, text), text, place, self.header_names)
        except NoDocument as error:
            raise NotConfigured(
                "The OpenAPI document cannot be used", details=error.details, help=error.help
            ) from error

    async def _fetched(self, place: str) -> str:
        """The text at an address. The credential is shown there only where nobody is let in without."""
        parts = urlsplit(place)
        origin = f"{parts.scheme}://{parts.netloc}"
        answer = await Api(self._connection, _DOCUMENT, origin, {}).send("GET", place)
        server = Api(self._connection, _DOCUMENT, origin, self._authorization)
        if answer.status in (401, 403) and self._authorization:
            answer = await server.send("GET", place)
        if not answer.ok:
            raise server.refusal(answer)
        return answer.body.decode(errors="replace")

    async def send(self, method: Any, server: str, path: str, **sent: Any) -> Answer:
        """Whatever a server of the document answers.

        Args:
            method: of HTTP.
            server: one of the document's.
            path: below it.
            sent: see `Api.send`.

        Raises:
            ToolFailed: there is no answer, or one that is too long.
        """
        title = (await self.document()).title
        api = Api(self._connection, title, server, self._authorization, answer_seconds=self.seconds)
        answer = await api.send(method, path, **sent)
        if not answer.ok:
            raise api.refusal(answer)
        return answer


def place_of(document: ApiDocument, url: str) -> tuple[str, str]:
    """The server that a URL is at, and what is below it. The credential goes nowhere else.

    Args:
        document: of the integration.
        url: whole, or below the usual server.

    Raises:
        BadToolArguments: no server of the document is there.
    """
    if not url.strip().lower().startswith(("https://", "http://", "//")):
        return document.usual_servers[0], _below(url)
    for server in document.servers:
        base, asked = urlsplit(server), urlsplit(url.strip())
        inside = asked.path == base.path or asked.path.startswith(f"{base.path}/")
        if "@" not in asked.netloc and origin_of(url) == origin_of(server) and inside:
            rest = asked.path[len(base.path) :] or "/"
            return server, _below(f"{rest}?{asked.query}" if asked.query else rest)
    raise BadToolArguments(
        "The integration does not lead there",
        details=f"It names the servers {', '.join(document.servers)}.",
        help="Give a path of the document, or a URL below one of these.",
        code=422,
    )


def _below(path: str) -> str:
    try:
        return below_root(path or "/")
    except ValueError as error:
        raise BadToolArguments(f"The url {error}", code=422) from error


def _seconds(given: object) -> float:
    try:
        wanted = float(str(given))
    except ValueError:
        wanted = _USUAL_SECONDS
    return min(max(wanted, 1.0), MOST_SECONDS)


def missing(name: str) -> ToolFailed:
    """There is no such operation."""
    return ToolFailed(
        f"The API has no operation '{name[:100]}'", help="Look for it with open_api_spec and its query.", code=404
    )
