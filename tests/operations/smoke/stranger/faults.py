"""How another person could reach what is not theirs."""

from dataclasses import dataclass

from tests.operations.injection import Fault


@dataclass(frozen=True)
class MixUp(Fault):
    """Requests of the other person that are answered as if its owner had asked.

    Attributes:
        method: of the requests.
        told: part of what the check says.
    """

    method: str = "GET"
    told: str = ""


FAULTS: tuple[MixUp, ...] = (
    MixUp("smoke.isolation", "a cache in front gives others what the owner saw", method="GET", told="read"),
    MixUp("smoke.isolation", "a proxy in front mixes people up when they delete", method="DELETE", told="delete"),
)
