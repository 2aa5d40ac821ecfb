"""What is expected of a cloud besides what its stack says."""

from dataclasses import dataclass
from ipaddress import IPv4Network


@dataclass(frozen=True)
class Visitors:
    """Networks from which somebody should reach the platform.

    Attributes:
        networks: as they were asked for.
    """

    networks: tuple[IPv4Network, ...] = ()


@dataclass(frozen=True)
class Told:
    """What the platform tells others of itself, by the settings that this command finds.

    Attributes:
        addresses: by which it says its calls leave; empty where it says none.
    """

    addresses: tuple[str, ...] = ()
