"""What certificates say: names, issuer, dates."""

import datetime as dt
import ipaddress
from dataclasses import dataclass

from cryptography import x509


@dataclass(frozen=True)
class Certificate:
    """The fields of one certificate that a handshake depends on.

    Attributes:
        names: DNS names and addresses it is for, as written (RFC 9525: subject alternative names alone count).
    """

    subject: str
    issuer: str
    names: tuple[str, ...]
    begins: dt.datetime
    ends: dt.datetime

    @classmethod
    def read(cls, der: bytes) -> "Certificate":
        """The certificate in these bytes.

        Raises:
            ValueError: there is none.
        """
        found = x509.load_der_x509_certificate(der)
        return cls(
            subject=_name(found.subject),
            issuer=_name(found.issuer),
            names=_names(found),
            begins=found.not_valid_before_utc,
            ends=found.not_valid_after_utc,
        )

    @property
    def is_self_signed(self) -> bool:
        """Whether it names itself as its issuer."""
        return self.subject == self.issuer

    def is_for(self, host: str) -> bool:
        """Whether a client that wants this host accepts it."""
        return any(matches(name, host) for name in self.names)


def matches(pattern: str, host: str) -> bool:
    """By RFC 9525 §6.3: `*` stands for exactly one whole label, the leftmost, and never for a part of an address."""
    try:
        return ipaddress.ip_address(pattern) == ipaddress.ip_address(host)
    except ValueError:
        pass
    pattern, host = pattern.lower().rstrip("."), host.lower().rstrip(".")
    if not pattern.startswith("*."):
        return pattern == host
    label, _, rest = host.partition(".")
    return bool(label) and "." in rest and rest == pattern[2:]


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        listed = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return (
        *listed.get_values_for_type(x509.DNSName),
        *map(str, listed.get_values_for_type(x509.IPAddress)),
    )


def _name(name: x509.Name) -> str:
    common = name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(common[0].value) if common else name.rfc4514_string() or "(no name)"
