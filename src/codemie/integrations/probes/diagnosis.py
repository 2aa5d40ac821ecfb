"""Walking to an external system step by step, so that a failure says where it is and what to do.

Name, address, connection, certificate; then the system's own answer (``probes``). "Timed out" is told from "refused"
and both from "unauthorised", because different people mend them.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Literal
from urllib.parse import urlsplit

from codemie.kernel.egress import AddressRefused, EgressPolicy, HostUnknown
from codemie.kernel.proxies import proxy_for, shown

StepName = Literal["address", "dns", "egress", "tcp", "tls", "answer", "sign_in", "rights"]
Verdict = Literal[
    "works", "no address", "unknown name", "not allowed", "timed out", "refused", "unreachable", "bad certificate",
    "unexpected answer", "unauthorised", "forbidden",
]  # fmt: skip
"""What came of a test, in a word: each is mended by somebody else."""

_ADDRESS = "Enter the whole address: it begins with https:// or http://; that of a mail server is host:port."
_VERDICTS: dict[StepName, Verdict] = {
    "address": "no address",
    "dns": "unknown name",
    "egress": "not allowed",
    "tcp": "unreachable",
    "tls": "bad certificate",
    "answer": "unexpected answer",
    "sign_in": "unauthorised",
    "rights": "forbidden",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a connection test.

    Args:
        name: which.
        passed: it went well.
        detail: what was seen.
        action: what to do, where it failed, or soon will.
        verdict: of the failure, where the step can fail in several ways.
    """

    name: StepName
    passed: bool
    detail: str
    action: str = ""
    verdict: Verdict | None = None


@dataclass(slots=True)
class Diagnosis:
    """How far a connection test came."""

    steps: list[Step] = field(default_factory=list[Step])

    @property
    def failure(self) -> Step | None:
        """The step that failed, if any."""
        return next((step for step in self.steps if not step.passed), None)

    @property
    def verdict(self) -> Verdict:
        """What came of it, in a word."""
        failure = self.failure
        return "works" if failure is None else failure.verdict or _VERDICTS[failure.name]

    def passed(self, name: StepName, detail: str, action: str = "") -> None:
        """Note a step that went well, and what to do so that it goes on."""
        self.steps.append(Step(name, passed=True, detail=detail, action=action))

    def failed(self, name: StepName, detail: str, action: str, verdict: Verdict | None = None) -> "Diagnosis":
        """Note where it ended."""
        self.steps.append(Step(name, passed=False, detail=detail, action=action, verdict=verdict))
        return self


