"""Checks of the way to the port, and of the certificate that is served there."""

import datetime as dt
import ssl

from codemie.checks.check import Severity, check
from codemie.checks.report import Finding, failed, passed, warned
from codemie.checks.sources import Unobservable
from codemie.operations.network.site import Nats, Reached, Site
from codemie.plugins.diagnosis import tls
from codemie.plugins.diagnosis.certificates import Certificate
from codemie.plugins.diagnosis.dialling import Closed, reason
from codemie.plugins.diagnosis.hosts_file import is_this_machine
from codemie.plugins.diagnosis.lookup import Lookup
from codemie.plugins.diagnosis.target import authority, is_address

_SOON = dt.timedelta(days=30)
_PLACEHOLDERS = ("Kubernetes Ingress Controller Fake Certificate", "TRAEFIK DEFAULT CERT", "localhost")
_INCOMPLETE = {20, 21}
"""OpenSSL: unable to get the local issuer's certificate, unable to verify the leaf's signature."""


async def addresses(site: Site, lookup: Lookup) -> tuple[str, ...]:
    """Where to connect."""
    if site.addresses:
        return site.addresses
    return (site.host,) if is_address(site.host) else await lookup.addresses(site.host)


@check(
    "net.path",
    title="Every address answers at the port",
    symptom="Browsers wait for a long time, or say that the connection was refused.",
    remedy=(
        "Dropped: look at security groups, network ACLs and firewalls, on both sides, and at the target's health",
        "Refused: nobody listens; look at the load balancer's listeners, and at the ingress controller",
    ),
    faq=("F64", "F66", "F68"),
    needs=("dns.records",),
    timeout=30,
)
async def path(site: Site, lookup: Lookup) -> Finding:
    """Packets are dropped by a firewall or a security group (no answer), or nobody listens there (refused)."""
    port = site.http_port if site.is_plain else site.port
    reached = await site.reach(await addresses(site, lookup), port)
    told = {f"{each.address} port {port}": _told(each) for each in reached}
    tried = [each for each in reached if not each.is_local]
    broken = [each for each in tried if each.problem]
    if not tried:
        raise Unobservable("This machine has no way to IPv6 addresses, and the name has no others", "Look from another")
    if len(broken) == len(tried):
        return failed(f"Nobody answers at port {port}: {broken[0].problem}", *path.remedy, **told)
    if broken and not is_this_machine(site.host):
        return failed(f"{len(broken)} of {len(tried)} addresses do not answer", *path.remedy, **told)
    left = f"; {len(reached) - len(tried)} cannot be tried without IPv6" if len(tried) < len(reached) else ""
    return passed(f"{len(tried) - len(broken)} of {len(tried)} addresses answer{left}", **told)


def _told(reached: Reached) -> str:
    return reached.problem or f"answers after {reached.seconds * 1000:.0f} ms"


async def served(site: Site, lookup: Lookup) -> tuple[str, tls.Handshake]:
    """An address that answers, and what was agreed there.

    Raises:
        Unobservable: nobody answers.
        OSError: there is no TLS.
    """
    await site.reach(await addresses(site, lookup), site.port)
    address = site.answering(site.port)
    if address is None:
        raise Unobservable("Nobody answers at the port", "See net.path")
    return address, await site.shake_hands(address, tls.permissive(site.options))


@check(
    "tls.handshake",
    title="TLS begins, in a version that is safe",
    symptom="Browsers say that the connection is not secure, or was reset.",
    remedy=(
        "Look whether the listener at this port speaks TLS, and whether a certificate is attached to it",
        "Allow TLS 1.2 and 1.3 on it",
    ),
    faq=("F60", "F69"),
    needs=("net.path",),
)
async def handshake(site: Site, lookup: Lookup) -> Finding:
    """The listener speaks plain HTTP, has no certificate for this name, or offers only versions that nobody accepts.

    A NATS server may want TLS at once or after its greeting; which of the two is what the address of agents must say.
    """
    try:
        _, found = await served(site, lookup)
    except (OSError, EOFError, Closed) as error:
        # OpenSSL: what came is no TLS record, as from a server that answers in plain text.
        is_plain = isinstance(error, ssl.SSLError) and error.reason in {"WRONG_VERSION_NUMBER", "HTTP_REQUEST"}
        hint = (f"If it is plain HTTP, say so: codemiectl net http http://{authority(site.host, site.port)}",)
        remedy = (*(hint if is_plain else ()), *handshake.remedy)
        return failed(f"No TLS at port {site.port}: {reason(error)}{_of_nats(site)}", *remedy)
    if found.version not in {"TLSv1.2", "TLSv1.3"}:
        return failed(f"The server speaks {found.version} only", *handshake.remedy, version=found.version)
    return passed(f"{found.version}, {found.cipher}{_of_nats(site)}", version=found.version)


