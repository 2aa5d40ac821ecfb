"""May this agent enter? The NATS server asks for every connection that is not ours; who is not known stays out.

Each replica of the API answers; the server's question goes to one of them. What is decided here is all that an agent
can do: the server enforces it (`permissions.py`).
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence

from nats.aio.msg import Msg
from sqlalchemy.exc import SQLAlchemyError

from codemie.embedded.nats_access import NatsAccess
from codemie.kernel.errors import CodeMieError
from codemie.kernel.telemetry import get_logger
from codemie.plugins import addresses, probing
from codemie.plugins.claims import SERVER_CURVE_HEADER, BadRequest, LoginRequest, open_request, seal_answer, user_token
from codemie.plugins.links import Link
from codemie.plugins.permissions import Agent, permissions_of
from codemie.plugins.refusals import Refusals
from codemie.plugins.wire.subjects import is_key, key_hash, key_mark

SUBJECT = "$SYS.REQ.USER.AUTH"
ACCOUNT = "PLUGINS"
_QUEUE = "codemie"
_OPEN_QUESTIONS = 2000
_LOOKUPS_AT_ONCE = 8
_LOOKUP_SECONDS = 3

_USER = re.compile(r"([0-9a-f]{64})(?:@(\S+))?")

Admit = Callable[[str], Awaitable[object | None]]
"""Tells of a key whose it is, or None for one that opens nothing."""

log = get_logger(__name__)


def key_hash_of(user: str) -> str | None:
    """The hash of the key of a connection, by the user that the callout made it; None for users of ours."""
    match = _USER.fullmatch(user)
    return match[1] if match else None


def address_of(user: str) -> str | None:
    """The address of an agent behind a bridge of ours; None where the server sees the agent itself."""
    match = _USER.fullmatch(user)
    return match[2] if match else None


class Callout:
    """Answers the server's questions.

    Args:
        accesses: the secrets in use; the one a question is sealed for signs its answer, so a server and the platform
            need not change theirs at the same moment.
        admit: who knows the keys.
        refusals: who slows down and writes down.
    """

    def __init__(self, accesses: Sequence[NatsAccess], admit: Admit, refusals: Refusals) -> None:
        self._accesses = accesses
        self._admit = admit
        self._refusals = refusals
        self._lookups = asyncio.Semaphore(_LOOKUPS_AT_ONCE)
        self._open = set[asyncio.Task[None]]()

    async def listen(self, link: Link) -> None:
        """Answer from now on.

        Args:
            link: in the account AUTH.
        """
        await link.subscribe(SUBJECT, self._receive, queue=_QUEUE)

    async def close(self) -> None:
        """Answer no more; what is open is refused by the server in seconds."""
        for task in tuple(self._open):
            task.cancel()

    async def _receive(self, message: Msg) -> None:
        # Whoever is not answered is not let in; the server sees to that.
        if len(self._open) < _OPEN_QUESTIONS:
            task = asyncio.create_task(self._answer(message))
            self._open.add(task)
            task.add_done_callback(self._settled)

    def _settled(self, task: asyncio.Task[None]) -> None:
        self._open.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("plugin_callout_failed", error=type(error).__name__)

    async def _answer(self, message: Msg) -> None:
        curve = (message.headers or {}).get(SERVER_CURVE_HEADER, "")
        for access in self._accesses:
            try:
                request = open_request(access, message.data, curve)
            except BadRequest as error:
                log.warning("plugin_callout_unreadable", details=error.details)
                return
            if request:
                user, reason = await self._decide(access, request)
                await message.respond(seal_answer(access, request, user=user, error=reason))
                return
        log.error("plugin_callout_sealed_for_another", help="Server and platform do not have the same broker secret")

    async def _decide(self, access: NatsAccess, request: LoginRequest) -> tuple[str | None, str]:
        """The token that lets it in, or None and why not."""
        key, token = request.option("user"), request.option("auth_token")
        bridged = addresses.address_in(self._accesses, token, key)
        address = bridged or request.host
        if bridged is None and not key:
            key = token
        if not is_key(key) or (key == request.option("user") and key != request.option("pass")):
            return await self._refuse(request, address, key, "no key" if not key else "malformed key")
        if reason := self._refusals.known(address, key_hash(key)):
            return await self._refuse(request, address, key, reason)
        try:
            async with asyncio.timeout(_LOOKUP_SECONDS), self._lookups:
                owner = await self._admit(key)
        except (TimeoutError, CodeMieError, SQLAlchemyError, OSError) as error:
            # It is not the agent's fault: it comes again by itself, and is not held to have tried a wrong key.
            log.warning("plugin_key_not_looked_up", error=type(error).__name__)
            return None, "keys cannot be looked up now"
        if owner is None:
            self._refusals.wrong(address, key_hash(key))
            return await self._refuse(request, address, key, "wrong key")
        self._refusals.admitted(key_hash(key))
        return self._token(access, request, key, bridged), ""

    async def _refuse(self, request: LoginRequest, address: str, key: str, reason: str) -> tuple[None, str]:
        mark = key_mark(key) if key else "none"
        is_probe = probing.is_ours(self._accesses, request.option("name"), key)
        event = "plugin_connection.probed" if is_probe else "plugin_connection.refused"
        await self._refusals.tell(event, mark, address, reason=reason)
        await self._refusals.slow_down()
        return None, reason

    @staticmethod
    def _token(access: NatsAccess, request: LoginRequest, key: str, bridged: str | None) -> str:
        agent = Agent.named(request.option("name"))
        return user_token(
            access,
            request,
            permissions_of(key, agent),
            account=ACCOUNT,
            name=f"{key_hash(key)}@{bridged}" if bridged else key_hash(key),
            seconds=agent.seconds,
        )
