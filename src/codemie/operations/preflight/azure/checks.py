"""The forms that checks of `codemiectl preflight` have on Azure."""

from codemie.checks.check import Check
from codemie.operations.preflight.azure import (
    account_checks,
    blob_checks,
    container_checks,
    name_checks,
    quota_checks,
    rights_checks,
    sign_in_checks,
)

ACCOUNT: tuple[Check, ...] = (
    *sign_in_checks.CHECKS,
    *account_checks.CHECKS,
    *rights_checks.CHECKS,
    *name_checks.CHECKS,
    *quota_checks.CHECKS,
)
"""Of the sign-in and the subscription."""

STATES: tuple[Check, ...] = (*container_checks.CHECKS, *blob_checks.CHECKS)
"""Of a container of states."""
