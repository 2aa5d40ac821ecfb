"""TLS, looked at from every side: the talk itself, the name, the versions, the chain, the dates."""

import datetime as dt
import ssl

from codemie.checks.check import check
from codemie.checks.report import Finding, failed, passed, skipped, warned
from codemie.plugins.diagnosis import tls
from codemie.plugins.diagnosis.certificates import Certificate
from codemie.plugins.diagnosis.dialling import Closed, reason
from codemie.plugins.diagnosis.visit import Visit

_SOON = dt.timedelta(days=30)
_NO_TLS = "no TLS on this way"
# Numbers of OpenSSL (X509_verify_cert_error_string).
_SELF_SIGNED, _UNKNOWN_ROOT = 18, 19


@check(
    "nats.tls.handshake",
    title="A TLS handshake succeeds",
    symptom="The agent says that the handshake failed.",
    remedy=(
        "See which versions and ciphers the server allows",
        "If it wants a certificate of the client, give one with --cert and --cert-key",
    ),
    faq=("F26",),
    needs=("nats.scheme",),
)
async def handshake(visit: Visit) -> Finding:
    """No version or cipher in common, a server that wants a certificate of the client, or somebody who inspects TLS."""
    if not visit.needs_tls:
        return skipped(_NO_TLS)
    try:
        async with visit.secured(tls.permissive(visit.options), visit.sni) as link:
            found = visit.handshake = tls.agreed(link)
    except ssl.SSLError as error:
        if visit.sni and (found := await _without_name(visit)):
            visit.handshake, visit.name_refused = found, reason(error)
            return passed(f"{found.version}, {found.cipher}, but only when no name is sent", version=found.version)
        return _refused(visit, error)
    except (Closed, OSError) as error:
        return failed(
            f"TLS does not begin: {reason(error)}",
            "A firewall that inspects TLS, or a load balancer without healthy targets, does this",
        )
    return passed(f"{found.version}, {found.cipher}", version=found.version, cipher=found.cipher)


def _refused(visit: Visit, error: ssl.SSLError) -> Finding:
    if visit.options.certificate is None:
        hint = "If the server wants a certificate of the client, give one with --cert and --cert-key"
    else:
        hint = "The server may not accept the certificate given with --cert"
    return failed(f"The server refuses TLS: {reason(error)}", hint, "See which versions and ciphers it allows")


async def _without_name(visit: Visit) -> tls.Handshake | None:
    try:
        async with visit.secured(tls.permissive(visit.options), None) as link:
            return tls.agreed(link)
    except (Closed, OSError):
        return None


@check(
    "nats.tls.sni",
    title="The server knows the name it is asked for",
    symptom="The agent says “unrecognized name”.",
    remedy=(
        "Compare the name with the one that the platform shows",
        "Operators: add a certificate for it to the listener",
    ),
    faq=("F26",),
    needs=("nats.tls.handshake",),
)
async def sni(visit: Visit) -> Finding:
    """The listener has no certificate for this name and refuses to show another."""
    if visit.handshake is None:
        return skipped(_NO_TLS)
    if visit.sni is None:
        return skipped(f"{visit.target.host} is an address: no name is sent")
    if visit.name_refused:
        return failed(
            f"The server knows no {visit.sni}: {visit.name_refused}",
            "Compare the name with the one that the platform shows",
            "Operators: add a certificate for it to the listener",
            name=visit.sni,
        )
    other = await _without_name(visit)
    if other is None:
        return passed("The server answers only when it is sent the name, as agents do", name=visit.sni)
    if other.chain[0] == visit.handshake.chain[0]:
        return passed("The same certificate comes with and without the name", name=visit.sni)
    return passed(
        f"With the name comes the certificate of {_own(visit.handshake).subject}, without it that of "
        f"{_own(other).subject}",
        name=visit.sni,
    )


@check(
    "nats.tls.protocol",
    title="TLS is 1.2 or newer",
    symptom="A recent agent is refused, or old, weak versions stay open.",
    remedy=("Allow TLS 1.2 and 1.3 only",),
    faq=("F26",),
    needs=("nats.tls.sni",),
)
async def protocol(visit: Visit) -> Finding:
    """The server or load balancer was set up with versions of TLS that are not safe any more."""
    if visit.handshake is None:
        return skipped(_NO_TLS)
    version = visit.handshake.version
    if version not in {"TLSv1.2", "TLSv1.3"}:
        return failed(f"The server speaks {version} only", "Allow TLS 1.2 and 1.3 on it", version=version)
    try:
        async with visit.secured(tls.outdated(visit.options), visit.sni) as link:
            old = tls.agreed(link).version
    except (Closed, OSError):
        return passed(f"{version}; nothing older than 1.2 is admitted", version=version)
    return warned(f"{version}, but {old} is admitted, too", "Allow TLS 1.2 and 1.3 only", version=version, also=old)


