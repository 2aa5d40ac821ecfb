"""Regular expressions that officers write: linear in time, and how much text one match can take."""

import re
from functools import lru_cache
from typing import Any

_MAX_MEMORY = 2 << 20
_LONGEST_MATCH = 1000
_BYTES_PER_CHARACTER = 4
_ATOM = re.compile(
    r"(?P<one>\\(?:[pP]\{[^}]*\}|x\{[^}]*\}|.)|\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\])|\(\?P?<\w+>", re.DOTALL
)
_REPEAT = re.compile(r"\{(\d+)(?:,(\d*))?\}")


@lru_cache(2048)
def compiled(pattern: str, *, ignore_case: bool = False) -> Any:
    """The expression for UTF-8 text.

    Raises:
        re2.error: RE2 does not know it, or it would take too much memory.
    """
    import re2  # half a megabyte that a platform without guardrails never needs

    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MAX_MEMORY
    options.case_sensitive = not ignore_case
    return re2.compile(pattern, options)


def checked(pattern: str) -> str:
    """The expression, if it can be used.

    Raises:
        ValueError: it cannot, and why.
    """
    import re2

    if r"\C" in pattern:
        raise ValueError(r"\C cuts characters apart and cannot be used")
    try:
        expression = compiled(pattern)
    except re2.error as error:
        reason = error.args[0]
        told = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise ValueError(f"not a regular expression that RE2 can check in linear time: {told}") from error
    if expression.fullmatch(b""):
        raise ValueError("it matches where nothing is written")
    return pattern


def longest_match(pattern: str) -> int | None:
    """How many bytes one match takes at most, estimated from above; None when there is no bound worth waiting for."""
    if r"\Q" in pattern:
        return None
    bare = _ATOM.sub(lambda found: "x" if found["one"] else "(", pattern)
    if re.search(r"[*+]", bare):
        return None
    characters = len(bare)
    for repeat in _REPEAT.finditer(bare):
        least, most = repeat[1], repeat[2]
        if most == "":
            return None
        characters *= max(1, int(most or least))
        if characters > _LONGEST_MATCH:
            return None
    return characters * _BYTES_PER_CHARACTER
