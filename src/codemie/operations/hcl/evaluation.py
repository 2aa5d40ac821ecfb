"""The value of an expression: None, booleans, numbers, texts, lists, and mappings by text."""

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from codemie.operations.hcl import syntax
from codemie.operations.hcl.conversion import boolean, number, text
from codemie.operations.hcl.functions import FUNCTIONS
from codemie.operations.hcl.wording import NotKnownHere, NoValue

Value = Any

_RECKON: dict[str, Callable[[Any, Any], Value]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
}


def value_of(expression: syntax.Expression, names: Mapping[str, Value]) -> Value:
    """Compute it.

    Args:
        expression: what to compute.
        names: what the names in it mean, such as `var`.

    Raises:
        NoValue: it has none.
        NotKnownHere: only Terraform could tell.
    """
    match expression:
        case syntax.Literal(value):
            return value
        case syntax.Template() | syntax.Sequence() | syntax.Mapping():
            return _made(expression, names)
        case syntax.Conditional(test, yes, no):
            return value_of(yes if boolean(value_of(test, names)) else no, names)
        case syntax.For():
            return _gathered(expression, names)
        case _:
            return _computed(expression, names)


def _made(expression: syntax.Template | syntax.Sequence | syntax.Mapping, names: Mapping[str, Value]) -> Value:
    match expression:
        case syntax.Template(parts):
            return "".join(text(value_of(part, names)) for part in parts)
        case syntax.Sequence(items):
            return [value_of(item, names) for item in items]
        case syntax.Mapping(items):
            return {text(value_of(key, names)): value_of(item, names) for key, item in items}


def _computed(expression: syntax.Expression, names: Mapping[str, Value]) -> Value:
    match expression:
        case syntax.Name(name) if name in names:
            return names[name]
        case syntax.Member(of, name):
            return _item(value_of(of, names), name)
        case syntax.Item(of, key):
            return _item(value_of(of, names), value_of(key, names))
        case syntax.Unary(sign, of):
            return _turned(sign, value_of(of, names))
        case syntax.Binary(sign, left, right):
            return _joined(sign, left, right, names)
        case syntax.Call(name, arguments):
            return _called(name, arguments, names)
        case _:
            raise NotKnownHere(str(getattr(expression, "name", type(expression).__name__)))


def _turned(sign: str, value: Value) -> Value:
    return not boolean(value) if sign == "!" else -number(value)


def _item(of: Value, key: Value) -> Value:
    if isinstance(of, dict):
        entries = cast("dict[str, Value]", of)
        if text(key) in entries:
            return entries[text(key)]
    if isinstance(of, list):
        items, place = cast("list[Value]", of), int(number(key))
        if 0 <= place < len(items):
            return items[place]
    raise NoValue(f"there is no {key}")


def _joined(sign: str, left: syntax.Expression, right: syntax.Expression, names: Mapping[str, Value]) -> Value:
    first = value_of(left, names)
    if sign in {"&&", "||"}:
        if boolean(first) == (sign == "||"):
            return first
        return boolean(value_of(right, names))
    second = value_of(right, names)
    if sign in {"==", "!="}:
        return _same(first, second) == (sign == "==")
    return _reckoned(sign, number(first), number(second))


def _same(first: Value, second: Value) -> bool:
    # Python takes True for 1; Terraform does not.
    return isinstance(first, bool) == isinstance(second, bool) and bool(first == second)


def _reckoned(sign: str, first: float, second: float) -> Value:
    if sign in {"/", "%"} and second == 0:
        raise NoValue("a division by zero")
    return _RECKON[sign](first, second)


def _called(name: str, arguments: tuple[syntax.Expression, ...], names: Mapping[str, Value]) -> Value:
    if name in {"can", "try"}:
        return _attempted(name, arguments, names)
    if name not in FUNCTIONS:
        raise NotKnownHere(f"{name}()")
    values = [value_of(argument, names) for argument in arguments]
    try:
        return FUNCTIONS[name](*values)
    except (TypeError, ValueError, AttributeError, IndexError) as error:
        raise NoValue(f"{name} refuses it: {error}") from error


def _attempted(name: str, arguments: tuple[syntax.Expression, ...], names: Mapping[str, Value]) -> Value:
    for argument in arguments:
        try:
            found = value_of(argument, names)
        except NoValue:
            continue
        return True if name == "can" else found
    if name == "can":
        return False
    raise NoValue("nothing in try has a value")


def _gathered(loop: syntax.For, names: Mapping[str, Value]) -> Value:
    found: list[tuple[Value, Value]] = []
    for known in _turns(loop, names):
        if loop.condition is None or boolean(value_of(loop.condition, known)):
            key = value_of(loop.key, known) if loop.key is not None else None
            found.append((key, value_of(loop.result, known)))
    return [value for _, value in found] if loop.key is None else {text(key): value for key, value in found}


def _turns(loop: syntax.For, names: Mapping[str, Value]) -> Iterator[dict[str, Value]]:
    over = value_of(loop.over, names)
    if isinstance(over, dict):
        entries = list(cast("dict[str, Value]", over).items())
    elif isinstance(over, list):
        entries = list(enumerate(cast("list[Value]", over)))
    else:
        raise NoValue("only a list or a map can be gone through")
    for key, value in entries:
        yield {**names, **dict(zip(reversed(loop.names), (value, key), strict=False))}
