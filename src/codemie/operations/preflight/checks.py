"""Every check of `codemiectl preflight`, in the order of its report."""

from codemie.checks.check import Check
from codemie.operations.preflight import (
    account_checks,
    backend_checks,
    backend_use_checks,
    description_checks,
    factor_checks,
    image_checks,
    plan_checks,
    quota_checks,
    safety_checks,
    state_checks,
    value_checks,
)

CHECKS: tuple[Check, ...] = (
    *value_checks.CHECKS,
    *safety_checks.CHECKS,
    *account_checks.SIGN_IN,
    *factor_checks.CHECKS,
    *account_checks.RIGHTS,
    *account_checks.NAMES,
    *quota_checks.CHECKS,
    *backend_checks.CHECKS,
    *backend_use_checks.CHECKS,
    *state_checks.CHECKS,
    *plan_checks.CHECKS,
    *description_checks.CHECKS,
    *image_checks.CHECKS,
)
