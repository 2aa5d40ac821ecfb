"""One model file in place of another, in one instant, and written down in the audit log whatever happens.

A file and a database cannot change in one transaction, so the exchange has a journal, `Manifest.pending`:

1. `begin` writes into the journal what is about to happen;
2. `exchange` writes the audit log and moves the new file into its place, in a transaction that ends right after;
3. `end` takes the exchange out of the journal.

Whoever comes after a kill (`settle`) looks which file is in place: the former one, then nothing has happened and the
journal is emptied; the new one, then the audit log is completed where the transaction did not end.
"""

import getpass
import os
import socket
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from enum import StrEnum
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.assistants import retirement
from codemie.identity import audit
from codemie.identity.tables import ActivityEvent
from codemie.kernel.database import Database, new_id, utcnow
from codemie.kernel.errors import CodeMieError, Conflict, InvalidInput
from codemie.models.versions import Exchange, Kind, Version, Versions
from codemie.operations.models import reindexing

EVENTS: Mapping[Kind, str] = {"switch": "models.switched", "rollback": "models.rolled_back"}
_LOCK = 7_204_613
"""Of PostgreSQL: whoever holds it exchanges model files of this installation."""


class Settled(StrEnum):
    """What became of an exchange that was broken off."""

    FINISHED = "finished"
    UNDONE = "undone"


class Switching:
    """Exchanges the model file of one installation.

    Args:
        versions: of the file.
        database: with the audit log; its transactions may touch every row.
        by: who does it.
    """

    def __init__(self, versions: Versions, database: Database, by: str) -> None:
        self._versions = versions
        self._database = database
        self._by = by

    @property
    def file(self) -> Path:
        """The model file in use."""
        return self._versions.file

    @asynccontextmanager
    async def alone(self) -> AsyncGenerator[None]:
        """Nobody else exchanges files while the block runs, which is to take seconds.

        Raises:
            Conflict: somebody does.
        """
        async with self._database.session() as session:
            if not await session.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _LOCK}):
                raise Conflict("Somebody else is exchanging the model file", help="Wait until that is done")
            yield

    def stage(self, content: bytes) -> tuple[Version, Version]:
        """Keep a content as a version, beside the one in use; both, that in use first.

        Raises:
            InvalidInput: it is in use already.
            OSError: the folder cannot be written.
        """
        former = self._versions.adopt()
        wanted = self._versions.keep(content, self._by)
        if former.number == wanted.number:
            raise InvalidInput(f"That file is in use already, as version {former.number}")
        return former, wanted

    def plan(
        self,
        kind: Kind,
        former: Version,
        wanted: Version,
        replacements: Mapping[str, str],
        *,
        is_verified: bool = True,
        reindexed: Mapping[str, str] | None = None,
    ) -> Exchange:
        """What is to happen; `reindexed` names the embedding models whose data sources are indexed anew: old → new."""
        return Exchange(
            operation=new_id(),
            kind=kind,
            former=former.number,
            wanted=wanted.number,
            date=utcnow(),
            by=self._by,
            replacements=dict(replacements),
            is_verified=is_verified,
            reindexed=dict(reindexed or {}),
        )

    async def carry_out(self, exchange: Exchange, wanted: Version) -> None:
        """All steps, one after the other.

        Raises:
            Conflict, OSError: the file could not be exchanged; nothing has changed.
            Unavailable: the database went away in the last moment; `settle` completes what is there.
        """
        self._versions.begin(exchange, wanted)
        try:
            await self.exchange(exchange)
        except (CodeMieError, OSError):
            if self._versions.in_place() == exchange.former:
                self._versions.undo()
            raise
        self._versions.end(exchange)

    async def exchange(self, exchange: Exchange) -> None:
        """The file and the audit log; the file last, so that it stays where the log cannot be written.

        Raises:
            Conflict, OSError, Unavailable: see `carry_out`.
        """
        async with self._database.session() as session:
            await self._write_down(session, exchange)
            await session.flush()
            self._versions.swap(exchange)

    async def settle(self) -> Settled | None:
        """Complete or forget an exchange that was broken off; None where there is none.

        Raises:
            Unavailable: the database is away.
            OSError: the folder cannot be written.
        """
        exchange = self._versions.manifest().pending
        if exchange is None:
            return None
        async with self._database.session() as session:
            is_written = await session.get(ActivityEvent, exchange.operation) is not None
            if not is_written and self._versions.in_place() != exchange.wanted:
                self._versions.undo()
                return Settled.UNDONE
            if not is_written:
                await self._write_down(session, exchange)
        self._versions.end(exchange)
        return Settled.FINISHED

    async def _write_down(self, session: AsyncSession, exchange: Exchange) -> None:
        begun = {} if not exchange.reindexed else {"data_sources": await reindexing.begin(session, exchange.reindexed)}
        manifest = self._versions.manifest()
        former, wanted = manifest.find(exchange.former), manifest.find(exchange.wanted)
        # A transaction of a killed command may still end while another command settles it.
        audit.record_once(
            exchange.operation,
            session,
            audit.MODELS,
            EVENTS[exchange.kind],
            entity_id="catalogue",
            actor_id=None,
            by=exchange.by,
            file=str(self._versions.file),
            from_version=exchange.former,
            from_sha256=former.sha256 if former else None,
            to_version=exchange.wanted,
            to_sha256=wanted.sha256 if wanted else None,
            verified=exchange.is_verified,
            replacements=exchange.replacements,
            reindexed=exchange.reindexed,
            **begun,
        )
        for old, new in exchange.replacements.items():
            await retirement.replace(session, old, new, actor_id=None)


def operator() -> str:
    """Who runs the command, as the audit log names them: user and machine."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container may run as a number that no name belongs to
        user = f"uid {os.getuid()}"
    return f"{user}@{socket.gethostname()}"
