"""What people leave in a file where something of theirs should stand."""

import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from typing import Any, cast

_WORDS = re.compile(
    r"<[^<>]+>|%%\w+%%|\$\{[A-Z_]+\}|^\$[A-Z_]+$|^(?:my|our)[-_](?:company|domain|project)(?:[-_]id)?$"
    r"|\byour[-_](?:\w+[-_])*(?:company|domain|account|project|name|org|id)\b"
    r"|\bchange[-_ ]?me\b|\bTODO\b|\bFIXME\b|\bx{4,}\b|:(?:ACCOUNT|ACCOUNT_ID):"
    r"|(?:^|\.)example(?:\.(?:com|org|net))?$|[.@-]example[.-](?:com|org|net)\b",
    re.IGNORECASE,
)
_SAMPLES = {
    "012345678901",
    "123456789012",
    "111122223333",
    "999988887777",
    "000000000000",
    "00000000-0000-0000-0000-000000000000",
    "00000000-1111-2222-3333-444444444444",
}
_DOCUMENTATION = tuple(map(ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")))


def found_in(value: Any) -> str | None:
    """The first placeholder anywhere in a value, and why it is one; None where there is none."""
    return next((reason for text in _texts(value) if (reason := _reason(text))), None)


def examples(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Keys of a document whose values are left of an example, such as `aws.account_id`, and why."""
    if isinstance(value, Mapping):
        for name, each in cast("Mapping[str, Any]", value).items():
            yield from examples(each, f"{key}.{name}" if key else name)
    elif value and (reason := found_in(value)):
        yield key, reason


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in cast("Mapping[str, Any]", value).values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in cast("list[Any]", value):
            yield from _texts(each)


def _reason(text: str) -> str | None:
    if not text.strip():
        return "it is empty"
    if found := _WORDS.search(text):
        return f"{found[0].strip(':.@-')} stands for something of yours"
    if sample := next((sample for sample in _SAMPLES if sample in text), None):
        return f"{sample} is the number of an example"
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return None
    if any(network.version == known.version and network.overlaps(known) for known in _DOCUMENTATION):
        return None if network.prefixlen == 0 else f"{text} is a network of examples: nobody has it"
    return None
