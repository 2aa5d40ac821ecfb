"""Certificates with one thing wrong each, made for the test."""

import datetime as dt
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID

DAY = dt.timedelta(days=1)
_PEM = serialization.Encoding.PEM


@dataclass(frozen=True)
class Issued:
    """A certificate and the key that it is for."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(_PEM)

    @property
    def key_pem(self) -> bytes:
        form = serialization.PrivateFormat.PKCS8
        return self.key.private_bytes(_PEM, form, serialization.NoEncryption())

    def written(self, folder: Path, *above: "Issued") -> Path:
        """One file with the key, the certificate, and those that are sent along."""
        path = folder / f"{self.certificate.serial_number:x}.pem"
        path.write_bytes(self.key_pem + self.pem + b"".join(each.pem for each in above))
        return path


def issued(
    subject: str,
    by: Issued | None = None,
    *,
    names: tuple[str, ...] = (),
    is_authority: bool = False,
    begins: dt.timedelta = -90 * DAY,
    ends: dt.timedelta = 90 * DAY,
    responder: str = "",
    wants_staple: bool = False,
) -> Issued:
    """A new certificate.

    Args:
        subject: its common name.
        by: who signs; None: itself.
        names: DNS names and addresses it is for.
        is_authority: whether it may sign others.
        begins: from now.
        ends: from now.
        responder: address of the OCSP responder that it names.
        wants_staple: whether it demands a stapled answer.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(by.certificate.subject if by else _name(subject))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begins)
        .not_valid_after(now + ends)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([*map(_alternative, names)]), critical=False)
    if responder:
        place = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(responder))
        builder = builder.add_extension(x509.AuthorityInformationAccess([place]), critical=False)
    if wants_staple:
        builder = builder.add_extension(x509.TLSFeature([x509.TLSFeatureType.status_request]), critical=False)
    return Issued(builder.sign(by.key if by else key, hashes.SHA256()), key)


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])
