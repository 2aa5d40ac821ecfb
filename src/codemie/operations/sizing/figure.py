"""A number with its unit and where it comes from, and a set of them that a reader may overrule."""

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from codemie.kernel.errors import ConfigurationError


class Origin(StrEnum):
    """How far a figure can be relied on."""

    MEASURED = "measured"
    ASSUMED = "assumed"
    GIVEN = "given"


@dataclass(frozen=True)
class Figure:
    """One number.

    Args:
        name: unique; `_ms`, `_us`, `_s`, `_kb` and `_mb` at its end are its unit.
        unit: in words.
        source: the row of the benchmark, or why this was assumed.
        low: the least that makes sense.
        high: the most.
    """

    name: str
    value: float
    unit: str
    origin: Origin
    source: str
    low: float = 0.0
    high: float = 1e12


class Figures:
    """Figures by name; `figures["chat_turn_ms"]` is the number."""

    def __init__(self, figures: Mapping[str, Figure]) -> None:
        self._figures = dict(figures)

    def __getitem__(self, name: str) -> float:
        return self._figures[name].value

    def all(self) -> tuple[Figure, ...]:
        """In the order of the tables."""
        return tuple(self._figures.values())

    def overruled(self, values: Mapping[str, object], source: str) -> "Figures":
        """The same figures with other values.

        Args:
            values: by name.
            source: who says so, for the reader and for errors.

        Raises:
            ConfigurationError: a name nobody knows, or a value that is no number or makes no sense.
        """
        changed = dict(self._figures)
        for name, value in values.items():
            known = changed.get(name)
            if known is None:
                near = difflib.get_close_matches(name, changed, n=1)
                hint = f"Did you mean {near[0]}?" if near else "codemiectl sizing --json lists all names."
                raise ConfigurationError(f"{source}: there is no figure named {name!r}. {hint}")
            number = _number(known, value, source)
            changed[name] = replace(known, value=number, origin=Origin.GIVEN, source=source)
        return Figures(changed)


def _number(figure: Figure, value: object, source: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ConfigurationError(f"{source}: {figure.name} must be a number ({figure.unit}), not {value!r}.")
    if not figure.low <= value <= figure.high:
        raise ConfigurationError(
            f"{source}: {figure.name} must be between {figure.low:g} and {figure.high:g} ({figure.unit}), "
            f"and is {value:g}."
        )
    return float(value)
