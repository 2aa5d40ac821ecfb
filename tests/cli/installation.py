"""A real `codemiectl up` as a child process, and what a test asks it."""

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import psutil
import pytest

from tests.support import free_port

COMMAND = [sys.executable, "-m", "codemie.cli"]


def environment(home: Path, **extra: str) -> dict[str, str]:
    """The variables of an installation of its own: nothing of the developer's leaks in."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CODEMIE_")}
    return {**kept, "CODEMIE_HOME": str(home), "CODEMIE_PORT": str(free_port()), **extra}


def ctl(*arguments: str, env: Mapping[str, str], cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
    """Run one `codemiectl` command to its end."""
    return subprocess.run(
        [*COMMAND, *arguments], env=dict(env), cwd=cwd, capture_output=True, text=True, timeout=60, check=False
    )


def eventually(probe: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Wait until `probe` holds; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not probe():
        if time.monotonic() > deadline:
            pytest.fail(f"{what} did not come true within {seconds:g} s")
        time.sleep(0.05)


def alive(process: psutil.Process) -> bool:
    """Whether it runs. In a container nobody may collect an orphan that has ended: that one does not count."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@dataclass
class Installation:
    """One `codemiectl up`; `lines` is what it has printed so far, `command` starts another codemiectl than ours."""

    env: dict[str, str]
    lines: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=lambda: COMMAND)

    def __post_init__(self) -> None:
        self._fresh: queue.Queue[str] = queue.Queue()
        self.process = subprocess.Popen(
            [*self.command, "up"],
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.env['CODEMIE_PORT']}"

    @property
    def said(self) -> str:
        return "\n".join(self.lines)

    def until(self, words: str, seconds: float = 150) -> str:
        """The next printed line that contains `words`."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                line = self._fresh.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                pytest.fail(f"'{words}' was not printed within {seconds:g} s; printed was:\n{self.said}")
            if words in line:
                return line

    def children(self) -> dict[str, psutil.Process]:
        """The processes that must end with it, by role."""
        found = {}
        for process in psutil.Process(self.process.pid).children():
            if not alive(process):
                continue
            words = process.cmdline()
            if "postgres" not in words[0]:
                found["nats" if "nats-server" in words[0] else words[-1]] = process
        return found

    def postgres(self) -> psutil.Process:
        """The database server, which may outlive its starter."""
        pid = int((Path(self.env["CODEMIE_HOME"]) / "postgres" / "postmaster.pid").read_text().split()[0])
        return psutil.Process(pid)

    def is_ready(self) -> bool:
        try:
            return httpx2.get(f"{self.url}/health/ready", timeout=5).status_code == 200
        except httpx2.TransportError:
            return False

    def stop(self, number: int = signal.SIGINT) -> int:
        """Send a signal and give back the exit code."""
        self.process.send_signal(number)
        return self.process.wait(60)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            self._fresh.put(line)
        self._fresh.put("")
