"""Which workspace tools an assistant brings into a turn."""

from collections.abc import Iterable
from typing import Any

from codemie.identity.caller import Caller
from codemie.kernel.tools import Tool
from codemie.workspaces.runtime import Workspaces
from codemie.workspaces.tools import TOOLKIT, workspace_tools


def tools_of(
    room: Workspaces, caller: Caller, toolkits: Iterable[dict[str, Any]], conversation_id: str
) -> tuple[Tool, ...]:
    """The tools of the workspace toolkit that an assistant has.

    Args:
        room: the workspaces of this process.
        caller: whose turn it is.
        toolkits: of the assistant and its skills.
        conversation_id: whose workspace the tools work in.
    """
    names = [
        str(tool.get("name"))
        for toolkit in toolkits
        if toolkit.get("toolkit") == TOOLKIT
        for tool in toolkit.get("tools") or ()
    ]
    return workspace_tools(room, caller, conversation_id, names) if names else ()
