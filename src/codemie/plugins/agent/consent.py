"""Whether a dangerous call may run: a rule says so beforehand, or a person at the terminal does now."""

import asyncio
import contextlib
import os
import sys
import termios
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Protocol

from codemie.kernel.errors import AccessDenied
from codemie.plugins.agent.console import printable
from codemie.plugins.agent.tools import GROUPS, AgentTool, Arguments

ALL = "all"
MAX_SHOWN = 4_000
"""Nobody may agree to the end of a call that is not on the screen."""


class NoConsent(AccessDenied):
    """Nobody agreed to the call; it did not run."""

    title = "The person at the agent's machine did not agree to this call"


class Asker(Protocol):
    """Asks a person."""

    async def ask(self, question: str, seconds: float) -> str:
        """What the person typed, in lower case; empty when nothing came in time."""
        ...


class Gate:
    """Lets calls through, or not.

    Args:
        rules: `all`, a group, or a pattern of tools' names; `shell:…` and `git:…` are for those tools to read.
        asker: asks whoever sits there; None: nobody does.
        seconds: how long a question waits.
    """

    def __init__(self, rules: Sequence[str], asker: Asker | None, seconds: float) -> None:
        self._rules = rules
        self._asker = asker
        self._seconds = seconds
        self._agreed: set[tuple[str, str]] = set()
        self._asking = asyncio.Lock()

    async def require(self, tool: AgentTool, arguments: Arguments) -> None:
        """Return when the call may run.

        Raises:
            NoConsent: it may not.
        """
        if tool.tool.effect_of(arguments) != "destroys" or any(_covers(rule, tool) for rule in self._rules):
            return
        if self._asker is None:
            raise NoConsent(
                "Nobody is there to agree to this call",
                details="It was not run.",
                help=f"Whoever runs the agent can allow it beforehand, with --allow {tool.group}.",
            )
        async with self._asking:
            await self._ask(self._asker, tool, tool.show(arguments))

    async def _ask(self, asker: Asker, tool: AgentTool, shown: str) -> None:
        if (tool.name, shown) in self._agreed:
            return
        if len(shown) > MAX_SHOWN:
            raise NoConsent(
                "This call is too long to be shown to whoever would agree to it",
                details=f"It has {len(shown)} characters; {MAX_SHOWN} are the most. It was not run.",
                help="Write it into a file first, and run that.",
            )
        question = f"The platform wants to {printable(shown, MAX_SHOWN)}\n[y] once, [a] always just this, [n] no: "
        said = await asker.ask(question, self._seconds)
        if said == "a":
            self._agreed.add((tool.name, shown))
        if said not in {"y", "yes", "a"}:
            raise NoConsent(details="It was not run." if said else f"No answer came within {self._seconds:g} seconds.")


def _covers(rule: str, tool: AgentTool) -> bool:
    if rule == ALL or rule in GROUPS:
        return rule in {ALL, tool.group}
    return ":" not in rule and fnmatchcase(tool.name, rule)


def patterns(rules: Sequence[str], group: str) -> list[str]:
    """What the rules say about single commands of a group: `shell:npm test*` → `npm test*`."""
    return [rule.removeprefix(f"{group}:").strip() for rule in rules if rule.startswith(f"{group}:")]


class Terminal:
    """The person at this terminal.

    Args:
        descriptor: of the terminal.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def here(cls) -> "Terminal | None":
        """The terminal this process was started from; None when there is none."""
        return cls(sys.stdin.fileno()) if sys.stdin.isatty() and sys.stderr.isatty() else None

    async def ask(self, question: str, seconds: float) -> str:
        """Ask, and wait for a line. What was typed before the question does not answer it."""
        if not self._is_in_front():
            return ""  # Reading would stop this process until somebody brings it back.
        loop = asyncio.get_running_loop()
        line: asyncio.Future[str] = loop.create_future()
        with contextlib.suppress(termios.error):
            termios.tcflush(self._descriptor, termios.TCIFLUSH)
        self._write(f"\n{question}")
        loop.add_reader(self._descriptor, self._read, line)
        try:
            return (await asyncio.wait_for(line, seconds)).strip().lower()
        except TimeoutError:
            self._write("no answer, refused\n")
            return ""
        finally:
            loop.remove_reader(self._descriptor)

    def _read(self, line: "asyncio.Future[str]") -> None:
        try:
            said = os.read(self._descriptor, 1_024)
        except OSError:
            said = b""
        if not line.done():
            line.set_result(said.decode(errors="replace"))

    def _is_in_front(self) -> bool:
        try:
            return os.tcgetpgrp(self._descriptor) == os.getpgrp()
        except OSError:
            return False

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError):
            os.write(self._descriptor, text.encode())
