"""Asking all agents of a key what they offer: one question, an answer from each."""

import asyncio
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from nats.aio.msg import Msg

from codemie.kernel.telemetry import get_logger
from codemie.plugins.connection import Broker
from codemie.plugins.inbox import Inbox, nobody_listens
from codemie.plugins.wire.listing import Listing, decode_listing
from codemie.plugins.wire.messages import MalformedMessage
from codemie.plugins.wire.subjects import key_mark, list_subject

GRACE_SECONDS = 0.3
"""How long others of the same key may take after the first; they answer within milliseconds."""
MOST_ANSWERS = 64

log = get_logger(__name__)

Admit = Callable[[Listing, float], None]
"""Takes the list of one agent, and after how many seconds it came."""


@dataclass(slots=True)
class Roll:
    """Who answered.

    Args:
        answered: session ids, of agents that offer something.
        nameless: how many answers named no session: they offer nothing, or cannot be read.
        begun: when they were asked, in monotonic seconds.
    """

    begun: float = field(default_factory=time.monotonic)
    answered: set[str] = field(default_factory=set[str])
    nameless: int = 0

    @property
    def count(self) -> int:
        return len(self.answered) + self.nameless

    def lacks(self, expected: Collection[str]) -> bool:
        """Whether somebody who was expected may still answer: the nameless may be any of them."""
        return len(set(expected) - self.answered) > self.nameless


async def call_the_roll(
    broker: Broker, inbox: Inbox, key: str, admit: Admit, *, expected: Collection[str], seconds: float
) -> Roll:
    """Ask, and hand each answer to `admit` as it comes.

    Ends when everybody expected has answered; where nobody in particular is, a moment after the last answer.

    Args:
        broker: where to ask.
        inbox: where they answer.
        key: whose agents.
        admit: takes what they offer.
        expected: ids of sessions that are waited for.
        seconds: for how long, at most.

    Raises:
        BrokerAway: nothing can be asked.
    """
    roll = Roll()
    news, nobody = asyncio.Event(), False

    def receive(message: Msg) -> None:
        nonlocal nobody
        nobody = nobody_listens(message)
        if not nobody and roll.count < MOST_ANSWERS:
            _count(roll, key, message.data, lambda listing: admit(listing, time.monotonic() - roll.begun))
        news.set()

    with inbox.expect(receive) as reply:
        await broker.publish(list_subject(key), reply=reply)
        while not nobody and (left := roll.begun + seconds - time.monotonic()) > 0:
            if expected and not roll.lacks(expected):
                break
            patience = left if expected or not roll.count else min(left, GRACE_SECONDS)
            news.clear()
            try:
                async with asyncio.timeout(patience):
                    await news.wait()
            except TimeoutError:
                break
    return roll


def _count(roll: Roll, key: str, payload: bytes, admit: Callable[[Listing], None]) -> None:
    try:
        listing = decode_listing(payload)
    except MalformedMessage as error:
        log.warning("plugin_list_unreadable", key=key_mark(key), reason=error.details)
        roll.nameless += 1
        return
    if listing.address is None or listing.address.key != key:
        roll.nameless += 1
        return
    roll.answered.add(listing.address.session)
    admit(listing)
