"""Agents started as people start them, and what they printed."""

import asyncio
import json
import os
import re
import signal
import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support import until

SERVER_PROGRAM = Path(__file__).with_name("mcp_server.py")
START_SECONDS = 90.0
"""It imports a great deal; several start at once on few cores."""


@dataclass
class OfficialAgent:
    """A running agent.

    Attributes:
        folder: its home; `repo` in it is what the development tools work on.
    """

    folder: Path
    process: asyncio.subprocess.Process

    @property
    def printed(self) -> str:
        """What it wrote so far, without colours."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", (self.folder / "log.txt").read_text(errors="replace"))

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the agent and all it started."""
        if self.process.returncode is None:
            os.killpg(self.process.pid, number)

    async def kill(self) -> None:
        """End it at once; it says no goodbye."""
        self.send(signal.SIGKILL)
        await self.process.wait()

    async def says(self, words: str, *, seconds: float = START_SECONDS) -> None:
        """Wait until it has printed these words."""

        async def said() -> bool:
            assert self.process.returncode is None, self.printed[-2000:]
            return words in self.printed

        await until(said, seconds=seconds, every=0.1, what=f"an agent that says {words!r}")


def development(folder: Path, name: str) -> list[str]:
    """The command line of the agent that serves a repository; makes one with a file in it."""
    repository = folder / name
    repository.mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet", str(repository)], check=True, timeout=30)
    (repository / "notes.txt").write_text("The blue crane nests in May.\nIt's shy.\n")
    return ["development", "run", "--repo-path", str(repository)]


def mcp(folder: Path, python: Path) -> list[str]:
    """The command line of the agent that serves an MCP server; writes its configuration."""
    home = folder / ".codemie"
    home.mkdir(parents=True)
    server = {"command": str(python), "args": [str(SERVER_PROGRAM)], "env": {}}
    (home / "config.json").write_text(json.dumps({"mcpServers": {"shed": server}}))
    return ["mcp", "run", "-s", "shed"]


@asynccontextmanager
async def official_agent(
    program: Path, folder: Path, arguments: list[str], *, uri: str, key: str, **variables: str
) -> AsyncGenerator[OfficialAgent]:
    """An agent while the block runs."""
    ours = ("CODEMIE_", "VIRTUAL_ENV", "PYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    environment = {
        **kept,
        "HOME": str(folder),
        "PLUGIN_KEY": key,
        "PLUGIN_ENGINE_URI": uri,
        "COLUMNS": "200",
        **variables,
    }
    with (folder / "log.txt").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            program, *arguments, env=environment, cwd=folder, stdin=asyncio.subprocess.DEVNULL, stdout=log,
            stderr=asyncio.subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    agent = OfficialAgent(folder, process)
    try:
        yield agent
    finally:
        await agent.kill()
