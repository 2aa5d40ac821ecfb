"""Another account, nothing of that name, and a cluster that does not come up."""

from collections.abc import Callable
from typing import Any

from codemie.checks.report import Status
from tests.operations.cloud.injecting import CloudFault
from tests.operations.cloud.world import NAME, CloudWorld


def valued(**values: Any) -> Callable[[CloudWorld], object]:
    """Other values of the stack than it was made with."""
    return lambda world: world.values.update(values)


def _deleted(world: CloudWorld) -> None:
    world.client("eks").delete_cluster(name=NAME)


def _cluster(status: str) -> Callable[[CloudWorld], object]:
    return lambda world: world.eks.change("", NAME, status=status)


FAULTS: tuple[CloudFault, ...] = (
    CloudFault("cloud.account", "it is another account", inject=valued(account_id="210987654321"), says="210987654321"),
    CloudFault("cloud.stack", "nothing of that name was made", inject=valued(name="other"), says="no VPC other"),
    CloudFault("cloud.stack", "the cluster was deleted", inject=_deleted, says="no cluster codemie"),
    CloudFault("cloud.stack", "the cluster has failed", inject=_cluster("FAILED"), says="FAILED"),
    CloudFault("cloud.stack", "the cluster is being updated", Status.WARN, _cluster("UPDATING"), "UPDATING"),
)
