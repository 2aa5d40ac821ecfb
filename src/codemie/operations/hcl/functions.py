"""Functions of Terraform that rules of variables use, with its meaning of each.

They may raise whatever Python raises for wrong arguments: the evaluation makes one error of it.
"""

import ipaddress
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import re2

from codemie.operations.hcl.conversion import boolean, number, text
from codemie.operations.hcl.wording import NoValue


def _regex(pattern: str, subject: Any) -> Any:
    # The engine is Terraform's, so that a pattern means here what it means there.
    found = re2.search(pattern, text(subject))
    if found is None:
        raise NoValue(f"{subject!r} does not match")
    return found.groupdict() or list(found.groups()) or found[0]


def _cidr_host(prefix: str, place: Any) -> str:
    return str(ipaddress.ip_network(prefix, strict=False)[int(number(place))])


def _cidr_subnet(prefix: str, bits: Any, place: Any) -> str:
    network = ipaddress.ip_network(prefix, strict=False)
    length = network.prefixlen + int(number(bits))
    first = int(network.network_address) + (int(number(place)) << (network.max_prefixlen - length))
    return str(type(network)((first, length)))


def _coalesce(*values: Any) -> Any:
    for value in values:
        if value is not None and value != "":
            return value
    raise NoValue("everything is empty")


def _distinct(items: Iterable[Any]) -> list[Any]:
    found: list[Any] = []
    for item in items:
        if item not in found:
            found.append(item)
    return found


def _flatten(items: Iterable[Any]) -> list[Any]:
    found: list[Any] = []
    for item in items:
        found += _flatten(item) if isinstance(item, list) else [item]
    return found


def _lookup(entries: dict[str, Any], key: str, *otherwise: Any) -> Any:
    if key in entries:
        return entries[key]
    if not otherwise:
        raise NoValue(f"there is no {key}")
    return otherwise[0]


def _length(value: Any) -> int:
    if not isinstance(value, (str, list, dict)):
        raise NoValue("only texts, lists and maps have a length")
    return len(value)


def _range(end: Any) -> list[int]:
    return list(range(int(number(end))))


def _slice(items: Sequence[Any], first: Any, end: Any) -> list[Any]:
    if not 0 <= int(number(first)) <= int(number(end)) <= len(items):
        raise NoValue("it is too short")
    return list(items[int(number(first)) : int(number(end))])


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "alltrue": lambda items: all(map(boolean, items)),
    "anytrue": lambda items: any(map(boolean, items)),
    "ceil": lambda value: math.ceil(number(value)),
    "cidrhost": _cidr_host,
    "cidrsubnet": _cidr_subnet,
    "coalesce": _coalesce,
    "concat": lambda *lists: [item for items in lists for item in items],
    "contains": lambda items, value: value in items,
    "distinct": _distinct,
    "endswith": lambda subject, end: text(subject).endswith(end),
    "flatten": _flatten,
    "floor": lambda value: math.floor(number(value)),
    "join": lambda between, items: between.join(map(text, items)),
    "keys": sorted,
    "length": _length,
    "lookup": _lookup,
    "lower": lambda subject: text(subject).lower(),
    "max": lambda *values: max(map(number, values)),
    "merge": lambda *maps: {key: value for entries in maps for key, value in entries.items()},
    "min": lambda *values: min(map(number, values)),
    "range": _range,
    "regex": _regex,
    "setsubtract": lambda items, others: [item for item in _distinct(items) if item not in others],
    "slice": _slice,
    "split": lambda between, subject: text(subject).split(between),
    "startswith": lambda subject, begin: text(subject).startswith(begin),
    "strcontains": lambda subject, part: part in text(subject),
    "tonumber": number,
    "tostring": text,
    "upper": lambda subject: text(subject).upper(),
    "values": lambda entries: [entries[key] for key in sorted(entries)],
}
