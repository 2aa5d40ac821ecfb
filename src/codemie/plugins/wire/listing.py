"""What an agent answers when it is asked for its tools: a JSON array in UTF-8, not Protocol Buffers."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from codemie.plugins.wire.extensions import FIELD, Abilities, ToolTraits
from codemie.plugins.wire.messages import MalformedMessage
from codemie.plugins.wire.subjects import BadSubject, SessionAddress, parse_tool_subject

MAX_TOOLS = 512
MAX_DESCRIPTION = 1024
MAX_LIST_BYTES = 1024 * 1024
"""Each agent's list is kept: five hundred tools with long schemas take less."""
_ODD = re.compile(r"\\u(?:[dD][89a-fA-F]|00[017])|\x7f")
"""In a text of JSON that may hold what `_clean` takes out: most lists have nothing of it."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SIGNATURE = re.compile(r"\s*^\s*Plugin (?:label|ID):.*", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class ToolEntry:
    """One tool of one agent.

    Args:
        name: at the agent, beginning with an underscore.
        description: untrusted text, without the agent's signature, bounded.
        args_schema: JSON Schema of the arguments.
        traits: what our own agent says about it.
    """

    name: str
    description: str
    args_schema: dict[str, Any]
    traits: ToolTraits = field(default_factory=ToolTraits)


@dataclass(frozen=True, slots=True)
class Listing:
    """One agent and its tools.

    Args:
        address: whom to ask; `None` when there are no tools, since only their subjects tell.
        tools: those that can be called.
        left_out: names of those that cannot, with the reason in words.
        abilities: what the agent can beyond the official one.
    """

    address: SessionAddress | None
    tools: tuple[ToolEntry, ...]
    left_out: dict[str, str] = field(default_factory=dict[str, str])
    abilities: Abilities = field(default_factory=Abilities)


def encode_listing(address: SessionAddress, tools: list[ToolEntry], abilities: Abilities) -> bytes:
    """As the official agent writes it, with what ours adds."""
    entries = [
        {
            "name": tool.name,
            "subject": address.tool(tool.name),
            "description": f"{tool.description}\nPlugin label: {address.label}",
            "args_schema": tool.args_schema,
            FIELD: {**abilities.encode(), **tool.traits.encode()},
        }
        for tool in tools
    ]
    return json.dumps(entries).encode()


def decode_listing(payload: bytes) -> Listing:
    """Read what an agent offers.

    Raises:
        MalformedMessage: it is not a JSON array of tools of one agent, or too long.
    """
    address: SessionAddress | None = None
    tools, left_out, abilities = dict[str, ToolEntry](), dict[str, str](), Abilities()
    for name, subject, entry in _entries(payload):
        try:
            where, tool = parse_tool_subject(subject)
        except BadSubject as error:
            left_out[name[:200]] = str(error.details)
            continue
        if address is not None and where != address:
            raise MalformedMessage(details="The list has tools of more than one agent.")
        address = where
        extension = entry.get(FIELD)
        abilities = Abilities.decode(extension)
        tools[tool] = ToolEntry(tool, _description(entry), _schema(entry), ToolTraits.decode(extension))
    return Listing(address, tuple(tools.values()), left_out, abilities)


def _entries(payload: bytes) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Name, subject and the whole of each entry."""
    if len(payload) > MAX_LIST_BYTES:
        raise MalformedMessage(details=f"The list of tools has {len(payload)} bytes; {MAX_LIST_BYTES} are the most.")
    try:
        written = payload.decode()
        entries: Any = json.loads(written)
        clean = _clean(entries) if _ODD.search(written) else entries
    except (ValueError, RecursionError) as error:
        raise MalformedMessage(details="The list of tools is not JSON.") from error
    if not isinstance(entries, list):
        raise MalformedMessage(details="The list of tools is not a JSON array.")
    found = cast("list[Any]", entries)
    if len(found) > MAX_TOOLS:
        raise MalformedMessage(details=f"The agent offers {len(found)} tools; {MAX_TOOLS} are the most.")
    for entry, shown in zip(found, clean, strict=True):
        match entry, shown:
            # The subject as it is: one that would have to be changed leads to nobody.
            case {"subject": str(subject)}, {"name": str(name)}:
                yield name, subject, shown
            case _:
                raise MalformedMessage(details="An entry of the list has no name or no subject.")


def _clean(value: Any) -> Any:
    """Without control characters and halves of characters: databases refuse the former, no encoding has the latter."""
    match value:
        case str():
            return _CONTROL.sub("", value).encode("utf-8", "replace").decode()
        case list():
            return [_clean(one) for one in cast("list[Any]", value)]
        case dict():
            return {_clean(name): _clean(one) for name, one in cast("dict[str, Any]", value).items()}
        case _:
            return value


def _description(entry: dict[str, Any]) -> str:
    text = entry.get("description")
    return _SIGNATURE.sub("", text).strip()[:MAX_DESCRIPTION] if isinstance(text, str) else ""


def _schema(entry: dict[str, Any]) -> dict[str, Any]:
    schema = entry.get("args_schema")
    known = cast("dict[str, Any]", schema) if isinstance(schema, dict) else {}
    properties = known.get("properties")
    fields = cast("dict[str, Any]", properties) if isinstance(properties, dict) else {}
    return {**known, "type": "object", "properties": {name: _field(field) for name, field in fields.items()}}


def _field(field: Any) -> Any:
    """Without a default of null, as the official agent writes for every text: models would send null, which fails."""
    if not isinstance(field, dict):
        return field
    known = cast("dict[str, Any]", field)
    return {key: value for key, value in known.items() if key != "default" or value is not None}
