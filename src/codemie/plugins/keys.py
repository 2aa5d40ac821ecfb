"""Whose plugin key is it? Asked when an agent connects, and again while it stays."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity.persons import person
from codemie.integrations import lookup
from codemie.integrations.plugin_key import lookup_hash
from codemie.integrations.schemas import Scope
from codemie.integrations.vault import Vault
from codemie.kernel import row_security
from codemie.kernel.database import Database
from codemie.plugins.wire.subjects import is_key


@dataclass(frozen=True, slots=True)
class KeyOwner:
    """Whom a plugin key belongs to.

    Args:
        setting_id: of the integration that holds the key.
        alias: what people call it.
        user_id: who made it.
        project: where it is.
        scope: whether one person uses it or everybody in the project.
        key_hash: SHA-256 of the key, in hexadecimal.
    """

    setting_id: str
    alias: str
    user_id: str
    project: str
    scope: Scope
    key_hash: str


Admit = Callable[[str], Awaitable[KeyOwner | None]]
"""Tells of a key in the clear whose it is; None when it opens nothing."""


async def find(session: AsyncSession, vault: Vault, key: str) -> KeyOwner | None:
    """Whose key it is. None for one that nobody has, that is too weak, or whose owner is locked out.

    Where several integrations hold the key, stored before that was refused, the oldest counts.

    Args:
        session: that sees everybody's.
        vault: of the installation.
        key: as the agent sent it.
    """
    if not is_key(key):
        return None
    for row in await lookup.rows_by_secret(session, vault, key):
        is_project = row.setting_type == "project"
        if is_project or await person(session, row.user_id) is not None:
            scope: Scope = "project" if is_project else "user"
            return KeyOwner(row.id, row.alias, row.user_id, row.project, scope, lookup_hash(key))
    return None


def recalling(database: Database) -> Callable[[str], Awaitable[bool]]:
    """Tells of the hash of a key whether the key still opens something; asked again and again of who is connected."""

    async def still_good(key_hash: str) -> bool:
        with row_security.system("use a credential"):
            async with database.session() as session:
                for row in await lookup.rows_by_hash(session, key_hash):
                    if row.setting_type == "project" or await person(session, row.user_id) is not None:
                        return True
        return False

    return still_good


def admitting(database: Database, vault: Vault) -> Admit:
    """The same, in a transaction of its own."""

    async def admit(key: str) -> KeyOwner | None:
        with row_security.system("use a credential"):
            async with database.session() as session:
                return await find(session, vault, key)

    return admit
