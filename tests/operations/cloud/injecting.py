"""A fault of the cloud, and the way to make it."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.operations.cloud.world import CloudWorld
from tests.operations.injection import Fault


@dataclass(frozen=True)
class CloudFault(Fault):
    """A fault on moto.

    Attributes:
        inject: breaks the world.
        says: words that the finding must have.
    """

    inject: Callable[[CloudWorld], object] = lambda _: None
    says: str = ""
