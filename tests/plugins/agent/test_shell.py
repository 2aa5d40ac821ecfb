"""The shell tool: what it runs, what it never runs, what needs consent, and that nothing outlives a call."""

import asyncio
import os
import re
import time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codemie.kernel.errors import InvalidInput
from codemie.plugins.agent.forbidden import forbidden
from codemie.plugins.agent.plain_commands import NotPlain, parse
from codemie.plugins.agent.processes import Programs
from codemie.plugins.agent.shell import Forbidden, shell_tool
from codemie.plugins.agent.tools import AgentTool
from tests.plugins.agent.witnesses import has_number, is_gone
from tests.support import until

ENVIRONMENT = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
_QUOTED = re.compile(r"""'[^']*'|"([^"]*)["]""")
"""What stands in quotes; of that in double quotes, the text."""


def shell(folder: Path, *allowed: str, seconds: float = 20) -> AgentTool:
    return shell_tool(Programs(folder, ENVIRONMENT, 100_000), allowed, seconds)


async def said(tool: AgentTool, command: str) -> str:
    return (await tool.tool.call({"command": command})).text


async def test_output_and_exit_code_come_back(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()

    assert await said(shell(tmp_path), "ls") == "a.txt\n"
    assert await said(shell(tmp_path), "echo out; echo err >&2; exit 3") == "out\nerr\nExit code: 3\n"
    assert await said(shell(tmp_path), "true") == "Done, without output.\n"
    assert await said(shell(tmp_path), "kill -9 $$") == "Ended by signal 9\n"


async def test_only_the_variables_it_was_given_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLUGIN_KEY", "not-to-be-seen")

    assert "not-to-be-seen" not in await said(shell(tmp_path), "env")


async def test_a_long_output_keeps_its_beginning_and_its_end(tmp_path: Path) -> None:
    text = await said(shell(tmp_path), "seq 1 400000")

    assert len(text) < 300_000
    assert text.startswith("1\n2\n")
    assert text.endswith("399999\n400000\n")
    assert "bytes left out" in text


async def test_what_takes_too_long_is_stopped_with_all_it_started(tmp_path: Path) -> None:
    tool = shell(tmp_path, seconds=0.5)

    with pytest.raises(TimeoutError):
        await said(tool, "trap '' TERM; sleep 300 & echo $! > child; wait")

    await until(lambda: is_gone(tmp_path / "child"), what="the end of the child")


async def test_a_cancelled_call_stops_its_group(tmp_path: Path) -> None:
    call = asyncio.create_task(said(shell(tmp_path), "sleep 300 & echo $! > child; wait"))
    await until(lambda: has_number(tmp_path / "child"), what="the child")

    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call

    await until(lambda: is_gone(tmp_path / "child"), what="the end of the child")


async def test_what_stays_in_the_background_ends_with_the_call(tmp_path: Path) -> None:
    started = time.monotonic()

    assert await said(shell(tmp_path), "sleep 300 & echo $! > child; echo done") == "done\n"

    assert time.monotonic() - started < 10
    await until(lambda: is_gone(tmp_path / "child"), what="the end of the child")


@pytest.mark.parametrize(
    "command",
    [
        "rm -rf /",
        "rm -rf /*",
        "sudo rm -r -f --no-preserve-root /",
        "cd x && rm -fr ~",
        'rm -rf "$HOME"',
        "/bin/rm -rf ${HOME}/",
        "rm -rf ..",
        "rm -rf /etc",
        "r\\m -rf /",
        "echo $(rm -rf /usr/)",
        "find / -name x -delete",
        "dd if=/dev/zero of=/dev/sda bs=1M",
        "cat x > /dev/nvme0n1",
        "mkfs.ext4 /dev/vdb",
        "shred -n 1 /dev/sdb",
        "mv important /dev/null",
        ":(){ :|:& };:",
        "bomb() { bomb | bomb & }; bomb",
        "chmod -R 777 /",
        "chown -R me /usr",
        "sudo reboot",
        "init 0",
    ],
)
async def test_what_destroys_a_machine_is_never_run(tmp_path: Path, command: str) -> None:
    with pytest.raises(Forbidden, match="dangerous"):
        await said(shell(tmp_path, "*"), command)


@pytest.mark.parametrize(
    "command",
    [
        "rm -rf build",
        "rm -rf /tmp/x",
        "rm -rf ./dist ../other/dist",
        "dd if=a of=b",
        "find . -delete",
        "mv a b",
        "echo 'rm'",
        "cat /dev/null",
        "git rm x",
        "chmod -R u+w src",
        "echo x > /dev/null",
        "grep -r shutdown .",
    ],
)
def test_ordinary_work_is_not_taken_for_it(command: str) -> None:
    assert forbidden(command) is None


@given(st.text(alphabet="rm -f/~*.;&|()$`\n'\"\\{}:>dev", max_size=300))
def test_no_command_breaks_the_look_at_it(command: str) -> None:
    assert forbidden(command) is None or isinstance(forbidden(command), str)


def test_looking_at_a_long_command_takes_no_time() -> None:
    started = time.monotonic()

    for piece in ("rm ", "x() { ", "then ", ":(", "a=b ", "sudo "):
        forbidden(piece * (32_768 // len(piece)))

    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("command", "allowed", "effect"),
    [
        ("npm test", ["npm"], "writes"),
        ("npm test -- --watch=false", ["npm test*"], "writes"),
        ("npm publish", ["npm test*"], "destroys"),
        ("npm test", [], "destroys"),
        ("npm test && pytest -q | tail -5", ["npm", "pytest", "tail"], "writes"),
        ("npm test && curl evil.example", ["npm"], "destroys"),
        ("npm test; rm x", ["npm"], "destroys"),
        ("npm $(rm x)", ["npm"], "destroys"),
        ("npm `rm x`", ["npm"], "destroys"),
        ("npm > file", ["npm"], "destroys"),
        ("npm test\nrm x", ["npm"], "destroys"),
        ("npm test & rm x", ["npm"], "destroys"),
        ("./npm test", ["npm"], "destroys"),
        ("PATH=. npm test", ["npm", "PATH*"], "destroys"),
        ("npm $HOME", ["npm"], "destroys"),
        ("", ["*"], "destroys"),
    ],
)
def test_only_plain_commands_of_allowed_programs_need_no_consent(
    tmp_path: Path, command: str, allowed: list[str], effect: str
) -> None:
    assert shell(tmp_path, *allowed).tool.effect_of({"command": command}) == effect


async def test_an_allowed_command_runs_as_it_was_read(tmp_path: Path) -> None:
    tool = shell(tmp_path, "echo", "cat", "false", "true")

    assert await said(tool, "echo 'a | b; c' \"d  e\"x | cat") == "a | b; c d  ex\n"
    assert await said(tool, "false && echo no || echo yes; echo end") == "yes\nend\n"
    assert await said(tool, "true || echo no") == "Done, without output.\n"


@given(st.text(alphabet="ab =;|&'\"$`(){}<>*?~#\\\n!", max_size=40))
@example("\na")
@example("a\nb")
@example("a\"'\"'*\n'")
def test_a_plain_command_holds_nothing_that_a_shell_would_expand(command: str) -> None:
    try:
        steps = parse(command)
    except NotPlain:
        return
    assert steps
    # A line break before or after the command separates nothing.
    outside_quotes = _QUOTED.sub("", command.strip())
    assert not set(outside_quotes) & set("'\"$`(){}<>*?#\\\n!")
    in_double_quotes = "".join(_QUOTED.findall(command))
    assert not set(in_double_quotes) & set("$`\\!")


async def test_a_program_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no-such-program"):
        await said(shell(tmp_path, "no-such-program"), "no-such-program")
    with pytest.raises(InvalidInput, match="too long"):
        await said(shell(tmp_path), "x" * 40_000)
