"""Runs a Python script in a process of its own that can do nothing else; `sandbox_child` raises the walls.

Fails closed: before the first script a probe runs behind the same walls and tries what must not work. Where it
succeeds, or a wall cannot be raised, no script runs.
"""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
import sysconfig
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from codemie.kernel.errors import Unavailable
from codemie.workspaces.sandbox_child import REFUSED
from codemie.workspaces.settings import WorkspacesSettings

_CHILD = Path(__file__).with_name("sandbox_child.py")
_NOBODY = 65534
_POLL_SECONDS = 0.2
_OPEN_FILES = 128
_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share/zoneinfo", "/etc/ld.so.cache", "/etc/localtime")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
_PROBE_NAME = "probe.py"
_PROBE = """
import os, socket, sys
def works(attempt):
    try:
        attempt()
    except (OSError, MemoryError):
        return False
    return True
open("written", "w").close()
broken = [name for name, attempt in {
    "sockets": socket.socket,
    "new processes": os.fork,
    "other programs": lambda: os.execv(sys.executable, [sys.executable, "-c", ""]),
    "reading outside": lambda: open("/etc/passwd"),
    "other processes' memory and environment": lambda: open("/proc/%d/environ" % os.getppid()),
    "writing outside": lambda: open(sys.argv[1], "a"),
    "signals to others": lambda: os.kill(os.getppid(), 0),
}.items() if works(attempt)]
print("ok" if not broken else "not prevented: " + ", ".join(broken))
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a script ended.

    Args:
        status: its exit status; negative for the signal that ended it, None when we stopped it.
        output: what it wrote, both streams together.
        reason: why it was stopped, if it was.
    """

    status: int | None
    output: str
    reason: str | None = None


@dataclass(slots=True)
class Sandbox:
    """Runs scripts, a bounded number at a time."""

    settings: WorkspacesSettings
    _running: asyncio.Semaphore = field(init=False)
    _waiting: int = field(init=False, default=0)
    _probing: asyncio.Lock = field(init=False, default_factory=asyncio.Lock)
    _verdict: str | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._running = asyncio.Semaphore(self.settings.concurrent_scripts)

    async def refusal(self) -> str | None:
        """Why no script may run here; None when they may."""
        if self.settings.script_isolation == "off":
            return "Script execution is switched off on this server"
        if self.settings.script_isolation == "none":
            return None
        async with self._probing:
            if self._verdict is None:
                self._verdict = await self._probe()
        if self._verdict == "ok":
            return None
        return f"Script execution is refused: this server cannot isolate scripts ({self._verdict})"

    @asynccontextmanager
    async def place(self) -> "AsyncGenerator[Path]":
        """A folder for one run, and the right to run.

        Raises:
            Unavailable: 503, too many scripts are waiting.
        """
        if self._waiting >= self.settings.waiting_scripts + self.settings.concurrent_scripts:
            raise Unavailable("Too many scripts are running", retry_after=self.settings.script_seconds)
        self._waiting += 1
        try:
            async with self._running:
                folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="codemie-script-"))
                try:
                    yield folder
                finally:
                    await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        finally:
            self._waiting -= 1

    async def run(self, folder: Path, script: str, *arguments: str, line: int | None = None) -> Outcome:
        """Run a script of the folder; it may change what is in there, up to the size of a workspace.

        Args:
            folder: where it works.
            script: its path in there.
            arguments: of the script.
            line: a descriptor that it inherits, to talk to us.
        """
        user = await asyncio.to_thread(_hand_over, folder)
        order = json.dumps(self._order(script, arguments, user) | {"line": line})
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", "-B", "-X", "utf8", str(_CHILD), order,
            cwd=folder, env={"LANG": "C.UTF-8"}, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT, start_new_session=True, pass_fds=() if line is None else (line,),
        )  # fmt: skip
        watching = asyncio.create_task(self._watch(folder, process))
        try:
            output, is_cut = await _output(process, self.settings.script_output_bytes)
            if is_cut:
                _kill(process)
            status = await process.wait()
        finally:
            watching.cancel()
            _kill(process)
            # Also when the caller went away: a process nobody waits for would stay as a zombie.
            await process.wait()
        reason = f"its output exceeded {self.settings.script_output_bytes} bytes" if is_cut else _ended(watching)
        return Outcome(None if reason else status, output, reason)

    async def _watch(self, folder: Path, process: asyncio.subprocess.Process) -> str:
        """Stop what runs too long or writes too much; no limit of the kernel knows about either."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.settings.script_seconds
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            if loop.time() > deadline:
                _kill(process)
                return f"it ran longer than {self.settings.script_seconds:g} seconds"
            if await asyncio.to_thread(_size, folder) > 2 * self.settings.max_workspace_bytes:
                _kill(process)
                return "its files take more room than a workspace has"

    def _order(self, script: str, arguments: "tuple[str, ...]", user: int | None) -> dict[str, Any]:
        settings = self.settings
        packages = [str(settings.script_packages)] if settings.script_packages else []
        return {
            "script": script,
            "arguments": arguments,
            "user": user,
            "walls": settings.script_isolation != "none",
            "readable": [*_interpreter_folders(), *packages, *_LIBRARIES],
            "devices": _DEVICES,
            "packages": packages,
            "limits": {
                "CPU": settings.script_cpu_seconds,
                "AS": settings.script_memory_bytes,
                "FSIZE": settings.max_file_bytes,
                "NPROC": settings.script_threads,
                "NOFILE": _OPEN_FILES,
                "CORE": 0,
            },
        }

    async def _probe(self) -> str:
        with tempfile.NamedTemporaryFile(prefix="codemie-probe-") as outside:
            os.chmod(outside.name, 0o666)  # noqa: PTH101, S103 - only the walls may keep the probe out
            async with self.place() as folder:
                await asyncio.to_thread((folder / _PROBE_NAME).write_text, _PROBE)
                outcome = await self.run(folder, _PROBE_NAME, outside.name)
        if outcome.status == REFUSED or outcome.status is None:
            return outcome.output.strip() or outcome.reason or "the probe did not end"
        return outcome.output.strip() if outcome.status == 0 else f"the probe failed: {outcome.output.strip()[-500:]}"


def _interpreter_folders() -> list[str]:
    return sorted({sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")})


def _hand_over(folder: Path) -> int | None:
    """Give the folder to nobody when we are root and nobody can run our interpreter; who the script runs as."""
    if os.geteuid() != 0 or not all(_open_to_all(Path(path)) for path in _interpreter_folders()):
        return None
    for parent, _, names in os.walk(folder):
        os.chown(parent, _NOBODY, _NOBODY)
        for name in names:
            os.chown(Path(parent, name), _NOBODY, _NOBODY, follow_symlinks=False)
    return _NOBODY


def _open_to_all(path: Path) -> bool:
    return all(place.stat().st_mode & 0o001 for place in (path, *path.parents))


async def _output(process: asyncio.subprocess.Process, most: int) -> tuple[str, bool]:
    """What the process writes, until it ends or has written too much."""
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    data = bytearray()
    while len(data) <= most and (chunk := await process.stdout.read(65536)):
        data += chunk
    return bytes(data[:most]).decode(errors="replace"), len(data) > most


def _kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _ended(watching: "asyncio.Task[str]") -> str | None:
    return watching.result() if watching.done() and not watching.cancelled() else None


def _size(folder: Path) -> int:
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(Path(parent, name)).st_size
    return total
