"""Which workspace tools an assistant brings into a turn."""

import json
from collections.abc import Mapping
from typing import Any

from codemie.identity.caller import Caller
from codemie.kernel.tools import Tool
from codemie.workspaces.runtime import Workspaces
from codemie.workspaces.tools import TOOLKIT, workspace_tools


def tools_of(room: Workspaces, caller: Caller, assistant: Mapping[str, Any], conversation_id: str) -> tuple[Tool, ...]:
    """The tools of the workspace toolkit that the assistant's row names.

    Args:
        room: the workspaces of this process.
        caller: whose turn it is.
        assistant: a row whose column `toolkits` is JSON text.
        conversation_id: whose workspace the tools work in.
    """
    stored = assistant["toolkits"]
    if not stored or TOOLKIT not in stored:
        return ()
    names = [
        str(tool.get("name"))
        for toolkit in json.loads(stored)
        if toolkit.get("toolkit") == TOOLKIT
        for tool in toolkit.get("tools") or ()
    ]
    return workspace_tools(room, caller, conversation_id, names)
