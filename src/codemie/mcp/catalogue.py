"""The catalogue as runs read it: where a server of an assistant really is."""

from codemie.kernel.crypto import Cipher
from codemie.kernel.database import Database
from codemie.mcp import repository, sealing
from codemie.mcp.target import CatalogueEntry, ServerUnusable


class Catalogue:
    """Entries by id, secrets in the clear."""

    def __init__(self, database: Database, cipher: Cipher) -> None:
        self._database = database
        self._cipher = cipher

    async def entry(self, config_id: str) -> CatalogueEntry:
        """An entry that may be used.

        Raises:
            ServerUnusable: it is gone, or switched off.
        """
        async with self._database.session() as session:
            row = await repository.find(session, config_id)
        if row is None or not row.is_active:
            raise ServerUnusable(
                details="The server is no longer in the catalogue, or it is switched off.",
                help="Edit the assistant and choose another server.",
            )
        declared = frozenset(str(item["name"]) for item in row.required_env_vars)
        return CatalogueEntry(row.id, row.name, sealing.opened(self._cipher, row.id, row.config), declared)
