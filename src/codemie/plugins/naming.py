"""What models call the tools of agents: their own names, told apart where two agents have the same.

Clients store the name at the agent. A suffix is only there while two connected agents share a name, and it follows from
their labels, so that it is the same tomorrow.
"""

import base64
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from hashlib import sha256

from codemie.plugins.sessions import Session
from codemie.plugins.wire.listing import ToolEntry

LONGEST = 64
_SUFFIX, _MARK = 5, 8
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Offered:
    """One tool of one connected agent, under the name that models call it by."""

    name: str
    session: Session
    entry: ToolEntry


def callable_name(tool: str) -> str:
    """A tool's name as models may call it; a long one keeps its start and a mark of the rest."""
    clean = _NOT_IN_A_NAME.sub("_", tool)
    return clean if len(clean) <= LONGEST else f"{clean[: LONGEST - _MARK - 1]}-{_digest(tool, _MARK)}"


def named(sessions: Iterable[Session]) -> list[Offered]:
    """All tools of agents that share a key, each under a name of its own."""
    groups: dict[str, list[tuple[Session, ToolEntry]]] = {}
    for session in sessions:
        for entry in session.tools.values():
            groups.setdefault(callable_name(entry.name), []).append((session, entry))
    return [offered for name, places in groups.items() for offered in _told_apart(name, places)]


def chosen(offered: Iterable[Offered], names: Collection[str]) -> list[Offered]:
    """Those an assistant wants, by their name at the agent or the one models use; all of them if no name is given."""
    return [one for one in offered if not names or one.entry.name in names or one.name in names]


def readable(tool: str) -> str:
    """What people call it: `_read_file` → `Read File`."""
    return tool.replace("_", " ").strip().title() or tool


def _told_apart(name: str, places: list[tuple[Session, ToolEntry]]) -> list[Offered]:
    if len(places) == 1:
        return [Offered(name, *places[0])]
    labels = [session.label for session, _ in places]
    distinct = len(set(labels)) == len(labels)
    seeds = labels if distinct else [f"{session.id} {entry.name}" for session, entry in places]
    return [Offered(_suffixed(name, seed), *place) for seed, place in zip(seeds, places, strict=True)]


def _suffixed(name: str, seed: str) -> str:
    # Clients cut at the last underscore to come back to the tool's name: there is none in the suffix.
    return f"{name[: LONGEST - _SUFFIX - 1]}_{_digest(seed, _SUFFIX)}"


def _digest(text: str, characters: int) -> str:
    return base64.b32encode(sha256(text.encode()).digest()).decode().lower()[:characters]
