"""The tool that runs Git in the folder that the agent serves, without a shell."""

import asyncio
import re
import shlex
from collections.abc import Sequence
from fnmatch import fnmatchcase

from codemie.kernel.errors import InvalidInput
from codemie.kernel.tools import Effect, Tool, ToolResult
from codemie.plugins.agent.processes import Programs
from codemie.plugins.agent.shell import shown
from codemie.plugins.agent.tools import AgentTool, Arguments, schema, text

GIT_TOOL = "_generic_git_tool"
ENVIRONMENT = {
    # Nobody is there to type a password, close a pager or leave an editor.
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "true",
    "GIT_PAGER": "cat",
    "GIT_EDITOR": "true",
    # Files that look like a repository must not bring a configuration, which can name programs to run.
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "safe.bareRepository",
    "GIT_CONFIG_VALUE_0": "explicit",
}

_READS = frozenset(
    {"blame", "cat-file", "cherry", "describe", "diff", "for-each-ref", "grep", "log", "ls-files", "ls-tree"}
    | {"merge-base", "name-rev", "rev-list", "rev-parse", "shortlog", "show", "show-ref", "status", "version"}
)
# Writes a file, runs a program, or compares files that need not be of the repository. Options may be abbreviated.
_MORE_THAN_READS = re.compile(r"-[A-Za-z]*O.*|--(?:ou(?!rs$)|op|no-in|ext|cont).*")
# Names a file elsewhere on the machine.
_ELSEWHERE = re.compile(r"(?:.*[=:]|-\w+)?/.*|(?:.*[/=:])?\.\.(?:/.*)?")
# What can be taken back, with options that keep it so. Commands that run hooks are not here: a file tool may have
# written one.
_WRITES = {
    "add": re.compile(r"-A|-u|-v|-n|-N|--all|--update|--verbose|--dry-run|--intent-to-add|--"),
    "branch": re.compile(r"-a|-r|-vv?|-l|--all|--list|--remotes|--show-current|--"),
    "mv": re.compile(r"-v|-n|--"),
    "tag": re.compile(r"-a|-l|-m|-n\d*|--list|--annotate|--"),
}


def git_tool(programs: Programs, allowed: Sequence[str], seconds: float) -> AgentTool:
    """The tool.

    Args:
        programs: runs it, with `ENVIRONMENT`.
        allowed: patterns of commands that need no consent, such as `commit *` or `push origin feature/*`.
        seconds: the most that a command may take.
    """

    async def call(arguments: Arguments) -> ToolResult:
        words = split(text(arguments, "git_command"))
        async with asyncio.timeout(seconds):
            return ToolResult(shown(await programs.run(["git", *words])))

    def weigh(arguments: Arguments) -> Effect:
        try:
            words = split(text(arguments, "git_command"))
        except InvalidInput:
            return "reads"  # The call says what is wrong, and does nothing.
        effect = effect_of(words)
        is_allowed = any(fnmatchcase(shlex.join(words), rule) for rule in allowed)
        return "writes" if effect == "destroys" and is_allowed else effect

    return AgentTool(
        Tool(
            GIT_TOOL,
            "Run a Git command in the repository that is served: what follows after `git`, such as `log -5 --oneline`.",
            schema({"git_command": "The command without the word `git`."}),
            call,
            timeout_seconds=seconds,
            effect="destroys",
            weigh=weigh,
        ),
        "git",
        lambda arguments: f"git {arguments.get('git_command')}",
    )


def split(command: str) -> list[str]:
    """The words of a Git command.

    Raises:
        InvalidInput: there is none, or a quote is not closed.
    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise InvalidInput("The Git command cannot be read", details=str(error)) from error
    words = words[1:] if words[:1] == ["git"] else words
    if not words:
        raise InvalidInput("The Git command is empty", help="Give what follows after `git`, such as `status`.")
    return words


def effect_of(words: Sequence[str]) -> Effect:
    """The most that a Git command can do; whatever is not known to be harmless counts as destroying."""
    command, rest = words[0], words[1:]
    if any(_ELSEWHERE.fullmatch(word) for word in rest):
        return "destroys"
    if command in _READS:
        return "destroys" if any(_MORE_THAN_READS.fullmatch(word) for word in rest) else "reads"
    if command in _WRITES:
        options = [word for word in rest if word.startswith("-")]
        return "writes" if all(_WRITES[command].fullmatch(word) for word in options) else "destroys"
    return "destroys"
