"""The address that people type, and what is found out about it once."""

import asyncio
import ssl
import time
from dataclasses import dataclass, field
from pathlib import Path

from codemie.plugins.diagnosis import tls
from codemie.plugins.diagnosis.dialling import connect, reason
from codemie.plugins.diagnosis.target import Options


@dataclass(frozen=True)
class Reached:
    """What came of a connection to one address; empty `problem` when it was made."""

    address: str
    seconds: float
    problem: str = ""


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
    """

    host: str
    port: int = 443
    http_port: int = 80
    sni: str | None = None
    ca: Path | None = None
    expected: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
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
        link = await connect(address, self.port)
        try:
            await link.secure(context, self.name)
            return tls.agreed(link)
        finally:
            await link.close()

    @property
    def options(self) -> Options:
        """As the TLS of agents wants them."""
        return Options(key="", ca=self.ca)


async def _reach(address: str, port: int, seconds: float) -> Reached:
    begun = time.monotonic()
    try:
        async with asyncio.timeout(seconds):
            await (await connect(address, port)).close()
    except TimeoutError:
        return Reached(address, seconds, "no answer: dropped on the way")
    except OSError as error:
        return Reached(address, time.monotonic() - begun, reason(error))
    return Reached(address, time.monotonic() - begun)
