"""Where answers arrive: one subscription for all questions of a process, and who waits for which answer."""

import secrets
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from nats.aio.msg import Msg

from codemie.kernel.telemetry import get_logger
from codemie.plugins.connection import Broker, Receive

log = get_logger(__name__)

_REMEMBERED, _REMEMBERED_SECONDS = 10_000, 600.0


@dataclass(frozen=True, slots=True)
class _GivenUp:
    """A question whose answer nobody waits for any more: what to log if it comes."""

    about: dict[str, str]
    since: float


class Inbox:
    """Hands each answer to whoever asked; an answer that is late or comes twice has no effect but a line in the log."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._prefix = f"_INBOX.{secrets.token_hex(16)}."
        self._waiting: dict[str, Receive] = {}
        self._given_up: OrderedDict[str, _GivenUp] = OrderedDict()
        self._tokens = _tokens()

    async def open(self) -> None:
        """Listen."""
        await self._broker.listen(f"{self._prefix}*", self._receive)

    @contextmanager
    def expect(self, receive: Receive) -> Iterator[str]:
        """The subject of answers to one question, handed to `receive` while the block runs."""
        reply = self.begin(receive)
        try:
            yield reply
        finally:
            self.end(reply)

    def begin(self, receive: Receive) -> str:
        """The subject of answers to one question, handed to `receive` until its `end`."""
        token = next(self._tokens)
        self._waiting[token] = receive
        return self._prefix + token

    def token(self, reply: str) -> str:
        """The end of such a subject: no question of any process has the same."""
        return reply[len(self._prefix) :]

    def end(self, reply: str) -> None:
        """Expect no more answers to a question."""
        self._waiting.pop(reply[len(self._prefix) :], None)

    def give_up(self, reply: str, **about: str) -> None:
        """Remember a question that was not answered in time, so that a late answer is recognised."""
        self._given_up[reply.removeprefix(self._prefix)] = _GivenUp(about, time.monotonic())
        if len(self._given_up) > _REMEMBERED:
            self._given_up.popitem(last=False)

    def _receive(self, message: Msg) -> None:
        token = message.subject.removeprefix(self._prefix)
        receive = self._waiting.get(token)
        if receive is not None:
            receive(message)
        elif (late := self._given_up.pop(token, None)) and time.monotonic() - late.since < _REMEMBERED_SECONDS:
            log.warning("plugin_call_answered_late", seconds=round(time.monotonic() - late.since, 1), **late.about)


def _tokens() -> Iterator[str]:
    """Whoever is asked sees the number, and could guess others': so there is chance in it, too.

    Much of it is drawn at once: to ask the system for some each time takes longer than all the rest of a question.
    """
    number = 0
    while True:
        chance = secrets.token_hex(8 * 256)
        for place in range(0, len(chance), 16):
            number += 1
            yield f"{number}-{chance[place : place + 16]}"


def nobody_listens(message: Msg) -> bool:
    """Whether the server says, in place of an answer, that nobody heard the question."""
    return not message.data and message.headers is not None and message.headers.get("Status") == "503"
