"""Names that this machine finds without DNS, as every program on it does: those of its hosts file, and localhost."""

from collections.abc import Mapping
from pathlib import Path

FILE = Path("/etc/hosts")
_MOST_BYTES = 2**20


def names() -> Mapping[str, tuple[str, ...]]:
    """Name → its addresses by the hosts file, hosts(5); empty where there is none."""
    try:
        with FILE.open(encoding="utf-8", errors="replace") as file:
            lines = file.read(_MOST_BYTES).splitlines()
    except OSError:
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for line in lines:
        address, *called = line.partition("#")[0].split() or [""]
        for name in map(str.lower, called):
            found[name] = (*found.get(name, ()), address)
    return found


def is_this_machine(name: str) -> bool:
    """Whether a name stands for this machine itself, whatever DNS says (RFC 6761 §6.3)."""
    return name == "localhost" or name.endswith(".localhost")