@check(
    "nats.tls.chain",
    title="The certificate leads to a trusted authority",
    symptom="The agent says that the certificate cannot be verified.",
    remedy=(
        "Operators: let the server send its intermediate certificates, too",
        "If the authority is a private one, give its certificate to --ca, and to the agent as SSL_CERT_FILE",
    ),
    faq=("F24", "F26"),
    needs=("nats.tls.sni",),
)
async def chain(visit: Visit) -> Finding:
    """The server sends its own certificate alone, it is signed by itself, or its authority is a private one."""
    if visit.handshake is None:
        return skipped(_NO_TLS)
    sent = [Certificate.read(der) for der in visit.handshake.chain]
    evidence = {
        "sent": " ← ".join(each.subject for each in sent),
        "last issuer": sent[-1].issuer,
        "trusted": str(visit.options.ca or "the authorities of this machine, or SSL_CERT_FILE"),
    }
    try:
        async with visit.secured(tls.trusting(visit.options, at_any_time=True), visit.sni):
            return passed(f"{sent[0].subject}, signed by {sent[0].issuer}, is trusted", **evidence)
    except ssl.SSLCertVerificationError as error:
        return _untrusted(sent, error, evidence)


def _untrusted(sent: list[Certificate], error: ssl.SSLCertVerificationError, evidence: dict[str, str]) -> Finding:
    if error.verify_code == _SELF_SIGNED:
        return failed(
            "The certificate is signed by itself",
            "Give the file with it to --ca, and to the agent as SSL_CERT_FILE",
            "Better: use a certificate of an authority",
            **evidence,
        )
    if error.verify_code == _UNKNOWN_ROOT:
        return failed(
            f"The authority {sent[-1].subject} is not trusted here",
            "Give the file with its certificate to --ca, and to the agent as SSL_CERT_FILE",
            **evidence,
        )
    return failed(
        f"The chain ends at {sent[-1].issuer}, which was neither sent nor is trusted here ({error.verify_message})",
        "Operators: let the server send its intermediate certificates, too (the whole chain in one file)",
        "If the authority is a private one, give its certificate to --ca, and to the agent as SSL_CERT_FILE",
        **evidence,
    )


@check(
    "nats.tls.name",
    title="The certificate is for this name",
    symptom="The agent says that the host name does not match.",
    remedy=(
        "Use a name that the certificate is for",
        "Operators: have the name added to the certificate's subject alternative names",
    ),
    faq=("F26",),
    needs=("nats.tls.sni",),
)
async def name(visit: Visit) -> Finding:
    """The certificate was issued for another name, or its * stands one label too deep: it is one label only."""
    if visit.handshake is None:
        return skipped(_NO_TLS)
    own, host = _own(visit.handshake), visit.target.host
    listed = ", ".join(own.names[:20]) or "none"
    if own.is_for(host):
        return passed(f"{host} is among {listed}", names=listed)
    remedies = [f"Use a name that it is for: {listed}"] if own.names else []
    remedies.append(f"Operators: have {host} added to the certificate's subject alternative names")
    detail = f"The certificate is not for {host}; it names {listed}"
    if not own.names and own.subject.lower() == host.lower():
        detail = f"The certificate has {host} as common name only, which no client looks at any more"
    elif any(_too_deep(each, host) for each in own.names):
        detail += "; * stands for one label only"
    return failed(detail, *remedies, names=listed)


def _too_deep(pattern: str, host: str) -> bool:
    return pattern.startswith("*.") and host.lower().endswith(pattern[1:].lower())


@check(
    "nats.tls.expiry",
    title="The certificate is valid now and for 30 days",
    symptom="From one day to the next no agent connects any more.",
    remedy=("Operators: renew the certificate",),
    faq=("F26",),
    needs=("nats.tls.sni",),
)
async def expiry(visit: Visit) -> Finding:
    """Nobody renewed the certificate or one above it, it is not valid yet, or the clock of this machine is wrong."""
    if visit.handshake is None:
        return skipped(_NO_TLS)
    now = dt.datetime.now(dt.UTC)
    own, *above = [Certificate.read(der) for der in visit.handshake.chain]
    evidence = {"from": _day(own.begins), "until": _day(own.ends), "clock here": f"{now:%Y-%m-%d %H:%M} UTC"}
    if own.ends < now:
        return failed(f"The certificate expired on {_day(own.ends)}", "Operators: renew it", **evidence)
    if own.begins > now:
        return failed(
            f"The certificate is valid from {_day(own.begins)} only", "Look whether the clock of this machine is right",
            "Operators: wait, or issue it anew", **evidence,
        )  # fmt: skip
    for each in above:
        if not each.begins <= now <= each.ends and not await _holds(visit):
            return failed(
                f"{each.subject}, which signed on the way, was valid from {_day(each.begins)} to {_day(each.ends)}",
                "Operators: let the server send the renewed intermediate certificate", **evidence,
            )  # fmt: skip
    if own.ends - now < _SOON:
        return warned(
            f"The certificate ends in {(own.ends - now).days} days, on {_day(own.ends)}",
            "Operators: renew it",
            **evidence,
        )
    return passed(f"Valid until {_day(own.ends)}", **evidence)


async def _holds(visit: Visit) -> bool:
    """Whether the chain is accepted today: a certificate out of date may be one that nobody needs."""
    try:
        async with visit.secured(tls.trusting(visit.options, at_any_time=False), visit.sni):
            return True
    except ssl.SSLCertVerificationError:
        return False


def _own(found: tls.Handshake) -> Certificate:
    return Certificate.read(found.chain[0])


def _day(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%d}"
