"""What a call of an agent's tool does to the machine it runs on."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from codemie.kernel.tools import Effect
from codemie.plugins.wire.extensions import ToolTraits

DEVELOPMENT: Final[Mapping[str, Effect]] = MappingProxyType(
    {
        "_read_file_from_file_system": "reads",
        "_list_files_in_directory": "reads",
        "_get_recursive_file_list": "reads",
        "_write_file_to_file_system": "writes",
        "_diff_update_file_tool": "writes",
        "_generic_git_tool": "writes",
        "_run_command_line_tool": "destroys",
    }
)
"""The development tools of the official agent and of ours, which go by the same names (its version 0.2.0)."""


def effect_of(tool: str, traits: ToolTraits) -> Effect:
    """The most a call can do. Of a tool that says nothing of itself, nothing good is believed.

    Args:
        tool: its name at the agent.
        traits: what the agent says about it; the official one says nothing.
    """
    if traits.destructive:
        return "destroys"
    if tool in DEVELOPMENT:
        return DEVELOPMENT[tool]
    return "reads" if traits.read_only else "writes"
