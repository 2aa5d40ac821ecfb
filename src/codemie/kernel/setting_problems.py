"""What is wrong with a setting, in the words of the person who set it: which one, where it stands, what it must be."""

from collections.abc import Mapping
from typing import Any, cast

from pydantic import ValidationError

from codemie.kernel.errors import ConfigurationError

_WHOLE = "must be a whole number"
_NUMBER = "must be a number"
_YES_OR_NO = "must be true or false"
_LIST = "must be a list"
# By pydantic's name of the problem; what stands in braces is its context.
_WORDS = {
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "float_parsing": _NUMBER,
    "float_type": _NUMBER,
    "finite_number": _NUMBER,
    "bool_parsing": _YES_OR_NO,
    "bool_type": _YES_OR_NO,
    "string_type": "must be text",
    "list_type": _LIST,
    "tuple_type": _LIST,
    "path_type": "must be a path",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "must have the form {pattern}",
    "literal_error": "must be {expected}",
}


def refusal(error: ValidationError, room: str, sources: Mapping[str, str]) -> ConfigurationError:
    """The error that names each bad setting of a room, its source and what it must be; never the value.

    Args:
        error: what pydantic found.
        room: whose settings they are.
        sources: of the fields that were set; the others have their defaults.
    """
    # The offending input is left out on purpose: it may be a secret.
    found = error.errors(include_input=False, include_url=False)
    places = {
        sources[str(problem["loc"][0])] for problem in found if problem["loc"] and str(problem["loc"][0]) in sources
    }
    one = len(found) == 1
    return ConfigurationError(
        "A setting cannot be used" if one else "Some settings cannot be used",
        details="; ".join(_sentence(cast("dict[str, Any]", problem), room, sources) for problem in found),
        help=_remedy(places.pop()) if one and places else "Correct what is named",
    )


def _sentence(problem: dict[str, Any], room: str, sources: Mapping[str, str]) -> str:
    words = _words(problem)
    if not problem["loc"]:
        # Settings that contradict each other: the words name them.
        return words
    field, *inner = map(str, problem["loc"])
    source = sources.get(field)
    entry = f", entry {'.'.join(inner)}," if inner else ""
    return f"{room}.{field}{entry} ({source}) {words}" if source else f"{room}.{field}{entry} {words}"


def _words(problem: dict[str, Any]) -> str:
    context = problem.get("ctx", {})
    if problem["type"] == "value_error":
        return str(context["error"])
    if words := _WORDS.get(problem["type"]):
        return words.format(**context)
    return f"cannot be used: {problem['msg']}"


def _remedy(source: str) -> str:
    removed = "unset it" if source.startswith("env ") else "remove it there"
    return f"Correct it, or {removed} to use the default"
