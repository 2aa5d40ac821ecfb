"""Every tool an assistant is given: search in its data sources, tools of its MCP servers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from codemie.assistants.assembly import Definition
from codemie.assistants.composition import keeper_of
from codemie.assistants.knowledge_tools import KnowledgeTools
from codemie.identity.caller import Caller
from codemie.kernel.crypto import Cipher
from codemie.kernel.tools import Tool
from codemie.mcp.asking import Asking
from codemie.mcp.client import McpClient
from codemie.parts.secrets import SecretKeeper


@dataclass(frozen=True, slots=True)
class OwnTools:
    """Makes the tools of one run.

    Args:
        knowledge: makes those of the data sources.
        servers: reaches MCP servers.
        cipher: of the secrets inside assistants.
        asking: what of the request goes along to servers.
    """

    knowledge: KnowledgeTools
    servers: McpClient
    cipher: Cipher
    asking: Callable[[Caller], Asking]

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
        return tools + await self.servers.offer(servers, self.asking(caller), taken=taken)

    def _servers(self, definition: Definition) -> list[dict[str, Any]]:
        """The assistant's servers, then those of its skills under names that are not taken; secrets in the clear."""
        servers = keeper_of(self.cipher, definition.id).open_servers(definition.servers)
        names = {server["name"] for server in servers}
        for skill_id, server in definition.skill_servers:
            if server["name"] not in names:
                names.add(server["name"])
                servers += SecretKeeper(self.cipher, f"skill:{skill_id}").open_servers([server])
        return [{**server, "single_usage": True} for server in servers] if definition.single_use else servers
