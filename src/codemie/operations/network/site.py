"""The address that people type, and what is found out about it once."""

import asyncio
import errno
import ssl
import time
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from codemie.plugins.diagnosis import tls
from codemie.plugins.diagnosis.dialling import Closed, connect, reason
from codemie.plugins.diagnosis.target import Options

_PATIENCE = 2.0
"""Seconds to wait for a greeting that may never come."""
_NO_WAY = {errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}


@dataclass(frozen=True)
class Reached:
    """What came of a connection to one address; empty `problem` when it was made.

    Attributes:
        is_local: this machine has no way there at all, as without IPv6: that says nothing of the site.
    """

    address: str
    seconds: float
    problem: str = ""
    is_local: bool = False


class Nats(StrEnum):
    """How a NATS server begins a connection."""

    TLS_FIRST = "tls first"
    GREETS_FIRST = "greets first"
    PLAIN = "plain"


@dataclass
class Site:
    """Where the platform should answer.

    Attributes:
        host: the name, or an address.
        port: of HTTPS.
        http_port: of plain HTTP.
        sni: the name to send in TLS, when it is not the host.
        ca: authorities to trust in place of this machine's.
        expected: the load balancer's name or addresses, when known.
        addresses: where to connect, when DNS is not to be asked.
        path: of the first page, with its query.
        is_plain: it is asked by plain HTTP alone, at `http_port`.
        wants_nats: whether it is looked whether NATS answers.
        seconds: for one answer.
        token: to try whether it is let in; empty: none.
        nats: how a NATS server there begins, once that was looked at; None: none is there.
    """

    host: str
    port: int = 443
    http_port: int = 80
    sni: str | None = None
    ca: Path | None = None
    expected: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    path: str = "/"
    is_plain: bool = False
    wants_nats: bool = False
    seconds: float = 8.0
    token: str = field(default="", repr=False)
    nats: Nats | None = None
    _is_asked: bool = False
    _reached: dict[int, list[Reached]] = field(default_factory=dict[int, list[Reached]])

    @property
    def name(self) -> str:
        """What the certificate must be for."""
        return self.sni or self.host

    async def reach(self, addresses: tuple[str, ...], port: int, seconds: float = 3.0) -> list[Reached]:
        """Connect to each address, once in this run."""
        if port not in self._reached:
            self._reached[port] = list(await asyncio.gather(*(_reach(each, port, seconds) for each in addresses)))
        return self._reached[port]

    def answering(self, port: int) -> str | None:
        """An address that was reached."""
        return next((each.address for each in self._reached.get(port, []) if not each.problem), None)

    async def shake_hands(self, address: str, context: ssl.SSLContext) -> tls.Handshake:
        """A TLS handshake with the name sent.

        Raises:
            OSError: it fails; `ssl.SSLError` is one.
        """
        if self.wants_nats and not self._is_asked:
            self._is_asked = True
            self.nats = await _greeting(address, self.port, tls.permissive(self.options), self.name)
        link = await connect(address, self.port)
        try:
            if self.nats in {Nats.GREETS_FIRST, Nats.PLAIN}:
                await link.read_some()
            if self.nats is Nats.PLAIN:
                raise ConnectionAbortedError("the server offers none")
            await link.secure(context, self.name)
            return tls.agreed(link)
        finally:
            await link.close()

    @property
    def options(self) -> Options:
        """As the TLS of agents wants them."""
        return Options(key="", ca=self.ca)


async def _greeting(address: str, port: int, context: ssl.SSLContext, name: str) -> Nats | None:
    """Listen for the greeting of NATS, before TLS and within it."""
    for within in (None, context):
        link = await connect(address, port)
        try:
            async with asyncio.timeout(_PATIENCE):
                if within:
                    await link.secure(within, name)
                said = await link.read_some()
        except (OSError, EOFError, Closed):
            continue
        finally:
            await link.close()
        if said.startswith(b"INFO "):
            if within:
                return Nats.TLS_FIRST
            offers = b'"tls_required":true' in said or b'"tls_available":true' in said
            return Nats.GREETS_FIRST if offers else Nats.PLAIN
    return None


async def _reach(address: str, port: int, seconds: float) -> Reached:
    begun = time.monotonic()
    try:
        async with asyncio.timeout(seconds):
            await (await connect(address, port)).close()
    except TimeoutError:
        return Reached(address, seconds, "no answer: dropped on the way")
    except OSError as error:
        return Reached(address, time.monotonic() - begun, reason(error), error.errno in _NO_WAY and ":" in address)
    return Reached(address, time.monotonic() - begun)
