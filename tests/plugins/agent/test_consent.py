"""Dangerous calls need a rule or a person, and a person is asked so that nothing else can answer."""

import asyncio
import os
import pty
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from codemie.kernel.tools import Effect, Tool, ToolResult
from codemie.plugins.agent.consent import Gate, NoConsent, patterns
from codemie.plugins.agent.tools import AgentTool, Arguments, Group, schema
from tests.plugins.agent.grounds import BARE, Grounds, RunningAgent
from tests.support import until


class Person:
    """Says what a test wants."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.questions: list[str] = []

    async def ask(self, question: str, seconds: float) -> str:
        self.questions.append(question)
        return self.answers.pop(0)


def tool(effect: Effect = "destroys", name: str = "_tool", group: Group = "mcp") -> AgentTool:
    async def call(arguments: Arguments) -> ToolResult:
        return ToolResult("done")

    return AgentTool(Tool(name, "Does.", schema({"x": "."}), call, effect=effect), group)


@pytest.mark.parametrize("rule", ["all", "mcp", "_tool", "_to*"])
async def test_a_rule_lets_a_call_through(rule: str) -> None:
    await Gate([rule], None, 1).require(tool(), {})


@pytest.mark.parametrize("rule", ["shell", "_other", "mcp:x", "tool", ""])
async def test_another_rule_does_not(rule: str) -> None:
    with pytest.raises(NoConsent, match="--allow mcp"):
        await Gate([rule], None, 1).require(tool(), {})


async def test_what_does_no_harm_needs_nobody() -> None:
    for effect in ("reads", "writes"):
        await Gate([], None, 1).require(tool(effect), {})


async def test_a_person_is_asked_each_time_or_once_for_the_very_same_call() -> None:
    person = Person("y", "n", "a", "", "no")
    gate = Gate([], person, 1)

    await gate.require(tool(), {"x": "1"})
    with pytest.raises(NoConsent):
        await gate.require(tool(), {"x": "1"})
    await gate.require(tool(), {"x": "1"})
    await gate.require(tool(), {"x": "1"})
    with pytest.raises(NoConsent, match="No answer"):
        await gate.require(tool(), {"x": "2"})
    with pytest.raises(NoConsent):
        await gate.require(tool(), {"x": "2"})
    assert len(person.questions) == 5


async def test_a_question_cannot_be_forged() -> None:
    person = Person("n")

    with pytest.raises(NoConsent):
        await Gate([], person, 1).require(tool(), {"x": "a\u202eb\x1b[2J"})

    assert "\x1b" not in person.questions[0]
    assert "\u202e" not in person.questions[0]


async def test_nobody_agrees_to_what_does_not_fit_on_the_screen() -> None:
    person = Person("y")

    with pytest.raises(NoConsent, match="too long"):
        await Gate([], person, 1).require(tool(), {"x": "y" * 5_000})
    assert person.questions == []


def test_rules_about_commands_are_for_their_tool() -> None:
    assert patterns(["shell:npm test*", "git:push", "shell", "shell: make "], "shell") == ["npm test*", "make"]


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    ours, theirs = pty.openpty()
    yield ours, theirs
    os.close(ours)


async def start(grounds: Grounds, folder: Path, terminal: tuple[int, int], *options: str) -> RunningAgent:
    """Our agent at a terminal of its own, in front, as a person has it."""
    key = grounds.new_key()
    own = {"HOME": str(folder), "PLUGIN_KEY": key, "PLUGIN_ENGINE_URI": grounds.url}
    # A session of its own takes the terminal for its own; only then is somebody there to be asked.
    take = "import os,sys,fcntl,termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.executable, sys.argv[1:])"
    run = (sys.executable, "-m", "codemie.cli", "plugin", "run", "--repo-path", str(folder), *options)
    _, theirs = terminal
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", take, *run),
        env={**BARE, **own},
        stdin=theirs,
        stderr=theirs,
        stdout=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    os.close(theirs)
    return RunningAgent(process, key)


class Screen:
    """What stands on the terminal."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.text = ""
        asyncio.get_running_loop().add_reader(descriptor, self._read)

    def _read(self) -> None:
        try:
            self.text += os.read(self._descriptor, 65_536).decode(errors="replace")
        except OSError:
            asyncio.get_running_loop().remove_reader(self._descriptor)

    async def shows(self, text: str, times: int = 1) -> None:
        async def probe() -> bool:
            return self.text.count(text) >= times

        await until(probe, seconds=30, what=f"`{text}` on the terminal")

    def type(self, text: str) -> None:
        os.write(self._descriptor, text.encode())


async def test_a_person_at_the_terminal_decides(grounds: Grounds, tmp_path: Path, terminal: tuple[int, int]) -> None:
    agent = await start(grounds, tmp_path, terminal)
    screen = Screen(terminal[0])
    try:
        await grounds.session(agent)
        screen.type("y\n")  # Typed before the question: it answers nothing.
        first = asyncio.create_task(grounds.call(agent, "_run_command_line_tool", command="touch first"))
        await screen.shows("The platform wants to run touch first")
        screen.type("n\n")
        refused = await first
        second = asyncio.create_task(grounds.call(agent, "_run_command_line_tool", command="echo second"))
        await screen.shows("The platform wants to run echo second")
        screen.type("y\n")
        allowed = await second

        assert refused.is_error
        assert "did not agree" in refused.text
        assert not (tmp_path / "first").exists()
        assert allowed.text == "second\n"
        assert agent.key not in screen.text
        assert await agent.stop(signal.SIGTERM) == 0
    finally:
        asyncio.get_running_loop().remove_reader(terminal[0])
        if agent.process.returncode is None:
            agent.process.kill()
            await agent.process.wait()


async def test_nobody_at_the_terminal_means_no(grounds: Grounds, tmp_path: Path, terminal: tuple[int, int]) -> None:
    config = tmp_path / "config.json"
    config.write_text('{"PLUGIN_CONSENT_SECONDS": 0.5}')
    agent = await start(grounds, tmp_path, terminal, "--config", str(config))
    screen = Screen(terminal[0])
    try:
        refused = await grounds.call(agent, "_run_command_line_tool", command="touch x")

        assert "No answer came within 0.5 seconds" in refused.text
        await screen.shows("no answer, refused")
        assert not (tmp_path / "x").exists()
        assert await agent.stop() == 0
    finally:
        asyncio.get_running_loop().remove_reader(terminal[0])
        if agent.process.returncode is None:
            agent.process.kill()
            await agent.process.wait()
