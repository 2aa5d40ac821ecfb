"""The type that a variable declares, and values made to fit it as Terraform makes them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from codemie.operations.hcl import syntax
from codemie.operations.hcl.conversion import boolean, kind, number, text
from codemie.operations.hcl.evaluation import value_of
from codemie.operations.hcl.wording import NotKnownHere, NoValue

_PLAIN = {"string": text, "number": number, "bool": boolean}


@dataclass
class Fitted:
    """A value that fits, and what was left out on the way.

    Attributes:
        ignored: fields that the type does not know, as paths such as `.web.prot` → the names that it knows.
    """

    value: Any
    ignored: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])


def fitted(value: Any, declared: syntax.Expression) -> Fitted:
    """The value as its type wants it: numbers of texts, and the defaults of fields that are left out.

    Raises:
        NoValue: it does not fit; says where inside of it.
        NotKnownHere: the type is none of those known here.
    """
    fit = Fitted(None)
    fit.value = _fit(value, declared, "", fit)
    return fit


def _fit(value: Any, declared: syntax.Expression, path: str, fit: Fitted) -> Any:
    match declared:
        case _ if value is None:
            return None
        case syntax.Name("any"):
            return value
        case syntax.Name(plain) if plain in _PLAIN:
            try:
                return _PLAIN[plain](value)
            except NoValue as error:
                raise NoValue(f"{path or 'it'} must be a {plain}: {error}") from error
        case syntax.Call("list" | "set" | "tuple", (item,)):
            items = _of(list, value, "list", path)
            return [_fit(each, item, f"{path}[{place}]", fit) for place, each in enumerate(items)]
        case syntax.Call("map", (item,)):
            entries: dict[str, Any] = _of(dict, value, "map", path)
            return {key: _fit(each, item, f"{path}.{key}", fit) for key, each in entries.items()}
        case syntax.Call("object", (syntax.Mapping(fields),)):
            return _object(_of(dict, value, "map", path), fields, path, fit)
        case _:
            raise NotKnownHere("type")


def _of(wanted: type, value: Any, word: str, path: str) -> Any:
    if not isinstance(value, wanted):
        raise NoValue(f"{path or 'it'} must be a {word}, not {kind(value)}")
    return value


def _object(
    entries: Mapping[str, Any],
    fields: tuple[tuple[syntax.Expression, syntax.Expression], ...],
    path: str,
    fit: Fitted,
) -> dict[str, Any]:
    known = {str(cast("syntax.Literal", name).value): declared for name, declared in fields}
    fit.ignored |= {f"{path}.{name}": tuple(known) for name in entries if name not in known}
    made: dict[str, Any] = {}
    for name, declared in known.items():
        value = entries.get(name)
        match declared:
            case syntax.Call("optional", (inner, *default)):
                if value is None and default:
                    value = value_of(default[0], {})
                made[name] = _fit(value, inner, f"{path}.{name}", fit)
            case _ if name not in entries:
                raise NoValue(f"{path}.{name} is missing")
            case _:
                made[name] = _fit(value, declared, f"{path}.{name}", fit)
    return made
