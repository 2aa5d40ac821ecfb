"""One call of a tool of an agent: sent once, answered once, and never longer than its deadline."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

from nats.aio.msg import Msg

from codemie.kernel.telemetry import get_logger
from codemie.kernel.tools import ToolResult
from codemie.plugins.arguments import written
from codemie.plugins.connection import Broker
from codemie.plugins.deadlines import Deadlines
from codemie.plugins.failures import (
    MAY_HAVE_RUN,
    AgentLost,
    AgentOffline,
    AgentSilent,
    AnswerUnusable,
    BadArguments,
    BrokerAway,
    PluginFailure,
)
from codemie.plugins.inbox import Inbox, nobody_listens
from codemie.plugins.registry import Registry
from codemie.plugins.sessions import Session
from codemie.plugins.settings import PluginsSettings
from codemie.plugins.wire.extensions import CHUNK, Assembly
from codemie.plugins.wire.messages import CallTerms, MalformedMessage, decode_answer, encode_request
from codemie.plugins.wire.results import read_answer

_CHUNK_BYTES = 512 * 1024
_ROOM = 2048
"""For all of a message that is not the arguments."""
_AGAIN_SECONDS, _MOST_AGAIN = 0.5, 20

log = get_logger(__name__)


def _future() -> "asyncio.Future[bytes]":
    return asyncio.get_running_loop().create_future()


@dataclass(slots=True, eq=False)
class _Call:
    """A call that is sent.

    Args:
        session: whom it is for.
        subject: of the tool.
        is_known: the agent knows it by its id, and never runs it twice.
        reply: where the answer goes.
        payload: of the message.
    """

    session: Session
    subject: str
    is_known: bool
    reply: str = ""
    payload: bytes = b""
    answer: "asyncio.Future[bytes]" = field(default_factory=_future)
    """Fails with `TimeoutError` when the time is up; another one takes its place then."""
    assembly: Assembly | None = None
    is_uncertain: bool = False
    """Our connection was lost while it ran: the answer may have been, too."""
    was_refused: bool = False
    """Nobody heard it when it was sent again."""

    def receive(self, message: Msg) -> None:
        """Take a message that is the answer, or a part of it. Only the first whole one counts."""
        if self.answer.done():
            log.info("plugin_call_answered_twice", label=self.session.label)
        elif message.headers is None:
            self._take(message.data)
        elif nobody_listens(message):
            self._nobody()
        else:
            self._take_part(message.headers.get(CHUNK), message.data)

    def fail(self, why: Exception) -> None:
        """There is no answer, unless there was one before."""
        if not self.answer.done():
            self.answer.set_exception(why)

    def expire(self) -> None:
        """Whoever waits for the answer has waited long enough. It may come all the same."""
        if not self.answer.done():
            expired, self.answer = self.answer, _future()
            expired.set_exception(TimeoutError())

    def _nobody(self) -> None:
        if self.is_uncertain:  # the agent may be on its way back
            self.was_refused = True
        else:
            gone = f"The agent '{self.session.label}' is not connected any more. Nothing was sent to it."
            self.fail(AgentOffline(details=gone, help="Start the agent again."))

    def _take(self, whole: bytes) -> None:
        self.session.heard()
        self.answer.set_result(whole)

    def _take_part(self, header: str | None, part: bytes) -> None:
        self.assembly = self.assembly or Assembly()
        try:
            whole = self.assembly.add(header, part)
        except MalformedMessage as error:
            self.fail(AnswerUnusable(details=str(error), help=MAY_HAVE_RUN))
        else:
            self.session.heard()
            if whole is not None:
                self.answer.set_result(whole)


class Calls:
    """Calls tools of agents.

    Args:
        broker: where agents are.
        inbox: where they answer.
        registry: knows them.
        settings: how long to wait.
    """

    def __init__(self, broker: Broker, inbox: Inbox, registry: Registry, settings: PluginsSettings) -> None:
        self._broker = broker
        self._inbox = inbox
        self._registry = registry
        self._settings = settings
        self._open = set[_Call]()
        self._deadlines = Deadlines()
        self._repeating = set[asyncio.Task[None]]()
        broker.when_lost(self._doubt)
        broker.when_back(self._repeat)
        registry.when_interrupted(self._interrupted)

    async def close(self) -> None:
        """Stop asking again for what was lost."""
        self._deadlines.close()
        for task in tuple(self._repeating):
            task.cancel()
        await asyncio.gather(*self._repeating, return_exceptions=True)

    async def call(
        self, session: Session, tool: str, arguments: dict[str, Any], *, seconds: float | None = None
    ) -> ToolResult:
        """Run a tool. A tool that failed is a result that says so.

        Args:
            session: the agent.
            tool: its name there.
            arguments: as `arguments.prepared` gives them: an agent that gets a wrong call may answer nothing.
            seconds: for the run itself, if less than usual; waiting for its turn is bounded on its own.

        Raises:
            PluginFailure: there is no result; see `failures`.
        """
        query = written(arguments)
        if len(query) + _ROOM > self._broker.max_payload:
            raise BadArguments(
                "The arguments are too long",
                details=f"They take {len(query)} bytes; the broker carries {self._broker.max_payload}.",
                help="Nothing was sent; pass less.",
            )
        settings, lane = self._settings, session.lane
        limit = min(seconds or settings.call_seconds, settings.call_seconds)
        await lane.enter(settings.queue_seconds)
        try:
            whole = await self._run(session, session.address.tool(tool), query, limit)
        finally:
            lane.leave()
        try:
            return read_answer(decode_answer(whole), tool)
        except MalformedMessage as error:
            raise AnswerUnusable(details=str(error), help=MAY_HAVE_RUN) from error

    async def _run(self, session: Session, subject: str, query: bytes, seconds: float) -> bytes:
        call = _Call(session, subject, session.abilities.agent is not None)
        session.add(call)
        call.reply = self._inbox.begin(call.receive)
        call.payload = encode_request(subject, query, self._terms(call, seconds))
        self._open.add(call)
        try:
            await self._send(call)
            return await self._answer(call, seconds)
        except (PluginFailure, asyncio.CancelledError) as error:
            await self._give_up(call, error)
            raise
        finally:
            self._open.discard(call)
            self._deadlines.drop(call)
            self._inbox.end(call.reply)
            session.drop(call)
            call.answer.cancel()

    async def _send(self, call: _Call) -> None:
        await self._broker.publish(call.subject, call.payload, call.reply)

    def _terms(self, call: _Call, seconds: float) -> CallTerms | None:
        if not call.is_known:
            return None
        chunk = min(_CHUNK_BYTES, self._broker.max_payload) if call.session.abilities.chunks else 0
        return CallTerms(self._inbox.token(call.reply), round(seconds * 1000), chunk)

    async def _answer(self, call: _Call, seconds: float) -> bytes:
        """Wait. An agent that says nothing for longer than it usually lets a tool run has to show that it lives."""
        first = min(seconds, self._settings.agent_seconds)
        self._deadlines.set(call, first)
        try:
            return await call.answer
        except TimeoutError:
            return await self._late_answer(call, seconds, seconds - first)

    async def _late_answer(self, call: _Call, seconds: float, left: float) -> bytes:
        if call.is_uncertain and not call.is_known:
            raise AgentSilent(
                "The answer was lost",
                details="The connection to the plugin broker was lost while the tool ran, and the answer with it.",
                help=MAY_HAVE_RUN,
            )
        begun = time.monotonic()
        await self._registry.is_alive(call.session)
        if not call.answer.done():
            self._deadlines.set(call, max(0.0, left - (time.monotonic() - begun)))
        try:
            return await call.answer
        except TimeoutError as error:
            raise AgentSilent(
                details=f"The agent '{call.session.label}' is connected, but sent no result within {seconds:g} "
                f"seconds. The tool still runs, or its result is longer than {self._broker.max_payload // 2**20} MB.",
                help=MAY_HAVE_RUN,
            ) from error

    async def _give_up(self, call: _Call, why: BaseException) -> None:
        """Nobody waits for the answer any more: an agent of ours may stop."""
        session = call.session
        if isinstance(why, AgentOffline):
            self._registry.gone(session)
        elif not isinstance(why, BrokerAway):
            self._inbox.give_up(call.reply, tool=call.subject.rpartition(".")[2], label=session.label)
            if session.abilities.cancel and not session.is_gone:
                await self._cancel(call)

    async def _cancel(self, call: _Call) -> None:
        try:
            await self._broker.publish(call.session.address.cancel, self._inbox.token(call.reply).encode())
        except BrokerAway:
            log.info("plugin_call_not_cancelled", label=call.session.label)

    def _doubt(self) -> None:
        for call in self._open:
            call.is_uncertain = True

    def _repeat(self) -> None:
        for call in self._open:
            if call.is_known and call.is_uncertain:
                self._ask_again(call)

    def _interrupted(self, session: Session) -> None:
        """The broker lets an agent answer only over the connection that it was asked over; that one has ended."""
        for call in self._open:
            if call.session is not session or call.answer.done():
                continue
            call.is_uncertain = True
            if call.is_known:
                self._ask_again(call)
            else:
                lost = f"The connection of the agent '{session.label}' was lost, and with it the answer."
                call.fail(AgentLost(details=lost, help=MAY_HAVE_RUN))

    def _ask_again(self, call: _Call) -> None:
        """Ask for an answer that may be lost: an agent of ours never runs one call twice, and tells what it has."""
        task = asyncio.create_task(self._until_heard(call))
        self._repeating.add(task)
        task.add_done_callback(self._repeating.discard)

    async def _until_heard(self, call: _Call) -> None:
        """The agent has to come back, too."""
        for _ in range(_MOST_AGAIN):
            call.was_refused = False
            try:
                await self._send(call)
            except BrokerAway:
                return
            await asyncio.sleep(_AGAIN_SECONDS)
            if call.answer.done() or not call.was_refused:
                return
