"""What the MCP room keeps open in a process."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from codemie.configuration.runtime import Configuration
from codemie.kernel.crypto import Cipher
from codemie.kernel.database import Database
from codemie.kernel.master_keys import open_cipher
from codemie.mcp.catalogue import Catalogue
from codemie.mcp.client import McpClient
from codemie.mcp.pool import SessionPool
from codemie.mcp.settings import McpSettings
from codemie.mcp.sign_ins import SignIns


@dataclass(frozen=True, slots=True)
class McpRuntime:
    """``resources.mcp``."""

    settings: McpSettings
    database: Database
    cipher: Cipher
    catalogue: Catalogue
    sign_ins: SignIns
    client: McpClient

    async def preset(self, config_id: str | None) -> dict[str, Any] | None:
        """What the catalogue says about the client we are at a server's authorization server.

        Raises:
            ServerUnusable: the entry is gone, or switched off.
        """
        if config_id is None:
            return None
        return (await self.catalogue.entry(config_id)).config.get("auth_config")


@asynccontextmanager
async def open_runtime(
    settings: Any, database: Database, _messaging: Any, configuration: Configuration
) -> AsyncGenerator[McpRuntime]:
    """Hold the connections to servers; at the end close them."""
    own: McpSettings = settings.mcp
    key = settings.identity.master_key
    cipher = open_cipher(settings.kernel.home, key.get_secret_value() if key else None)
    catalogue, sign_ins = Catalogue(database, cipher), SignIns(database, cipher, own)
    pool = SessionPool(own)
    try:
        client = McpClient(own, pool, catalogue, sign_ins, configuration)
        yield McpRuntime(own, database, cipher, catalogue, sign_ins, client)
    finally:
        await pool.close()
