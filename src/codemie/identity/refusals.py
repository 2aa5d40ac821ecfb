"""Refused credentials: counted to stop floods, and written to the audit log without letting a flood fill it.

The first refusal of a kind from an address is written at once, the following ones as one row with their number each
minute. Writing happens beside the requests: refusing costs a dictionary entry, whatever the database does.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from codemie.identity import audit
from codemie.identity.attempts import AttemptLimiter
from codemie.kernel.database import Database
from codemie.kernel.errors import AccessDenied, CodeMieError, InvalidInput, NotAuthenticated, TooManyRequests
from codemie.kernel.telemetry import get_logger

log = get_logger(__name__)

EVENT = "credential.refused"
PROBED = "credential.probed"
"""The same of a check of ours, which proved itself: it sends what must be refused, to see that it is."""

MAX_KINDS = 100
"""Kinds told apart at a time, so rows in a minute. What is beyond is counted together."""

OTHERS = "others"
_MAX_TEXT = 200
_WINDOW_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class _Kind:
    """Refusals that share a row."""

    address: str
    method: str
    reason: str
    event: str = EVENT


@dataclass(slots=True)
class _Tally:
    due: float  # on the monotonic clock
    details: str
    claimed: str
    count: int = 0

    @property
    def first(self) -> dict[str, str]:
        """What is told of the first one alone, as far as there is something to tell."""
        facts = {"claimed": self.claimed, "details": self.details}
        return {name: told for name, told in facts.items() if told}


class Refusals:
    """Refused credentials of one process.

    Args:
        database: holds the audit log.
        per_minute: refusals after which an address has to wait; 0 is unlimited.
        window_seconds: how long refusals of a kind are counted before they are written.
    """

    def __init__(self, database: Database, per_minute: int, *, window_seconds: float = _WINDOW_SECONDS) -> None:
        self._database = database
        self._limiter = AttemptLimiter(
            per_minute, 60, help="Wait as long as the Retry-After header says, then send a valid credential."
        )
        self._window_seconds = window_seconds
        self._tallies: dict[_Kind, _Tally] = {}
        self._news = asyncio.Event()

    def require_open(self, address: str) -> None:
        """Refuse an address that sent too many bad credentials (429 with Retry-After)."""
        self._limiter.require_open(address)

    def slowed(self, address: str, refusal: CodeMieError) -> CodeMieError:
        """What an address is told: that it has to wait, when it does, else the refusal."""
        try:
            self.require_open(address)
        except TooManyRequests as slower:
            return slower
        return refusal

    @contextmanager
    def watching(self, address: str, method: str, claimed: Callable[[], str] = lambda: "") -> Generator[None]:
        """Let an address that has to wait not try what stands in the block, and note what is refused there."""
        try:
            self.require_open(address)
            yield
        except (NotAuthenticated, AccessDenied, InvalidInput, TooManyRequests) as refusal:
            self.note(address, method, refusal, claimed)
            raise

    def note(
        self,
        address: str,
        method: str,
        refusal: CodeMieError,
        claimed: Callable[[], str] = lambda: "",
        *,
        event: str = EVENT,
    ) -> None:
        """Count a refusal, and have it written.

        Args:
            address: of the client.
            method: how the credential was sent, one of a few words.
            refusal: what the client is told.
            claimed: whom the credential says it is of; asked for the first refusal of a kind alone, as it costs time.
            event: what the row is called. Whatever it is, the refusal counts.
        """
        if isinstance(refusal, NotAuthenticated | InvalidInput):
            self._limiter.count(address)
        kind = _Kind(address, method, _plain(refusal.message), event)
        if kind not in self._tallies and len(self._tallies) >= MAX_KINDS:
            kind = _Kind(OTHERS, method, OTHERS)
        tally = self._tallies.get(kind)
        if tally is None:
            is_apart = kind.address != OTHERS
            details = refusal.details if isinstance(refusal.details, str) and is_apart else ""
            who = claimed() if is_apart else ""
            tally = self._tallies[kind] = _Tally(time.monotonic(), _plain(details), _plain(who))
            self._news.set()
        tally.count += 1

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator[None]:
        """Write while the block runs, and the rest at its end."""
        writer = asyncio.create_task(self._write_for_ever())
        try:
            yield
        finally:
            writer.cancel()
            with suppress(asyncio.CancelledError):
                await writer
            await self._write(float("inf"))

    async def _write_for_ever(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), self._pause())
            self._news.clear()
            if not await self._write(time.monotonic()):
                await asyncio.sleep(1)

    def _pause(self) -> float | None:
        """Seconds until the next tally is due; None when there is none."""
        dues = [tally.due for tally in self._tallies.values()]
        return max(0.0, min(dues) - time.monotonic()) if dues else None

    async def _write(self, now: float) -> bool:
        """Write what is due; False when the database is away, and all of it is kept for later."""
        due = {kind: tally for kind, tally in self._tallies.items() if tally.due <= now}
        counts = {kind: tally.count for kind, tally in due.items() if tally.count}
        try:
            if counts:
                async with self._database.session() as session:
                    for kind, count in counts.items():
                        facts = {"method": kind.method, "address": kind.address, "reason": kind.reason}
                        audit.record(
                            session,
                            audit.USER_MANAGEMENT,
                            kind.event,
                            entity_id=audit.UNKNOWN,
                            actor_id=None,
                            count=count,
                            **facts,
                            **due[kind].first,
                        )
        except (SQLAlchemyError, OSError, CodeMieError) as error:
            log.warning("refusals_not_written", reason=type(error).__name__)
            return False
        for kind, tally in due.items():
            tally.count -= counts.get(kind, 0)
            tally.due = now + self._window_seconds
            if kind not in counts:
                del self._tallies[kind]
        return True


def _plain(text: str) -> str:
    """What a database can store and a person read: some words come from the credential."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:_MAX_TEXT])
