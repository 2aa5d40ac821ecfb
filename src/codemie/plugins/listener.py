"""A port of the platform's own for agents, behind a network load balancer: TLS, whichever way an agent begins it.

Agents with `tls://` begin TLS at once, those with `nats://` wait for the server's INFO and are asked for TLS in it. So
we wait a moment for the first word: 300 ms, as `handshake_first: auto` of nats-server does in its way. From there on it
is the bridge's work.
"""

import asyncio
import contextlib
import ipaddress
import json
import socket
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from codemie.kernel.errors import ConfigurationError, TooManyRequests, Unavailable
from codemie.kernel.rate_limits import RateLimit
from codemie.kernel.telemetry import get_logger
from codemie.plugins.bridge import Bridge, Crossing
from codemie.plugins.settings import PluginsSettings

FIRST_WORD_SECONDS = 0.3
_HANDSHAKE_SECONDS = 10
_BACKLOG = 1024
_CHUNK = 64 * 1024

log = get_logger(__name__)


class _StreamSide:
    """An agent behind a stream."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def receive(self) -> bytes:
        return await self._reader.read(_CHUNK)

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()


class Certificate:
    """The certificate of the port; a file that was replaced counts from the next connection on.

    Args:
        certificate: chain in PEM.
        key: its private key in PEM.
        client_ca: authorities whose certificates agents must have; None: none is asked for.
    """

    def __init__(self, certificate: Path, key: Path, client_ca: Path | None) -> None:
        self._files = (certificate, key)
        self._client_ca = client_ca
        self._read = self._age()
        self._context = self._load()

    def context(self) -> ssl.SSLContext:
        """What the next connection is encrypted with."""
        with contextlib.suppress(OSError):
            if (age := self._age()) != self._read:
                self._renew(age)
        return self._context

    def _renew(self, age: tuple[int, ...]) -> None:
        self._read = age
        try:
            self._context = self._load()
        except ConfigurationError as error:
            # Half of the files may be new; the other half comes, and is noticed by its age.
            log.warning("plugin_certificate_not_renewed", details=error.details)

    def _age(self) -> tuple[int, ...]:
        try:
            return tuple(path.stat().st_mtime_ns for path in self._files)
        except OSError:
            return ()

    def _load(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        certificate, key = self._files
        try:
            context.load_cert_chain(certificate, key)
            if self._client_ca is not None:
                context.load_verify_locations(self._client_ca)
                context.verify_mode = ssl.CERT_REQUIRED
        except (OSError, ssl.SSLError) as error:
            raise ConfigurationError(
                "The certificate of the plugin port cannot be used",
                details=f"{certificate} with {key}: {error}",
                help="Name a certificate chain and its key in PEM: CODEMIE_PLUGINS_TLS_CERTIFICATE, "
                "CODEMIE_PLUGINS_TLS_KEY",
            ) from error
        return context


class Listener:
    """Takes connections.

    Args:
        bridge: takes them on.
        bridged: how often one address may come.
        certificate: of the port; None where TLS ends before it.
    """

    def __init__(self, bridge: Bridge, bridged: RateLimit, certificate: Certificate | None) -> None:
        self._bridge = bridge
        self._bridged = bridged
        self._certificate = certificate
        self._open = set[asyncio.Task[None]]()

    async def serve(self, port: socket.socket) -> None:
        """Take connections until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, peer = await loop.sock_accept(port)
            except OSError as error:
                # No descriptor is left, or the peer is gone already.
                log.warning("plugin_port_not_accepted", error=type(error).__name__)
                await asyncio.sleep(0.1)
                continue
            connection.setblocking(False)
            task = asyncio.create_task(self._take(connection, str(peer[0])))
            self._open.add(task)
            task.add_done_callback(self._open.discard)

    async def close(self) -> None:
        """Let go of everybody."""
        for task in tuple(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _take(self, connection: socket.socket, peer: str) -> None:
        address = _shown(peer)
        try:
            with contextlib.closing(connection):
                self._bridged.spend(address)
                async with self._bridge.crossing() as crossing:
                    await self._carry(connection, crossing, address)
        except (TooManyRequests, Unavailable, OSError, TimeoutError) as error:
            log.info("plugin_port_refused", address=address, error=type(error).__name__)

    async def _carry(self, connection: socket.socket, crossing: Crossing, address: str) -> None:
        greeted = False
        if self._certificate is not None and not await _speaks_first(connection):
            info = json.dumps({**crossing.info, "tls_required": True}, separators=(",", ":"))
            async with asyncio.timeout(_HANDSHAKE_SECONDS):
                await asyncio.get_running_loop().sock_sendall(connection, f"INFO {info}\r\n".encode())
            greeted = True
        reader, writer = await _stream(connection, self._certificate.context() if self._certificate else None)
        try:
            await self._bridge.carry(_StreamSide(reader, writer), crossing, address, greeted=greeted)
        finally:
            writer.close()


async def _speaks_first(connection: socket.socket) -> bool:
    """Does the other end say something before we do?"""
    loop = asyncio.get_running_loop()
    spoken = asyncio.Event()
    loop.add_reader(connection.fileno(), spoken.set)
    try:
        async with asyncio.timeout(FIRST_WORD_SECONDS):
            await spoken.wait()
    except TimeoutError:
        return False
    finally:
        loop.remove_reader(connection.fileno())
    return True


async def _stream(
    connection: socket.socket, context: ssl.SSLContext | None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=_CHUNK)
    protocol = asyncio.StreamReaderProtocol(reader)
    # The transport takes a descriptor of its own, so that ours can be closed whatever happens.
    transport, _ = await loop.connect_accepted_socket(
        lambda: protocol,
        connection.dup(),
        ssl=context,
        ssl_handshake_timeout=_HANDSHAKE_SECONDS if context else None,
    )
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


def _shown(peer: str) -> str:
    """The address as limits count it: of IPv6, the network that a subscriber has for itself."""
    address = ipaddress.ip_address(peer.partition("%")[0])
    if isinstance(address, ipaddress.IPv4Address) or address.is_loopback:
        return str(address)
    return str(address.ipv4_mapped or ipaddress.ip_network((address, 64), strict=False))


@asynccontextmanager
async def listening(
    settings: PluginsSettings, bridge: Bridge | None, bridged: RateLimit
) -> AsyncGenerator[tuple[str, int] | None]:
    """Take agents at a port while the block runs, where one is configured; gives its address.

    Raises:
        ConfigurationError: the port is taken, or the certificate cannot be used.
    """
    if settings.listen is None or bridge is None:
        yield None
        return
    files = settings.tls_certificate, settings.tls_key
    certificate = Certificate(files[0], files[1], settings.tls_client_ca) if files[0] and files[1] else None
    with contextlib.closing(_bound(*settings.listening)) as port:
        listener = Listener(bridge, bridged, certificate)
        serving = asyncio.create_task(listener.serve(port))
        try:
            yield port.getsockname()[:2]
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
            await listener.close()


def _bound(host: str, number: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        port = socket.create_server((host, number), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise ConfigurationError(
            "The plugin port cannot be opened",
            details=f"{host}:{number}: {error.strerror}",
            help="Correct CODEMIE_PLUGINS_LISTEN, or stop what listens there",
        ) from error
    port.setblocking(False)
    return port
