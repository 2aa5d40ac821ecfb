"""What our own agent can beyond the official one. Old servers do not see it, old agents are never sent it.

An entry of its list of tools carries `x-codemie`. Calls to such an agent have fields of their own in `ServiceMeta`, not
headers: those would cost more to write and to read than all the rest of a call.

    call = 101           one call; an agent never runs the same one twice
    milliseconds = 102   how long somebody waits for the answer, from now on
    chunk_bytes = 103    how much one message of the answer may hold; absent: it comes as one

An answer that comes in several messages, all to the same inbox, has a header in each: `Codemie-Chunk: <i>/<n>` is part
i (from 1) of n. A call is stopped by a message to `K.S.L.cancel` that is its id. A sign of life with the header
`Codemie-Changed` says that the agent has other tools than before.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from codemie.plugins.wire.messages import MalformedMessage

FIELD = "x-codemie"
CHUNK = "Codemie-Chunk"
CHANGED = "Codemie-Changed"

MAX_CHUNKS = 64
MAX_ANSWER_BYTES = 32 * 1024 * 1024
LOGIN_SECONDS = 3600
"""How long a login of such an agent counts; it takes a new one before."""
REMEMBERED_CALLS = 1000
"""How many ids of calls an agent remembers, to answer a repeated one without running it again."""

_CHUNK = re.compile(r"([1-9][0-9]?)/([1-9][0-9]?)")


@dataclass(frozen=True, slots=True)
class Abilities:
    """What an agent is and can. An official one: nothing of it."""

    agent: str | None = None
    host: str | None = None
    chunks: bool = False
    cancel: bool = False

    def encode(self) -> dict[str, Any]:
        return {"agent": self.agent, "host": self.host, "chunks": self.chunks, "cancel": self.cancel}

    @classmethod
    def decode(cls, extension: object) -> "Abilities":
        """Read them from an entry; whatever is missing or odd counts as not there."""
        match extension:
            case {"agent": str(agent), **rest}:
                host = rest.get("host")
                return cls(
                    agent=agent[:100],
                    host=host[:255] if isinstance(host, str) else None,
                    chunks=rest.get("chunks") is True,
                    cancel=rest.get("cancel") is True,
                )
            case _:
                return cls()


@dataclass(frozen=True, slots=True)
class ToolTraits:
    """What an agent says about one tool; `None` where it says nothing, as the official agent always."""

    read_only: bool | None = None
    destructive: bool | None = None

    def encode(self) -> dict[str, Any]:
        known = {"read_only": self.read_only, "destructive": self.destructive}
        return {name: value for name, value in known.items() if value is not None}

    @classmethod
    def decode(cls, extension: object) -> "ToolTraits":
        """Read them from an entry; whatever is missing or odd counts as not said."""
        if not isinstance(extension, dict):
            return cls()
        said: dict[Any, Any] = extension
        read_only, destructive = said.get("read_only"), said.get("destructive")
        return cls(
            read_only=read_only if isinstance(read_only, bool) else None,
            destructive=destructive if isinstance(destructive, bool) else None,
        )


def split_answer(payload: bytes, chunk_bytes: int) -> list[tuple[dict[str, str], bytes]]:
    """An answer as the messages to send: headers and payload of each; a small one is one message without a header.

    Raises:
        MalformedMessage: it needs more than `MAX_CHUNKS` parts or is longer than `MAX_ANSWER_BYTES`.
    """
    if len(payload) <= chunk_bytes:
        return [({}, payload)]
    parts = -(-len(payload) // max(1, chunk_bytes))
    if parts > MAX_CHUNKS or len(payload) > MAX_ANSWER_BYTES:
        raise MalformedMessage("The result is too large", details=f"It has {len(payload)} bytes.")
    return [
        ({CHUNK: f"{number + 1}/{parts}"}, payload[number * chunk_bytes : (number + 1) * chunk_bytes])
        for number in range(parts)
    ]


@dataclass(slots=True)
class Assembly:
    """Puts an answer together that comes in parts, in any order; a repeated part is ignored."""

    parts: dict[int, bytes] = field(default_factory=dict[int, bytes])
    count: int = 0
    size: int = 0

    def add(self, header: str | None, payload: bytes) -> bytes | None:
        """Take one message; the whole answer once all of it is there, else `None`.

        Args:
            header: `Codemie-Chunk` of the message; `None`: it is the whole answer.
            payload: of the message.

        Raises:
            MalformedMessage: the parts do not fit each other, or are too many or too much.
        """
        if header is None:
            return payload
        found = _CHUNK.fullmatch(header)
        number, count = (int(found[1]), int(found[2])) if found else (0, 0)
        if not 1 <= number <= count <= MAX_CHUNKS or self.count not in {0, count}:
            raise MalformedMessage(details="The parts of the answer do not fit each other.")
        self.count = count
        if number not in self.parts:
            self.parts[number] = payload
            self.size += len(payload)
        if self.size > MAX_ANSWER_BYTES:
            raise MalformedMessage("The result is too large", details=f"More than {MAX_ANSWER_BYTES} bytes came.")
        if len(self.parts) < count:
            return None
        return b"".join(self.parts[each] for each in range(1, count + 1))
