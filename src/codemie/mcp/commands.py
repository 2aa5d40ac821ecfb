"""Programs of our own machine as MCP servers: only the command lines an administrator wrote down."""

import shlex
from collections.abc import Iterable, Sequence

from codemie.kernel.errors import Unprocessable
from codemie.mcp.settings import ANY_ARGUMENTS, McpSettings, is_shell


class CommandRefused(Unprocessable):
    """The command line, or a variable for it, is not among those allowed."""

    title = "MCP command not allowed"


def require_allowed(settings: McpSettings, command: Sequence[str]) -> None:
    """Refuse a command line that no administrator allowed; a shell always.

    Raises:
        CommandRefused: it is not allowed.
    """
    allowed = any(_allows(shlex.split(line), command) for line in settings.allowed_commands)
    if not allowed or is_shell(command[0]):
        raise CommandRefused(
            details=f"The command '{shlex.join(command)}' may not be started here.",
            help="An administrator can allow it with the setting mcp.allowed_commands, or offer the server by HTTP.",
        )


def require_environment(settings: McpSettings, names: Iterable[str], declared: frozenset[str]) -> None:
    """Refuse variables that could change what an allowed command does.

    Args:
        settings: names everybody may set.
        names: what is to be set.
        declared: names the catalogue's entry asks people to fill in.

    Raises:
        CommandRefused: naming the variables.
    """
    refused = sorted(set(names) - declared - set(settings.allowed_environment))
    if refused:
        raise CommandRefused(
            details=f"The variables {', '.join(refused)} may not be set for a command.",
            help="An administrator can allow them with the setting mcp.allowed_environment.",
        )


def _allows(line: list[str], command: Sequence[str]) -> bool:
    if line[-1] == ANY_ARGUMENTS:
        return list(command[: len(line) - 1]) == line[:-1]
    return list(command) == line
