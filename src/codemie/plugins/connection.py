"""The engine's connection to the broker: one for a process, in the account where all agents are."""

from collections.abc import Awaitable, Callable, Sequence

from nats.aio.msg import Msg
from nats.errors import Error

from codemie.embedded.nats_access import Login, NatsAccess
from codemie.plugins.failures import BrokerAway
from codemie.plugins.links import Link

Receive = Callable[[Msg], None]
Tell = Callable[[], None]


class Broker:
    """NATS as the engine sees it. It reconnects by itself, for ever.

    Args:
        servers: addresses without users.
        accesses: the secrets whose passwords are tried, the newest first.
    """

    def __init__(self, servers: Sequence[str], accesses: Sequence[NatsAccess]) -> None:
        # What cannot be sent now must not be sent later, when its caller has been told that it failed.
        self.link = Link(servers, Login.PLUGINS, accesses, holds_unsent=False)

    async def open(self) -> None:
        """Connect.

        Raises:
            Unavailable: no server answered in time, or none let the engine in.
        """
        await self.link.open()

    async def close(self) -> None:
        await self.link.close()

    @property
    def max_payload(self) -> int:
        """The largest message it takes, in bytes."""
        return self.link.client.max_payload

    async def publish(self, subject: str, payload: bytes = b"", reply: str = "") -> None:
        """Send a message now or not at all.

        Raises:
            BrokerAway: there is no connection.
        """
        try:
            await self.link.client.publish(subject, payload, reply)
        except (Error, OSError) as error:
            raise BrokerAway(
                details=f"Nothing was sent ({type(error).__name__}); the connection is being re-established.",
                help="Try again in a moment.",
            ) from error

    async def listen(self, subject: str, receive: Receive, *, queue: str = "") -> None:
        """Hear messages to a subject until the connection is closed.

        Args:
            subject: with or without wildcards.
            receive: takes each; must not block.
            queue: name of a group whose members share the messages; without one, all are heard here.
        """

        async def heard(message: Msg) -> None:
            receive(message)

        await self.link.subscribe(subject, heard, queue=queue)

    def when_back(self, tell: Tell) -> None:
        """Call something after each reconnection."""
        self.link.when_connected(_later(tell))

    def when_lost(self, tell: Tell) -> None:
        """Call something when the connection is lost."""
        self.link.when_lost(_later(tell))


def _later(tell: Tell) -> Callable[[], Awaitable[None]]:
    async def told() -> None:
        tell()

    return told
