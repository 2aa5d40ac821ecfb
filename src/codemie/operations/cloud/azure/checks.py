"""All checks of what the stack made on Azure; those of AWS that have no counterpart say so."""

from codemie.checks.check import Check
from codemie.operations.cloud import acl_checks, certificate_checks, served_checks
from codemie.operations.cloud import balancer_checks as balancers_of_aws
from codemie.operations.cloud.azure import balancer_checks, group_checks, node_checks, route_checks, stack_checks
from codemie.operations.cloud.azure.absent import absent

_INSIDE = "TLS ends in the cluster, whose certificates codemiectl doctor --cluster looks at: k8s.certs"

CHECKS: tuple[Check, ...] = (
    *stack_checks.CHECKS,
    *node_checks.CHECKS,
    *route_checks.CHECKS,
    *group_checks.CHECKS,
    *(absent(each, "a network has security groups only: see net.sg.required") for each in acl_checks.CHECKS),
    *balancer_checks.CHECKS,
    absent(balancers_of_aws.access_log, "its load balancer passes TCP on and knows no requests; the ingress logs them"),
    *(absent(each, _INSIDE) for each in certificate_checks.CHECKS),
)

SERVED: tuple[Check, ...] = tuple(absent(each, _INSIDE) for each in served_checks.CHECKS)
"""Of both ends at once."""
