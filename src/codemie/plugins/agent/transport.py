"""The bytes between agent and platform: TCP or a WebSocket, TLS before or after the greeting, through a proxy or not.

`nats` speaks the protocol over whatever is a `Transport`; it is handed ours already connected. Its own knows neither
proxies nor TLS before the greeting, and takes a frame of a WebSocket for a line.
"""

import abc
import asyncio
import contextlib
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import ParseResult

from nats.aio.transport import Transport

from codemie.plugins.agent.addresses import Address, Proxy
from codemie.plugins.agent.failures import NotReached

if TYPE_CHECKING:
    from aiohttp import ClientError, ClientSession, ClientWebSocketResponse

MAX_LINE = 1024 * 1024
"""A greeting names the servers of a cluster, and may be long."""
MAX_FRAME = 64 * 1024 * 1024
# How OpenSSL calls a greeting in the place of a handshake.
_GREETED = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG"})


@dataclass(frozen=True, slots=True)
class Stream:
    """A connection; `below` is the one it runs over, kept because its end would end both."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    below: "Stream | None" = None


class _Polite(Transport):
    """Answers a server that pings while it still looks at the key.

    The client library takes any line but an error for its admission, and is deaf for ever when the refusal follows.
    """

    async def readline(self) -> bytes:
        """The next line of the sign-in; the library reads none later."""
        while (line := await self._line()).strip() == b"PING":
            self.write(b"PONG\r\n")
            await self.drain()
        return line

    @abc.abstractmethod
    async def _line(self) -> bytes:
        """The next line, or what there is of it."""


class StreamTransport(_Polite):
    """TCP, with or without TLS.

    Args:
        stream: to the platform.
        is_secret: whether it is TLS already.
        needs_tls: refuse to go on without it.
    """

    def __init__(self, stream: Stream, *, is_secret: bool, needs_tls: bool) -> None:
        self._stream = stream
        self._is_secret = is_secret
        self._needs_tls = needs_tls

    async def connect(self, uri: ParseResult, buffer_size: int, connect_timeout: int) -> None:
        """Nothing: it is connected."""

    async def connect_tls(
        self,
        uri: str | ParseResult,
        ssl_context: ssl.SSLContext,
        buffer_size: int,  # noqa: ARG002 - theirs
        connect_timeout: int,
    ) -> None:
        """TLS after the greeting; nothing if it is there already."""
        if self._is_secret:
            return
        host = uri if isinstance(uri, str) else uri.hostname
        # A new reader: what somebody put in before TLS must not count as said within it.
        self._stream = await _wrapped(self._stream, ssl_context, host or "", connect_timeout)
        self._is_secret = True

    def write(self, payload: bytes) -> None:
        if self._needs_tls and not self._is_secret:
            raise NotReached("The platform does not offer TLS here", help="Is the port right? tls:// insists on TLS.")
        self._stream.writer.write(payload)

    def writelines(self, payload: list[bytes]) -> None:
        self.write(b"".join(payload))

    async def read(self, buffer_size: int) -> bytes:
        return await self._stream.reader.read(buffer_size)

    async def _line(self) -> bytes:
        return await self._stream.reader.readline()

    async def drain(self) -> None:
        await self._stream.writer.drain()

    async def wait_closed(self) -> None:
        with contextlib.suppress(OSError, TimeoutError):
            # A peer that is gone does not answer the end of TLS.
            await asyncio.wait_for(self._stream.writer.wait_closed(), 2)

    def close(self) -> None:
        self._stream.writer.close()

    def at_eof(self) -> bool:
        return self._stream.reader.at_eof()

    def __bool__(self) -> bool:  # pyright: ignore[reportIncompatibleMethodOverride] - theirs has no annotation
        return True


class WebSocketTransport(_Polite):
    """Lines in the frames of a WebSocket; how they are cut into frames does not matter.

    Args:
        session: of the HTTP client, ended with the socket.
        socket: open.
    """

    def __init__(self, session: "ClientSession", socket: "ClientWebSocketResponse") -> None:
        self._session = session
        self._socket = socket
        self._read = bytearray()
        self._unsent: list[bytes] = []

    async def connect(self, uri: ParseResult, buffer_size: int, connect_timeout: int) -> None:
        """Nothing: it is connected."""

    async def connect_tls(
        self, uri: str | ParseResult, ssl_context: ssl.SSLContext, buffer_size: int, connect_timeout: int
    ) -> None:
        """Nothing: a WebSocket's TLS lies below it, whatever the greeting of the server behind says."""

    def write(self, payload: bytes) -> None:
        self._unsent.append(payload)

    def writelines(self, payload: list[bytes]) -> None:
        self._unsent += payload

    async def drain(self) -> None:
        if unsent := b"".join(self._unsent):
            self._unsent = []
            await self._socket.send_bytes(unsent)

    async def read(self, buffer_size: int) -> bytes:  # noqa: ARG002 - theirs
        if not self._read:
            await self._receive()
        return self._take(len(self._read))

    async def _line(self) -> bytes:
        while b"\n" not in self._read and len(self._read) < MAX_LINE:
            if not await self._receive():
                break
        return self._take(self._read.find(b"\n") + 1)

    async def wait_closed(self) -> None:
        with contextlib.suppress(OSError, TimeoutError):
            await asyncio.wait_for(self._socket.close(), 2)
        await self._session.close()

    def close(self) -> None:
        """The end is said in `wait_closed`, where there is time for it."""

    def at_eof(self) -> bool:
        return self._socket.closed and not self._read

    def __bool__(self) -> bool:  # pyright: ignore[reportIncompatibleMethodOverride] - theirs has no annotation
        return True

    async def _receive(self) -> bool:
        from aiohttp import WSMsgType

        message: Any = await self._socket.receive()
        if message.type is WSMsgType.ERROR:
            raise ConnectionError("the WebSocket failed") from message.data
        if message.type is WSMsgType.BINARY:
            self._read += message.data
        return message.type is WSMsgType.BINARY

    def _take(self, count: int) -> bytes:
        taken = bytes(self._read[:count])
        del self._read[:count]
        return taken


