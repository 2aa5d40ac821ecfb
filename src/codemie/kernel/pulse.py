"""A sign of life of a process that has no port to be asked at: a file whose time moves while its event loop turns.

Whoever runs the process looks at the file's age: missing, it is not ready yet; old, it hangs and is to be restarted.
"""

import asyncio
from pathlib import Path

EVERY_SECONDS = 5.0
"""A file older than several of these belongs to a process that hangs."""


async def keep(path: Path) -> None:
    """Touch the file again and again until cancelled; then it is gone.

    Args:
        path: of the file; its folder is made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        while True:
            # Here and not in a thread: a loop that is blocked must not look alive.
            path.touch()  # noqa: ASYNC240 - takes microseconds
            await asyncio.sleep(EVERY_SECONDS)
    finally:
        path.unlink(missing_ok=True)  # noqa: ASYNC240 - takes microseconds
