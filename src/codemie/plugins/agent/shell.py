"""The tool that runs command lines in the folder that the agent serves."""

import asyncio
import shlex
from collections.abc import Sequence
from fnmatch import fnmatchcase

from codemie.kernel.errors import AccessDenied, InvalidInput
from codemie.kernel.tools import Effect, Tool, ToolResult
from codemie.plugins.agent.forbidden import forbidden
from codemie.plugins.agent.plain_commands import NotPlain, Step, Words, parse
from codemie.plugins.agent.processes import Finished, Programs
from codemie.plugins.agent.tools import AgentTool, Arguments, schema, text

SHELL_TOOL = "_run_command_line_tool"
MAX_COMMAND = 32_768
_SHELL = "/bin/sh"


class Forbidden(AccessDenied):
    """A command that is never run."""

    title = "Potentially dangerous input detected"


def shell_tool(programs: Programs, allowed: Sequence[str], seconds: float) -> AgentTool:
    """The tool.

    Args:
        programs: runs them.
        allowed: patterns of programs that need no consent: `npm` with any arguments, or `npm test*`.
        seconds: the most that a command may take.
    """

    async def call(arguments: Arguments) -> ToolResult:
        command = text(arguments, "command")
        if len(command) > MAX_COMMAND:
            raise InvalidInput("The command is too long", details=f"{MAX_COMMAND} characters are the most.")
        if what := forbidden(command):
            raise Forbidden(details=f"This {what}. It is never run.")
        async with asyncio.timeout(seconds):
            steps = plain_and_allowed(command, allowed)
            # What a rule let through runs exactly as the rule saw it.
            finished = await _run_plain(programs, steps) if steps else await programs.run([_SHELL, "-c", command])
        return ToolResult(shown(finished))

    def weigh(arguments: Arguments) -> Effect:
        command = arguments.get("command")
        return "writes" if isinstance(command, str) and plain_and_allowed(command, allowed) else "destroys"

    return AgentTool(
        Tool(
            SHELL_TOOL,
            "Run a command line on this machine, in the folder that is served, and get its output. "
            "Nobody can type anything into it; what it starts in the background ends with it.",
            schema({"command": "The command line."}),
            call,
            timeout_seconds=seconds,
            effect="destroys",
            weigh=weigh,
        ),
        "shell",
        lambda arguments: f"run {arguments.get('command')}",
    )


def plain_and_allowed(command: str, allowed: Sequence[str]) -> list[Step]:
    """The steps of a command that needs no shell and has every program allowed; else nothing."""
    try:
        steps = parse(command[: MAX_COMMAND + 1])
    except NotPlain:
        return []
    return steps if all(_matches(words, allowed) for step in steps for words in step.programs) else []


def _matches(words: Words, allowed: Sequence[str]) -> bool:
    line = shlex.join(words)
    return any(fnmatchcase(line if " " in rule else words[0], rule) for rule in allowed)


async def _run_plain(programs: Programs, steps: list[Step]) -> Finished:
    """What a shell would do with `&&`, `||`, `;` and `|`; the output of a program goes into the next as a whole."""
    code, out, err = 0, list[str](), list[str]()
    for step in steps:
        if (step.joint == "&&" and code != 0) or (step.joint == "||" and code == 0):
            continue
        given: str | None = None
        for words in step.programs:
            finished = await programs.run(words, given=given)
            given, code = finished.out, finished.code
            err.append(finished.err)
        out.append(given or "")
    return Finished(code, "".join(out), "".join(err))


def shown(finished: Finished) -> str:
    """What a program said, and how it ended if not well."""
    parts = [part.rstrip("\n") for part in (finished.out, finished.err) if part.strip()]
    if finished.code:
        parts.append(f"Exit code: {finished.code}" if finished.code > 0 else f"Ended by signal {-finished.code}")
    return "\n".join(parts) + "\n" if parts else "Done, without output.\n"
