"""All checks of what the stack made in the cloud, in the order of reports."""

from codemie.checks.check import Check
from codemie.operations.cloud import stack_checks

CHECKS: tuple[Check, ...] = (*stack_checks.CHECKS,)
