"""One kind of value as another, where Terraform does so by itself."""

from typing import Any

from codemie.operations.hcl.wording import NoValue


def text(value: Any) -> str:
    """A text of a text, a number or a boolean.

    Raises:
        NoValue: it is something else.
    """
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(int(value)) if value == int(value) else str(value)
        case _:
            raise NoValue(f"{kind(value)} is no text")


def number(value: Any) -> float:
    """A number of a number, or of a text that is one; a whole one stays so.

    Raises:
        NoValue: it is something else.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise NoValue(f"{kind(value)} is no number")
    try:
        return value if isinstance(value, (int, float)) else int(value) if value.isdigit() else float(value)
    except ValueError:
        raise NoValue(f"{value!r} is no number") from None


def boolean(value: Any) -> bool:
    """A boolean of a boolean, or of its text.

    Raises:
        NoValue: it is something else.
    """
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise NoValue(f"{kind(value)} is neither true nor false")


def kind(value: Any) -> str:
    """What it is, for people."""
    words: dict[type, str] = {
        type(None): "null",
        bool: "true or false",
        int: "a number",
        float: "a number",
        str: "a text",
        list: "a list",
        dict: "a map",
    }
    return words.get(type(value), type(value).__name__)
