"""A fault of an installation in Google Cloud, and the way to make it."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.operations.cloud.google.world import GoogleInstallation
from tests.operations.injection import Fault


@dataclass(frozen=True)
class InstalledFault(Fault):
    """A fault of what is there.

    Attributes:
        inject: breaks the world.
        says: words that the finding must have.
    """

    inject: Callable[[GoogleInstallation], object] = lambda _: None
    says: str = ""
