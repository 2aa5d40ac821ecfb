"""TCP to the first machine on the way: the server, or the proxy that opens a tunnel to it."""

import asyncio
import base64
import os
import socket
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from codemie.plugins.diagnosis.target import Options, Target, authority

_MAX_ADDRESSES = 8
_MAX_HEAD = 16_384


class ProxyRefused(Exception):
    """The proxy opens no tunnel.

    Args:
        status: of its answer; 0 when that was no HTTP.
        line: the first line of its answer.
    """

    def __init__(self, status: int, line: str) -> None:
        super().__init__(line)
        self.status = status
        self.line = line


class Closed(Exception):
    """The other side ended the connection where it should have said something."""


@dataclass
class Link:
    """An open connection as a pair of streams."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def secure(self, context: ssl.SSLContext, name: str | None) -> None:
        """Go on in TLS; the name is sent as SNI, and compared with the certificate where the context asks for that."""
        await self.writer.start_tls(context, server_hostname=name or "")

    async def read_some(self, limit: int = 65_536) -> bytes:
        """The next bytes.

        Raises:
            Closed: there are none.
        """
        try:
            got = await self.reader.read(limit)
        except (ConnectionError, TimeoutError) as error:
            raise Closed(reason(error)) from error
        if not got:
            raise Closed("the other side closed the connection")
        return got

    async def write(self, data: bytes) -> None:
        """Send bytes.

        Raises:
            Closed: nobody takes them.
        """
        try:
            self.writer.write(data)
            await self.writer.drain()
        except (ConnectionError, TimeoutError) as error:
            raise Closed(reason(error)) from error

    async def close(self) -> None:
        """End it, without waiting for the other side's manners."""
        self.writer.transport.abort()


def first_stop(target: Target, options: Options) -> tuple[str, int]:
    """Host and port that this machine itself connects to."""
    return (options.proxy.host, options.proxy.port) if options.proxy else (target.host, target.port)


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, each once.

    Raises:
        OSError: it has none.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))[:_MAX_ADDRESSES]


async def connect(address: str, port: int) -> Link:
    """A TCP connection to one address."""
    return Link(*await asyncio.open_connection(address, port))


@asynccontextmanager
async def dialled(target: Target, options: Options, address: str) -> AsyncGenerator[Link]:
    """A connection to the target, through the proxy when there is one; closed at the end.

    The address is that of the first stop, as a check found it to answer.

    Raises:
        ProxyRefused: the proxy opens no tunnel.
        OSError: nobody answers.
    """
    link = await connect(address, first_stop(target, options)[1])
    try:
        if options.proxy:
            await _tunnel(link, authority(target.host, target.port), options.proxy.credentials)
        yield link
    finally:
        await link.close()


async def _tunnel(link: Link, place: str, credentials: str) -> None:
    lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
    if credentials:
        lines.append(f"Proxy-Authorization: Basic {base64.b64encode(credentials.encode()).decode()}")
    await link.write("\r\n".join([*lines, "", ""]).encode())
    status, line, _ = await read_head(link)
    if status // 100 != 2:
        raise ProxyRefused(status, line)


async def read_head(link: Link) -> tuple[int, str, dict[str, str]]:
    """Status, first line and headers (names in lower case) of an HTTP answer; status 0 when it is none.

    Raises:
        Closed: it ended, or went on and on.
    """
    head = bytearray()
    while b"\r\n\r\n" not in head:
        got = await link.read_some(1) if head else await link.read_some(5)
        head += got
        if len(head) >= 5 and not head.startswith(b"HTTP/"):
            return 0, head[:60].decode("latin-1"), {}
        if len(head) > _MAX_HEAD:
            raise Closed("the answer has no end")
    first, *rest = head.decode("latin-1").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    status = first.split(" ")[1] if " " in first else ""
    return (int(status) if status.isdecimal() else 0), first, headers


def reason(error: BaseException) -> str:
    """What the system says of a failure, in its words."""
    if isinstance(error, TimeoutError):
        return "nobody answered in time"
    if isinstance(error, ssl.SSLError):
        return (error.reason or str(error)).replace("_", " ").lower()
    if isinstance(error, OSError) and (error.errno or 0) > 0:
        # asyncio writes a text of its own over the system's.
        return os.strerror(error.errno or 0).lower()
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error) or type(error).__name__
