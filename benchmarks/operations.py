"""Operating it: how long `codemiectl doctor` takes on one machine and on a cluster; what the idle platform holds."""

import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from tests.support import free_port

from benchmarks import cluster_doctor
from benchmarks.harness import Row

RUNS = 3
MAX_DOCTOR_SECONDS = 3.0
MAX_IDLE_MB = 600.0
_SETTLE_SECONDS = 10.0

# What any command of this kind imports before its first line of its own runs.
BARE_IMPORTS = "import asyncpg, sqlalchemy.ext.asyncio, sqlalchemy.orm, nats, httpx2, psutil, pydantic"


def measure() -> list[Row]:
    """One platform, from nothing; doctor's figure is the median of three."""
    folder = Path(tempfile.mkdtemp(prefix="cb-"))
    try:
        with running(folder / "home") as (environment, up):
            time.sleep(_SETTLE_SECONDS)
            memory = footprint(up, folder / "home")
            bare = statistics.median(seconds(environment, "-c", BARE_IMPORTS) for _ in range(RUNS))
            doctor = statistics.median(seconds(environment, "-m", "codemie.cli", "doctor") for _ in range(RUNS))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    idle = sum(memory.values())
    return [
        Row(
            "doctor.single",
            doctor / bare,
            {"bare_imports_seconds": bare},
            {"seconds": doctor},
            "at most 3 s",
            doctor <= MAX_DOCTOR_SECONDS,
        ),
        Row("idle.footprint", None, {}, {"mb": idle, **memory}, "at most 600 MB", idle <= MAX_IDLE_MB),
        *cluster_doctor.measure(),
    ]


@contextmanager
def running(home: Path) -> Iterator[tuple[dict[str, str], psutil.Process]]:
    """`codemiectl up` on a new home, and the variables it runs with."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CODEMIE_")}
    environment = {**kept, "CODEMIE_HOME": str(home), "CODEMIE_PORT": str(free_port())}
    up = subprocess.Popen(
        [sys.executable, "-m", "codemie.cli", "up"], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert up.stdout is not None
    try:
        for line in up.stdout:
            if line.startswith("Ready after"):
                break
        else:
            raise RuntimeError(f"codemiectl up ended with exit code {up.wait()} before it was ready")
        yield environment, psutil.Process(up.pid)
    finally:
        up.send_signal(signal.SIGTERM)
        up.communicate(timeout=60)


def footprint(up: psutil.Process, home: Path) -> dict[str, float]:
    """Megabytes by part. What processes share counts once, which is why this is no sum of their sizes."""
    server = psutil.Process(int((home / "postgres" / "postmaster.pid").read_text().split()[0]))
    parts = {"up": [up], "postgres": [server, *server.children(recursive=True)]}
    for child in up.children():
        words = child.cmdline()
        if "postgres" not in words[0]:
            parts["nats" if "nats-server" in words[0] else words[-1]] = [child, *child.children(recursive=True)]
    return {f"{name}_mb": sum(map(proportional, processes)) for name, processes in parts.items()}


def proportional(process: psutil.Process) -> float:
    """Its proportional set size where the system tells it, else its resident size."""
    memory = process.memory_full_info()
    return getattr(memory, "pss", memory.rss) / 2**20


def seconds(environment: dict[str, str], *arguments: str) -> float:
    """How long one Python takes from start to end; it must end well."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], env=environment, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began
