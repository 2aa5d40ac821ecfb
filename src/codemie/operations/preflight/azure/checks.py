"""The forms that checks of `codemiectl preflight` have on Azure."""

from codemie.checks.check import Check
from codemie.operations.preflight.azure import account_checks, sign_in_checks

ACCOUNT: tuple[Check, ...] = (*sign_in_checks.CHECKS, *account_checks.CHECKS)
"""Of the sign-in and the subscription."""
