"""What certificates say: names, issuer, dates."""

import datetime as dt
import ipaddress
from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID


@dataclass(frozen=True)
class Certificate:
    """The fields of one certificate that a handshake depends on.

    Attributes:
        names: DNS names and addresses it is for, as written (RFC 9525: subject alternative names alone count).
        responders: addresses where its revocation can be asked for by OCSP.
        wants_staple: it demands that servers send the responder's answer along (RFC 7633).
    """

    subject: str
    issuer: str
    names: tuple[str, ...]
    begins: dt.datetime
    ends: dt.datetime
    serial: int
    responders: tuple[str, ...] = ()
    wants_staple: bool = False

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
            serial=found.serial_number,
            responders=_responders(found),
            wants_staple=_wants_staple(found),
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


def _responders(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        listed = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        return ()
    places = [each.access_location for each in listed if each.access_method == AuthorityInformationAccessOID.OCSP]
    return tuple(each.value for each in places if isinstance(each, x509.UniformResourceIdentifier))


def _wants_staple(certificate: x509.Certificate) -> bool:
    try:
        features = certificate.extensions.get_extension_for_class(x509.TLSFeature).value
    except x509.ExtensionNotFound:
        return False
    return x509.TLSFeatureType.status_request in features


def _name(name: x509.Name) -> str:
    common = name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(common[0].value) if common else name.rfc4514_string() or "(no name)"
