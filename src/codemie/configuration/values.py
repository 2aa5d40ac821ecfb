"""What a dynamic value may be: pure functions over text."""

import math
import re
from collections.abc import Callable, Mapping

from codemie.configuration.schemas import MAX_VALUE, ValueType
from codemie.kernel.errors import InvalidInput

SKILL_MAX_CONTENT_LENGTH = "SKILL_MAX_CONTENT_LENGTH"

Plain = str | int | float | bool

_KEY = re.compile(r"[A-Z][A-Z0-9_]{0,199}")
_TRUE = frozenset({"true", "t", "yes", "y", "on", "1"})
_FALSE = frozenset({"false", "f", "no", "n", "off", "0"})
_WHOLE = re.compile(r"[+-]?\d{1,18}")

RANGES: Mapping[str, tuple[int, int]] = {SKILL_MAX_CONTENT_LENGTH: (100, 1_000_000)}
"""Keys that this platform reads itself, with the whole numbers they may be. Others are for clients."""


def require_key(key: str) -> None:
    """Refuse what cannot name a value.

    Raises:
        InvalidInput: 400.
    """
    if not _KEY.fullmatch(key):
        raise InvalidInput(
            "Invalid configuration key",
            details=f"'{key[:100]}' does not match ^[A-Z][A-Z0-9_]*$.",
            help="Use capital letters, digits and underscores; begin with a letter.",
        )


def parsed(text: str, value_type: ValueType) -> Plain:
    """The value behind its text.

    Raises:
        InvalidInput: 400, the text is not of this type, or too long.
    """
    if len(text) > MAX_VALUE or "\x00" in text:
        raise _invalid(text, f"text of at most {MAX_VALUE} characters")
    return _PARSERS[value_type](text)


def require_usable(key: str, value: Plain) -> None:
    """Refuse for a key that the platform reads what it could not use.

    Raises:
        InvalidInput: 400.
    """
    if key not in RANGES:
        return
    least, most = RANGES[key]
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InvalidInput(
            "Invalid configuration value", details=f"{key} must be an int from {least} to {most}.", help=None
        )


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text.strip()):
        raise _invalid(text, "an int")
    return int(text)


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise _invalid(text, "a float")
    return number


def _switch(text: str) -> bool:
    word = text.strip().lower()
    if word not in _TRUE | _FALSE:
        raise _invalid(text, "a bool: true/t/yes/y/on/1 or false/f/no/n/off/0")
    return word in _TRUE


def _invalid(text: str, wanted: str) -> InvalidInput:
    return InvalidInput("Invalid configuration value", details=f"'{text[:100]}' is not {wanted}.")


_PARSERS: Mapping[ValueType, Callable[[str], Plain]] = {
    "string": str,
    "int": _whole,
    "float": _number,
    "bool": _switch,
}
