"""MCP servers of an assistant or a skill, tried out with the secrets that are stored there."""

from typing import Any

from codemie.assistants.composition import keeper_of
from codemie.assistants.service import get_assistant
from codemie.identity.caller import Caller
from codemie.kernel.crypto import Cipher
from codemie.kernel.database import Database
from codemie.skills.authoring import keeper_of as skill_keeper_of
from codemie.skills.service import get_skill


async def completed(
    database: Database,
    caller: Caller,
    cipher: Cipher,
    server: dict[str, Any],
    *,
    assistant_id: str | None,
    skill_id: str | None,
) -> dict[str, Any]:
    """The server with what is stored in place of each mask, as saving it would have it.

    It takes the right to change the owner: whoever has that may point the stored server elsewhere as well.

    Raises:
        NotFound: 404, no such assistant or skill. EntityAccessDenied: 401, the caller may not change it.
    """
    if not (assistant_id or skill_id):
        return server
    async with database.session() as session:
        if assistant_id:
            assistant = await get_assistant(session, caller, assistant_id, "write")
            keeper, stored = keeper_of(cipher, assistant.id), assistant.mcp_servers
        else:
            skill = await get_skill(session, caller, str(skill_id), "write")
            keeper, stored = skill_keeper_of(cipher, skill.id), skill.mcp_servers
    [opened] = keeper.open_servers(keeper.seal_servers([server], stored))
    return opened
