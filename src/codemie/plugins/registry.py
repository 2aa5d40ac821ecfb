"""Which agents are connected, as this process knows it. In memory: NATS tells every replica the same.

An agent says that it lives every 65 seconds, the broker tells when a connection ends, and whoever has not been heard of
is asked. A tool is known as soon as its agent has answered; nothing is asked for a chat that knows it already.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from nats.aio.msg import Msg

from codemie.kernel.telemetry import get_logger
from codemie.plugins.asking import Roll, call_the_roll
from codemie.plugins.connection import Broker
from codemie.plugins.failures import MAY_HAVE_RUN, AgentLost, BrokerAway
from codemie.plugins.inbox import Inbox
from codemie.plugins.sessions import Session
from codemie.plugins.settings import PluginsSettings
from codemie.plugins.wire import subjects
from codemie.plugins.wire.extensions import CHANGED
from codemie.plugins.wire.listing import Listing

MOST_SESSIONS, MOST_OF_A_KEY = 20_000, 32
_EMPTY_FOR = 1.0
"""Seconds for which a key nobody answered to counts as offline, unless somebody speaks up."""
_RETURN_SECONDS = 3.0
"""How long agents get to come back after the broker was away."""
_KNOCKS = (0.1, 0.4, 1.5)
"""When somebody who was let in is asked who it is: it subscribes after that, over a network that may be slow."""
_AT_ONCE = 100
_QUEUE = "codemie-engine"
_NO_TOOLS = "no tools found"

log = get_logger(__name__)


@dataclass(slots=True)
class _Owner:
    """A key and the agents that are connected with it."""

    key: str = field(repr=False)
    sessions: dict[str, Session] = field(default_factory=dict[str, Session])
    verifying: "asyncio.Task[Roll] | None" = None
    meeting: "dict[str, asyncio.Task[Roll]]" = field(default_factory=dict[str, "asyncio.Task[Roll]"])
    """By the id of a session that has spoken up, and is asked what it offers."""
    renewing: set[str] = field(default_factory=set[str])
    """Of those, the sessions that have said since then that they have other tools now."""
    greeting: set[str] = field(default_factory=set[str])
    """Ids of sessions whose sign of life is being answered."""
    welcoming: "asyncio.Task[Any] | None" = None
    came: bool = False
    """Whether somebody else was let in while others are welcomed."""
    checked: float = float("-inf")


class Registry:
    """Sessions by the hash of their key.

    Args:
        broker: where agents are.
        inbox: where they answer.
        settings: how long to wait.
    """

    def __init__(self, broker: Broker, inbox: Inbox, settings: PluginsSettings) -> None:
        self._broker = broker
        self._inbox = inbox
        self._settings = settings
        self._owners: dict[str, _Owner] = {}
        self._count = 0
        self._tasks = set[asyncio.Task[Any]]()
        self._when_interrupted: list[Callable[[Session], None]] = []

    async def open(self) -> None:
        """Begin to listen."""
        await self._broker.listen(subjects.LIVE_OF_ALL, self._hear_live)
        await self._broker.listen(subjects.DISCONNECTED_OF_ALL, self._hear_farewell)
        # Every replica learns of an agent, one of them answers it.
        await self._broker.listen(subjects.LIVE_OF_ALL, self._greet, queue=_QUEUE)
        self._broker.when_back(self._return)
        self._spawn(self._forget_the_silent())

    async def close(self) -> None:
        """Stop listening."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def known(self, key_hash: str) -> tuple[Session, ...]:
        """Agents connected with this key that have something to offer, as far as is known; nobody is asked."""
        owner = self._owners.get(key_hash)
        return tuple(session for session in owner.sessions.values() if session.tools) if owner else ()

    def everybody(self) -> Iterator[Session]:
        """All agents."""
        return (session for owner in self._owners.values() for session in owner.sessions.values())

    def connected_keys(self) -> list[str]:
        """Hashes of the keys that somebody is connected with who has something to offer, as far as is known."""
        return [key_hash for key_hash in self._owners if self.known(key_hash)]

    async def sessions(self, key: str) -> tuple[Session, ...]:
        """The agents of a key, asking where nothing is known or an agent has been silent for too long.

        Raises:
            BrokerAway: nobody can be asked.
        """
        owner = self._owner(key)
        found = self.known(subjects.key_hash(key))
        stale = any(session.silent_for() > self._settings.silent_seconds for session in found)
        if stale or (not found and time.monotonic() - owner.checked > _EMPTY_FOR):
            await self.verify(key)
        return self.known(subjects.key_hash(key))

    async def verify(self, key: str) -> None:
        """Ask all agents of a key; those that do not answer in time are gone.

        Raises:
            BrokerAway: nobody can be asked.
        """
        owner = self._owner(key)
        expected = tuple(owner.sessions.values())
        if owner.verifying is None:
            ids = {session.id for session in expected}
            owner.verifying = self._spawn(self._ask(owner, ids, self._settings.probe_seconds))
            owner.verifying.add_done_callback(lambda _: setattr(owner, "verifying", None))
        # Whoever wants to know the same at the same time waits for the same answers.
        roll = await asyncio.shield(owner.verifying)
        self._remove_absent(expected, roll)

    async def is_alive(self, session: Session) -> bool:
        """Whether an agent answers now; one that does not is gone. A healthy one answers even while a tool runs."""
        await self.verify(session.address.key)
        return not session.is_gone

    def lost_connection(self, key_hash: str) -> None:
        """The broker says that a connection with this key has ended; it cannot say whose."""
        if owner := self._owners.get(key_hash):
            self._spawn(self._quietly(self._look_who_went(owner)))

    def new_connection(self, key_hash: str) -> None:
        """The broker let somebody in with this key. An agent that is back says nothing of itself for a minute."""
        owner = self._owners.get(key_hash)
        if owner is None:
            return
        owner.came = True
        if owner.welcoming is None:
            owner.welcoming = self._spawn(self._quietly(self._welcome(owner)))
            owner.welcoming.add_done_callback(lambda _: setattr(owner, "welcoming", None))

    def revoked(self, key_hash: str) -> None:
        """The key is no longer valid: whoever is connected with it is not asked any more."""
        if owner := self._owners.pop(key_hash, None):
            for session in tuple(owner.sessions.values()):
                self._count -= 1
                session.end(AgentLost("The plugin key was withdrawn", details="It was changed or deleted."))

    def when_interrupted(self, told: Callable[[Session], None]) -> None:
        """Call something with each agent that was cut off and is back: what it was asked before is not answered."""
        self._when_interrupted.append(told)

    def gone(self, session: Session) -> None:
        """Nobody listens to the session's subject any more."""
        self._remove(session, "nobody listens")

    def _owner(self, key: str) -> _Owner:
        key_hash = subjects.key_hash(key)
        if (owner := self._owners.get(key_hash)) is None:
            if len(self._owners) >= MOST_SESSIONS:
                self._drop_empty()
            owner = self._owners[key_hash] = _Owner(key)
        return owner

    def _drop_empty(self) -> None:
        for key_hash in [name for name, owner in self._owners.items() if not owner.sessions]:
            del self._owners[key_hash]

    async def _ask(self, owner: _Owner, expected: set[str], seconds: float) -> Roll:
        roll = await call_the_roll(
            self._broker, self._inbox, owner.key, self._admit, expected=expected, seconds=seconds
        )
        owner.checked = time.monotonic()
        return roll

    async def _welcome(self, owner: _Owner) -> None:
        while owner.came:
            owner.came = False
            for seconds in _KNOCKS:
                await asyncio.sleep(seconds)
                await self._ask(owner, set(), self._settings.probe_seconds)

    async def _look_who_went(self, owner: _Owner) -> None:
        """By a question asked at once: whoever was cut off cannot hear it, even if it is back in a moment."""
        expected = tuple(owner.sessions.values())
        roll = await self._ask(owner, {session.id for session in expected}, self._settings.probe_seconds)
        for session in expected:
            if session.id not in roll.answered and session.listed > roll.begun and not session.is_gone:
                for told in self._when_interrupted:
                    told(session)
        if self._remove_absent(expected, roll) > 1:  # one connection has ended: the others may only be slow
            self.new_connection(subjects.key_hash(owner.key))

    async def _meet(self, owner: _Owner, session_id: str) -> None:
        """Ask a session what it offers, and wait for its answer."""
        if (asking := self._asking(owner, session_id)) is not None:
            await asyncio.shield(asking)

    def _asking(self, owner: _Owner, session_id: str) -> "asyncio.Task[Roll] | None":
        """The question of what a session offers: one, however often it speaks up meanwhile; None if too many do."""
        if session_id not in owner.meeting and len(owner.meeting) < MOST_OF_A_KEY:
            asking = self._spawn(self._ask(owner, {session_id}, self._settings.list_seconds))
            owner.meeting[session_id] = asking
            asking.add_done_callback(lambda _: owner.meeting.pop(session_id, None))
        return owner.meeting.get(session_id)

    async def _meet_anew(self, owner: _Owner, session_id: str) -> None:
        """The same, of one that has other tools now: an answer that is on its way may be older."""
        try:
            if (asked := owner.meeting.get(session_id)) is not None:
                await asyncio.shield(asked)
        finally:
            owner.renewing.discard(session_id)
        await self._meet(owner, session_id)

    def _admit(self, listing: Listing, seconds: float) -> None:
        """Take over what an agent offers."""
        address = listing.address
        if address is None:
            return
        owner = self._owner(address.key)
        session = owner.sessions.get(address.session)
        if session is not None and session.address != address:
            self._remove(session, "has another label now")
            session = None
        if session is None:
            if self._count >= MOST_SESSIONS or len(owner.sessions) >= MOST_OF_A_KEY:
                log.warning("plugin_sessions_full", key=subjects.key_mark(address.key), sessions=len(owner.sessions))
                return
            session = Session(address, abilities=listing.abilities)
            owner.sessions[session.id] = session
            self._count += 1
            log.info("plugin_agent_connected", key=subjects.key_mark(address.key), tools=len(listing.tools))
        session.tools = {tool.name: tool for tool in listing.tools}
        session.abilities, session.left_out, session.latency = listing.abilities, listing.left_out, seconds
        session.listed = time.monotonic()
        session.heard()

    def _hear_live(self, message: Msg) -> None:
        key, session_id = _sender(message)
        if session_id is None:
            return
        owner = self._owner(key)
        session = owner.sessions.get(session_id)
        if session is not None:
            session.heard()
        if message.headers and CHANGED in message.headers:
            if _is_room(owner.renewing, session_id):
                owner.renewing.add(session_id)
                self._spawn(self._quietly(self._meet_anew(owner, session_id)))
        elif session is None or time.monotonic() - session.listed > self._settings.refresh_seconds:
            self._asking(owner, session_id)

    def _hear_farewell(self, message: Msg) -> None:
        key, session_id = _sender(message)
        owner = self._owners.get(subjects.key_hash(key))
        if owner and session_id and (session := owner.sessions.get(session_id)):
            self._remove(session, "said goodbye")

    def _greet(self, message: Msg) -> None:
        """Answer an agent's sign of life. Old agents do not ask for it, and get nothing."""
        key, session_id = _sender(message)
        if session_id is None or not message.reply:
            return
        owner = self._owner(key)
        if _is_room(owner.greeting, session_id):
            owner.greeting.add(session_id)
            self._spawn(self._quietly(self._say_hello(owner, session_id)))

    async def _say_hello(self, owner: _Owner, session_id: str) -> None:
        try:
            if session_id in owner.sessions and owner.sessions[session_id].tools:
                text = "alive"
            else:
                await self._meet(owner, session_id)
                session = owner.sessions.get(session_id)
                text = _NO_TOOLS if session is None or not session.tools else f"{len(session.tools)} tools connected"
            # Never to the reply subject of the message: it is the sender's choice.
            await self._broker.publish(subjects.live_reply_subject(owner.key), text.encode())
        finally:
            owner.greeting.discard(session_id)

    def _remove_absent(self, expected: Iterable[Session], roll: Roll) -> int:
        """Whoever answered neither this question nor a later one; as many as gave no name may be among them."""
        silent = [one for one in expected if one.id not in roll.answered and one.listed <= roll.begun]
        absent = [one for one in silent if not one.is_gone][roll.nameless :]
        for session in absent:
            self._remove(session, "did not answer")
        return len(absent)

    def _remove(self, session: Session, why: str) -> None:
        owner = self._owners.get(session.key_hash)
        if owner and owner.sessions.get(session.id) is session:
            del owner.sessions[session.id]
            self._count -= 1
            owner.checked = float("-inf")
            log.info("plugin_agent_gone", key=subjects.key_mark(owner.key), why=why)
        session.end(AgentLost(details=f"The agent '{session.label}' {why}.", help=MAY_HAVE_RUN))

    def _return(self) -> None:
        self._spawn(self._look_around())

    async def _look_around(self) -> None:
        """After the broker was away: agents come back within seconds, or not."""
        await asyncio.sleep(_RETURN_SECONDS)
        await self._verify_all(owner.key for owner in self._owners.values() if owner.sessions)

    async def _forget_the_silent(self) -> None:
        """An agent that said nothing for twice its period is asked, and believed to be gone if it does not answer."""
        limit = self._settings.expire_seconds
        while True:
            await asyncio.sleep(limit / 10)
            await self._verify_all({one.address.key for one in self.everybody() if one.silent_for() > limit})

    async def _verify_all(self, keys: Iterable[str]) -> None:
        waiting = list(keys)
        for start in range(0, len(waiting), _AT_ONCE):
            await asyncio.gather(*(self._quietly(self.verify(key)) for key in waiting[start : start + _AT_ONCE]))

    async def _quietly(self, work: Coroutine[Any, Any, Any]) -> None:
        """Nobody waits for it: while the broker is away, nothing is known anyway."""
        try:
            await work
        except BrokerAway as error:
            log.info("plugin_agents_not_asked", reason=str(error.details))

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._settled)
        return task

    def _settled(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) and not isinstance(error, BrokerAway):
            log.error("plugin_registry_failed", error=type(error).__name__, exc_info=error)


def _is_room(busy: set[str], session_id: str) -> bool:
    """Whether something is to be begun for a session: not twice at once, nor for any number that is made up."""
    return session_id not in busy and len(busy) < MOST_OF_A_KEY


def _sender(message: Msg) -> tuple[str, str | None]:
    """Key and session of `K.live` and `K.disconnected`; no session where it is no id."""
    key = message.subject.partition(".")[0]
    session_id = message.data.decode("ascii", "replace")
    return key, session_id if subjects.is_token(session_id) and len(session_id) <= 64 else None
