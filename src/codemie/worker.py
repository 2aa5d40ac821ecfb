"""Composes the worker process: the same resources as the API, plus the DBOS runtime that runs durable work."""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

from codemie import __version__
from codemie.app import Resources, open_resources
from codemie.kernel import pulse, row_security
from codemie.kernel.durable import dbos_config
from codemie.kernel.executors import Executor
from codemie.kernel.telemetry import configure_logging, configure_tracing, get_logger
from codemie.settings import Settings, load_settings

if TYPE_CHECKING:
    from dbos import DBOSConfig

log = get_logger(__name__)

# All versions of one release line share work, so that a rolling upgrade leaves nothing behind.
DURABLE_VERSION = "1"

# In the home folder; its age tells whoever runs workers in containers that this one lives.
PULSE_FILE = "worker.pulse"


@asynccontextmanager
async def running(settings: Settings, executor_id: str | None = None) -> AsyncGenerator[Resources]:
    """A worker that takes work while the block runs, on the current event loop."""
    from dbos import DBOS

    from codemie.conversations import housekeeping, settling
    from codemie.identity import spend_schedule
    from codemie.knowledge import indexing

    kernel = settings.kernel
    async with open_resources(settings, unbound=row_security.SYSTEM) as opened:
        assert kernel.database_url is not None  # noqa: S101 - open_resources refused that
        url = kernel.database_url.get_secret_value()
        executor = Executor(url, executor_id or executor_name())
        config: dict[str, Any] = dbos_config(kernel, url, await executor.claim(), DURABLE_VERSION)
        DBOS(config=cast("DBOSConfig", config))
        indexing.register(opened)
        housekeeping.register(opened)
        spend_schedule.register(opened)
        DBOS.launch()
        watching = [
            asyncio.create_task(executor.watch(_recover)),
            asyncio.create_task(settling.watch(opened.database)),
        ]
        for watch in watching:
            watch.add_done_callback(_report_end_of_watch)
        try:
            await indexing.register_queues(settings.knowledge.concurrent_sources)
            await housekeeping.schedule(settings.conversations.housekeeping_cron)
            await spend_schedule.schedule(settings.identity.spend_tracking_cron)
            # From now on: who finds the file may rely on a worker that takes work.
            watching.append(asyncio.create_task(pulse.keep(kernel.home / PULSE_FILE)))
            watching[-1].add_done_callback(_report_end_of_watch)
            log.info("worker_ready", executor=executor.name)
            yield opened
        finally:
            for watch in watching:
                watch.cancel()
            await asyncio.to_thread(DBOS.destroy, workflow_completion_timeout_sec=0)
            # Last, so that nobody takes work over that is still being put down.
            await executor.close()


def _report_end_of_watch(watching: "asyncio.Task[None]") -> None:
    if not watching.cancelled() and (error := watching.exception()):
        # Nobody else would notice that what dead processes left is no longer looked after here.
        log.error("watch_ended", exc_info=error)


async def _recover(executor: str) -> None:
    """Put a dead worker's unfinished workflows back into the queue."""
    from dbos import DBOS

    await asyncio.to_thread(DBOS._recover_pending_workflows, [executor])  # noqa: SLF001 - DBOS has no public form yet


def executor_name() -> str:
    """Stable per place, so that a restarted worker takes its own unfinished work back at once."""
    return os.environ.get("CODEMIE_EXECUTOR") or f"{socket.gethostname()}-worker"


async def run(settings: Settings | None = None, *, when_ready: Callable[[], None] | None = None) -> None:
    """Work until SIGTERM or SIGINT.

    Args:
        settings: of the process; by default those of the environment.
        when_ready: called once, when work is taken.

    Raises:
        ConfigurationError: a setting is wrong.
        Unavailable: the database or NATS does not answer.
    """
    settings = settings or load_settings()[0]
    configure_logging(settings.kernel)
    configure_tracing(settings.kernel, "codemie-worker", __version__)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stopping.set)
    async with running(settings):
        if when_ready:
            when_ready()
        await stopping.wait()
        log.info("worker_stopping")
