"""Exchanges a model file again and again, killed one step later each time. A program: its imports are paid for once.

A step is everything that reaches the disk or ends a transaction. Prints how many steps there are.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession, AsyncSessionTransaction

from codemie.kernel.database import Database
from codemie.kernel.row_security import SYSTEM
from codemie.models.versions import Versions
from codemie.operations.models.switching import Switching

OLD, NEW = b"# the former file\n", b"# the wanted file, which is longer\n"


def model(step: int, which: str) -> str:
    """A language model of the exchange that is killed at this step."""
    return f"{which}-{step}"


def killing(step: int) -> Callable[[], None]:
    """To be called before each step; the last thing that is done before that one."""
    left = [step]

    def count() -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return count


def watch(count: Callable[[], None]) -> None:
    """Count every step of this process."""

    def before(owner: Any, name: str) -> None:
        original = getattr(owner, name)

        def counted(*args: Any, **options: Any) -> Any:
            count()
            return original(*args, **options)

        setattr(owner, name, counted)

    before(os, "fsync")
    before(Path, "replace")
    before(AsyncSession, "flush")
    before(AsyncSessionTransaction, "__aexit__")


async def exchange(file: Path, url: str, step: int) -> None:
    """One exchange, as the command makes it."""
    database, versions = Database(url, pool_size=3, unbound=SYSTEM), Versions(file)
    switching = Switching(versions, database, "tests@here")
    async with switching.alone():
        await switching.settle()
        former, wanted = switching.stage(NEW)
        pair = {model(step, "old"): model(step, "new")}
        await switching.carry_out(switching.plan("switch", former, wanted, pair), wanted)
    await database.close()


def main(folder: Path, url: str) -> int:
    """Kill at the first step, the second …, until an exchange comes to its end; how many were killed."""
    step = 0
    while True:
        step += 1
        file = folder / str(step) / "models.yaml"
        file.parent.mkdir()
        file.write_bytes(OLD)
        if (child := os.fork()) == 0:
            watch(killing(step))
            asyncio.run(exchange(file, url, step))
            os._exit(0)
        if os.WIFEXITED(status := os.waitpid(child, 0)[1]):
            assert os.WEXITSTATUS(status) == 0, "an exchange that nobody killed must succeed"
            return step - 1


if __name__ == "__main__":
    sys.stdout.write(f"{main(Path(sys.argv[1]), sys.argv[2])}\n")
