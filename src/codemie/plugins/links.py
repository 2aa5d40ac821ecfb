"""This process's connections to the accounts of the NATS server, kept for as long as it runs."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import AuthorizationError, Error

from codemie.embedded.nats_access import Login, NatsAccess
from codemie.kernel.errors import Unavailable
from codemie.kernel.telemetry import get_logger
from codemie.plugins.wire.settling import settled

OPEN_SECONDS = 5
_WAIT_SECONDS = 1
_CLOSE_SECONDS = 2

Handler = Callable[[Msg], Awaitable[None]]

log = get_logger(__name__)


class Link:
    """One connection as one of our users. It comes back by itself, with its subscriptions, whatever the server does.

    The client library gives up for good when a server that reloads its configuration refuses a login that it knew. Then
    a new client takes the old one's place: ask for `client` each time it is used.

    Args:
        servers: addresses without users.
        login: who it is.
        accesses: the secrets whose passwords are tried, the newest first.
        max_pending: bytes that may wait for a subscriber before messages are dropped.
        holds_unsent: whether what is said while there is no connection is said later; else that fails at once.
    """

    def __init__(
        self,
        servers: Sequence[str],
        login: Login,
        accesses: Sequence[NatsAccess],
        *,
        max_pending: int = 64 * 2**20,
        holds_unsent: bool = True,
    ) -> None:
        self.login = login
        self.client = Client()
        self._servers = list(servers)
        self._passwords = [access.password(login) for access in accesses]
        self._tried = 0
        self._max_pending = max_pending
        self._subscriptions: list[tuple[str, Handler, str]] = []
        self._ends = False
        self._renewing: asyncio.Task[None] | None = None
        self._connected: list[Callable[[], Awaitable[None]]] = []
        self._lost: list[Callable[[], Awaitable[None]]] = []
        self._unsent_bytes = 2 * 2**20 if holds_unsent else 0

    @property
    def is_connected(self) -> bool:
        """Does it work now?"""
        return self.client.is_connected

    async def open(self) -> None:
        """Connect.

        Raises:
            Unavailable: no server lets it in within seconds; says why.
        """
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                await self._connect(self.client)
        except (TimeoutError, OSError, Error) as error:
            refused = _is_refusal(self.client.last_error)
            await self._quietly_close(self.client)
            raise Unavailable(
                "The NATS server does not know the plugin engine" if refused else "NATS is not reachable",
                details=f"It was asked to let the user '{self.login}' in",
                help="Let the server read what 'codemiectl nats config' prints, made with the same "
                "CODEMIE_PLUGINS_BROKER_SECRET"
                if refused
                else None,
                retry_after=2,
            ) from error

    async def subscribe(self, subject: str, handler: Handler, *, queue: str = "") -> None:
        """Hear a subject for as long as the link exists.

        Args:
            subject: maybe with wildcards.
            handler: called with one message after the other; it must not wait long.
            queue: of all subscribers with the same name, one hears a message.
        """
        self._subscriptions.append((subject, handler, queue))
        await self._subscribe(self.client, subject, handler, queue)

    def when_connected(self, handler: Callable[[], Awaitable[None]]) -> None:
        """Call something each time the connection is back: messages in between were lost."""
        self._connected.append(handler)

    def when_lost(self, handler: Callable[[], Awaitable[None]]) -> None:
        """Call something each time the connection is lost."""
        self._lost.append(handler)

    async def close(self) -> None:
        """Say what is pending, and leave."""
        self._ends = True
        if self._renewing:
            self._renewing.cancel()
        await self._quietly_close(self.client)

    def _password(self) -> str:
        return self._passwords[self._tried % len(self._passwords)]

    async def _connect(self, client: Client) -> None:
        await client.connect(
            cast("Any", self._servers),
            user=self.login.value,
            password=cast("Any", self._password),
            name=f"codemie-{self.login}",
            connect_timeout=OPEN_SECONDS,
            max_reconnect_attempts=-1,
            reconnect_time_wait=_WAIT_SECONDS,
            ping_interval=10,
            max_outstanding_pings=2,
            error_cb=self._heard_error,
            pending_size=self._unsent_bytes,
            disconnected_cb=self._tell_lost,
            reconnected_cb=self._tell_connected,
            closed_cb=self._was_closed,
        )

    async def _subscribe(self, client: Client, subject: str, handler: Handler, queue: str) -> None:
        subscribe = cast("Any", client.subscribe)
        await subscribe(subject, queue=queue, cb=handler, pending_bytes_limit=self._max_pending)
        await settled(client, OPEN_SECONDS)

    async def _heard_error(self, error: Exception) -> None:
        if _is_refusal(error):
            self._tried += 1
        log.warning("plugin_link_error", login=self.login.value, error=type(error).__name__)

    async def _tell_connected(self) -> None:
        for handler in self._connected:
            await handler()

    async def _tell_lost(self) -> None:
        for handler in self._lost:
            await handler()

    async def _was_closed(self) -> None:
        if not self._ends and self._renewing is None and self.client.is_closed:
            self._tried += 1
            self._renewing = asyncio.create_task(self._renew())

    async def _renew(self) -> None:
        while not self._ends:
            client = Client()
            try:
                async with asyncio.timeout(OPEN_SECONDS):
                    await self._connect(client)
                    for subscription in self._subscriptions:
                        await self._subscribe(client, *subscription)
            except (TimeoutError, OSError, Error) as error:
                log.warning("plugin_link_refused", login=self.login.value, error=type(error).__name__)
                await self._quietly_close(client)
                await asyncio.sleep(_WAIT_SECONDS)
                continue
            self.client, self._renewing = client, None
            await self._tell_connected()
            return

    async def _quietly_close(self, client: Client) -> None:
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                if client.is_connected:
                    await client.flush(_CLOSE_SECONDS)
                await client.close()
        except (TimeoutError, OSError, Error):
            log.info("plugin_link_not_closed", login=self.login.value)


def _is_refusal(error: Exception | None) -> bool:
    # While it connects, the library has no class of its own for it.
    return isinstance(error, AuthorizationError) or "authorization violation" in str(error).lower()
