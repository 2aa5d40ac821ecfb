"""What is before a server: a load balancer or an ingress that ends TLS, a network that is cut or falls silent."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class Front:
    """Passes bytes on to a port of this machine.

    Attributes:
        port: where it listens.
        behind: where it passes things on to; may change.
        to_server: looks at what clients send, before it goes on; may call `cut` or `freeze`.
        connections: how many were made so far.
    """

    behind: int
    port: int = 0
    connections: int = 0
    to_server: Callable[[bytes], None] = lambda _: None
    _flowing: asyncio.Event = field(default_factory=asyncio.Event)
    _open: set[asyncio.StreamWriter] = field(default_factory=set[asyncio.StreamWriter])

    def cut(self) -> None:
        """Break all connections, as a router that forgets them does: with a reset."""
        for writer in tuple(self._open):
            writer.transport.abort()

    def freeze(self) -> None:
        """Let nothing through, in either direction, and tell nobody."""
        self._flowing.clear()

    def thaw(self) -> None:
        """Let everything through again, what waited first."""
        self._flowing.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(OSError):
            there, back = await asyncio.open_connection("127.0.0.1", self.behind)
            self._open |= {writer, back}
            await asyncio.gather(self._copy(reader, back, self.to_server), self._copy(there, writer, lambda _: None))
            self._open -= {writer, back}
        writer.transport.abort()

    async def _copy(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, look: Callable[[bytes], None]
    ) -> None:
        with contextlib.suppress(OSError):
            while piece := await source.read(65_536):
                look(piece)
                await self._flowing.wait()
                target.write(piece)
                await target.drain()
        with contextlib.suppress(OSError, RuntimeError):
            target.close()


@asynccontextmanager
async def fronted(behind: int, context: ssl.SSLContext | None = None) -> AsyncGenerator[Front]:
    """A front before a port of this machine, ending TLS when it is given a certificate."""
    front = Front(behind)
    front.thaw()
    server = await asyncio.start_server(front.serve, "127.0.0.1", 0, ssl=context)
    front.port = server.sockets[0].getsockname()[1]
    try:
        yield front
    finally:
        server.close()
        front.cut()
