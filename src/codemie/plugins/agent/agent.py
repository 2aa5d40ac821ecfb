"""The agent: connects, says what it can, answers calls, connects again, and leaves in order when told to."""

import asyncio
import random
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any

from nats.aio.msg import Msg

from codemie import __version__
from codemie.kernel.tools import ToolResult
from codemie.plugins.agent.calls import Call, Calls
from codemie.plugins.agent.connection import HEADER_ROOM, Connection, Door
from codemie.plugins.agent.console import Console
from codemie.plugins.agent.failures import NotConnected
from codemie.plugins.agent.tools import AgentTool, Offered
from codemie.plugins.wire import subjects
from codemie.plugins.wire.extensions import CHANGED, LOGIN_SECONDS, Abilities, ToolTraits, split_answer
from codemie.plugins.wire.listing import ToolEntry, encode_listing
from codemie.plugins.wire.messages import CallAnswer, CallTerms, MalformedMessage, decode_request, encode_answer
from codemie.plugins.wire.results import write_result
from codemie.plugins.wire.subjects import CANCEL, SessionAddress

FIRST_WAIT_SECONDS = 0.25
LONGEST_WAIT_SECONDS = 8.0
SETTLED_SECONDS = 10.0
"""A connection that lived so long was a good one: the next try after it comes at once."""
REPEAT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When the agent does what, in seconds."""

    live: float = 60.0
    live_reply: float = 5.0
    drain: float = 20.0
    give_up: float = 0.0
    """End when unconnected for so long; 0: never."""
    renew: float = LOGIN_SECONDS * 3 / 4
    """After which age a login is changed for a new one, as soon as nothing runs."""


class Agent:
    """One agent, one session, for as long as the process lives.

    Args:
        address: key, session and label.
        door: the way to the platform.
        offered: what it offers.
        calls: runs them.
        rhythm: when it does what.
        console: tells what happens.
        host: name of this machine.
        max_payload: largest message, if less than the server's; 0: as that says.
        tells_all: tell every sign of life.
    """

    def __init__(
        self,
        address: SessionAddress,
        door: Door,
        offered: Offered,
        calls: Calls,
        rhythm: Rhythm,
        console: Console,
        *,
        host: str,
        max_payload: int = 0,
        tells_all: bool = False,
    ) -> None:
        self._address = address
        self._door = door
        self._tools = offered.tools
        self._changed = offered.changed
        self._calls = calls
        self._rhythm = rhythm
        self._console = console
        self._host = host
        self._max_payload = max_payload
        self._tells_all = tells_all
        self._answering: set[asyncio.Task[None]] = set()
        self._replied = asyncio.Event()
        self._last_reply = ""
        self._told: tuple[str, float] = ("", 0.0)
        self.trouble: NotConnected | None = None
        """Why there is no connection; None while there is one, and before the first try."""

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until told to stop, then leave in order.

        Raises:
            NotReached, KeyRefused: there was no connection for as long as it may take.
        """
        tries = 0
        since = time.monotonic()
        while not stop.is_set():
            connection = self._connection()
            try:
                await connection.open(self._door)
            except NotConnected as error:
                self.trouble = error
                if 0 < self._rhythm.give_up <= time.monotonic() - since:
                    await self._calls.drain(0)
                    raise
                await self._pause(error, tries, stop)
                tries += 1
                continue
            began, self.trouble = time.monotonic(), None
            self._console.say(f"Connected to {self._door.address.url} as '{self._address.label}'.")
            last = await self._serve(connection, stop)
            since = time.monotonic()
            tries = 0 if since - began > SETTLED_SECONDS else tries + 1
            if not stop.is_set():
                self._console.say(f"Disconnected: {last.why_ended or 'the connection ended'}.")
                await self._wait(stop, _jittered(tries))
        await self._calls.drain(0)

    def _connection(self) -> Connection:
        name = f"codemie-agent/{__version__}/{self._address.session}"
        return Connection(self._address.key, name, lambda text: self._console.say(f"The platform complains: {text}"))

    async def _serve(self, connection: Connection, stop: asyncio.Event) -> Connection:
        """Until a connection ends for good, and those that take its place; gives the last of them."""
        await self._listen(connection)
        try:
            while not stop.is_set() and not connection.ended.is_set():
                alive = asyncio.create_task(self._stay_alive(connection))
                try:
                    await _first(stop.wait(), connection.ended.wait(), self._grow_old())
                finally:
                    alive.cancel()
                if not stop.is_set() and not connection.ended.is_set():
                    connection = await self._renewed(connection)
            if not connection.ended.is_set():
                await self._leave(connection)
        finally:
            # Also when stopped at once: the platform must not wait for answers that never come.
            await connection.publish(subjects.disconnected_subject(self._address.key), self._address.session.encode())
            await connection.flush()
            await connection.close()
        return connection

    async def _listen(self, connection: Connection) -> None:
        key = self._address.key
        await connection.subscribe(subjects.list_subject(key), partial(self._list, connection))
        await connection.subscribe(subjects.live_reply_subject(key), self._hear)
        await connection.subscribe(self._address.every_tool, partial(self._take, connection))
        await connection.subscribe(self._address.cancel, self._cancel)

    async def _grow_old(self) -> None:
        """Until the login should be changed for a new one, and nothing runs that this could disturb."""
        await asyncio.sleep(self._rhythm.renew)
        while self._answering:
            await asyncio.wait(self._answering)

    async def _renewed(self, connection: Connection) -> Connection:
        """A connection with a new login, which serves before the old one ends; the old one where there is no other."""
        successor = self._connection()
        try:
            await successor.open(self._door)
        except NotConnected as error:
            self._tell(f"The login is not renewed yet, trying again: {error}")
            return connection
        await self._listen(successor)
        await successor.flush()
        await connection.unsubscribe()
        if self._answering:  # a call that came meanwhile
            await asyncio.wait(self._answering, timeout=self._rhythm.drain)
        await connection.close()
        return successor

    async def _leave(self, connection: Connection) -> None:
        """No new calls; let the running ones end and their answers out."""
        await connection.unsubscribe()
        if self._calls.running:
            self._console.say(f"Stopping: {self._calls.running} calls may go on for {self._rhythm.drain:g} seconds.")
        await self._calls.drain(self._rhythm.drain)
        if self._answering:
            await asyncio.wait(self._answering, timeout=5)

    async def _stay_alive(self, connection: Connection) -> None:
        """A sign of life at once, every so often and with news; sooner while nobody replies, who may come after it."""
        key, session = self._address.key, self._address.session.encode()
        while True:
            self._replied.clear()
            has_news = self._changed.is_set()
            self._changed.clear()
            reply = subjects.live_reply_subject(key)
            told = {CHANGED: "true"} if has_news else None
            sent = await connection.publish(subjects.live_subject(key), session, reply=reply, headers=told)
            if has_news and not sent:
                self._changed.set()
            seconds = self._rhythm.live
            try:
                await asyncio.wait_for(self._replied.wait(), self._rhythm.live_reply)
            except TimeoutError:
                self._tell("The platform does not reply: connected, but nobody there looks after agents.")
                seconds = min(seconds, self._rhythm.live_reply)
            await self._wait(self._changed, seconds)

    async def _hear(self, message: Msg) -> None:
        self._replied.set()
        said = message.data.decode(errors="replace")
        if said.strip() and (self._tells_all or said not in {self._last_reply, "alive"}):
            self._console.say(f"The platform: {said}")
        self._last_reply = said

    async def _list(self, connection: Connection, message: Msg) -> None:
        if message.reply:
            await connection.publish(message.reply, self._listing())

    def _listing(self) -> bytes:
        entries = [
            ToolEntry(one.name, one.tool.description, one.tool.parameters, _traits(one)) for one in self._tools.values()
        ]
        abilities = Abilities(f"codemie-agent/{__version__}", self._host, chunks=True, cancel=True)
        return encode_listing(self._address, entries, abilities)

    async def _cancel(self, message: Msg) -> None:
        self._calls.cancel(message.data.decode(errors="replace"))

    async def _take(self, connection: Connection, message: Msg) -> None:
        """A call: answered by a task of its own, so that the next one is heard meanwhile."""
        if not message.subject.endswith(f".{CANCEL}"):
            task = asyncio.create_task(self._answer(connection, message))
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)

    async def _answer(self, connection: Connection, message: Msg) -> None:
        terms = CallTerms()
        try:
            request = decode_request(message.data)
        except MalformedMessage as error:
            result = ToolResult(str(error), is_error=True)
        else:
            terms, name = request.terms, message.subject.rpartition(".")[2]
            result = await self._calls.answer(Call(terms.call or None, name, request.query, _seconds(terms)))
        if not message.reply:
            return
        for part_headers, part in self._parts(message.subject, result, connection, terms.chunk_bytes):
            if not await connection.publish(message.reply, part, headers=part_headers):
                self._console.say("The connection ended before the answer was out. The platform can ask for it again.")
                return

    def _parts(
        self, subject: str, result: ToolResult, connection: Connection, chunk_bytes: int
    ) -> list[tuple[dict[str, str], bytes]]:
        """The messages of an answer; one that does not fit is replaced by one that says so."""
        payload = encode_answer(CallAnswer(subject, result=write_result(result)))
        most = min(self._max_payload or connection.max_payload, connection.max_payload) - HEADER_ROOM
        try:
            if chunk_bytes:
                return split_answer(payload, max(1, min(chunk_bytes, most)))
            if len(payload) <= most:
                return [({}, payload)]
        except MalformedMessage:
            most = chunk_bytes
        said = f"The result is too large: {len(payload)} bytes. Ask for less of it at a time."
        failure = write_result(ToolResult(said, is_error=True))
        return [({}, encode_answer(CallAnswer(subject, result=failure)))]

    async def _pause(self, error: NotConnected, tries: int, stop: asyncio.Event) -> None:
        self._tell(f"Not connected, trying again: {error}")
        await self._wait(stop, _jittered(tries))

    def _tell(self, text: str) -> None:
        """Once a minute is enough for the same news."""
        last, when = self._told
        if text != last or time.monotonic() - when > REPEAT_SECONDS:
            self._console.say(text)
            self._told = (text, time.monotonic())

    async def _wait(self, event: asyncio.Event, seconds: float) -> None:
        try:
            await asyncio.wait_for(event.wait(), seconds)
        except TimeoutError:
            return


def _jittered(tries: int) -> float:
    """How long to wait before another try: longer each time, and never as long as all the other agents."""
    longest = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 1.5 ** min(tries, 10))
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - no secret


def _traits(tool: AgentTool) -> ToolTraits:
    return ToolTraits(read_only=tool.tool.effect == "reads", destructive=tool.tool.effect == "destroys")


def _seconds(terms: CallTerms) -> float | None:
    """How long the answer is waited for, a little less so that it still gets there."""
    seconds = terms.milliseconds / 1000
    return max(0.1, seconds - min(0.5, seconds / 10)) if 0 < seconds < 86_400 else None


async def _first(*waits: Coroutine[Any, Any, object]) -> None:
    """Wait until one of them is done, and drop the others."""
    tasks = [asyncio.create_task(one) for one in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
