"""What an assistant with the workspace toolkit brings into a turn."""

from codemie.assistants.assembly import Definition
from codemie.configuration.declarations import SCRIPT_BRIDGE
from codemie.conversations import skill_files
from codemie.conversations.chat import ChatRoom
from codemie.identity.caller import Caller
from codemie.kernel.tools import Tool
from codemie.workspaces.tools import SCRIPT_TOOL, TOOLKIT, workspace_tools


async def tools_of(room: ChatRoom, caller: Caller, definition: Definition, conversation_id: str) -> tuple[Tool, ...]:
    """The workspace tools that an assistant has, its skills' included.

    Where scripts may call tools, the files of its skills are laid beside them first.

    Args:
        room: the process.
        caller: whose turn it is.
        definition: of the assistant.
        conversation_id: whose workspace the tools work in.
    """
    names = [
        str(tool.get("name"))
        for toolkit in definition.toolkits
        if toolkit.get("toolkit") == TOOLKIT
        for tool in toolkit.get("tools") or ()
    ]
    if not names:
        return ()
    bridged = SCRIPT_TOOL in names and await room.configuration.is_on(SCRIPT_BRIDGE)
    if bridged and definition.lessons:
        await skill_files.place(room, caller, definition.lessons, conversation_id)
    return workspace_tools(room.runtime.workspaces, caller, conversation_id, names, bridged=bridged)
