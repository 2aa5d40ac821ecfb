"""Writes calls of agents' tools into the audit log, in the background and many in a transaction: no call waits for it.

Arguments may hold secrets and whole files; a hash of them is kept, which shows that two calls were the same.
"""

import asyncio
import itertools
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from prometheus_client import Counter, Histogram

from codemie.identity import audit
from codemie.kernel.database import Database
from codemie.kernel.errors import CodeMieError
from codemie.kernel.telemetry import REGISTRY, get_logger
from codemie.plugins.call_history import CALLED

SUCCEEDED = "ok"
_MOST_WAITING, _MOST_AT_ONCE = 10_000, 200
_CLOSE_SECONDS = 5.0
_MOST_TRIES, _WAIT_SECONDS = 10, 0.5

CALLS = Counter("codemie_plugin_calls_total", "Calls of plugin tools, by outcome.", ["outcome"], registry=REGISTRY)
SECONDS = Histogram(
    "codemie_plugin_call_seconds",
    "Time from a call of a plugin tool to its result.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
    registry=REGISTRY,
)

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call that came to its end.

    Args:
        mark: of the key (`key_mark`).
        tool: its name at the agent.
        arguments_sha256: the same for the same arguments.
        milliseconds: that it took, waiting included.
        outcome: `SUCCEEDED`, `tool_failed`, or why there is no result.
        project: where.
        agent_session: id of the agent process; empty when none was asked.
        label: of the agent.
        host: where it runs, if it says so.
        assistant_id: that called; None for a direct call.
    """

    mark: str
    tool: str
    arguments_sha256: str
    milliseconds: int
    outcome: str
    project: str
    agent_session: str
    label: str
    host: str | None
    assistant_id: str | None


def hash_of(arguments: Mapping[str, Any]) -> str:
    """The same for the same arguments, in whatever order."""
    text = json.dumps(arguments, sort_keys=True, separators=(",", ":"), default=str)
    return sha256(text.encode()).hexdigest()


class CallRecorder:
    """Takes calls that came to their end.

    Args:
        database: of the process.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: asyncio.Queue[tuple[str, str, CallRecord]] = asyncio.Queue(_MOST_WAITING)

    async def add(self, actor_id: str, setting_id: str, record: CallRecord) -> None:
        """Take a call, made in somebody's name with the key of an integration.

        Waits only when the database has been away for thousands of calls.
        """
        CALLS.labels(record.outcome).inc()
        SECONDS.observe(record.milliseconds / 1000)
        await self._waiting.put((actor_id, setting_id, record))

    async def run(self) -> None:
        """Write what comes, until cancelled."""
        while True:
            calls = [await self._waiting.get()]
            while len(calls) < _MOST_AT_ONCE and not self._waiting.empty():
                calls.append(self._waiting.get_nowait())
            await self._write(calls)
            for _ in calls:
                self._waiting.task_done()

    async def flush(self) -> None:
        """Return when everything is written that was added."""
        await self._waiting.join()

    async def _write(self, calls: Sequence[tuple[str, str, CallRecord]]) -> None:
        try:
            await self._store(calls)
        except Exception as error:  # noqa: BLE001 - whatever it is, later calls have to be recorded
            if len(calls) > 1 and not isinstance(error, CodeMieError):
                for call in calls:  # what is wrong with one must not keep the others out of the log
                    await self._write([call])
                return
            log.error("plugin_calls_lost_from_audit", calls=len(calls), error=type(error).__name__)  # noqa: TRY400

    async def _store(self, calls: Sequence[tuple[str, str, CallRecord]]) -> None:
        """Try again while the database is away.

        Raises:
            CodeMieError: it is for too long.
        """
        for tries in itertools.count(1):
            try:
                async with self._database.session() as session:
                    for actor, entity, record in calls:
                        facts = asdict(record)
                        audit.record(session, audit.PLUGINS, CALLED, entity_id=entity, actor_id=actor, **facts)
                return
            except CodeMieError as error:
                log.warning("plugin_calls_not_recorded", calls=len(calls), error=type(error).__name__)
                if tries == _MOST_TRIES:
                    raise
                await asyncio.sleep(_WAIT_SECONDS * 2 ** min(tries - 1, 5))


@asynccontextmanager
async def open_recorder(database: Database) -> AsyncGenerator[CallRecorder]:
    """A recorder that works while the block runs, and comes to its end."""
    calls = CallRecorder(database)
    writing = asyncio.create_task(calls.run())
    try:
        yield calls
    finally:
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await calls.flush()
        except TimeoutError:
            log.exception("plugin_calls_lost_from_audit")
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
