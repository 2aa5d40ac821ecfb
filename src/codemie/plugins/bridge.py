"""Carries the bytes of an agent to a NATS server and back, for agents that cannot reach the server itself.

Two lines are read, the rest is only passed on. Of the server's INFO, addresses inside our network are taken out. Into
the agent's CONNECT goes where it comes from (`addresses.py`), since the server sees us. The library that agents use
does not come back after an orderly end of a WebSocket, but does after `Stale Connection`: so that is said before we
hang up.

An agent that is refused tries again over the same WebSocket, if that is open, and does not survive the end of it. So
the WebSocket stays, and leads to a new connection to the server each time.
"""

import asyncio
import contextlib
import json
import random
import ssl
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

from codemie.embedded.nats_access import Login, NatsAccess
from codemie.kernel.errors import InvalidInput, TooManyRequests, Unavailable
from codemie.kernel.telemetry import get_logger
from codemie.plugins import addresses
from codemie.plugins.wire.subjects import key_hash

STALE = b"-ERR 'Stale Connection'\r\n"
_PING = b"PING\r\n"
_REFUSED = b"-ERR 'Authorization Violation'"
_LONGEST_CONNECT = 16 * 1024
_CONNECT_SECONDS = 10
_UPSTREAM_SECONDS = 5
_FAREWELL_SECONDS = 1
_CHUNK = 64 * 1024
MOST_OF_A_KEY = 64
"""Twice as many as the registry knows: a login that is renewed has two for a moment."""
_DEFAULT_PORT = 4222
_OURS = frozenset(login.value for login in Login)
_OF_OUR_NETWORK = ("connect_urls", "ws_connect_urls", "client_ip", "ip", "host", "port", "cluster", "domain")
_OTHER_PROOFS = ("jwt", "nkey", "sig")

log = get_logger(__name__)


class Side(Protocol):
    """The agent's end."""

    async def receive(self) -> bytes:
        """What it sends; empty when it is gone."""
        ...

    async def send(self, data: bytes) -> None:
        """Pass something on to it; waits while it is slow."""
        ...


class Bridge:
    """Takes agents to the servers.

    Args:
        servers: addresses without users.
        access: what seals where agents come from.
        most: agents carried at the same time.
    """

    def __init__(self, servers: Sequence[str], access: NatsAccess, most: int) -> None:
        self._servers = list(servers)
        self._access = access
        self._most = most
        self._carried = 0
        self._of_key = Counter[str]()
        self._leaving = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()

    @asynccontextmanager
    async def crossing(self) -> "AsyncGenerator[Crossing]":
        """A way to a server, for one agent, while the block runs.

        Raises:
            Unavailable: none answers, there are too many agents, or the process is about to end.
        """
        if self._carried >= self._most or self._leaving.is_set():
            raise Unavailable("No more agents can be taken", details="All places of this process are in use.")
        self._carried += 1
        self._empty.clear()
        try:
            crossing = await self._first_that_answers()
            try:
                yield crossing
            finally:
                crossing.writer.close()
        finally:
            self._carried -= 1
            if not self._carried:
                self._empty.set()

    async def carry(
        self,
        side: Side,
        crossing: "Crossing",
        address: str,
        *,
        greeted: bool = False,
        spend: Callable[[], None] | None = None,
    ) -> None:
        """Carry one agent until one of the ends hangs up, or this process ends.

        Args:
            side: the agent's end.
            crossing: to a server.
            address: where the agent comes from.
            greeted: whether the server's INFO was passed on already.
            spend: given where an agent that was refused may try again over the same connection; raises what
                refuses that, too.
        """
        try:
            if not greeted:
                await side.send(_line("INFO", crossing.info))
            while await self._was_refused(side, crossing, address) and spend and not self._leaving.is_set():
                spend()
                crossing.replace(await self._first_that_answers())
                await side.send(_line("INFO", crossing.info))
        except (InvalidInput, TooManyRequests, Unavailable, TimeoutError, OSError) as error:
            log.info("plugin_crossing_ended", address=address, error=type(error).__name__)
        finally:
            with contextlib.suppress(OSError, TimeoutError, RuntimeError):
                async with asyncio.timeout(_FAREWELL_SECONDS):
                    await side.send(STALE)

    async def _was_refused(self, side: Side, crossing: "Crossing", address: str) -> bool:
        """Carry until one of the ends hangs up; tells whether the server did not let the agent in."""
        key, said = await self._rewritten(side, address)
        heard: list[bytes] = []
        with self._place_of(key):
            crossing.writer.write(said)
            try:
                await _first_of(
                    _upwards(side, crossing.writer), _downwards(crossing.reader, side, heard), self._leaving.wait()
                )
            except OSError:
                # The server hangs up on whom it refuses, while the agent still writes.
                if heard[:1] != [_REFUSED]:
                    raise
        return heard[:1] == [_REFUSED]

    @contextmanager
    def _place_of(self, key: str) -> Generator[None]:
        """One of the places that a key has: whoever holds one must not take those of all others."""
        known_as = key_hash(key)
        if self._of_key[known_as] >= MOST_OF_A_KEY:
            raise TooManyRequests("Too many agents are connected with this key", details=f"At most {MOST_OF_A_KEY}")
        self._of_key[known_as] += 1
        try:
            yield
        finally:
            self._of_key[known_as] -= 1
            self._of_key += Counter()  # forgets those without any

    async def farewell(self) -> None:
        """Send everybody away; they come back in seconds, to another process."""
        self._leaving.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL_SECONDS):
                await self._empty.wait()

    async def _first_that_answers(self) -> "Crossing":
        for server in random.sample(self._servers, len(self._servers)):
            try:
                async with asyncio.timeout(_UPSTREAM_SECONDS):
                    return await Crossing.to(server)
            except (OSError, TimeoutError, InvalidInput) as error:
                log.warning("plugin_bridge_server_away", error=type(error).__name__)
        raise Unavailable("NATS is not reachable", retry_after=2)

    async def _rewritten(self, side: Side, address: str) -> tuple[str, bytes]:
        """The key that the agent shows; and its first line with its address in it, and what came after that."""
        async with asyncio.timeout(_CONNECT_SECONDS):
            received = b""
            while b"\n" not in received:
                if len(received) > _LONGEST_CONNECT:
                    raise InvalidInput("The first line of the agent is too long")
                if not (more := await side.receive()):
                    raise InvalidInput("The agent left without a word")
                # The ping that goes with a refused login comes late.
                received = (received + more).removeprefix(_PING)
        line, _, rest = received.partition(b"\n")
        word, _, text = line.strip().partition(b" ")
        options: Any = _parsed(text) if word.upper() == b"CONNECT" and len(line) <= _LONGEST_CONNECT else None
        if not isinstance(options, dict):
            raise InvalidInput("The first line of the agent is not CONNECT with a JSON object")
        complete = self._with_address(cast("dict[str, Any]", options), address)
        return str(complete.get("user", "")), _line("CONNECT", complete) + rest

    def _with_address(self, options: dict[str, Any], address: str) -> dict[str, Any]:
        token, user = options.get("auth_token"), options.get("user")
        if isinstance(token, str) and not user:
            options = {**options, "user": token, "pass": token}
        key = str(options.get("user", ""))
        if key in _OURS:
            raise InvalidInput("Users of the platform do not come over the bridge")
        if not key.isascii():  # half a character among them, which no encoding has
            raise InvalidInput("That is no plugin key")
        kept = {name: value for name, value in options.items() if name not in _OTHER_PROOFS}
        # Protocol 0: the server sends no INFO later on, which would have to be rewritten too.
        return {**kept, "protocol": 0, "auth_token": addresses.ticket(self._access, address, key)}


