"""Every check of `codemiectl preflight`, in the order of its report."""

from codemie.checks.check import Check
from codemie.operations.preflight import (
    account_checks,
    agents_plan,
    backend_checks,
    backend_use_checks,
    cluster_checks,
    cluster_room_checks,
    description_checks,
    factor_checks,
    image_checks,
    plan_checks,
    quota_checks,
    safety_checks,
    state_checks,
    upstream_checks,
    value_checks,
)

PLAN: tuple[Check, ...] = (*plan_checks.CHECKS, agents_plan.agents_balancer)
"""Of a plan of Terraform."""

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
    *PLAN,
    *description_checks.CHECKS,
    *image_checks.CHECKS,
    *cluster_checks.CHECKS,
    *cluster_room_checks.CHECKS,
    *upstream_checks.CHECKS,
)
