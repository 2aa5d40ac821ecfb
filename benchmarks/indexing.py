"""Indexing a Git repository of text by a worker, beside the static embedder alone on the very same chunks.

`BENCH_MEGABYTES="20 200"` indexes repositories of those sizes: 20 for speed, more to see that memory stays the same.
"""

import asyncio
import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import psutil

from benchmarks import harness
from benchmarks.harness import BenchPlatform, Row
from benchmarks.installed_text import texts
from codemie.knowledge.chunking import embedding_text
from codemie.knowledge.installed import installed

DEFAULT_MEGABYTES = "20"
MIN_RATIO = 0.6
MAX_MEMORY_MB = 300.0

_INDEXING_SECONDS = 3600
_EVERY_SECONDS = 0.1
_EMBED_AT_ONCE = 1024
_BASELINE_CHUNKS = 6_144
_RUNS = 3
_CHUNKS = """
SELECT c.body, c.source, c.title, c.symbol, c.language FROM data_sources d
JOIN chunks c ON c.generation_id = d.live_generation WHERE d.id = $1 ORDER BY c.source, c.ordinal LIMIT $2
"""
_GIT = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
_IDENTITY = ("-c", "user.name=Bench", "-c", "user.email=bench@codemie.test", "-c", "core.compression=0")


@dataclass(frozen=True, slots=True)
class Run:
    """What one indexing took: seconds, processor seconds of worker and database, largest resident megabytes, chunks."""

    seconds: float
    worker_seconds: float
    database_seconds: float
    peak_mb: float
    chunks: int


def measure() -> list[Row]:
    """One row for each size; the later ones tell about memory."""
    sizes = [int(size) for size in os.environ.get("BENCH_MEGABYTES", DEFAULT_MEGABYTES).split()]
    return [_row(megabytes, first=number == 0) for number, megabytes in enumerate(sizes)]


def _row(megabytes: int, *, first: bool) -> Row:
    # A platform for each: the worker would go on with better vectors for the source before.
    allowed = "true"
    with (
        harness.stub() as model_url,
        harness.serving(model_url, CODEMIE_KNOWLEDGE_GIT_FILE_URLS=allowed) as platform,
    ):
        with _repository(megabytes) as link:
            source_id, run = _index(platform, link)
        url = platform.environment["CODEMIE_DATABASE_URL"]
        alone, alone_processor = asyncio.run(_embedder_alone(url, source_id))
    speed = run.chunks / run.seconds
    figures: dict[str, Any] = {
        "chunks_per_second": speed,
        "chunks": run.chunks,
        "seconds": run.seconds,
        "worker_processor_ms_per_chunk": f"{run.worker_seconds * 1000 / run.chunks:.2f}",
        "database_processor_ms_per_chunk": f"{run.database_seconds * 1000 / run.chunks:.2f}",
        "worker_peak_mb": run.peak_mb,
        "load_average": os.getloadavg()[0],
    }
    baseline = {"embedder_chunks_per_second": alone, "embedder_processor_ms_per_chunk": f"{alone_processor * 1000:.2f}"}
    name = "index.text" if first else f"index.text.{megabytes}mb"
    met = speed / alone >= MIN_RATIO and run.peak_mb <= MAX_MEMORY_MB
    return Row(name, speed / alone, baseline, figures, f"at least {MIN_RATIO}, at most {MAX_MEMORY_MB:.0f} MB", met)


