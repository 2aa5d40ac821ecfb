"""Finding a credential by its secret: whoever connects with a plugin key has nothing else to say who they are.

A row carries the SHA-256 of its key. One key has one owner: a second person who saves it would be answered
by the tools of the first one's machine.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, literal_column, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.integrations.plugin_key import PLUGIN, PLUGIN_KEY, lookup_hash
from codemie.integrations.tables import Integration
from codemie.integrations.vault import Vault
from codemie.kernel import row_security
from codemie.kernel.crypto import DecryptionFailed
from codemie.kernel.errors import Conflict
from codemie.kernel.telemetry import get_logger

log = get_logger(__name__)

MOST_AT_ONCE = 100
# Written out, so that PostgreSQL sees that its index of plugin keys answers.
_IS_PLUGIN: ColumnElement[bool] = Integration.credential_type == literal_column(f"'{PLUGIN}'")


def stamp(row: Integration, secrets: Mapping[str, Any]) -> None:
    """Note under which hash the row is found from now on."""
    key = secrets.get(PLUGIN_KEY) if row.credential_type == PLUGIN else None
    row.lookup_hash = lookup_hash(str(key)) if key else None


async def refuse_foreign(session: AsyncSession, row: Integration) -> None:
    """Raise if the row's key belongs to somebody else. Holds off others who save the same key until the commit.

    Raises:
        Conflict: 409.
    """
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"plugin key {row.lookup_hash}"}
    )
    same = (_IS_PLUGIN, Integration.lookup_hash == row.lookup_hash, Integration.user_id != row.user_id)
    async with row_security.beyond(session, "tell refused from absent"):
        with session.no_autoflush:
            taken = await session.scalar(select(select(Integration.id).where(*same).exists()))
    if taken:
        raise Conflict(
            "The plugin key is in use",
            details="Somebody else has an integration with this plugin key. A key belongs to one person.",
            help="Create a key of your own on the page Plugins.",
        )


async def rows_by_secret(session: AsyncSession, vault: Vault, secret: str) -> Sequence[Integration]:
    """The plugin integrations with this key, the oldest first.

    Args:
        session: that sees everybody's.
        vault: for rows that were stored before they carried a hash; they get it now.
        secret: the key in the clear.
    """
    if rows := await rows_by_hash(session, lookup_hash(secret)):
        return rows
    if await _stamp_missing(session, vault):
        return await rows_by_hash(session, lookup_hash(secret))
    return []


async def rows_by_hash(session: AsyncSession, key_hash: str) -> Sequence[Integration]:
    """The plugin integrations whose key has this hash, the oldest first."""
    wanted = (
        select(Integration)
        .where(_IS_PLUGIN, Integration.lookup_hash == key_hash)
        .order_by(Integration.date, Integration.id)
    )
    return (await session.scalars(wanted)).all()


async def _stamp_missing(session: AsyncSession, vault: Vault) -> int:
    """Give a hash to rows without one, and tell how many got it; those that cannot be opened stay as they are."""
    bare = (_IS_PLUGIN, Integration.lookup_hash.is_(None), Integration.sealed.is_not(None))
    statement = select(Integration).where(*bare).limit(MOST_AT_ONCE).with_for_update(skip_locked=True)
    stamped = 0
    for row in await session.scalars(statement):
        try:
            stamp(row, vault.secrets(row))
        except DecryptionFailed:
            log.warning("plugin_key_unreadable", integration=row.id)
        stamped += row.lookup_hash is not None
    await session.flush()
    return stamped
