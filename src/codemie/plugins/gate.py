"""Everything about who is connected: the callout that lets agents in, and what ends their connections.

A key that is withdrawn loses its connections at once. Every ten minutes each connection is held against the vault
again, for keys that changed in ways nobody told of. An agent of ours has a login that ends after an hour; it takes a
new one before, at a moment when it has nothing to do, and is made to only when it is late. Each replica has a gate;
what concerns all connections is done by one at a time.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from codemie.embedded.nats_access import Login, NatsAccess
from codemie.embedded.nats_configuration import AUTH_SECONDS
from codemie.kernel.database import Database
from codemie.kernel.errors import CodeMieError
from codemie.kernel.telemetry import get_logger
from codemie.plugins.alone import alone
from codemie.plugins.callout import Admit, Callout
from codemie.plugins.cluster import Cluster, Connection
from codemie.plugins.links import Link
from codemie.plugins.refusals import Refusals
from codemie.plugins.violations import Violations
from codemie.plugins.wire.extensions import LOGIN_SECONDS

RECHECK_SECONDS = 600
_AGAIN_SECONDS = (AUTH_SECONDS, 10, 30, 60, 120)
"""When connections of a withdrawn key are ended again, until NATS has answered."""
_OVERDUE_SECONDS = 60
_LAST_AGE = timedelta(seconds=LOGIN_SECONDS - 2 * _OVERDUE_SECONDS)

StillGood = Callable[[str], Awaitable[bool]]
"""Tells of the hash of a key whether the key still opens something."""

Alone = Callable[[str], AbstractAsyncContextManager[bool]]
"""Whether no other replica does what has this name, for as long as the block runs."""

log = get_logger(__name__)


class Gate:
    """Who is in, and who has to go.

    Args:
        cluster: the servers' connections.
        refusals: of the callout.
        still_good: who knows the keys.
        alone: who knows what other replicas do.
    """

    def __init__(self, cluster: Cluster, refusals: Refusals, still_good: StillGood, alone: Alone) -> None:
        self.cluster = cluster
        self._refusals = refusals
        self._still_good = still_good
        self._alone = alone
        self._tasks = set[asyncio.Task[None]]()
        self._revoked: list[Callable[[str], None]] = []

    def when_revoked(self, told: Callable[[str], None]) -> None:
        """Call something with the hash of each key that this process finds to open nothing any more."""
        self._revoked.append(told)

    async def revoke(self, key_hash: str) -> int:
        """End the connections of a key that opens nothing any more; tells how many there were.

        Call it when the change is committed: whoever comes back is looked up again.

        Raises:
            Unavailable: NATS does not answer; the connections end when it does.
        """
        self._forget(key_hash)
        # A login that was looked up before the change may be let in after the kick.
        self._spawn(self._kick_again(key_hash))
        return await self.cluster.kick_key(key_hash)

    def withdrawn(self, key_hash: str) -> None:
        """The same in the background, for whoever must not wait."""

        async def revoke() -> None:
            try:
                await self.revoke(key_hash)
            except CodeMieError as error:
                log.warning("plugin_key_not_kicked", key=key_hash[:12], error=type(error).__name__)

        self._spawn(revoke())

    async def recheck(self) -> None:
        """Hold all connections against the vault."""
        by_key: dict[str, list[Connection]] = {}
        for connection in await self.cluster.connections():
            by_key.setdefault(connection.key_hash, []).append(connection)
        for key_hash, connections in by_key.items():
            if not await self._still_good(key_hash):
                self._forget(key_hash)
                await self.cluster.kick(connections)
                await self._refusals.tell(
                    "plugin_connection.ended", key_hash[:12], connections[0].address, reason="the key is gone"
                )

    async def end_overdue(self, now: datetime | None = None) -> int:
        """Make our own agents come back that did not renew their logins in time; tells how many there were.

        The server would end them with an error that says less.
        """
        now = now or datetime.now(UTC)
        return await self.cluster.kick([one for one in await self.cluster.connections() if _is_overdue(one, now)])

    def _forget(self, key_hash: str) -> None:
        self._refusals.revoked(key_hash)
        for told in self._revoked:
            told(key_hash)

    def start(self, server_log: Path | None = None) -> None:
        """Look after connections from now on.

        Args:
            server_log: of a NATS server on this machine, to audit what it refuses.
        """
        if server_log is not None:
            self._spawn(Violations(server_log, self._refusals).follow())
        self._spawn(self._every(RECHECK_SECONDS, "recheck", self.recheck))
        self._spawn(self._every(_OVERDUE_SECONDS, "end overdue", self.end_overdue))

    async def close(self) -> None:
        """Look after nothing any more."""
        for task in tuple(self._tasks):
            task.cancel()

    async def _every(self, seconds: float, name: str, work: Callable[[], Awaitable[object]]) -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                async with self._alone(name) as is_mine:
                    if is_mine:
                        await work()
            except (CodeMieError, SQLAlchemyError, OSError) as error:
                log.warning("plugin_connections_not_checked", error=type(error).__name__)

    async def _kick_again(self, key_hash: str) -> None:
        for seconds in _AGAIN_SECONDS:
            await asyncio.sleep(seconds)
            try:
                await self.cluster.kick_key(key_hash)
            except CodeMieError as error:
                log.warning("plugin_key_not_kicked", key=key_hash[:12], error=type(error).__name__)
            else:
                return

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _is_overdue(connection: Connection, now: datetime) -> bool:
    if connection.agent.seconds is None or connection.since is None:
        return False
    return now - connection.since > _LAST_AGE


@asynccontextmanager
async def open_gate(
    servers: Sequence[str],
    accesses: Sequence[NatsAccess],
    database: Database,
    admit: Admit,
    still_good: StillGood,
    *,
    server_log: Path | None = None,
) -> AsyncGenerator[Gate]:
    """Let agents in while the block runs.

    Args:
        servers: addresses without users.
        accesses: the secrets in use, the newest first.
        database: with the audit log.
        admit: tells of a key whose it is.
        still_good: tells of the hash of a key whether it still opens something.
        server_log: of a NATS server on this machine.

    Raises:
        Unavailable: NATS does not answer, or does not know our logins.
    """
    async with AsyncExitStack() as stack:
        auth, system = Link(servers, Login.AUTH, accesses), Link(servers, Login.SYS, accesses)
        for link in (auth, system):
            await link.open()
            stack.push_async_callback(link.close)
        refusals = Refusals(database)
        callout = Callout(accesses, admit, refusals)
        stack.push_async_callback(callout.close)
        gate = Gate(Cluster(system), refusals, still_good, partial(alone, database))
        stack.push_async_callback(gate.close)
        await callout.listen(auth)
        gate.start(server_log)
        yield gate