async def open_transport(address: Address, proxy: Proxy | None, trust: ssl.SSLContext, seconds: float) -> Transport:
    """Connect.

    Raises:
        NotReached: there is no way to the platform, in words.
    """
    async with asyncio.timeout(seconds):
        if address.is_web:
            return await _web_socket(address, proxy, trust)
        if address.scheme == "nats":
            return StreamTransport(await _tcp(address, proxy, trust), is_secret=False, needs_tls=False)
        return await _tls(address, proxy, trust, seconds)


async def _tls(address: Address, proxy: Proxy | None, trust: ssl.SSLContext, seconds: float) -> Transport:
    """TLS at once; where the server greets first, TLS after the greeting. Never without."""
    plain = await _tcp(address, proxy, trust)
    try:
        stream = await _wrapped(plain, trust, address.host, seconds)
    except ssl.SSLError as error:
        if error.reason not in _GREETED:
            raise
    else:
        if not await _has_spoken(plain):
            return StreamTransport(stream, is_secret=True, needs_tls=True)
        stream.writer.close()
    return StreamTransport(await _tcp(address, proxy, trust), is_secret=False, needs_tls=True)


async def _has_spoken(plain: Stream) -> bool:
    """Whether a greeting came before we began with TLS: the handshake succeeds then, and no other greeting follows."""
    try:
        async with asyncio.timeout(0):  # what is there is read at once
            return bool(await plain.reader.read(1))
    except TimeoutError:
        return False


