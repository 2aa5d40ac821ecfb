"""Regular expressions that officers write: linear in time, and how much text one match can take."""

import re

from codemie.kernel.linear_patterns import checked_expression

_LONGEST_MATCH = 1000
_BYTES_PER_CHARACTER = 4
_ATOM = re.compile(
    r"(?P<one>\\(?:[pP]\{[^}]*\}|x\{[^}]*\}|.)|\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\])|\(\?P?<\w+>", re.DOTALL
)
_REPEAT = re.compile(r"\{(\d+)(?:,(\d*))?\}")


def checked(pattern: str) -> str:
    """The expression, if it can be used.

    Raises:
        ValueError: it cannot, and why.
    """
    if checked_expression(pattern).fullmatch(b""):
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
