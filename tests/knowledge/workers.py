"""Workers as processes of their own, to be killed."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from tests.databases import EMPTY_SCHEMA, create_database, drop_database
from tests.support import Platform, environment_for, serving, until

SMALL_BATCHES = {"CODEMIE_KNOWLEDGE_BATCH_DOCUMENTS": "64"}
"""A worker that is to be stopped in the middle must come to the middle."""


@asynccontextmanager
async def platform_without_worker(home: Path, postgres_url: str, nats_url: str) -> AsyncGenerator[Platform]:
    """The API on a database of its own, so that no other worker takes its work."""
    name = f"work_{uuid.uuid4().hex[:8]}"
    url = create_database(postgres_url, name, template=EMPTY_SCHEMA)
    await asyncio.to_thread(home.mkdir, parents=True, exist_ok=True)
    try:
        async with serving(
            environment_for(home, url, nats_url, CODEMIE_EXECUTOR=f"killed-{name}", **SMALL_BATCHES)
        ) as platform:
            yield platform
    finally:
        drop_database(postgres_url, name)


class WorkerProcess:
    """`codemiectl worker`, started in a session of its own."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self.log = log
        with log.open("ab") as target:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "codemie.cli", "worker"],
                env={**os.environ, **environment, "CODEMIE_LOG_LEVEL": "INFO"},
                stdout=target,
                stderr=target,
                start_new_session=True,
            )
        self.pid = self._process.pid

    async def ready(self) -> None:
        """Wait until it takes work; how long a start takes depends on what else the machine does."""

        async def told() -> bool:
            assert self._process.poll() is None, self.log.read_text()
            return "worker_ready" in self.log.read_text()

        await until(told, seconds=90, what="the start of the worker")

    def kill(self) -> None:
        """End it as a crash does: no handler runs."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self._process.wait(timeout=10)

    def terminate(self) -> int:
        """Ask it to stop, as an orchestrator does, and return its exit code."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(timeout=30)


@contextmanager
def worker_process(environment: Mapping[str, str], log: Path) -> Generator[WorkerProcess]:
    """A worker that is gone when the block ends."""
    worker = WorkerProcess(environment, log)
    try:
        yield worker
    finally:
        worker.kill()
