"""Checks of what `codemie.yaml` names outside of itself: the certificate of people's own."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from codemie.checks.check import Check, check
from codemie.checks.report import Finding, failed, passed, skipped, warned
from codemie.operations.preflight.placeholders import examples

if TYPE_CHECKING:
    from codemie.operations.deployment.description import Deployment

_SOON = dt.timedelta(days=30)


@dataclass(frozen=True)
class Described:
    """What an installation is to be.

    Attributes:
        file: that says so; paths in it are relative to its folder.
    """

    deployment: "Deployment"
    file: Path

    @property
    def folder(self) -> Path:
        """What paths in the file are relative to."""
        return self.file.parent


@check(
    "description.placeholders",
    title="The one file holds nothing of the sample",
    symptom="deploy render refuses the domain, or what it renders is for somebody's example.",
    remedy=("Put your own value there, or take the line out",),
    phase="description",
    faq=("F36",),
)
async def of_the_sample(described: Described) -> Finding:
    """A value was left as deploy init wrote it, or copied from a guide: a domain, account, project or network."""
    found = dict(examples(described.deployment.model_dump(mode="json", exclude_unset=True)))
    if found:
        return failed(f"Examples instead of values: {', '.join(found)}", *of_the_sample.remedy, **found)
    return passed(f"All values in {described.file.name} are of this installation")


@check(
    "tls.files",
    title="The certificate of yours is for the names, lasts, and has its key",
    symptom="Browsers warn, or the proxy does not start.",
    remedy=("Ask your authority for a certificate for all names, and give the whole chain",),
    phase="tls",
    faq=("F58", "F59"),
)
async def files(described: Described) -> Finding:
    """It is for other names, has ended, or the key is that of another certificate."""
    tls = described.deployment.tls
    if tls.certificate is None or tls.key is None:
        return skipped(f"{described.file.name} names no certificate")
    try:
        return _judged(described, described.folder / tls.certificate, described.folder / tls.key)
    except OSError as error:
        return failed(f"{error.filename} cannot be read", *files.remedy)
    except (ValueError, TypeError) as error:
        return failed(f"They are no certificate and key: {error}", *files.remedy)


def _judged(described: Described, file: Path, key_file: Path) -> Finding:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

    from codemie.plugins.diagnosis.certificates import Certificate

    first = x509.load_pem_x509_certificates(file.read_bytes())[0]
    found = Certificate.read(first.public_bytes(Encoding.DER))
    seen = {str(file): f"for {', '.join(found.names)}, until {found.ends:%Y-%m-%d}"}
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    key = load_pem_private_key(key_file.read_bytes(), None).public_key()
    if key.public_bytes(*form) != first.public_key().public_bytes(*form):
        return failed("The key is not that of the certificate", *files.remedy, **{**seen, str(key_file): "another key"})
    if missing := [host for host in _hosts(described.deployment) if not found.is_for(host)]:
        return failed(f"The certificate is not for {', '.join(missing)}", *files.remedy, **seen)
    left = found.ends - dt.datetime.now(dt.UTC)
    if left < dt.timedelta(0):
        return failed(f"The certificate ended on {found.ends:%Y-%m-%d}", *files.remedy, **seen)
    if left < _SOON:
        return warned(f"The certificate ends in {left.days} days", *files.remedy, **seen)
    return passed(f"Until {found.ends:%Y-%m-%d}", **seen)


def _hosts(deployment: "Deployment") -> tuple[str, ...]:
    own = deployment.sign_in.provider == "keycloak"
    return (deployment.host, *((deployment.keycloak_host,) if own else ()))


CHECKS: tuple[Check, ...] = (of_the_sample, files)
