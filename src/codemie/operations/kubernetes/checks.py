"""All checks of a cluster, in the order of reports."""

from codemie.operations.kubernetes import (
    access,
    addons,
    certificates,
    chain,
    enforcement,
    flows,
    incidents,
    nodes,
    pods,
    pulls,
    storage,
    workloads,
)  # fmt: skip

CHECKS = (
    *access.CHECKS,
    *nodes.CHECKS,
    *addons.CHECKS,
    *storage.CHECKS,
    *pulls.CHECKS,
    *pods.CHECKS,
    *workloads.CHECKS,
    *flows.CHECKS,
    *enforcement.CHECKS,
    *chain.CHECKS,
    *certificates.CHECKS,
    *incidents.CHECKS,
)
