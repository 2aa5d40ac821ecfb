"""Documents read by child processes (`office_process`), each with a deadline and a memory limit."""

import asyncio
import contextlib
import json
import os
import struct
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from codemie.knowledge.documents import Section, SkipCode, Unreadable
from codemie.knowledge.filetypes import OFFICE

_DOCUMENTS_PER_PROCESS = 500


class OfficeParser:
    """A few reusable parser processes, started when first needed.

    Args:
        processes: how many documents are parsed at the same time.
        timeout_seconds: a document that takes longer is given up.
        memory_bytes: address space of one process; the parser's libraries take about 0.5 GB of it.
    """

    def __init__(self, *, processes: int = 1, timeout_seconds: int = 60, memory_bytes: int = 3 * 2**30) -> None:
        self._timeout = timeout_seconds
        self._memory = memory_bytes
        self._free = asyncio.Semaphore(processes)
        self._idle: list[tuple[Process, int]] = []

    async def parse(self, kind: str, data: bytes) -> list[Section]:
        """Read a document of an office type (a key of `filetypes.OFFICE`).

        Raises:
            Unreadable: encrypted, damaged, too slow or too big.
        """
        request = {"kind": kind, "mime": OFFICE[kind], "timeout_seconds": self._timeout + 5}
        async with self._free, self._process() as process:
            try:
                async with asyncio.timeout(self._timeout):
                    answer = json.loads(await _ask(process, json.dumps(request).encode(), data))
            except TimeoutError as error:
                reason = f"Reading the document took longer than {self._timeout} seconds"
                raise Unreadable(SkipCode.TIMEOUT, reason) from error
            except (asyncio.IncompleteReadError, ConnectionError) as error:
                reason = "The document needs more memory than allowed, or breaks the parser"
                raise Unreadable(SkipCode.PARSER_FAILED, reason) from error
        if "code" in answer:
            raise Unreadable(SkipCode(answer["code"]), answer["reason"])
        return [Section(part["text"], part.get("page"), None, part.get("title")) for part in answer["sections"]]

    async def close(self) -> None:
        """End all processes."""
        while self._idle:
            await _end(self._idle.pop()[0])

    @asynccontextmanager
    async def _process(self) -> AsyncIterator[Process]:
        process, used = self._idle.pop() if self._idle else (await self._start(), 0)
        if process.returncode is not None:
            process, used = await self._start(), 0
        try:
            yield process
        except BaseException:  # cancelled, too slow, or dead: its state is unknown, so it is never used again
            await _end(process)
            raise
        if used + 1 < _DOCUMENTS_PER_PROCESS:
            self._idle.append((process, used + 1))
        else:
            await _end(process)

    async def _start(self) -> Process:
        # No variable of ours reaches the child: a parser that is taken over finds no credentials.
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "LANG", "TMPDIR", "SYSTEMROOT"}}
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "codemie.knowledge.office_process",
            str(self._memory),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env=kept,
        )


async def _ask(process: Process, *frames: bytes) -> bytes:
    to_child, from_child = process.stdin, process.stdout
    if to_child is None or from_child is None:
        raise ConnectionError("the parser process has no pipes")
    for frame in frames:
        to_child.write(struct.pack(">Q", len(frame)))
        to_child.write(frame)
    await to_child.drain()
    (length,) = struct.unpack(">Q", await from_child.readexactly(8))
    return await from_child.readexactly(length)


async def _end(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()
