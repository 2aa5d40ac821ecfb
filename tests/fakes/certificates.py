"""An authority of a company and the certificates it signs, for servers on loopback."""

import datetime as dt
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_PEM = serialization.Encoding.PEM


@dataclass(frozen=True)
class Authority:
    """Signs certificates for 127.0.0.1.

    Args:
        folder: where keys are laid down for servers to read.
    """

    folder: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def made(cls, folder: Path) -> "Authority":
        """A new one."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name("Authority of a company")
        built = _builder(name, name, key.public_key(), days=30)
        usage = x509.KeyUsage(
            digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False,
            data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        built = built.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        return cls(folder, key, built.add_extension(usage, critical=True).sign(key, hashes.SHA256()))

    @property
    def pem(self) -> str:
        """What a person pastes into a form."""
        return self.certificate.public_bytes(_PEM).decode()

    def server(self, *, days: int = 30) -> ssl.SSLContext:
        """What a server needs, valid until so many days from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        place = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        built = _builder(_name("127.0.0.1"), self.certificate.subject, key.public_key(), days=days)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        signed = built.add_extension(place, critical=False).add_extension(issuer, critical=False)
        path = self.folder / f"server-{days}.pem"
        form = serialization.PrivateFormat.PKCS8
        path.write_bytes(
            key.private_bytes(_PEM, form, serialization.NoEncryption())
            + signed.sign(self.key, hashes.SHA256()).public_bytes(_PEM)
        )
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(path)
        return context


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, days: int
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=30))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )
