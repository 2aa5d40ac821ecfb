"""Numbers with a unit behind them, as people type them."""

import re
from collections.abc import Mapping

import typer

TIMES: Mapping[str, int] = {"m": 60, "h": 3600, "d": 86_400}
"""Seconds of each."""

SIZES: Mapping[str, int] = {"K": 2**10, "M": 2**20, "G": 2**30}
"""Bytes of each."""


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
