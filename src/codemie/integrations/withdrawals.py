"""Telling a process that a secret opens nothing any more, so that what is connected with it can be cut."""

from collections.abc import Callable

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

Hear = Callable[[str], None]
"""Is told the lookup hash of the secret; must not block."""


class Withdrawals:
    """Who listens in this process. What must be certain asks the database again: a process may die in between."""

    def __init__(self) -> None:
        self._listeners: list[Hear] = []

    def listen(self, hear: Hear) -> None:
        """Be told from now on."""
        self._listeners.append(hear)

    def on_commit(self, session: AsyncSession, lookup_hash: str | None) -> None:
        """Tell, once the change is visible to others: whoever is cut earlier would be let in again."""
        if lookup_hash is None:
            return

        def committed(_: Session) -> None:
            for hear in self._listeners:
                hear(lookup_hash)

        event.listen(session.sync_session, "after_commit", committed, once=True)
