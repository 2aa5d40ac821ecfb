"""Regular expressions that people write, checked by RE2: its time grows with the text, never faster."""

from functools import lru_cache
from importlib import import_module
from typing import Any

_MAX_MEMORY = 2 << 20


def _re2() -> Any:
    """Half a megabyte that a platform without such expressions never needs; it has no types."""
    return import_module("re2")


@lru_cache(2048)
def compiled(pattern: str, *, ignore_case: bool = False) -> Any:
    """The expression for UTF-8 text.

    Raises:
        re2.error: RE2 does not know it, or it would take too much memory.
    """
    options = _re2().Options()
    options.log_errors = False
    options.max_mem = _MAX_MEMORY
    options.case_sensitive = not ignore_case
    return _re2().compile(pattern, options)


def checked_expression(pattern: str) -> Any:
    """The same for an expression that somebody has just written.

    Raises:
        ValueError: it cannot be used, and why.
    """
    if r"\C" in pattern:
        raise ValueError(r"\C cuts characters apart and cannot be used")
    try:
        return compiled(pattern)
    except _re2().error as error:
        reason = error.args[0]
        told = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise ValueError(f"not a regular expression that RE2 can check in linear time: {told}") from error