async def _tcp(address: Address, proxy: Proxy | None, trust: ssl.SSLContext) -> Stream:
    if proxy is None:
        return Stream(*await asyncio.open_connection(address.host, address.port, limit=MAX_LINE))
    tls = trust if proxy.scheme == "https" else None
    stream = Stream(*await asyncio.open_connection(proxy.host, proxy.port, ssl=tls, limit=MAX_LINE))
    try:
        await _tunnel(stream.reader, stream.writer, address, proxy)
    except BaseException:  # cancelled too: nobody else would close it
        stream.writer.close()
        raise
    return stream


async def _tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, address: Address, proxy: Proxy) -> None:
    """Have the proxy open a way through (RFC 9110, CONNECT)."""
    host = f"[{address.host}]" if ":" in address.host else address.host
    target = f"{host}:{address.port}"
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if proxy.authorization:
        lines.append(f"Proxy-Authorization: {proxy.authorization}")
    writer.write("\r\n".join([*lines, "", ""]).encode())
    await writer.drain()
    try:
        answer = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        raise NotReached("The proxy does not answer as one", details=proxy.url) from error
    status = answer.split(b" ", 2)[1:2]
    if status != [b"200"]:
        code = b"".join(status).decode(errors="replace")[:3]
        hint = "Put its name and password into PLUGIN_PROXY." if code == "407" else "Ask who runs it to admit the host."
        raise NotReached("The proxy does not let us through", details=f"{proxy.url} answered {code}", help=hint)


async def _wrapped(stream: Stream, trust: ssl.SSLContext, host: str, seconds: float) -> Stream:
    """TLS over a connection."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(MAX_LINE)
    protocol = asyncio.StreamReaderProtocol(reader)
    try:
        transport = await loop.start_tls(
            stream.writer.transport, protocol, trust, server_hostname=host, ssl_handshake_timeout=max(1.0, seconds)
        )
    except BaseException:  # cancelled too: nobody else would close it
        stream.writer.close()
        raise
    if transport is None:
        raise ConnectionError("the connection ended during the TLS handshake")
    reader.set_transport(transport)
    return Stream(reader, asyncio.StreamWriter(transport, protocol, reader, loop), below=stream)


async def _web_socket(address: Address, proxy: Proxy | None, trust: ssl.SSLContext) -> Transport:
    import aiohttp

    from codemie.plugins.agent.tunnel import Tunnelled

    tunnel = None
    if proxy is not None and address.scheme == "ws":
        # The library asks for a tunnel only where TLS goes through it; many proxies forward no WebSocket otherwise.
        tunnel, proxy = Tunnelled((await _tcp(address, proxy, trust)).writer), None
    session = aiohttp.ClientSession(connector=tunnel)
    headers = {"Proxy-Authorization": proxy.authorization} if proxy and proxy.authorization else None
    try:
        socket = await session.ws_connect(
            address.url,
            ssl=trust,
            max_msg_size=MAX_FRAME,
            timeout=aiohttp.ClientWSTimeout(ws_close=2),  # pyright: ignore[reportCallIssue] - attrs makes it
            proxy=proxy.url if proxy else None,
            proxy_headers=headers,
        )
    except BaseException as error:  # cancelled too: nobody else would close the session
        if tunnel is not None:
            tunnel.abandon()
        await session.close()
        if isinstance(error, aiohttp.ClientError) and not isinstance(error, OSError):
            raise _not_opened(error) from error
        raise
    return WebSocketTransport(session, socket)


def _not_opened(error: "ClientError") -> NotReached:
    from aiohttp import ClientHttpProxyError, ClientResponseError

    if isinstance(error, ClientHttpProxyError):
        return NotReached("The proxy does not let us through", details=f"It answered {error.status}.")
    if isinstance(error, ClientResponseError):
        return NotReached(
            "The platform opens no WebSocket there",
            details=f"It answered {error.status}.",
            help="Check the path of PLUGIN_ENGINE_URI, and whether an ingress on the way lets WebSockets through.",
        )
    return NotReached("The platform opens no WebSocket there", details=str(error) or type(error).__name__)
