"""Every check of `codemiectl preflight`, in the order of its report."""

from collections.abc import Mapping

from codemie.checks.check import Check
from codemie.checks.forms import in_form, with_others
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
from codemie.operations.preflight.azure import checks as azure
from codemie.operations.preflight.google import checks as google

PLAN: tuple[Check, ...] = (*plan_checks.CHECKS, agents_plan.agents_balancer)
"""Of a plan of Terraform."""

OF_ACCOUNT: Mapping[str, tuple[Check, ...]] = {"azure": azure.ACCOUNT, "gcp": google.ACCOUNT}
"""Cloud → what looks at an account there, where that is not AWS."""

OF_STATES: Mapping[str, tuple[Check, ...]] = {"azure": azure.STATES, "gcp": google.STATES}
"""Cloud → what looks at states there, where that is not AWS."""

BACKENDS: Mapping[str, str] = {"s3": "aws", "azurerm": "azure", "gcs": "gcp"}
"""Kind of a backend → whose it is."""

_USUAL: tuple[Check, ...] = (
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

CHECKS: tuple[Check, ...] = with_others(_USUAL, *OF_ACCOUNT.values(), *OF_STATES.values())


def checks_of(cloud: str | None, backend: str) -> tuple[Check, ...]:
    """All of them, those of account and states in the form of where these are.

    Args:
        cloud: whose account is looked at.
        backend: kind of the backend that keeps the states.
    """
    return in_form(CHECKS, (*OF_ACCOUNT.get(cloud or "", ()), *OF_STATES.get(BACKENDS.get(backend, ""), ())))
