"""Checks of what `codemie.yaml` names outside of itself: the image, and the certificate of people's own."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from codemie.checks.check import Check, check
from codemie.checks.report import Finding, failed, passed, skipped, unknown, warned
from codemie.operations.preflight.registry import Found, Image, find

if TYPE_CHECKING:
    from codemie.operations.deployment.description import Deployment

_SOON = dt.timedelta(days=30)


@dataclass(frozen=True)
class Described:
    """What an installation is to be.

    Attributes:
        folder: of the file; paths in it are relative to that.
        network: whether registries may be asked.
    """

    deployment: "Deployment"
    folder: Path
    version: str
    network: bool = True

    @property
    def image(self) -> Image:
        """Of the platform, from the mirror where there is one."""
        image = self.deployment.image
        reference = image.digest or image.tag or self.version
        return Image(self.deployment.mirror or image.registry, image.repository, reference)


@check(
    "images.found",
    title="The registry has the platform's image",
    symptom="Pods stay in ImagePullBackOff.",
    remedy=(
        "Correct image.registry, image.repository and image.tag in codemie.yaml",
        "Push the image there first: deploy/docker holds what makes it",
    ),
    phase="images",
    faq=("F49",),
    timeout=30,
)
async def image(described: Described) -> Finding:
    """The tag was never pushed, the repository is called otherwise, or the mirror does not hold it."""
    wanted = described.image
    if not described.network:
        return skipped("the registry is not to be asked")
    found = await find(wanted)
    if found is Found.THERE:
        return passed(f"{wanted.name} is there")
    if found is Found.MISSING:
        return failed(f"{wanted.name} is not there", *image.remedy, **{wanted.address: "404"})
    if described.deployment.pull_secrets:
        names = ", ".join(described.deployment.pull_secrets)
        return unknown(
            f"The registry wants a login: it stands in the cluster, in {names}", "Look with doctor --cluster"
        )
    return failed(
        f"The registry wants a login for {wanted.name}, and pull_secrets names none",
        "Make a secret with the login, and name it in pull_secrets",
        **{wanted.address: "401"},
    )


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
        return skipped("codemie.yaml names no certificate")
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


CHECKS: tuple[Check, ...] = (image, files)
