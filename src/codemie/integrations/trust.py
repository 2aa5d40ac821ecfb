"""Which certificates are believed of the system an integration leads to."""

import ssl
from collections.abc import Mapping
from typing import Any

import httpx2

from codemie.integrations.catalogue import TYPES
from codemie.kernel.errors import Unprocessable

CERTIFICATE_KEY = "ca_certificate"
"""Key of a credential that holds the authorities to believe for this system alone, in PEM."""
VERIFY_KEY = "verify_ssl"


class NoCertificate(Unprocessable):
    """What should be the certificate of an authority is none."""

    title = "The certificate cannot be used"


def authorities_of(values: Mapping[str, Any]) -> str:
    """What the credential adds to the public authorities; empty for nothing."""
    return str(values.get(CERTIFICATE_KEY) or "").strip()


def is_verified(credential_type: str, values: Mapping[str, Any]) -> bool:
    """Whether certificates are checked: always, but where the form of the type has a switch and it is off."""
    kind = TYPES.get(credential_type)
    has_switch = kind is not None and any(key.name == VERIFY_KEY for key in kind.keys)
    return not has_switch or str(values.get(VERIFY_KEY)).lower() != "false"


def trusting(authorities: str, *, verify: bool = True) -> ssl.SSLContext:
    """Public authorities, and those in PEM.

    Raises:
        NoCertificate: it is no PEM.
    """
    trust = httpx2.create_ssl_context(trust_env=False)
    if authorities:
        try:
            trust.load_verify_locations(cadata=authorities)
        except (ssl.SSLError, ValueError) as error:
            raise NoCertificate(
                details="The certificate of the authority in the integration is no certificate in PEM form.",
                help="Paste it from BEGIN CERTIFICATE to END CERTIFICATE.",
            ) from error
    if not verify:
        trust.check_hostname = False
        trust.verify_mode = ssl.CERT_NONE
    return trust


def bundle(authorities: str) -> str:
    """The public authorities and those in PEM, as programs read them from a file."""
    public = httpx2.create_ssl_context(trust_env=False).get_ca_certs(binary_form=True)
    return "".join(ssl.DER_cert_to_PEM_cert(one) for one in public) + authorities.strip() + "\n"
