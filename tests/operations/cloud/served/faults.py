"""What is served is not what the load balancer has."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.operations.cloud.served.world import BothEnds
from tests.operations.injection import Fault
from tests.operations.network.world import HOST
from tests.plugins.diagnosis.certificates import issued


@dataclass(frozen=True)
class ServedFault(Fault):
    """A fault between the two ends."""

    inject: Callable[[BothEnds], object] = lambda _: None
    says: str = ""


def _intercepted(world: BothEnds) -> None:
    world.site.certificate = issued(HOST, issued("Proxy of a company", is_authority=True), names=(HOST,))


def _older(world: BothEnds) -> None:
    world.attach(issued(HOST, world.site.root, names=(HOST,)))


FAULTS: tuple[ServedFault, ...] = (
    ServedFault("tls.served", "a proxy on the way looks into TLS", inject=_intercepted, says="Proxy of a company"),
    ServedFault("tls.served", "a former certificate is still served", inject=_older, says="Root of the test"),
)