class Crossing:
    """A connection to a server that has greeted.

    Args:
        reader: of the connection.
        writer: of the connection.
        info: what the server said, without what agents have no use for.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, info: dict[str, Any]) -> None:
        self.reader = reader
        self.writer = writer
        self.info = info

    def replace(self, other: "Crossing") -> None:
        """Go on over another connection, and end this one."""
        self.writer.close()
        self.reader, self.writer, self.info = other.reader, other.writer, other.info

    @classmethod
    async def to(cls, server: str) -> "Crossing":
        """Connect to one server.

        Raises:
            InvalidInput: it is no NATS server.
            OSError: nobody listens there.
        """
        parts = urlsplit(server)
        host = parts.hostname or ""
        # As the client library does: `tls://` begins with TLS, `nats://` waits to be asked for it.
        context = ssl.create_default_context() if parts.scheme == "tls" else None
        reader, writer = await asyncio.open_connection(host, parts.port or _DEFAULT_PORT, ssl=context)
        try:
            word, _, text = (await reader.readline()).strip().partition(b" ")
            info: Any = _parsed(text)
            if word != b"INFO" or not isinstance(info, dict):
                raise InvalidInput("It does not greet as a NATS server does")
            greeting = cast("dict[str, Any]", info)
            if context is None and greeting.get("tls_required"):
                await writer.start_tls(ssl.create_default_context(), server_hostname=host)
        except BaseException:  # cancelled too: nobody else would close it
            writer.close()
            raise
        hidden = {*_OF_OUR_NETWORK, "tls_required", "tls_available", "tls_verify", "nonce"}
        return cls(reader, writer, {name: value for name, value in greeting.items() if name not in hidden})


async def _upwards(side: Side, writer: asyncio.StreamWriter) -> None:
    while data := await side.receive():
        writer.write(data)
        await writer.drain()


async def _downwards(reader: asyncio.StreamReader, side: Side, first: list[bytes]) -> None:
    """Pass everything on; what comes first is kept in `first`."""
    while data := await reader.read(_CHUNK):
        if not first:
            first.append(data[: len(_REFUSED)])
        await side.send(data)


async def _first_of(*works: Coroutine[Any, Any, Any]) -> None:
    """Wait until one of them ends; what it raises is raised."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _line(word: str, value: dict[str, Any]) -> bytes:
    return f"{word} {json.dumps(value, separators=(',', ':'))}\r\n".encode()


def _parsed(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
