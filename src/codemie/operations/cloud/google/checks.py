"""All checks of what the stack made in Google Cloud; those of AWS that have no counterpart say so."""

from codemie.checks.check import Check
from codemie.operations.cloud import acl_checks, addon_checks
from codemie.operations.cloud.google import (
    admission_checks,
    balancer_checks,
    certificate_checks,
    name_checks,
    network_checks,
    stack_checks,
)
from codemie.operations.cloud.google.absent import absent

_ABSENT: tuple[Check, ...] = (
    *(absent(each, "GKE looks after the parts of its clusters itself") for each in addon_checks.CHECKS),
    *(
        absent(each, "a network has firewall rules only, which know connections: see net.sg.required")
        for each in acl_checks.CHECKS
    ),
)

CHECKS: tuple[Check, ...] = (
    *stack_checks.CHECKS,
    *_ABSENT,
    *network_checks.CHECKS,
    *admission_checks.CHECKS,
    *balancer_checks.CHECKS,
    *certificate_checks.CHECKS,
    *name_checks.CHECKS,
)

SERVED: tuple[Check, ...] = certificate_checks.SERVED
"""Of both ends at once."""
