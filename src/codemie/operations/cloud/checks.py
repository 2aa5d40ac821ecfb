"""All checks of what the stack made in the cloud, in the order of reports."""

from collections.abc import Mapping

from codemie.checks.check import Check
from codemie.checks.forms import with_others
from codemie.operations.cloud import (
    acl_checks,
    addon_checks,
    agents_checks,
    balancer_checks,
    certificate_checks,
    group_checks,
    ingress_checks,
    name_checks,
    node_checks,
    route_checks,
    stack_checks,
    subnet_checks,
)
from codemie.operations.cloud.azure import checks as azure
from codemie.operations.cloud.google import checks as google

OF_CLOUD: Mapping[str, tuple[Check, ...]] = {"azure": azure.CHECKS, "gcp": google.CHECKS}
"""Cloud → its checks, where that is not AWS."""

OF_BOTH_ENDS: Mapping[str, tuple[Check, ...]] = {"azure": azure.SERVED, "gcp": google.SERVED}
"""Cloud → what is looked at there together with the name that people type, where that is not AWS."""

_USUAL: tuple[Check, ...] = (
    *stack_checks.CHECKS,
    *node_checks.CHECKS,
    *addon_checks.CHECKS,
    *subnet_checks.CHECKS,
    *route_checks.CHECKS,
    *group_checks.CHECKS,
    *acl_checks.CHECKS,
    *ingress_checks.CHECKS,
    *balancer_checks.CHECKS,
    *agents_checks.CHECKS,
    *certificate_checks.CHECKS,
    *name_checks.CHECKS,
)

CHECKS: tuple[Check, ...] = with_others(_USUAL, *OF_CLOUD.values())
