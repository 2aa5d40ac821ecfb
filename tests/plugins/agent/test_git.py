"""The Git tool, and what of Git needs consent."""

import os
from pathlib import Path

import pytest

from codemie.kernel.errors import InvalidInput
from codemie.plugins.agent.git import ENVIRONMENT, git_tool
from codemie.plugins.agent.processes import Programs
from codemie.plugins.agent.tools import AgentTool

AUTHOR = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b.test", "GIT_COMMITTER_NAME": "a"}
VARIABLES = {"PATH": os.environ["PATH"], **ENVIRONMENT, **AUTHOR, "GIT_COMMITTER_EMAIL": "a@b.test"}


def git(folder: Path, *allowed: str) -> AgentTool:
    return git_tool(Programs(folder, VARIABLES), allowed, 30)


async def said(tool: AgentTool, command: str) -> str:
    return (await tool.tool.call({"git_command": command})).text


async def test_a_repository_is_worked_on(tmp_path: Path) -> None:
    tool = git(tmp_path)
    (tmp_path / "a.txt").write_text("text")

    assert "Exit code: 128" in await said(tool, "log")
    await said(tool, "init -q -b main")
    await said(tool, "git add .")
    await said(tool, "commit -q -m 'a; rm -rf /'")

    assert await said(tool, "log --format=%s") == "a; rm -rf /\n"


async def test_a_command_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    for command in ("", "git", "commit -m 'open"):
        with pytest.raises(InvalidInput):
            await said(git(tmp_path), command)
        assert git(tmp_path).tool.effect_of({"git_command": command}) == "reads"


@pytest.mark.parametrize(
    "command",
    [
        "status",
        "log -5 --oneline",
        "log origin/main..HEAD -- src/x.py",
        "diff HEAD~1 --stat",
        "show HEAD:src/a.py",
        "blame -L 1,5 a.py",
        "grep -n word",
        "ls-files --others",
        "rev-parse --abbrev-ref HEAD",
    ],
)
def test_looking_is_free(tmp_path: Path, command: str) -> None:
    assert git(tmp_path).tool.effect_of({"git_command": command}) == "reads"


@pytest.mark.parametrize("command", ["add -A", "add src/x.py", "branch new", "branch", "tag v1 -m x", "mv a b"])
def test_what_can_be_taken_back_is_free_too(tmp_path: Path, command: str) -> None:
    assert git(tmp_path).tool.effect_of({"git_command": command}) == "writes"


@pytest.mark.parametrize(
    "command",
    [
        "push",
        "commit -m x",  # runs hooks
        "reset --hard",
        "clean -fdx",
        "checkout -- .",
        "branch -D main",
        "tag -d v1",
        "config core.pager evil",
        "-c alias.x=!evil x",
        "-C /elsewhere log",
        "--git-dir=/x log",
        "log --output=x",
        "log --outp x",
        "grep --open-files-in-pager=evil x",
        "grep -Oevil x",
        "grep -nOevil x",
        "diff --no-index a b",
        "diff /etc/passwd x",
        "diff a ../b",
        "diff ..",
        "blame --contents=/etc/passwd a",
        "grep -f/etc/passwd x",
        "ls-remote ext::evil",
        "submodule foreach evil",
        "rebase --exec evil",
        "bisect run evil",
        "add ../x",
        "unknown",
    ],
)
def test_everything_else_needs_consent_or_a_rule(tmp_path: Path, command: str) -> None:
    assert git(tmp_path).tool.effect_of({"git_command": command}) == "destroys"
    assert git(tmp_path, "*").tool.effect_of({"git_command": command}) == "writes"
    assert git(tmp_path, "commit --amend*").tool.effect_of({"git_command": command}) == "destroys"


async def test_files_that_look_like_a_repository_run_nothing(tmp_path: Path) -> None:
    """A file tool can make `HEAD`, `objects`, `refs` and a `config` that names a program."""
    for name, content in {
        "HEAD": "ref: refs/heads/main\n",
        "config": "[core]\n\tbare = true\n\tworktree = .\n\tfsmonitor = touch ran; true\n",
    }.items():
        (tmp_path / name).write_text(content)
    (tmp_path / "objects").mkdir()
    (tmp_path / "refs").mkdir()

    await said(git(tmp_path), "status")

    assert not (tmp_path / "ran").exists()
