"""Numbers with a unit behind them, as people type them."""

import re
from collections.abc import Mapping

import typer

TIMES: Mapping[str, int] = {"m": 60, "h": 3600, "d": 86_400}
"""Seconds of each."""

SIZES: Mapping[str, int] = {"K": 2**10, "M": 2**20, "G": 2**30}
"""Bytes of each."""


_LEAST_SECONDS, _MOST_SECONDS = 0.2, 300.0


def seconds(text: str | float) -> float:
    """How long one check may take: 10, 10s, 0.5, 500ms or 2m.

    Raises:
        BadParameter: it is no time, or none between a fifth of a second and five minutes.
    """
    found = re.fullmatch(r"(\d{1,6}(?:\.\d{1,6})?)(ms|s|m)?", str(text))
    value = float(found[1]) * {"ms": 0.001, "m": 60}.get(found[2], 1) if found else 0.0
    if not _LEAST_SECONDS <= value <= _MOST_SECONDS:
        raise typer.BadParameter(f"{str(text)!r} is no time from 0.2s to 5m: write 10s, or a number of seconds")
    return value


def amount(text: str, units: Mapping[str, int], option: str) -> int:
    """The number that was typed, in the smallest unit.

    Raises:
        BadParameter: it is none.
    """
    found = re.fullmatch(rf"(\d{{1,6}})([{''.join(units)}])", text)
    if found is None or found[1].strip("0") == "":
        hint = f"{text!r} is no amount: write a number and one of {', '.join(units)}"
        raise typer.BadParameter(hint, param_hint=option)
    return int(found[1]) * units[found[2]]
