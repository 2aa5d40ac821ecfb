"""What the steps of one walk learn and hand on, and the ways they open connections."""

import uuid
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from ssl import SSLContext

from codemie.plugins.diagnosis import tls
from codemie.plugins.diagnosis.conversation import Channel, Conversation
from codemie.plugins.diagnosis.dialling import Link, dialled
from codemie.plugins.diagnosis.listener import Listener
from codemie.plugins.diagnosis.target import Options, Target, is_address
from codemie.plugins.diagnosis.websocket import WebSocket


@dataclass
class Visit:
    """One walk.

    Attributes:
        addresses: of the first stop on the way.
        address: the one that answered.
        connect_seconds: it took so long.
        listener: what waits behind it.
        handshake: what TLS agreed on when anything was accepted.
        name_refused: why the server begins no TLS when it is sent the name.
        conversation: the one signed in with the key, which several steps share.
        session: a session id of this walk's own.
        left: closes the shared conversation.
    """

    target: Target
    options: Options
    left: AsyncExitStack
    addresses: list[str] = field(default_factory=list[str])
    address: str = ""
    connect_seconds: float = 0.0
    listener: Listener | None = None
    handshake: tls.Handshake | None = None
    name_refused: str = ""
    conversation: Conversation | None = None
    session: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def needs_tls(self) -> bool:
        """Whether an agent speaks TLS here: its URI begins so, or the server's INFO asks for it."""
        return self.target.is_tls_first or self.is_upgraded

    @property
    def is_upgraded(self) -> bool:
        """Whether TLS begins after the server's INFO."""
        info = self.listener.info if self.listener else {}
        return self.target.scheme == "nats" and bool(info.get("tls_required"))

    @property
    def sni(self) -> str | None:
        """The name that an agent sends in its handshake; None for an address, which is never sent (RFC 6066 §3)."""
        return None if is_address(self.target.host) else self.target.host

    @asynccontextmanager
    async def link(self) -> AsyncGenerator[Link]:
        """A connection to the server, through the proxy if there is one."""
        async with dialled(self.target, self.options, self.address) as link:
            yield link

    @asynccontextmanager
    async def secured(self, context: SSLContext, name: str | None) -> AsyncGenerator[Link]:
        """The same, after a TLS handshake: at once, or after INFO where that comes first."""
        async with self.link() as link:
            if self.is_upgraded:
                await Conversation(link).greeted()
            await link.secure(context, name)
            yield link

    @asynccontextmanager
    async def talking(self) -> AsyncGenerator[Conversation]:
        """A conversation as an agent opens it, greeted by the server and not yet signed in."""
        async with AsyncExitStack() as stack:
            if self.needs_tls:
                context = tls.strict(self.options)
                link = await stack.enter_async_context(self.secured(context, self.target.host))
            else:
                link = await stack.enter_async_context(self.link())
            channel: Channel = await WebSocket.upgraded(link, self.target) if self.target.is_websocket else link
            conversation = Conversation(channel)
            if self.is_upgraded:
                conversation.info = self.listener.info if self.listener else {}
            else:
                await conversation.greeted()
            yield conversation

    def shared(self) -> Conversation:
        """The conversation that the sign-in step left open."""
        if self.conversation is None:
            raise LookupError("a step that talks does not name the sign-in among its needs")
        return self.conversation
