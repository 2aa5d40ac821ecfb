"""Cards of agents on other servers: what an Agent2Agent server says of one of its agents.

The address is typed by a user, so it is reached through the egress guard, in bounded time and size. Card locations:
`/.well-known/agent.json` up to version 0.2 of the protocol, `/.well-known/agent-card.json` since.
"""

import asyncio
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx2
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, ValidationError

from codemie.conversations.agent_credentials import ANONYMOUS, authorisation
from codemie.conversations.runtime import ConversationsRuntime
from codemie.conversations.settings import ConversationsSettings
from codemie.identity.caller import Caller
from codemie.identity.projects_use import require_usable
from codemie.kernel.egress_http import guarded_client
from codemie.kernel.errors import CodeMieError, InvalidInput
from codemie.toolkits.runtime import Workbench

_WELL_KNOWN = ("/.well-known/agent.json", "/.well-known/agent-card.json")
_TITLE = "Agent card cannot be fetched"
_MOST_REDIRECTS = 3
_MOST_CARD_BYTES = 256 * 1024
_MOST_SKILLS = 200
Json = dict[str, Any]


class _Loose(BaseModel):
    """What a card says beyond this is kept as it is."""

    model_config = ConfigDict(extra="allow")


class RemoteSkill(_Loose):
    """One thing a remote agent can do."""

    id: str
    name: str
    description: str | None = None


class AgentCard(_Loose):
    """What a remote agent says of itself, as far as it is relied on."""

    name: str = Field(min_length=1, max_length=500)
    description: str | None = Field(None, max_length=10_000)
    url: HttpUrl
    version: str
    capabilities: Json
    skills: list[RemoteSkill] = Field(max_length=_MOST_SKILLS)

    def wire(self) -> Json:
        """As it came."""
        return self.model_dump(mode="json")


async def offered(
    room: ConversationsRuntime,
    bench: Workbench,
    caller: Caller,
    project: str,
    address: str,
    integration_id: str | None,
) -> Json:
    """The card of an agent that somebody wants to make an assistant of.

    Raises:
        AccessDenied: 403, the project is not the caller's. NotFound: 404, there is no such project.
        TooManyRequests: 429.
        InvalidInput: 400, the credential is not for this address, or as `fetch` says.
    """
    async with bench.database.session() as session:
        await require_usable(session, caller, project)
    room.card_limit.spend(caller.id)
    try:
        credential = (
            await authorisation(bench, caller, project, integration_id, address) if integration_id else ANONYMOUS
        )
    except CodeMieError as error:
        raise InvalidInput(_TITLE, details=error.details or error.message, help=error.help) from error
    card = await fetch(room.settings, address, credential)
    return card.wire() | {"project_name": project, "integration_id": integration_id, "user_id": caller.id}


async def fetch(settings: ConversationsSettings, address: str, credential: httpx2.Auth = ANONYMOUS) -> AgentCard:
    """The card at an address, or at the usual places below it.

    Raises:
        InvalidInput: 400, it may not be reached, does not answer in time, or is no card.
    """
    try:
        async with asyncio.timeout(settings.agent_card_seconds):
            content = await _read(settings, address, credential)
        return AgentCard.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the answer"
        raise _failed(f"What {address} answers is no agent card: {place}: {first['msg']}.") from error
    except (CodeMieError, httpx2.HTTPError, httpx2.InvalidURL, TimeoutError) as error:
        reason = str(error) if isinstance(error, CodeMieError) else "it does not answer"
        raise _failed(f"The agent card cannot be read from {address}: {reason}") from error


async def _read(settings: ConversationsSettings, address: str, credential: httpx2.Auth) -> bytes:
    address = _on_the_web(address, "it is no http or https address")
    places = (
        [address]
        if urlsplit(address).path.endswith(".json")
        else [f"{address.rstrip('/')}{path}" for path in _WELL_KNOWN]
    )
    timeout = httpx2.Timeout(settings.agent_card_seconds)
    headers = {"Accept": "application/json"}
    async with guarded_client(
        settings.agent_egress(), headers=headers, timeout=timeout, max_bytes=_MOST_CARD_BYTES
    ) as http:
        http.auth = credential
        answer = await _followed(http, places[0])
        for place in places[1:]:
            if answer.status_code == httpx2.codes.NOT_FOUND:
                answer = await _followed(http, place)
    if not answer.is_success:
        raise InvalidInput(f"it answers {answer.status_code}")
    return answer.content


async def _followed(http: httpx2.AsyncClient, address: str) -> httpx2.Response:
    """The answer after a few redirects; each connection is guarded like the first."""
    for _ in range(_MOST_REDIRECTS + 1):
        answer = await http.get(address)
        if not answer.has_redirect_location:
            return answer
        address = _on_the_web(answer.headers["location"], "it leads away from the web", seen_at=address)
    raise InvalidInput("it leads on and on")


def _on_the_web(address: str, refusal: str, *, seen_at: str = "") -> str:
    """The whole address.

    Raises:
        InvalidInput: it is none of the web's.
    """
    try:
        whole = urljoin(seen_at, address)
        parts = urlsplit(whole)
    except ValueError as error:
        raise InvalidInput(refusal) from error
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InvalidInput(refusal)
    return whole


def _failed(details: str) -> InvalidInput:
    return InvalidInput(
        _TITLE,
        details=details,
        help="Check the address; private networks are reached only where the setting "
        "conversations.agent_egress_allow names them.",
    )
