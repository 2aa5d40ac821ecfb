"""All errors that are known. The first that fits is taken, so the special stand before the general."""

from codemie.operations.terraform.access_errors import CREDENTIALS, PERMISSIONS, STATE
from codemie.operations.terraform.resource_errors import ACCOUNT, LATER, LIMITS, NAMES, TOOLS, VALUES, WAY
from codemie.operations.terraform.signature import Signature

SIGNATURES: tuple[Signature, ...] = (
    *STATE,
    *CREDENTIALS,
    *PERMISSIONS,
    *LIMITS,
    *ACCOUNT,
    *NAMES,
    *VALUES,
    *TOOLS,
    *WAY,
    *LATER,
)
