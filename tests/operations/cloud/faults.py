"""What may be wrong with what the stack made: each turns exactly its own check red."""

from tests.operations.cloud import (
    balancer_faults,
    certificate_faults,
    group_faults,
    network_faults,
    node_faults,
    stack_faults,
)
from tests.operations.cloud.injecting import CloudFault

FAULTS: tuple[CloudFault, ...] = (
    *stack_faults.FAULTS,
    *node_faults.FAULTS,
    *group_faults.FAULTS,
    *network_faults.FAULTS,
    *balancer_faults.FAULTS,
    *certificate_faults.FAULTS,
)
