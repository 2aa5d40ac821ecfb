"""Words inside identifiers, so that `getUserName`, `user_name` and `agent.run` are found by their parts."""

import re
from functools import lru_cache

_COMPOUND = re.compile(r"[A-Za-z_$][\w$]*(?:[.\-/:]+[A-Za-z_$][\w$]*)*")
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_MAX_TERMS = 400
_MAX_REMEMBERED = 64


def parts(identifier: str) -> list[str]:
    """`HTTPServer_v2.runAll` → `http server v 2 run all`."""
    return [part.lower() for part in _PART.findall(identifier)]


def terms(text: str) -> str:
    """The parts of every compound identifier of a text, each once, in order of appearance."""
    found: dict[str, None] = {}
    for word in dict.fromkeys(_COMPOUND.findall(text)):
        if word.islower() and word.isalpha():
            continue
        for part in _remembered(word) if len(word) <= _MAX_REMEMBERED else _terms_of(word):
            found[part] = None
        if len(found) >= _MAX_TERMS:
            break
    return " ".join(found)


def _terms_of(word: str) -> tuple[str, ...]:
    """The parts of one compound that are worth finding it by."""
    return tuple(part for part in parts(word) if len(part) > 1)


# The same words come all the time; longer ones would let a document fill the memory.
_remembered = lru_cache(maxsize=20_000)(_terms_of)


def path_words(source: str) -> str:
    """A path or URL as words, whole names first: `src/user_service.py` → `src user service py`."""
    return " ".join(parts(source))
