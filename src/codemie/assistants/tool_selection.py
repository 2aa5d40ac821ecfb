"""Which tools the toolkits of an assistant name, and with which integrations."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from codemie.toolkits import catalogue
from codemie.toolkits.connection import Repository
from codemie.toolkits.plugin import LABEL
from codemie.toolkits.toolkit import Offer

Json = dict[str, Any]

BROUGHT = "brought"
"""Marks a toolkit that did not come from the author of the assistant: nothing is lent to its tools."""


@dataclass(frozen=True, slots=True)
class Mention:
    """One place where a tool is named.

    Args:
        toolkit: its key.
        pinned: the integration that the tool, or else its toolkit, names.
        is_lent: whether the author of the assistant gave the tool, and with it what they lend.
        label: of the only agents that are meant, for tools on other machines.
    """

    toolkit: str
    pinned: str | None
    is_lent: bool
    label: str | None = None

    @property
    def place(self) -> tuple[str | None, bool, str | None]:
        """What two mentions of one tool can differ in."""
        return self.pinned, self.is_lent, self.label


@dataclass(frozen=True, slots=True)
class Part:
    """A tool that an assistant has; of tools that only a credential knows, the one that they stand in for.

    Args:
        offer: that tool.
        pinned: the integration that it is to work with.
        is_lent: see `Mention`.
        label: see `Mention`.
        names: of the tools that are wanted in its place; all that are useful if there are none.
    """

    offer: Offer
    pinned: str | None
    is_lent: bool
    label: str | None = None
    names: frozenset[str] = frozenset()


def mentions(toolkits: Iterable[Json]) -> dict[str, list[Mention]]:
    """Where each tool is named, by the tool's name."""
    found: dict[str, list[Mention]] = {}
    for toolkit in toolkits:
        general = _pinned(toolkit)
        for tool in toolkit.get("tools") or ():
            is_lent = not toolkit.get(BROUGHT)
            pinned, label = _pinned(tool) or general, _label(tool) or _label(toolkit)
            mention = Mention(str(toolkit.get("toolkit")), pinned, is_lent, label)
            found.setdefault(str(tool.get("name")), []).append(mention)
    return found


def _pinned(part: Json) -> str | None:
    return (part.get("settings") or {}).get("id")


def _label(part: Json) -> str | None:
    stated = (part.get("settings") or {}).get("credential_values") or ()
    return next((str(one["value"]) for one in stated if one.get("key") == LABEL and one.get("value")), None)


def parts(wanted: Mapping[str, list[Mention]], repository: Repository | None) -> list[Part]:
    """What the names mean.

    A tool is there once, as it is first named. What unfolds is there once for each integration: two APIs are two.
    """
    found: list[Part] = []
    unknown: dict[tuple[Offer, str | None, bool, str | None], set[str]] = {}
    for name, places in wanted.items():
        if offer := catalogue.find(name, repository):
            chosen = places if offer.unfold else places[:1]
            found += [Part(offer, *pin) for pin in dict.fromkeys(place.place for place in chosen)]
            continue
        for place in places:
            if whole := catalogue.unfolding(place.toolkit):
                unknown.setdefault((whole, *place.place), set()).add(name)
    there = {(part.offer, part.pinned, part.is_lent, part.label) for part in found}
    return found + [Part(*key, frozenset(names)) for key, names in unknown.items() if key not in there]
