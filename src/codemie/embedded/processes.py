"""Which process is it? A pid in a file proves nothing: pids are used again."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil


def read_pid(path: Path) -> int | None:
    """The pid on the first line of a pid file; None when there is no such file or it holds something else."""
    try:
        return int(path.read_text(encoding="utf-8").split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def command_line(pid: int | None) -> list[str]:
    """The command line of a live process; empty when there is none, or it is not ours to see."""
    if pid is None:
        return []
    try:
        process = psutil.Process(pid)
        return [] if process.status() == psutil.STATUS_ZOMBIE else process.cmdline()
    except psutil.Error:
        return []


def end(pid: int, *, seconds: float) -> None:
    """Ask a process to stop, and kill it when it has not after `seconds`."""
    try:
        process = psutil.Process(pid)
        process.terminate()
        process.wait(seconds)
    except psutil.TimeoutExpired:
        psutil.Process(pid).kill()
    except psutil.NoSuchProcess:
        return


def wait_until_gone(pid: int, *, seconds: float) -> bool:
    """Whether a process that is not our child ended within `seconds`."""
    deadline = time.monotonic() + seconds
    while command_line(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def die_with_parent() -> Callable[[], None]:
    """What a new child calls before it becomes its program: on Linux the kernel then ends it with its parent."""
    parent = os.getpid()

    def arrange() -> None:
        if sys.platform == "linux":
            import ctypes

            set_parent_death_signal = 1
            ctypes.CDLL(None, use_errno=True).prctl(set_parent_death_signal, signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(1)

    return arrange
