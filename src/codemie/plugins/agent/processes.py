"""Programs that a call starts: in a process group of their own, with bounded output, gone when the call is over."""

import asyncio
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from codemie.kernel.errors import InvalidInput

MAX_OUTPUT_BYTES = 4 * 1024 * 1024
GRACE_SECONDS = 2.0
"""Between asking a group to end and ending it."""
_PIECE = 65_536


@dataclass(frozen=True, slots=True)
class Finished:
    """How a program ended; negative codes are signals."""

    code: int
    out: str
    err: str


@dataclass(slots=True)
class _Kept:
    """The first and the last part of an output; what lies between is only counted."""

    room: int
    head: bytearray = field(default_factory=bytearray)
    tail: deque[bytes] = field(default_factory=deque[bytes])
    tail_size: int = 0
    dropped: int = 0

    def add(self, piece: bytes) -> None:
        free = self.room // 2 - len(self.head)
        self.head += piece[: max(0, free)]
        if rest := piece[max(0, free) :]:
            self.tail.append(rest)
            self.tail_size += len(rest)
        while self.tail_size > self.room // 2 + _PIECE:
            gone = self.tail.popleft()
            self.tail_size -= len(gone)
            self.dropped += len(gone)

    def text(self) -> str:
        left_out = f"\n… {self.dropped} bytes left out …\n".encode() if self.dropped else b""
        return (bytes(self.head) + left_out + b"".join(self.tail)).decode(errors="replace")


class Programs:
    """Starts programs in one folder with one environment.

    Args:
        folder: where they run.
        environment: all the variables they see.
        max_output_bytes: how much is kept of each of their two outputs.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str], max_output_bytes: int = MAX_OUTPUT_BYTES) -> None:
        self._folder = folder
        self._environment = dict(environment)
        self._room = max_output_bytes

    async def run(self, command: Sequence[str], *, given: str | None = None) -> Finished:
        """Run a program to its end, without a shell. Cancelled, its whole group is stopped.

        What it leaves running in the background is stopped too when it ends.

        Args:
            command: the program and its arguments.
            given: its standard input; none when left out.

        Raises:
            InvalidInput: it cannot be started.
        """
        process = await self._start(command, reads=given is not None)
        out, err = _Kept(self._room), _Kept(self._room)
        talking = asyncio.gather(_feed(process, given), _collect(process.stdout, out), _collect(process.stderr, err))
        try:
            code = await process.wait()
            # Its background processes hold the pipes open; they end with it.
            _, late = await asyncio.wait([talking], timeout=0.2)
            if late:
                await _stop_group(process)
                await asyncio.wait([talking], timeout=GRACE_SECONDS)
        finally:
            await asyncio.shield(_stop_group(process))
            talking.cancel()
            with suppress(asyncio.CancelledError, OSError):
                await talking
        return Finished(code, out.text(), err.text())

    async def _start(self, command: Sequence[str], *, reads: bool) -> Process:
        starting = asyncio.create_task(
            asyncio.create_subprocess_exec(
                *command,
                stdin=PIPE if reads else asyncio.subprocess.DEVNULL,
                stdout=PIPE,
                stderr=PIPE,
                cwd=self._folder,
                env=self._environment,
                start_new_session=True,
                limit=_PIECE,
            )
        )
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            # It may run already: cancelled half-way, the library would end the program, and not what that started.
            with suppress(OSError, ValueError):
                await _stop_group(await starting)
            raise
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise InvalidInput("The program cannot be started", details=f"{command[0]}: {reason}") from error


async def _feed(process: Process, given: str | None) -> None:
    if process.stdin is None or given is None:
        return
    with suppress(OSError):
        process.stdin.write(given.encode())
        await process.stdin.drain()
    process.stdin.close()


async def _collect(stream: asyncio.StreamReader | None, kept: _Kept) -> None:
    while stream is not None and (piece := await stream.read(_PIECE)):
        kept.add(piece)


async def _stop_group(process: Process) -> None:
    """Ask the group to end, then end it. A group without members is no news."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGTERM)
        if process.returncode is None:
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), GRACE_SECONDS)
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
