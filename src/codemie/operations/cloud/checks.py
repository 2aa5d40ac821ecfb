"""All checks of what the stack made in the cloud, in the order of reports."""

from codemie.checks.check import Check
from codemie.operations.cloud import balancer_checks, group_checks, stack_checks

CHECKS: tuple[Check, ...] = (*stack_checks.CHECKS, *group_checks.CHECKS, *balancer_checks.CHECKS)
