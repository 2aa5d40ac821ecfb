"""What waits behind a port: NATS, TLS, a web server, or nobody who speaks."""

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from codemie.plugins.diagnosis import tls
from codemie.plugins.diagnosis.conversation import NotNats, parsed_info
from codemie.plugins.diagnosis.dialling import Closed, Link
from codemie.plugins.diagnosis.target import Target

Dial = Callable[[], AbstractAsyncContextManager[Link]]

_MAX_GREETING = 65_536
_PATIENCE = 1.0
"""Seconds to wait for a greeting. A server with `handshake_first: auto` waits 50 ms for the client unless told more."""

_HANDSHAKE = 4.0
"""Seconds more for a handshake."""


class Greeting(StrEnum):
    """Who speaks, as far as the first words tell."""

    NATS = "NATS"
    HTTP = "HTTP"
    OTHER = "something unknown"
    SILENT = "nothing"
    CLOSED = "nothing, and the connection was closed"


@dataclass(frozen=True)
class Listener:
    """What a port was found to be.

    Attributes:
        plain: who speaks without TLS; None where nobody looked, since TLS was expected and found.
        info: the server's INFO, when it came without TLS.
        secured: who speaks inside TLS that begins at once; None without such TLS.
        trouble: why TLS could not begin, when somebody who speaks TLS refused it.
    """

    plain: Greeting | None = None
    info: dict[str, Any] = field(default_factory=dict[str, Any])
    secured: Greeting | None = None
    trouble: ssl.SSLError | None = None

    @property
    def schemes(self) -> tuple[str, ...]:
        """Of the URIs that fit."""
        fits = {
            "nats": self.plain is Greeting.NATS,
            "tls": self.secured is Greeting.NATS,
            "wss": self.secured is Greeting.HTTP,
            "ws": self.plain is Greeting.HTTP,
        }
        return tuple(scheme for scheme, does in fits.items() if does)


async def probed(dial: Dial, target: Target, context: ssl.SSLContext, name: str | None, slack: float) -> Listener:
    """Find out who listens, beginning with what the URI promises.

    Args:
        dial: opens a fresh connection.
        target: where an agent would connect.
        context: for a handshake that accepts anything.
        name: for SNI.
        slack: seconds that bytes take to the server and back.
    """
    patience = _PATIENCE + 2 * slack
    if target.is_tls_first:
        found = await _secured(dial, target, context, name, patience)
        if found.secured is not None or found.trouble is not None:
            return found
        greeting, info = await _plain(dial, target, patience)
        return Listener(greeting, info)
    greeting, info = await _plain(dial, target, patience)
    if greeting in {Greeting.NATS, Greeting.HTTP}:
        return Listener(greeting, info)
    found = await _secured(dial, target, context, name, patience)
    return Listener(greeting, info, found.secured, found.trouble)


async def _plain(dial: Dial, target: Target, patience: float) -> tuple[Greeting, dict[str, Any]]:
    async with dial() as link:
        return await _greeting(link, target, patience)


async def _secured(dial: Dial, target: Target, context: ssl.SSLContext, name: str | None, patience: float) -> Listener:
    async with dial() as link:
        try:
            async with asyncio.timeout(patience + _HANDSHAKE):
                await link.secure(context, name)
        except ssl.SSLError as error:
            return Listener(trouble=error if tls.is_answer(error) else None)
        except (OSError, TimeoutError):
            return Listener()
        try:
            return Listener(secured=(await _greeting(link, target, patience))[0])
        except ssl.SSLError as error:
            # TLS 1.3 tells what it lacks, such as a certificate of the client, after the handshake.
            return Listener(trouble=error)


async def _greeting(link: Link, target: Target, patience: float) -> tuple[Greeting, dict[str, Any]]:
    """Who speaks first; a web server does not, so it is asked something."""
    asked = f"GET / HTTP/1.1\r\nHost: {target.authority}\r\nConnection: close\r\n\r\n".encode()
    if target.is_websocket:
        await _try_to(link, asked)
    heard = await _first_line(link, patience)
    if heard == b"" and not target.is_websocket:
        await _try_to(link, asked)
        heard = await _first_line(link, patience)
    if heard is None:
        return Greeting.CLOSED, {}
    return _recognised(heard)


def _recognised(heard: bytes) -> tuple[Greeting, dict[str, Any]]:
    if heard.startswith(b"HTTP/"):
        return Greeting.HTTP, {}
    try:
        return Greeting.NATS, parsed_info(heard.decode("utf-8", "replace"))
    except NotNats:
        return (Greeting.OTHER if heard else Greeting.SILENT), {}


async def _try_to(link: Link, asked: bytes) -> None:
    with contextlib.suppress(Closed, OSError):
        await link.write(asked)


async def _first_line(link: Link, patience: float) -> bytes | None:
    """The first line; what came of it in time; None when the connection ended before anything came."""
    heard = bytearray()
    try:
        async with asyncio.timeout(patience):
            while b"\n" not in heard and len(heard) < _MAX_GREETING:
                heard += await link.read_some()
    except TimeoutError:
        pass
    except Closed:
        return bytes(heard) or None
    return bytes(heard).partition(b"\r\n")[0]