@dataclass(frozen=True, slots=True)
class Place:
    """Where a system is."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> "Place | None":
        """From a URL; ``None`` for what is none."""
        with contextlib.suppress(ValueError):
            parts = urlsplit(url.strip())
            if parts.scheme in ("http", "https", "smtp") and parts.hostname:
                return cls(parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80))
        return None


@dataclass(frozen=True, slots=True)
class Walk:
    """The way to a system.

    Args:
        policy: where integrations may lead.
        seconds: longest time a step may take.
        egress_ip: the address this installation calls from, if it is known.
        trust: which certificates are believed.
    """

    policy: EgressPolicy
    seconds: float
    egress_ip: str | None
    trust: ssl.SSLContext

    async def to(self, url: str) -> Diagnosis:
        """As far as the network goes: to an encrypted connection, if the address begins with https."""
        place = Place.of(url)
        if place is None:
            return Diagnosis().failed("address", f"'{url}' is no address", _ADDRESS)
        return await self.toward(place)

    async def toward(self, place: Place) -> Diagnosis:
        """The same to an address that was read before."""
        seen = Diagnosis()
        seen.passed("address", f"{place.host}, port {place.port}")
        proxy = proxy_for(f"{place.scheme}://{place.host}:{place.port}") if place.scheme in ("http", "https") else None
        steps: tuple[Callable[[Place, Diagnosis], Awaitable[None]], ...] = (self._name, self._connection)
        if proxy is not None:
            steps = (self._admission, partial(self._proxy, proxy))
        for step in steps:
            await step(place, seen)
            if seen.failure:
                break
        return seen

    async def _name(self, place: Place, seen: Diagnosis) -> None:
        try:
            addresses = await self.policy.resolve(place.host, place.port)
        except HostUnknown:
            action = "Check the name for typos. A name of an internal network must be known to this platform's DNS."
            seen.failed("dns", f"The name {place.host} is not known", action)
        except AddressRefused as error:
            seen.passed("dns", f"{place.host} is known")
            seen.failed("egress", error.message, error.help or "")
        else:
            seen.passed("dns", f"{place.host} is at {', '.join(addresses[:3])}")

    async def _admission(self, place: Place, seen: Diagnosis) -> None:
        """What a proxy is to connect to must be allowed like everything else."""
        try:
            await self.policy.admit(place.host, place.port)
        except HostUnknown:
            seen.failed(
                "dns",
                f"The name {place.host} is not known here",
                "Check it for typos. If only the proxy knows it, an administrator must list it in "
                f"{self.policy.setting}.",
            )
        except AddressRefused as error:
            seen.failed("egress", error.message, error.help or "")
        else:
            seen.passed("dns", f"{place.host} may be asked for")

    async def _proxy(self, proxy: str, _place: Place, seen: Diagnosis) -> None:
        where = shown(proxy)
        parts = urlsplit(f"//{where}")
        try:
            await self._open(parts.hostname or "", parts.port or 80, None, "")
        except (OSError, TimeoutError) as error:
            told = f"The proxy {where} cannot be reached: {getattr(error, 'strerror', None) or 'no answer in time'}"
            seen.failed("tcp", told, "Ask who runs the proxy; HTTPS_PROXY and NO_PROXY say what goes through it.")
        else:
            seen.passed("tcp", f"Through the proxy {where}")

    async def _connection(self, place: Place, seen: Diagnosis) -> None:
        """TCP, then TLS on a connection of its own: then each failure is plainly of one of them."""
        addresses = await self.policy.resolve(place.host, place.port)
        try:
            await self._open(addresses[0], place.port, None, place.host)
        except TimeoutError:
            told = f"{place.host}:{place.port} did not answer within {self.seconds:g} s"
            seen.failed("tcp", told, self._firewall(), "timed out")
        except ConnectionRefusedError:
            action = f"Something refuses connections at port {place.port}: check the port and that the system runs."
            seen.failed("tcp", f"{place.host}:{place.port} refused the connection", action, "refused")
        except OSError as error:
            seen.failed(
                "tcp", f"No connection to {place.host}:{place.port}: {error.strerror or error}", self._firewall()
            )
        else:
            seen.passed("tcp", f"Connected to {addresses[0]}:{place.port}")
            if place.scheme == "https":
                await self._certificate(addresses[0], place, seen)

    async def _certificate(self, address: str, place: Place, seen: Diagnosis) -> None:
        try:
            await self._open(address, place.port, self.trust, place.host)
        except ssl.SSLCertVerificationError as error:
            seen.failed("tls", f"The certificate is not accepted: {error.verify_message}", _trust_action(error))
        except (ssl.SSLError, OSError, TimeoutError) as error:
            reason = getattr(error, "reason", None) or type(error).__name__
            action = f"The system may not speak TLS at port {place.port}: check the port, or try http://."
            seen.failed("tls", f"No encrypted connection: {reason}", action)
        else:
            checked = self.trust.verify_mode != ssl.CERT_NONE
            seen.passed(
                "tls", "The certificate is accepted" if checked else "Encrypted; the certificate is NOT checked"
            )

    async def _open(self, address: str, port: int, trust: ssl.SSLContext | None, host: str) -> None:
        async with asyncio.timeout(self.seconds):
            name = host if trust else None
            _, writer = await asyncio.open_connection(address, port, ssl=trust, server_hostname=name)
            writer.close()
            with contextlib.suppress(OSError, ssl.SSLError):
                await writer.wait_closed()

    def _firewall(self) -> str:
        who = f"{self.egress_ip}, the address of this installation," if self.egress_ip else "this installation"
        return f"Probably a firewall: ask who runs the system to admit {who} at this port."


def _trust_action(error: ssl.SSLCertVerificationError) -> str:
    message = error.verify_message.lower()
    if "expired" in message:
        return "The certificate has expired: who runs the system must renew it."
    if "mismatch" in message or "doesn't match" in message:
        return "The certificate is for another name: use the name it is made for."
    return (
        "It is signed by an authority that is not known here: put that authority's certificate into the field "
        "'Certificate of the authority', in PEM form."
    )
