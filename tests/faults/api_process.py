"""The API as a process of its own, to be killed."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2

from tests.support import NO_CERTIFICATES, free_port, until


class ApiProcess:
    """`codemiectl serve`, started in a session of its own; it can be killed and started again on the same port."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._environment = {**os.environ, **environment, "CODEMIE_PORT": str(port)}
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Start it and wait until it answers."""
        process = self._process = self._started()

        async def answers() -> bool:
            assert process.poll() is None, self._log.read_text()
            with contextlib.suppress(httpx2.TransportError):
                async with httpx2.AsyncClient(verify=NO_CERTIFICATES) as client:
                    return (await client.get(f"{self.url}/health/ready")).status_code == 200
            return False

        await until(answers, seconds=90, every=0.2, what="the start of the API")

    def _started(self) -> "subprocess.Popen[bytes]":
        with self._log.open("ab") as target:
            return subprocess.Popen(
                [sys.executable, "-m", "codemie.cli", "serve"],
                env=self._environment,
                stdout=target,
                stderr=target,
                start_new_session=True,
            )

    def kill(self) -> None:
        """End it as a crash does: no handler runs."""
        if self._process is None or self._process.poll() is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait(timeout=10)


@asynccontextmanager
async def api_process(environment: Mapping[str, str], log: Path) -> AsyncGenerator[ApiProcess]:
    """An API that is gone when the block ends."""
    process = ApiProcess(environment, log)
    try:
        await process.start()
        yield process
    finally:
        process.kill()
