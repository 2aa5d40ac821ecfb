"""A fault of a project, and the way to make it."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.operations.injection import Fault
from tests.operations.preflight.google.world import GoogleWorld


@dataclass(frozen=True)
class GoogleFault(Fault):
    """A fault of a project of Google Cloud.

    Attributes:
        inject: breaks the world.
        says: words that the finding must have.
    """

    inject: Callable[[GoogleWorld], object] = lambda _: None
    says: str = ""
