"""An HTTP proxy (RFC 9110 §9.3.6) that wants a password and remembers what went through it."""

import asyncio
import base64
import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class FakeProxy:
    """Connects where it is asked to, unless it refuses.

    Attributes:
        asked: method and target of each request.
        refuses: whether everything is forbidden.
        waits: to say that the way is open until the server has spoken, and say both in one piece.
    """

    port: int = 0
    asked: list[str] = field(default_factory=list[str])
    refuses: bool = False
    waits: bool = False

    @property
    def url(self) -> str:
        """With the password, as the environment names it."""
        return f"http://me:planted-proxy-secret@127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            first, *lines = head.decode().split("\r\n")
            method, target, _ = first.split(" ")
            self.asked.append(f"{method} {target}")
            wanted = base64.b64encode(b"me:planted-proxy-secret").decode()
            if f"proxy-authorization: basic {wanted}".lower() not in [line.lower() for line in lines]:
                writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            elif self.refuses:
                writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            elif method == "CONNECT":
                await self._tunnel(reader, writer, target)
            else:
                await self._forward(reader, writer, head, target)
        writer.close()

    async def _tunnel(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: str) -> None:
        host, _, port = target.rpartition(":")
        there, back = await asyncio.open_connection(host, int(port))
        spoken = await there.read(65_536) if self.waits else b""
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n" + spoken)
        await asyncio.gather(_copy(reader, back), _copy(there, writer))

    async def _forward(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes, target: str
    ) -> None:
        parts = urlsplit(target)
        there, back = await asyncio.open_connection(parts.hostname, parts.port or 80)
        path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        back.write(head.replace(target.encode(), path.encode(), 1))
        await asyncio.gather(_copy(reader, back), _copy(there, writer))


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while piece := await source.read(65_536):
            target.write(piece)
            await target.drain()
    with contextlib.suppress(ConnectionError, RuntimeError):
        target.close()


@asynccontextmanager
async def running() -> AsyncGenerator[FakeProxy]:
    """One on a free loopback port."""
    proxy = FakeProxy()
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    yield proxy
    server.close()
