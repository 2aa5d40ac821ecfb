"""Starts the processes that make documents and pictures, and stops those that take too long."""

import asyncio
import os
import sys
from dataclasses import dataclass

_PASSED_ON = frozenset({"PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL"})


@dataclass(frozen=True, slots=True)
class Made:
    """What a process left.

    Args:
        status: 0 when it did what it was for.
        output: what it made.
        problems: what it complained of.
    """

    status: int
    output: bytes
    problems: str


async def run(module: str, order: bytes, seconds: float) -> Made:
    """Give a module of ours its order on standard input, in a process of its own.

    Raises:
        TimeoutError: it takes longer; it is stopped.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        # What they read comes from models and strangers: the platform's own variables, keys among them, stay here.
        env={name: value for name, value in os.environ.items() if name in _PASSED_ON},
    )
    try:
        async with asyncio.timeout(seconds):
            output, problems = await process.communicate(order)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Made(process.returncode or 0, output, problems.decode(errors="replace"))
