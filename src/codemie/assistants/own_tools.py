"""Every tool an assistant is given: search in its data sources, tools of its MCP servers."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from codemie.assistants import setup_repository
from codemie.assistants.assembly import Definition
from codemie.assistants.composition import keeper_of
from codemie.assistants.knowledge_tools import KnowledgeTools
from codemie.identity.caller import Caller
from codemie.integrations.vault import Vault
from codemie.kernel.crypto import Cipher
from codemie.kernel.database import Database
from codemie.kernel.tools import Tool
from codemie.mcp.asking import Asking
from codemie.mcp.borrowing import LENDS, ServerPurse, Slot
from codemie.mcp.client import McpClient
from codemie.parts.authorship import WRITTEN_BY
from codemie.parts.secrets import SecretKeeper

_SLOT = "MCP:"
"""Begins the name of a person's slot for a server."""
_NO_WORKFLOW = ""


@dataclass(frozen=True, slots=True)
class OwnTools:
    """Makes the tools of one run.

    Args:
        knowledge: makes those of the data sources.
        servers: reaches MCP servers.
        cipher: of the secrets inside assistants.
        asking: what of the request goes along to servers.
        database: of the process.
        vault: opens the integrations that servers work with.
    """

    knowledge: KnowledgeTools
    servers: McpClient
    cipher: Cipher
    asking: Callable[[Caller], Asking]
    database: Database
    vault: Vault

    async def __call__(self, caller: Caller, definition: Definition, passages: int) -> tuple[Tool, ...]:
        """The tools, data sources first.

        Raises:
            NotFound: a data source is gone, or nobody involved may read it any more.
            SignInRequired: MCP servers want the caller to sign in.
        """
        tools = await self.knowledge(caller, definition, passages) if definition.sources else ()
        servers = self._servers(definition)
        if not servers:
            return tools
        taken = [tool.name for tool in tools]
        purse = await self._purse(caller, definition)
        return tools + await self.servers.offer(servers, self.asking(caller), purse, taken=taken)

    async def _purse(self, caller: Caller, definition: Definition) -> ServerPurse:
        """Gives the servers their integrations: what the caller set up goes before what they name."""
        row = None
        if definition.id:
            async with self.database.session() as session:
                row = await setup_repository.mapping(session, definition.id, caller.id, _NO_WORKFLOW)
        return ServerPurse(
            self.database,
            self.vault,
            caller,
            definition.project,
            f"assistant {definition.id or 'inline'}",
            is_global=definition.is_global,
            slots=_slots(row.slots if row else ()),
        )

    def _servers(self, definition: Definition) -> list[dict[str, Any]]:
        """The assistant's servers, then those of its skills under names that are not taken; secrets in the clear."""
        # Whoever sends an inline definition wrote it; nobody is known to have written that of a forgotten owner.
        writer = definition.owner_id or "" if definition.id else None
        marks = {WRITTEN_BY: writer, LENDS: bool(definition.id)}
        servers = [
            {**marks, **server} for server in keeper_of(self.cipher, definition.id).open_servers(definition.servers)
        ]
        names = {server["name"] for server in servers}
        for skill_id, server in definition.skill_servers:
            if server["name"] not in names:
                names.add(server["name"])
                servers += SecretKeeper(self.cipher, f"skill:{skill_id}").open_servers([server])
        return [{**server, "single_usage": True} for server in servers] if definition.single_use else servers


def _slots(slots: Iterable[dict[str, Any]]) -> dict[str, Slot]:
    """A person's slots for servers, by the server's name."""
    return {
        str(slot["name"]).removeprefix(_SLOT).strip(): Slot(
            slot.get("integration_id") or None, bool(slot.get("explicit_none")), bool(slot.get("auto_lookup"))
        )
        for slot in slots
        if str(slot.get("name")).startswith(_SLOT)
    }
