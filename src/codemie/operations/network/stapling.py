"""The answer of an OCSP responder that a server sends along with its certificate (RFC 6066 §8: "stapled").

Python's ssl cannot ask for it, so the program `openssl` does, where this machine has it. It does not verify who signed
the answer; browsers do.
"""

import asyncio
import contextlib
import datetime as dt
import re
import shutil
from dataclasses import dataclass

from codemie.checks.check import Severity, check
from codemie.checks.report import Finding, failed, passed, unknown
from codemie.checks.sources import Unobservable
from codemie.operations.network.site import Nats, Site
from codemie.operations.network.tls_checks import served
from codemie.plugins.diagnosis.certificates import Certificate
from codemie.plugins.diagnosis.lookup import Lookup
from codemie.plugins.diagnosis.target import authority, is_address

_NONE = "OCSP response: no response sent"
_STATUS = re.compile(r"(?m)^\s*Cert Status: (\w+)")
_SERIAL = re.compile(r"(?m)^\s*Serial Number: ([0-9A-Fa-f]+)")
_NEXT = re.compile(r"(?m)^\s*Next Update: (.+?) GMT")
_WRITTEN = "%b %d %H:%M:%S %Y"
_MOST_BYTES = 2**20


@dataclass(frozen=True)
class Staple:
    """What was sent along.

    Attributes:
        status: good, revoked or unknown.
        serial: of the certificate that it is about.
        until: when a newer one is due; None where it does not say.
    """

    status: str
    serial: int
    until: dt.datetime | None


def read(said: str) -> Staple | None:
    """What `openssl s_client -status` prints; None where the server sends nothing along.

    Raises:
        Unobservable: that is no such print.
    """
    if _NONE in said:
        return None
    status, serial, following = (pattern.search(said) for pattern in (_STATUS, _SERIAL, _NEXT))
    if not status or not serial:
        raise Unobservable("Not asked: openssl got no TLS, or sent no answer on", "See tls.handshake")
    try:
        until = dt.datetime.strptime(following[1], _WRITTEN).replace(tzinfo=dt.UTC) if following else None
    except ValueError as error:
        raise Unobservable("openssl writes the end of the answer in a way that is not known here") from error
    return Staple(status[1], int(serial[1], 16), until)


async def asked(place: str, name: str, seconds: float) -> Staple | None:
    """What a server sends along.

    Args:
        place: address and port.
        name: to send in TLS; an address is not sent.
        seconds: to wait.

    Raises:
        Unobservable: there is no `openssl`, it does not come to an end, or says too much.
    """
    program = shutil.which("openssl")
    if program is None:
        raise Unobservable("Not asked: this machine has no openssl", "Install it, or look from a machine that has it")
    naming = ["-noservername"] if is_address(name) else ["-servername", name]
    process = await asyncio.create_subprocess_exec(
        *(program, "s_client", "-status", "-connect", place, *naming),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(seconds):
            output = await _said(process)
    except TimeoutError:
        raise Unobservable("Not asked: openssl did not come to an end", "Give it more time with --timeout") from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return read(output.decode(errors="replace"))


async def _said(process: asyncio.subprocess.Process) -> bytes:
    """All that it prints: a server's chain and answer have some kilobytes."""
    output = bytearray()
    while process.stdout and (part := await process.stdout.read(_MOST_BYTES)):
        output += part
        if len(output) > _MOST_BYTES:
            raise Unobservable("Not asked: openssl says more than a certificate and its answer can have")
    await process.wait()
    return bytes(output)


@check(
    "tls.stapling",
    title="What the server says of the certificate's revocation holds",
    symptom="Firefox alone refuses the page: OCSP_OLD_RESPONSE, or REQUIRED_TLS_FEATURE_MISSING.",
    remedy=(
        "Let the server fetch the answer anew: it must reach the responder that the certificate names",
        "A certificate that asks for stapling needs a server that does it; else have it issued without must-staple",
    ),
    severity=Severity.MINOR,
    faq=("F69",),
    needs=("tls.attached",),
    timeout=20,
)
async def stapling(site: Site, lookup: Lookup) -> Finding:
    """The server's copy of the responder's answer is out of date, or it has none though the certificate demands one.

    Without such a demand (RFC 7633) a server need not staple, and most load balancers do not.
    """
    address, found = await served(site, lookup)
    own = Certificate.read(found.chain[0])
    if not own.responders and not own.wants_staple:
        return passed("Nothing to staple: the certificate names no OCSP responder")
    if site.nats in {Nats.GREETS_FIRST, Nats.PLAIN}:
        return unknown("Not asked: this server greets before TLS", "Ask a port that begins with TLS")
    staple = await asked(authority(address, site.port), site.name, site.seconds)
    seen = {"responder": ", ".join(own.responders) or "none named", "must staple": "yes" if own.wants_staple else "no"}
    if staple is None and own.wants_staple:
        return failed("Not stapled, though the certificate demands it", stapling.remedy[1], **seen)
    if staple is None:
        return passed("Not stapled, which the certificate leaves open", **seen)
    return _judged(staple, own, seen)


def _judged(staple: Staple, own: Certificate, seen: dict[str, str]) -> Finding:
    until = f"{staple.until:%Y-%m-%d %H:%M} UTC" if staple.until else "it does not say when"
    seen = {**seen, "until": until, "signature": "not verified here"}
    if staple.serial != own.serial:
        return failed("Stapled, but for another certificate", *stapling.remedy, **seen)
    if staple.status != "good":
        return failed(f"Stapled: the certificate is {staple.status}", "Have it issued anew, and attach that", **seen)
    if staple.until and staple.until < dt.datetime.now(dt.UTC):
        return failed(f"Stapled, but out of date since {until}", *stapling.remedy, **seen)
    return passed(f"Stapled, good until {until}", **seen)


CHECKS = (stapling,)
