"""The check of the ways out: whether the network leads to every system that an integration names.

Unlike a connection test it signs in nowhere: it opens a connection, encrypts it and asks for the first page, so that it
can be made often, and tells a firewall from a credential.
"""

import asyncio
import contextlib
import ssl
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import httpx2
from sqlalchemy import select

from codemie.checks.check import Severity, check
from codemie.checks.report import Finding, Status, failed, skipped, unknown, warned
from codemie.integrations.probes.diagnosis import Diagnosis, Place, Walk
from codemie.integrations.probes.question import address_of
from codemie.integrations.probes.systems import PROBES
from codemie.integrations.runtime import IntegrationsRuntime
from codemie.integrations.tables import Integration
from codemie.integrations.trust import NoCertificate, authorities_of, is_verified, trusting
from codemie.integrations.vault import Credential
from codemie.kernel.database import Database
from codemie.kernel.egress import EgressPolicy
from codemie.kernel.egress_http import guarded_client
from codemie.kernel.errors import CodeMieError, InvalidInput
from codemie.plugins.diagnosis.certificates import Certificate

_MOST_ROWS = 1000
_MOST_HOSTS = 100
_MOST_REMEDIES = 5
_AT_ONCE = 16
_STEP_SECONDS = 3.0
_SECONDS = 15.0
_MOST_BYTES = 2**20
_ILL = 500
_INSIDE = ("Plugin", "FileSystem", "MCP")
"""Types that lead to nobody outside, or whose values have names that nobody knows beforehand."""
_ADDRESSES = ("url", "base_url", "kubernetes_url", "endpoint_url", "server_url")
_FIREWALL = "Timed out: ask who runs the system, or the firewall between, to admit the address of this installation"
_SILENT = "It is overloaded, or a firewall lets the connection through and nothing after it: ask who runs it"
_OPENED = (
    "See who issued the certificate: a proxy that opens the encryption on the way signs with a name of its own. Have "
    "the host excepted there, or put its authority into 'Certificate of the authority' of the integration."
)


@dataclass(frozen=True)
class OutwardCalls:
    """The integrations that people made, as far as they lead to other systems.

    Attributes:
        room: opens them.
    """

    room: IntegrationsRuntime


@dataclass(frozen=True)
class Destination:
    """A system, and whose certificate it must have. Integrations that agree in both lead to the same.

    Attributes:
        authorities: believed beside the public ones, in PEM.
        verified: whether its certificate is checked.
    """

    place: Place
    authorities: str = ""
    verified: bool = True

    @property
    def origin(self) -> str:
        """Its address without path, user and query, which may be secret."""
        host = f"[{self.place.host}]" if ":" in self.place.host else self.place.host
        return f"{self.place.scheme}://{host}:{self.place.port}"


def destination(credential: Credential) -> Destination | None:
    """Where an integration leads; None where its values name no address."""
    kind, values = credential.credential_type, credential.values
    url = next((found for key in _ADDRESSES if (found := address_of(values, key))), "")
    verify: bool | None = None
    if build := PROBES.get(kind):
        # Some addresses follow from other values, and some of those are incomplete.
        with contextlib.suppress(InvalidInput):
            question = build(values)
            url, verify = question.url, question.verify
    place = Place.of(url) or _database(values)
    if place is None:
        return None
    verified = is_verified(kind, values) if verify is None else verify
    return Destination(place, authorities_of(values), verified)


def _database(values: dict[str, object]) -> Place | None:
    """A host and a port in fields of their own."""
    host, port = address_of(values), str(values.get("port") or "")
    return Place("tcp", host, int(port)) if host and "/" not in host and port.isdecimal() else None


async def _stored(database: Database, room: IntegrationsRuntime) -> tuple[dict[Destination, set[str]], int]:
    """Where integrations lead, with their types, and how many lead nowhere that can be seen."""
    statement = select(Integration).where(Integration.credential_type.not_in(_INSIDE)).order_by(Integration.id)
    async with database.session() as session:
        rows = (await session.scalars(statement.limit(_MOST_ROWS))).all()

    def opened() -> tuple[dict[Destination, set[str]], int]:
        found: dict[Destination, set[str]] = defaultdict(set)
        hidden = 0
        for row in rows:
            if leads := destination(room.vault.open(row)):
                found[leads].add(row.credential_type)
            else:
                hidden += 1
        return found, hidden

    return await asyncio.to_thread(opened)


@dataclass(frozen=True)
class _Way:
    """The way to one system, step by step as a connection test goes it, and then the first page.

    Attributes:
        status: of HTTP; None where it was not asked for or did not come.
    """

    destination: Destination
    seen: Diagnosis
    status: int | None = None

    @property
    def told(self) -> str:
        failure = self.seen.failure
        if failure:
            return f"{self.seen.verdict}: {failure.detail}"
        if self.status is None:
            return "connected"
        return f"reached: HTTP {self.status}" + (", it wants a credential" if self.status in {401, 403} else "")


async def _walked(room: IntegrationsRuntime, to: Destination, egress_ip: str | None) -> _Way:
    settings = room.settings
    seconds = min(_STEP_SECONDS, settings.test_seconds)
    policy = replace(settings.egress(), timeout_seconds=seconds)
    try:
        trust = await asyncio.to_thread(trusting, to.authorities, verify=to.verified)
    except NoCertificate as error:
        return _Way(to, Diagnosis().failed("tls", error.details or "", error.help or ""))
    seen = await Walk(policy, seconds, egress_ip, trust).toward(to.place)
    if seen.failure is None and to.place.scheme in {"http", "https"}:
        limits = httpx2.Timeout(seconds)
        client = guarded_client(policy, headers={}, timeout=limits, max_bytes=_MOST_BYTES, trust=trust)
        return await _asked(_Way(to, seen), client, seconds)
    if seen.verdict == "bad certificate":
        await _name_issuer(policy, to, seen, seconds)
    return _Way(to, seen)