def _of_nats(site: Site) -> str:
    match site.nats:
        case Nats.TLS_FIRST:
            return f"; NATS that begins with TLS: agents connect to tls://{site.host}:{site.port}"
        case Nats.GREETS_FIRST:
            return f"; NATS that greets first, and then begins TLS: agents connect to nats://{site.host}:{site.port}"
        case Nats.PLAIN:
            return "; NATS without TLS"
        case None:
            return ""


@check(
    "tls.attached",
    title="The certificate is not a placeholder",
    symptom="Browsers warn of an unknown certificate.",
    remedy=(
        "Look whether the ingress names the TLS secret, and whether that exists in the same namespace",
        "The secret's type must be kubernetes.io/tls",
    ),
    faq=("F60",),
    needs=("tls.handshake",),
)
async def attached(site: Site, lookup: Lookup) -> Finding:
    """An ingress controller that finds no certificate for a name serves one that it made up itself."""
    _, found = await served(site, lookup)
    own = Certificate.read(found.chain[0])
    if own.subject in _PLACEHOLDERS and not own.is_for(site.name):
        return failed(f"A placeholder is served: {own.subject}", *attached.remedy, subject=own.subject)
    return passed(f"The certificate of {own.subject} is served", issuer=own.issuer)


@check(
    "tls.chain",
    title="The certificate leads to a trusted authority",
    symptom="Some browsers accept it, other programs do not.",
    remedy=(
        "Serve the whole chain: the certificate first, then the intermediate ones, in one file",
        "Where the authority is your own, give it with --ca here, and to every machine that is to trust it",
    ),
    faq=("F58", "F66", "F69"),
    needs=("tls.attached",),
)
async def chain(site: Site, lookup: Lookup) -> Finding:
    """An intermediate certificate is not sent, the authority is a private one, or a proxy on the way has put its own.

    Browsers fetch missing intermediate certificates by themselves, which hides the fault from people.
    """
    address, found = await served(site, lookup)
    sent = [Certificate.read(der) for der in found.chain]
    seen = {"sent": " ← ".join(each.subject for each in sent), "last issuer": sent[-1].issuer}
    try:
        await site.shake_hands(address, tls.trusting(site.options, at_any_time=True))
    except ssl.SSLCertVerificationError as error:
        if error.verify_code in _INCOMPLETE and not sent[-1].is_self_signed:
            return failed(
                f"The chain ends at {sent[-1].issuer}, which is not sent and not known here", *chain.remedy, **seen
            )
        return failed(f"The authority {sent[-1].issuer} is not trusted here", *reversed(chain.remedy), **seen)
    return passed(f"Signed by {sent[0].issuer}, which is trusted", **seen)


@check(
    "tls.coverage",
    title="The certificate is for this name",
    symptom="Browsers say that the certificate is for another site.",
    remedy=("Have the name added to the certificate; * stands for one label only, and not for the bare domain",),
    faq=("F59", "F69"),
    needs=("tls.attached",),
)
async def coverage(site: Site, lookup: Lookup) -> Finding:
    """The certificate names other hosts: a wildcard stands for exactly one label, never for the domain itself."""
    _, found = await served(site, lookup)
    own = Certificate.read(found.chain[0])
    listed = ", ".join(own.names[:20]) or "none"
    if own.is_for(site.name):
        return passed(f"{site.name} is among {listed}", names=listed)
    return failed(f"The certificate is not for {site.name}; it names {listed}", *coverage.remedy, names=listed)


@check(
    "tls.expiry",
    title="The certificate is valid today, and for 30 days",
    symptom="From one day to the next every browser warns.",
    remedy=(
        "Renew it, and see why that did not happen by itself: cert-manager's Certificate, or the validation record",
    ),
    severity=Severity.MAJOR,
    faq=("F58", "F69"),
    needs=("tls.attached",),
)
async def expiry(site: Site, lookup: Lookup) -> Finding:
    """It ran out, is about to, or is not valid yet, which may also be the clock of this machine."""
    _, found = await served(site, lookup)
    own, now = Certificate.read(found.chain[0]), dt.datetime.now(dt.UTC)
    seen = {
        "from": f"{own.begins:%Y-%m-%d}",
        "until": f"{own.ends:%Y-%m-%d}",
        "clock here": f"{now:%Y-%m-%d %H:%M} UTC",
    }
    if own.ends < now:
        return failed(f"The certificate expired on {seen['until']}", *expiry.remedy, **seen)
    if own.begins > now:
        return failed(f"The certificate is valid from {seen['from']} only", "Look at the clock of this machine", **seen)
    if own.ends - now < _SOON:
        return warned(f"The certificate ends in {(own.ends - now).days} days", *expiry.remedy, **seen)
    return passed(f"Valid until {seen['until']}", **seen)


CHECKS = (path, handshake, attached, chain, coverage, expiry)
