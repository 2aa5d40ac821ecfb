"""`codemiectl integrations`: what to have ready before a system is connected."""

import json
import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from codemie.integrations.requirements import Requirements
    from codemie.integrations.schemas import IntegrationKey

_WIDE = 110


class UnknownType(Exception):
    """There is no integration of this type; the message names those that are there."""


def requirements(wanted: str | None, *, as_json: bool) -> None:
    """Print what types of integrations need.

    Args:
        wanted: the type, in any case; None for all.
        as_json: print objects instead of sentences.

    Raises:
        UnknownType: there is no such type.
    """
    from codemie.integrations.requirements import requirements as every
    from codemie.settings import load_settings

    found = every()
    if wanted is not None:
        names = [item.kind.name for item in found]
        found = [item for item in found if item.kind.name.lower() == wanted.strip().lower()]
        if not found:
            raise UnknownType(f"there is no type '{wanted}'. There are: {', '.join(names)}")
    egress_ip = load_settings()[0].integrations.egress_ip
    if as_json:
        print(json.dumps([_object(item, egress_ip) for item in found], indent=2, ensure_ascii=False))
        return
    print("\n\n".join(_text(item, egress_ip) for item in found))


def _object(item: "Requirements", egress_ip: str | None) -> dict[str, Any]:
    keys = [key.model_dump(exclude={"aliases"}) for key in item.kind.keys]
    told = {"type": item.kind.name, "label": item.kind.label, "about": item.kind.about, "keys": keys}
    return {**told, "rights": item.rights, "hosts": item.hosts, "egress_ip": egress_ip}


def _text(item: "Requirements", egress_ip: str | None) -> str:
    kind = item.kind
    lines = [f"{kind.name}: {kind.about}", "", "  Have ready"]
    wide = max((len(key.name) for key in kind.keys), default=0)
    lines += [_wrapped(f"{key.name.ljust(wide)}  {_described(key)}", indent=wide + 2) for key in kind.keys]
    if not kind.keys:
        lines.append("    any names and values, all of them secret" if kind.free else "    nothing")
    if item.rights:
        lines += ["", "  Rights of the credential", *map(_wrapped, item.rights)]
    if item.hosts:
        here = egress_ip or "the address this installation calls from (integrations.egress_ip is not set)"
        lines += ["", "  Firewalls", *(_wrapped(f"from here to {host}") for host in item.hosts)]
        lines.append(_wrapped(f"over there, from {here}"))
    return "\n".join(lines)


def _wrapped(line: str, indent: int = 2) -> str:
    margin = "    "
    return textwrap.fill(line, _WIDE, initial_indent=margin, subsequent_indent=margin + " " * indent)


def _described(key: "IntegrationKey") -> str:
    """The field, in a line."""
    when = f"if {key.when.key} is {' or '.join(key.when.values)}" if key.when else ""
    needed = " ".join(part for part in ("required" if key.required else "optional", when) if part)
    marks = [key.label, needed]
    if key.secret:
        marks.append("secret")
    if key.choices:
        marks.append(f"one of {', '.join(key.choices)}")
    return " · ".join((*marks, key.hint) if key.hint else marks)
