"""Start-up: `codemiectl up` on a home that exists, and the help text. Beside them: what Python alone costs."""

import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from tests.support import free_port

from benchmarks.harness import Row

RUNS = 3
MAX_START_SECONDS = 5.0
MAX_HELP_SECONDS = 0.4

# What any service of this kind imports before its first line of its own runs.
BARE_IMPORTS = "import fastapi, uvicorn, asyncpg, sqlalchemy.ext.asyncio, sqlalchemy.orm, nats"


def measure() -> list[Row]:
    """Start, stop and start again; each figure is the median of three."""
    bare = median(lambda: python("-c", BARE_IMPORTS))
    empty = median(lambda: python("-c", ""))
    shown = median(lambda: python("-m", "codemie.cli", "--help"))
    folder = Path(tempfile.mkdtemp(prefix="cb-"))
    try:
        first = [start_and_stop(folder / "home")]
        later = [start_and_stop(folder / "home") for _ in range(RUNS)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    again = statistics.median(ready for ready, _, _ in later)
    figures = {
        "seconds": again,
        "first_seconds": first[0][0],
        "stop_seconds": statistics.median(stop for _, stop, _ in later),
        "supervisor_mb": later[-1][2],
    }
    in_time, quick = again <= MAX_START_SECONDS, shown <= MAX_HELP_SECONDS
    return [
        Row("start.up", again / bare, {"bare_imports_seconds": bare}, figures, "at most 5 s", in_time),
        Row("start.help", shown / empty, {"python_seconds": empty}, {"seconds": shown}, "at most 0.4 s", quick),
    ]


def start_and_stop(home: Path) -> tuple[float, float, float]:
    """Seconds until ready, seconds until everything ended, megabytes of the supervisor."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CODEMIE_")}
    environment = {**kept, "CODEMIE_HOME": str(home), "CODEMIE_PORT": str(free_port())}
    began = time.perf_counter()
    up = subprocess.Popen(
        [sys.executable, "-m", "codemie.cli", "up"], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert up.stdout is not None
    for line in up.stdout:
        if line.startswith("Ready after"):
            break
    else:
        raise RuntimeError(f"codemiectl up ended with exit code {up.wait()} before it was ready")
    ready = time.perf_counter() - began
    memory = psutil.Process(up.pid).memory_info().rss / 2**20
    asked = time.perf_counter()
    up.send_signal(signal.SIGTERM)
    up.communicate(timeout=60)
    return ready, time.perf_counter() - asked, memory


def python(*arguments: str) -> None:
    """Run one Python to its end."""
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)


def median(work: Callable[[], None]) -> float:
    """Seconds it takes, in the middle of three."""
    taken: list[float] = []
    for _ in range(RUNS):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)