async def _asked(way: _Way, client: httpx2.AsyncClient, seconds: float) -> _Way:
    """The first page, without a credential: whatever is answered, the way is open."""
    seen = way.seen
    try:
        async with asyncio.timeout(seconds), client, client.stream("GET", f"{way.destination.origin}/") as answer:
            status = answer.status_code
    except (httpx2.TimeoutException, TimeoutError):
        seen.failed("answer", "Connected, but no answer came in time", _SILENT, "timed out")
    except httpx2.ProxyError as error:
        seen.failed("answer", f"The proxy refused: {error}", "Ask who runs the proxy to admit this address")
    except (httpx2.HTTPError, httpx2.InvalidURL, CodeMieError) as error:
        if untrusted := _untrusted(error):
            told = f"The certificate is not accepted: {untrusted.verify_message}"
            seen.failed("tls", told, _OPENED)
        else:
            action = "Look whether the port is that of the system, and speaks HTTP as its address says"
            seen.failed("answer", f"The exchange broke off: {type(error).__name__}", action)
    else:
        if status == httpx2.codes.PROXY_AUTHENTICATION_REQUIRED:
            seen.failed("answer", "The proxy wants a credential", "Put one into HTTPS_PROXY and HTTP_PROXY")
        return replace(way, status=status)
    return way


def _untrusted(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    """The refusal of a certificate that led to the error, if one did."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error


async def _name_issuer(policy: EgressPolicy, to: Destination, seen: Diagnosis, seconds: float) -> None:
    """Say who issued what was not accepted: who opens connections on the way signs with a name of its own."""
    anything = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    anything.check_hostname, anything.verify_mode = False, ssl.CERT_NONE
    host, port = to.place.host, to.place.port
    with contextlib.suppress(OSError, TimeoutError, ValueError, CodeMieError):
        async with asyncio.timeout(seconds):
            addresses = await policy.resolve(host, port)
            _, writer = await asyncio.open_connection(addresses[0], port, ssl=anything, server_hostname=host)
        issuer = Certificate.read(writer.get_extra_info("ssl_object").getpeercert(binary_form=True)).issuer
        writer.transport.abort()
        step = seen.steps[-1]
        seen.steps[-1] = replace(step, detail=f"{step.detail}; issued by {issuer}", action=f"{step.action} {_OPENED}")


async def _all(room: IntegrationsRuntime, to: Sequence[Destination], egress_ip: str | None) -> list[_Way]:
    """As many as can be walked in the time that there is."""
    turn = asyncio.Semaphore(_AT_ONCE)

    async def one(each: Destination) -> _Way:
        async with turn:
            return await _walked(room, each, egress_ip)

    tasks = [asyncio.create_task(one(each)) for each in to]
    try:
        await asyncio.wait(tasks, timeout=_SECONDS)
        return [task.result() for task in tasks if task.done()]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@check(
    "egress.reach",
    title="The network leads to every system that an integration names",
    symptom="A tool of an assistant or a data source waits, or says that a system cannot be reached.",
    severity=Severity.MAJOR,
    remedy=(
        _FIREWALL,
        "Refused: look at the port, and whether the system runs",
        "Unknown name: look at the address, and whether the DNS of this network knows it",
        "Bad certificate: see who issued it; a proxy on the way may open the encryption",
        "Not allowed: list the host in CODEMIE_INTEGRATIONS_EGRESS_ALLOW",
    ),
    faq=("F10", "F66"),
    needs=("crypto.roundtrip",),
    timeout=_SECONDS + 5,
)
async def reach(database: Database, calls: OutwardCalls) -> Finding:
    """A firewall does not admit this installation, the name is not known here, or a proxy opens the encryption."""
    found, hidden = await _stored(database, calls.room)
    if not found:
        return skipped("no integration names an address" if hidden else "there are no integrations")
    egress_ip = await calls.room.address.current()
    chosen = list(found)[:_MOST_HOSTS]
    ways = await _all(calls.room, chosen, egress_ip)
    shown = {f"{way.destination.origin} ({', '.join(sorted(found[way.destination]))})": way.told for way in ways}
    broken = {name: told for (name, told), way in zip(shown.items(), ways, strict=True) if way.seen.failure}
    left = len(found) - len(ways)
    rest = f"; {left} more were not tried" if left else ""
    if broken:
        kinds = Counter(way.seen.verdict for way in ways if way.seen.failure)
        said = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
        who = egress_ip or "here; nobody knows the address that others see (egress.ip)"
        told = f"{len(broken)} of {len(ways)} cannot be reached from {who}: {said}{rest}"
        return replace(failed(told, *_actions(ways)), evidence=broken)
    ill = {name: told for (name, told), way in zip(shown.items(), ways, strict=True) if (way.status or 0) >= _ILL}
    if ill:
        told = f"All {len(ways)} are reached, but {len(ill)} answer that they are ill{rest}"
        return replace(warned(told, "Ask who runs them, or the proxy on the way"), evidence=ill)
    if left:
        return unknown(f"{len(ways)} are reached{rest}", "Try again, or test the others one by one")
    return Finding(Status.PASS, f"{len(ways)} are reached", shown)


def _actions(ways: Sequence[_Way]) -> list[str]:
    """What to do about the failures, each once."""
    actions = dict.fromkeys(failure.action for way in ways if (failure := way.seen.failure) and failure.action)
    return list(actions)[:_MOST_REMEDIES]
