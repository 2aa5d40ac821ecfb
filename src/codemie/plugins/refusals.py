"""Agents that are not let in: slowed down, counted, and written into the audit log without flooding it.

Kept per process. A key that was good a while ago passes whatever comes from its address, so that a flood of wrong keys
does not keep an office's agents out.
"""

import asyncio

from codemie.identity import audit
from codemie.identity.attempts import AttemptLimiter
from codemie.kernel.database import Database
from codemie.kernel.errors import TooManyRequests
from codemie.kernel.telemetry import get_logger
from codemie.plugins.recent import Recent

WRONG_KEY_SECONDS = 5
"""How long a wrong key is remembered; a key that is made in the meantime has to wait for so long."""

GOOD_KEY_SECONDS = 3600
WRONG_PER_MINUTE = 3000
"""Wrong keys that one address may try in a minute before even unknown ones are not looked up."""

DELAY_SECONDS = 1.0
_MOST_DELAYED = 500
_AUDIT_SECONDS = 600
_AUDITED_PER_MINUTE = 300
_AUDITED_OF_ADDRESS = 30

log = get_logger(__name__)


class Refusals:
    """Whom not to look up, and what to write down.

    Args:
        database: with the audit log.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._wrong = Recent(WRONG_KEY_SECONDS)
        self._good = Recent(GOOD_KEY_SECONDS)
        self._by_address = AttemptLimiter(WRONG_PER_MINUTE, 60)
        self._audited = Recent(_AUDIT_SECONDS)
        self._audit_rates = AttemptLimiter(_AUDITED_PER_MINUTE, 60), AttemptLimiter(_AUDITED_OF_ADDRESS, 60)
        self._shortened = Recent(60)
        self._delayed = 0

    def known(self, address: str, key_hash: str) -> str | None:
        """Why a key need not be looked up; None when it must be."""
        if key_hash in self._good:
            return None
        if key_hash in self._wrong:
            return "wrong key, tried a moment ago"
        try:
            self._by_address.require_open(address)
        except TooManyRequests:
            return "too many wrong keys from this address"
        return None

    def admitted(self, key_hash: str) -> None:
        """The key is good."""
        self._good.add(key_hash)
        self._wrong.forget(key_hash)

    def revoked(self, key_hash: str) -> None:
        """The key is good no more."""
        self._good.forget(key_hash)

    def wrong(self, address: str, key_hash: str) -> None:
        """The key is nobody's."""
        self._good.forget(key_hash)
        self._wrong.add(key_hash)
        self._by_address.count(address)

    async def slow_down(self) -> None:
        """Let who guesses wait. Of many at once, the others do not: they would only fill the memory."""
        if self._delayed >= _MOST_DELAYED:
            return
        self._delayed += 1
        try:
            await asyncio.sleep(DELAY_SECONDS)
        finally:
            self._delayed -= 1

    async def tell(self, event_type: str, key_mark: str, address: str, **facts: str) -> None:
        """Write an event into the audit log, once in a while for each key and address, and not more than so many.

        Args:
            event_type: such as ``plugin_connection.refused``.
            key_mark: of the key, by `wire.subjects.key_mark`.
            address: of the agent.
            facts: more, such as the reason.
        """
        event = f"{event_type} {key_mark} {address} {facts}"
        if event in self._audited:
            return
        if not self._has_room_for(address):
            if self._shortened.add(address):
                log.warning("plugin_audit_shortened", event_type=event_type, address=address)
            return
        self._audited.add(event)  # only now: what found no room is told the next time
        async with self._database.session() as session:
            audit.record(
                session, audit.PLUGINS, event_type, entity_id=key_mark, actor_id=None, address=address, **facts
            )

    def _has_room_for(self, address: str) -> bool:
        everybody, one = self._audit_rates
        try:
            everybody.require_open("")
            one.require_open(address)
        except TooManyRequests:
            return False
        everybody.count("")
        one.count(address)
        return True
