"""What is looked at in a project of Google Cloud, in the order of the report."""

from codemie.checks.check import Check
from codemie.operations.preflight.google import (
    limit_checks,
    name_checks,
    project_checks,
    right_checks,
    sign_in_checks,
    state_checks,
)

ACCOUNT: tuple[Check, ...] = (
    *sign_in_checks.CHECKS,
    *project_checks.CHECKS,
    right_checks.actions,
    *name_checks.CHECKS,
    *limit_checks.CHECKS,
)
"""Of who signs in, of the project, its names and its limits."""

STATES: tuple[Check, ...] = state_checks.CHECKS
"""Of a bucket of states in Cloud Storage."""
