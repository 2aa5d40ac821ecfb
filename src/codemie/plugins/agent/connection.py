"""One life of the connection to the platform: from the key being accepted until it ends, for whatever reason.

The client library could connect again by itself. It is not let: it takes some errors of the server for final, and knows
neither our backoff nor when to give up. A new life is a new client.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ssl import SSLContext

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import ConnectionClosedError, Error

from codemie.plugins.agent.addresses import Address, Proxy
from codemie.plugins.agent.failures import why
from codemie.plugins.agent.transport import open_transport
from codemie.plugins.wire.settling import settled

PING_SECONDS = 8
"""Also keeps load balancers from taking the connection for idle."""
UNANSWERED_PINGS = 2
FLUSH_SECONDS = 5
HEADER_ROOM = 4_096

Handler = Callable[[Msg], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Door:
    """How to get to the platform.

    Args:
        address: where it listens.
        proxy: on the way.
        trust: certificates it must show, and ours.
        seconds: how long a try may take.
    """

    address: Address
    proxy: Proxy | None
    trust: SSLContext
    seconds: float


class Connection:
    """An open connection.

    Args:
        key: the plugin key.
        name: what the platform is told about this client.
        complain: takes complaints of the server that do not end the connection.
    """

    def __init__(self, key: str, name: str, complain: Callable[[str], None]) -> None:
        self._key = key
        self._name = name
        self._complain = complain
        self._client = Client()
        self._subscriptions: list[Subscription] = []
        self._last_error = ""
        self.ended = asyncio.Event()

    async def open(self, door: Door) -> None:
        """Connect and show the key.

        Raises:
            NotReached: there is no way to the platform.
            KeyRefused: it does not know the key.
        """
        url = door.address.url
        transport = None
        try:
            async with asyncio.timeout(door.seconds):
                transport = await open_transport(door.address, door.proxy, door.trust, door.seconds)
                self._client._transport = transport  # noqa: SLF001 - it has no other way to be given one
                await self._client.connect(
                    url,
                    user=self._key,
                    password=self._key,
                    name=self._name,
                    tls=door.trust,
                    allow_reconnect=False,
                    connect_timeout=max(1, int(door.seconds)),
                    ping_interval=PING_SECONDS,
                    max_outstanding_pings=UNANSWERED_PINGS,
                    error_cb=self._failed,
                    closed_cb=self._closed,
                )
            if not self._client.is_connected:
                raise ConnectionError("the server neither admits nor refuses the key")
        except (OSError, Error, EOFError, ValueError) as error:
            if transport is not None:
                transport.close()
                await transport.wait_closed()
            raise why(error, url) from error

    @property
    def max_payload(self) -> int:
        """The largest message the server takes."""
        return self._client.max_payload

    @property
    def why_ended(self) -> str:
        """What the server or the network said last."""
        return self._last_error

    async def subscribe(self, subject: str, handler: Handler) -> None:
        """Have messages to a subject handled, one after the other; a connection that is gone brings none."""
        with contextlib.suppress(ConnectionClosedError, OSError):
            self._subscriptions.append(await self._client.subscribe(subject, cb=handler))

    async def unsubscribe(self) -> None:
        """Take no more messages: whoever sends one learns at once that nobody is there."""
        with contextlib.suppress(Error, OSError):
            for subscription in self._subscriptions:
                await subscription.unsubscribe()
            await settled(self._client, FLUSH_SECONDS)

    async def publish(
        self, subject: str, payload: bytes = b"", *, reply: str = "", headers: dict[str, str] | None = None
    ) -> bool:
        """Send a message; whether the connection was there to take it."""
        try:
            await self._client.publish(subject, payload, reply=reply, headers=headers)
        except (Error, OSError) as error:
            self._last_error = str(error)
            return False
        return True

    async def flush(self) -> None:
        """Wait until the server has everything; a connection that is gone has nothing to wait for."""
        with contextlib.suppress(Error, OSError):
            await settled(self._client, FLUSH_SECONDS)

    async def close(self) -> None:
        with contextlib.suppress(Error, OSError, TimeoutError):
            await asyncio.wait_for(self._client.close(), FLUSH_SECONDS)

    async def _failed(self, error: Exception) -> None:
        self._last_error = str(error) or type(error).__name__
        if "permissions violation" in self._last_error.lower():
            self._complain(self._last_error)

    async def _closed(self) -> None:
        if self._client.last_error is not None:
            self._last_error = str(self._client.last_error)
        self.ended.set()
