"""One connected agent as this process knows it: who it is, what it offers, what waits for it."""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from codemie.kernel.database import utcnow
from codemie.plugins.failures import AgentBusy, AgentOffline, AgentSilent, ToolUnknown
from codemie.plugins.wire.extensions import Abilities
from codemie.plugins.wire.listing import ToolEntry
from codemie.plugins.wire.subjects import SessionAddress, key_hash

MOST_WAITING = 64
_PARALLEL = 64


class Lane:
    """Calls to one agent, first come, first served.

    The official agent does one thing after the other: what it cannot begin waits here, where its time does not run yet
    and where it can be given up without effect.

    Args:
        width: how many run at once.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._places = asyncio.Semaphore(width)
        self.running = 0
        self.waiting = 0

    async def enter(self, seconds: float) -> None:
        """Return when it is one's turn, which lasts until `leave`.

        Args:
            seconds: for how long to wait for it.

        Raises:
            AgentBusy: too many wait already.
            AgentSilent: its turn did not come in time.
        """
        if self.running < self._width and not self.waiting:
            await self._places.acquire()  # at once
        else:
            await self._wait(seconds)
        self.running += 1

    def leave(self) -> None:
        """Let the next one in."""
        self.running -= 1
        self._places.release()

    async def _wait(self, seconds: float) -> None:
        if self.waiting >= MOST_WAITING:
            raise AgentBusy(details=f"{self.waiting} calls wait for it already.", help="Try again later.")
        self.waiting += 1
        try:
            async with asyncio.timeout(seconds):
                await self._places.acquire()
        except TimeoutError as error:
            raise AgentSilent(
                "The agent is busy",
                details=f"The call waited {seconds:g} seconds for its turn. Nothing was sent.",
                help="Try again later.",
            ) from error
        finally:
            self.waiting -= 1


class Waiting(Protocol):
    """What waits for an answer of an agent."""

    def fail(self, why: Exception) -> None:
        """There will be none."""
        ...


@dataclass(slots=True, eq=False)
class Session:
    """An agent process that is connected.

    Args:
        address: whom to ask; holds the key.
        tools: by their name at the agent.
        abilities: what it can beyond the official agent.
        left_out: tools it has that cannot be called, with the reason.
        since: when we first heard of it.
        latency: of its last answer to a question for its tools, in seconds.
    """

    address: SessionAddress = field(repr=False)
    tools: dict[str, ToolEntry] = field(default_factory=dict[str, ToolEntry])
    abilities: Abilities = field(default_factory=Abilities)
    left_out: dict[str, str] = field(default_factory=dict[str, str])
    since: datetime = field(default_factory=utcnow)
    latency: float | None = None
    seen: float = field(default_factory=time.monotonic)
    listed: float = 0.0
    is_gone: bool = False
    lane: Lane = field(init=False)
    key_hash: str = field(init=False)
    _waiting: set[Waiting] = field(default_factory=set[Waiting])

    def __post_init__(self) -> None:
        self.lane = Lane(_PARALLEL if self.abilities.agent else 1)
        self.key_hash = key_hash(self.address.key)

    @property
    def id(self) -> str:
        return self.address.session

    @property
    def label(self) -> str:
        return self.address.label

    @property
    def place(self) -> str | None:
        """The machine, as people know it; None when it says neither its host nor a label."""
        host, label = self.abilities.host, self.label
        if not label:
            return host
        return f"{host} ({label})" if host else f"agent '{label}'"

    def heard(self) -> None:
        """It gave a sign of life."""
        self.seen = time.monotonic()

    @property
    def seen_at(self) -> datetime:
        """When it last gave one."""
        return utcnow() - timedelta(seconds=self.silent_for())

    def silent_for(self) -> float:
        """Seconds since the last sign of life."""
        return time.monotonic() - self.seen

    def tool(self, name: str) -> ToolEntry:
        """What it says about one of its tools.

        Raises:
            ToolUnknown: it has none of that name.
        """
        if (found := self.tools.get(name)) is None:
            reason = self.left_out.get(name) or f"The agent '{self.label}' offers no tool '{name[:100]}' now."
            raise ToolUnknown(details=reason, help="Reload the tools.")
        return found

    def add(self, waiting: Waiting) -> None:
        """Let something wait: it fails as soon as the agent is gone, unless it is dropped before.

        Raises:
            AgentOffline: it is gone already.
        """
        if self.is_gone:
            raise AgentOffline("The agent is gone", details="Nothing was sent to it.", help="Start the agent again.")
        self._waiting.add(waiting)

    def drop(self, waiting: Waiting) -> None:
        """Let something wait no more."""
        self._waiting.discard(waiting)

    def end(self, why: Exception) -> None:
        """It is gone: whoever waits for an answer learns it now."""
        self.is_gone = True
        for waiting in self._waiting:
            waiting.fail(why)