@contextmanager
def _repository(megabytes: int) -> Iterator[str]:
    """A repository with one commit of so much text; gives its file address."""
    folder = Path(tempfile.mkdtemp(prefix="cb-"))
    try:
        for source, text in texts(megabytes * 2**20):
            path = folder / source
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        for command in (["init", "-q", "-b", "main"], ["add", "-A", "-f"], ["commit", "-q", "-m", "text"]):
            subprocess.run(
                ["git", "-C", str(folder), *_IDENTITY, *command], check=True, env={**os.environ, **_GIT}, timeout=600
            )
        yield folder.as_uri()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _index(platform: BenchPlatform, link: str) -> tuple[str, Run]:
    """Add the repository while a worker waits for it; measure until searches see it."""
    project = str(platform.get("/v1/user")["applications"][0])
    name = f"bench-{time.time_ns()}"
    body = {"name": name, "description": "Text", "project_name": project, "type": "code", "link": link}
    body |= {"branch": "main", "indexType": "code", "filesFilter": ""}
    server = asyncio.run(_server(platform.environment["CODEMIE_DATABASE_URL"]))
    with _worker(platform) as worker:
        busy, database_busy = sum(worker.cpu_times()[:2]), _family_seconds(server)
        began = time.perf_counter()
        platform.post(f"/v1/application/{project}/index", {**body, "projectSpaceVisible": False})
        rows = platform.get("/v1/index?per_page=200")["data"]
        source_id = str(next(row["id"] for row in rows if row["repo_name"] == name))
        peak, row = 0.0, dict[str, Any]()
        while not row.get("completed"):
            time.sleep(_EVERY_SECONDS)
            peak = max(peak, worker.memory_info().rss / 2**20)
            row = platform.get(f"/v1/index/{source_id}")
            if row["error"] or time.perf_counter() - began > _INDEXING_SECONDS:
                raise RuntimeError(f"Indexing did not complete: {row['text']}")
        seconds = time.perf_counter() - began
        processor = sum(worker.cpu_times()[:2]) - busy
        database = _family_seconds(server) - database_busy
    return source_id, Run(seconds, processor, database, peak, int(row["current__chunks_state"]))


async def _server(url: str) -> psutil.Process:
    """The process that all of the database's processes are children of."""
    connection: Any = await asyncpg.connect(url)
    try:
        return psutil.Process(psutil.Process(connection.get_server_pid()).ppid())
    finally:
        await connection.close()


def _family_seconds(parent: psutil.Process) -> float:
    """Processor seconds of a process and its children, ended ones included."""
    seconds = sum(parent.cpu_times()[:4])
    for child in parent.children():
        with contextlib.suppress(psutil.NoSuchProcess):
            seconds += sum(child.cpu_times()[:2])
    return seconds


@contextmanager
def _worker(platform: BenchPlatform) -> Iterator[psutil.Process]:
    """`codemiectl worker`, ready for work."""
    log = Path(tempfile.mkstemp(prefix="cb-", suffix=".log")[1])
    environment = {**os.environ, **platform.environment, "CODEMIE_LOG_LEVEL": "INFO"}
    with log.open("wb") as target:
        worker = subprocess.Popen(
            [sys.executable, "-m", "codemie.cli", "worker"], env=environment, stdout=target, stderr=target
        )
    try:
        deadline = time.monotonic() + harness.START_SECONDS
        while "worker_ready" not in log.read_text():
            if worker.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The worker did not start:\n{log.read_text()}")
            time.sleep(_EVERY_SECONDS)
        yield psutil.Process(worker.pid)
    finally:
        worker.terminate()
        try:
            worker.wait(30)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()
        log.unlink()


async def _embedder_alone(url: str, source_id: str) -> tuple[float, float]:
    """Chunks a second of the static embedder on the chunks that were indexed, and its processor seconds for one."""
    # Nobody asks here: the wall around data sources must let the benchmark read on the system's behalf.
    connection: Any = await asyncpg.connect(url, server_settings={"codemie.scope": "system"})
    try:
        rows = await connection.fetch(_CHUNKS, source_id, _BASELINE_CHUNKS)
    finally:
        await connection.close()
    chunks = [embedding_text(*row) for row in rows]
    embedder = installed().static
    await embedder.embed(chunks[:_EMBED_AT_ONCE])
    taken: list[float] = []
    busy = sum(psutil.Process().cpu_times()[:2])
    for _ in range(_RUNS):
        began = time.perf_counter()
        for start in range(0, len(chunks), _EMBED_AT_ONCE):
            await embedder.embed(chunks[start : start + _EMBED_AT_ONCE])
        taken.append(time.perf_counter() - began)
    processor = sum(psutil.Process().cpu_times()[:2]) - busy
    return len(chunks) / statistics.median(taken), processor / _RUNS / len(chunks)
