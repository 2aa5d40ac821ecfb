"""TLS towards the server: what an agent would accept, and what there is when one accepts anything."""

import ssl
import warnings
from dataclasses import dataclass
from typing import Any

from codemie.kernel.errors import InvalidInput
from codemie.plugins.diagnosis.dialling import Link
from codemie.plugins.diagnosis.target import Options

_NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL, which Python does not name: validity has a check of its own."""


_REFUSALS = {"UNSUPPORTED_PROTOCOL", "DH_KEY_TOO_SMALL", "UNSAFE_LEGACY_RENEGOTIATION_DISABLED"}
"""Reasons of OpenSSL for not going on with somebody who speaks TLS."""


@dataclass(frozen=True)
class Handshake:
    """What a handshake agreed on.

    Attributes:
        chain: certificates as the server sent them, DER, its own first.
    """

    version: str
    cipher: str
    chain: tuple[bytes, ...]


def strict(options: Options) -> ssl.SSLContext:
    """What an agent uses: TLS 1.2 or newer, a trusted chain, the right name.

    Raises:
        InvalidInput: a file of certificates cannot be used.
    """
    try:
        context = ssl.create_default_context(cafile=str(options.ca) if options.ca else None)
    except (OSError, ssl.SSLError) as error:
        raise InvalidInput(f"{options.ca} holds no certificates", help="--ca takes a file in PEM form") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _present(context, options)
    return context


def trusting(options: Options, *, at_any_time: bool) -> ssl.SSLContext:
    """Looks at the chain alone: the name does not matter, nor, when told so, the dates."""
    context = strict(options)
    context.check_hostname = False
    if at_any_time:
        context.verify_flags |= _NO_CHECK_TIME
    return context


def permissive(options: Options) -> ssl.SSLContext:
    """Agrees to anything, only to look: nothing secret is ever sent through it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:@SECLEVEL=0")
    _present(context, options)
    return context


def outdated(options: Options) -> ssl.SSLContext:
    """Offers nothing newer than TLS 1.1."""
    context = permissive(options)
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


def _present(context: ssl.SSLContext, options: Options) -> None:
    if options.certificate is None:
        return
    try:
        context.load_cert_chain(options.certificate, options.certificate_key, password=_no_password)
    except (OSError, ssl.SSLError, ValueError) as error:
        raise InvalidInput(
            f"{options.certificate} cannot be used as certificate of a client",
            help="--cert takes a certificate in PEM form, --cert-key its private key without a password",
        ) from error


def _no_password() -> str:
    """Without this OpenSSL would ask the terminal."""
    raise ValueError("the private key has a password")


def agreed(link: Link) -> Handshake:
    """What the handshake of a connection agreed on."""
    secured: Any = link.writer.get_extra_info("ssl_object")
    cipher = secured.cipher()
    own = secured.getpeercert(binary_form=True)
    return Handshake(secured.version() or "unknown", cipher[0] if cipher else "unknown", _chain(secured) or (own,))


def _chain(secured: Any) -> tuple[bytes, ...]:
    """All certificates that were sent; before 3.13 only an inner object of Python knows them."""
    holder = secured if hasattr(secured, "get_unverified_chain") else secured._sslobj  # noqa: SLF001
    found: Any = holder.get_unverified_chain() or ()
    return tuple(each if isinstance(each, bytes) else ssl.PEM_cert_to_DER_cert(each.public_bytes()) for each in found)


def is_answer(error: BaseException) -> bool:
    """Whether a failed handshake failed with somebody who speaks TLS."""
    said = (error.reason or "") if isinstance(error, ssl.SSLError) else ""
    return "ALERT" in said or said.startswith(("TLSV1_", "TLSV13_")) or said in _REFUSALS


def wants_certificate(error: BaseException | None) -> bool:
    """Whether the server ended the talk for want of a client's certificate (RFC 8446 §6.2, `certificate_required`).

    TLS 1.3 tells it after the handshake, with the first bytes that are read; the error may be the cause of another.
    """
    while error is not None:
        if isinstance(error, ssl.SSLError) and "CERTIFICATE_REQUIRED" in (error.reason or ""):
            return True
        error = error.__cause__
    return False
