"""What is deleted when nobody needs it any more: old conversations, unused files and workspaces, files of people gone.

Batches, each in a transaction of its own with its entry in the audit log, so that a process that dies in the middle has
deleted what the log says and nothing else.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.conversations import administration_repository, attachment_repository
from codemie.conversations.settings import ConversationsSettings
from codemie.identity import audit
from codemie.kernel import row_security
from codemie.kernel.database import Database, utcnow
from codemie.workspaces import repository as workspaces

DOMAIN = "conversations"
_BATCH = 200
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Tidier:
    """Deletes what the settings say."""

    database: Database
    settings: ConversationsSettings

    async def forget_conversations(self) -> int:
        """Delete one batch of conversations that nobody used for as long as the retention; how many those were."""
        days = self.settings.retention_days
        if not days:
            return 0
        async with self.database.session() as session:
            before = utcnow() - timedelta(days=days)
            rows = await administration_repository.unused(session, before, _BATCH)
            await _remove(session, rows)
            if rows:
                audit.record(
                    session,
                    DOMAIN,
                    "conversation.retention_ended",
                    entity_id="conversations",
                    actor_id=None,
                    retention_days=days,
                    conversations=[key for key, _ in rows],
                )
        return len(rows)

    async def forget_files(self) -> int:
        """Delete files that no message refers to and files of people who are gone; how many those were."""
        async with self.database.session() as session:
            removed = await attachment_repository.purge(
                session,
                unused_since=_before(self.settings.unused_file_days),
                owner_gone_since=_before(self.settings.deleted_owner_days),
            )
            if removed:
                audit.record(
                    session, DOMAIN, "attached_file.purged", entity_id="attached_files", actor_id=None, files=removed
                )
        return removed

    async def forget_workspaces(self) -> int:
        """Delete workspaces of replies that were not kept and of conversations that never began; how many."""
        async with self.database.session() as session:
            # A wall before the conversations would make each of them look gone.
            async with row_security.beyond(session, "keep references whole"):
                before = _before(self.settings.unused_file_days)
                removed = await workspaces.purge(session, before, administration_repository.known())
            if removed:
                audit.record(
                    session, DOMAIN, "workspace.purged", entity_id="workspaces", actor_id=None, workspaces=removed
                )
        return removed


async def _remove(session: AsyncSession, rows: Sequence[tuple[str, str]]) -> None:
    owned: dict[str, list[str]] = defaultdict(list)
    for key, owner in rows:
        owned[owner].append(key)
    tokens = {owner: await administration_repository.file_tokens(session, keys) for owner, keys in owned.items()}
    await administration_repository.remove(session, [key for key, _ in rows])
    for owner, names in tokens.items():
        await workspaces.remove_of(session, owner, owned[owner])
        await attachment_repository.release(session, owner, names)


def _before(days: int) -> datetime:
    return utcnow() - timedelta(days=days) if days else _NEVER
