"""What may be wrong with what runs in Google Cloud: each turns exactly its own check red."""

from tests.operations.cloud.google import balancer_faults, network_faults
from tests.operations.cloud.google.injecting import InstalledFault

FAULTS: tuple[InstalledFault, ...] = (*network_faults.FAULTS, *balancer_faults.FAULTS)
