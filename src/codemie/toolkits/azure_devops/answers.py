"""Answers of Azure DevOps as tools return them, and what it is asked as models write it."""

import re
from typing import Any, cast

_FOR_PROGRAMS = frozenset({"_links", "imageUrl", "descriptor"})
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def snake_case(answer: Any) -> Any:
    """The same with ``snake_case`` keys all the way down; what only programs need is left out."""
    if isinstance(answer, list):
        return [snake_case(part) for part in cast("list[Any]", answer)]
    if not isinstance(answer, dict):
        return answer
    pairs = cast("dict[str, Any]", answer).items()
    return {_snake(key): snake_case(value) for key, value in pairs if key not in _FOR_PROGRAMS}


def _snake(key: str) -> str:
    """A reference name of a field stays what it is."""
    return key if "." in key else _HUMP.sub("_", key).lower()


def camel_case(asked: Any) -> Any:
    """The same with keys as the service has them, however they were written."""
    if isinstance(asked, list):
        return [camel_case(part) for part in cast("list[Any]", asked)]
    if not isinstance(asked, dict):
        return asked
    return {_camel(str(key)): camel_case(value) for key, value in cast("dict[str, Any]", asked).items()}


def _camel(key: str) -> str:
    first, *others = key.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in others)


def plain(value: Any) -> Any:
    """A person as work items take one, ``Name <address>``; anything else as it is."""
    if not isinstance(value, dict) or "displayName" not in value:
        return value
    person = cast("dict[str, Any]", value)
    address = person.get("uniqueName")
    return f"{person['displayName']} <{address}>" if address else person["displayName"]
