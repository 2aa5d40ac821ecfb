"""What whoever upgrades has to know, from a file that programs can read."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

Kind = Literal["breaking", "config", "component"]
_FILE = Path(__file__).parent / "changes.yaml"


@dataclass(frozen=True, slots=True)
class Change:
    """One of them.

    Args:
        revision: of the schema that came with it.
        kind: whether something stops working, may be set, or is needed.
        title: what changes.
        do: what to do about it.
    """

    revision: str
    kind: Kind
    title: str
    do: str


@cache
def all_changes() -> tuple[Change, ...]:
    """Every one, oldest first."""
    entries: list[dict[str, Any]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return tuple(Change(**entry) for entry in entries)


def coming(pending: Collection[str]) -> list[Change]:
    """Those that these migrations bring."""
    return [change for change in all_changes() if change.revision in pending]
