"""The sign of life of a process without a port."""

import asyncio
import contextlib
from pathlib import Path

import pytest

from codemie.kernel import pulse
from codemie.worker import PULSE_FILE
from tests.support import Platform, until


async def test_the_file_is_touched_while_the_loop_turns_and_goes_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulse, "EVERY_SECONDS", 0.01)
    path = tmp_path / "home" / "worker.pulse"
    keeping = asyncio.create_task(pulse.keep(path))

    async def exists() -> bool:
        return path.exists()

    async def moved() -> bool:
        return path.stat().st_mtime_ns > first

    await until(exists, what="the file")
    first = path.stat().st_mtime_ns
    await until(moved, what="a later time of the file")
    keeping.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await keeping

    assert not path.exists()


async def test_a_worker_that_takes_work_shows_it(platform: Platform) -> None:
    assert (platform.home / PULSE_FILE).exists()
