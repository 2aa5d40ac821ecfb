"""The load generator: one process of its own, so that it never shares a core's interpreter with what it measures.

Reads a `Load` as JSON on standard input and prints a `Measured` as JSON.
"""

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Load:
    """Which request is repeated, and how.

    Args:
        concurrency: requests open at any time.
        requests: how many in all, after the warm-up.
        vary: a key of the body that gets a fresh value in every request.
        spread_seconds: over which the first requests are spread; with 0 all start in the same instant.
    """

    url: str
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict[str, str])
    concurrency: int = 1
    requests: int = 100
    warm_up: int = 50
    vary: str | None = None
    spread_seconds: float = 0


@dataclass
class Measured:
    """Milliseconds per request, in the order of completion, and per first byte of the body."""

    seconds: float
    milliseconds: list[float]
    first_byte: list[float]

    @property
    def rate(self) -> float:
        """Requests per second."""
        return len(self.milliseconds) / self.seconds

    def percentile(self, share: float) -> float:
        """Milliseconds that `share` of the requests did not exceed."""
        return _percentile(self.milliseconds, share)

    def first(self, share: float) -> float:
        """The same for the first byte."""
        return _percentile(self.first_byte, share)


def _percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


async def measure(load: Load) -> Measured:
    """Send the load from this process.

    Raises:
        RuntimeError: an answer was not 200.
    """
    import aiohttp

    connector = aiohttp.TCPConnector(limit=0)
    milliseconds: list[float] = []
    first_byte: list[float] = []
    left = 0
    number = 0

    async def worker(session: aiohttp.ClientSession, delay: float = 0) -> None:
        nonlocal left, number
        await asyncio.sleep(delay)
        while left > 0:
            left -= 1
            number += 1
            body = {**load.body, load.vary: f"bench-{time.time_ns()}-{number}"} if load.vary else load.body
            data = json.dumps(body, separators=(",", ":")).encode()
            started = time.perf_counter()
            async with session.post(load.url, data=data) as answer:
                await answer.content.readany()
                first_byte.append((time.perf_counter() - started) * 1000)
                rest = await answer.read()
                milliseconds.append((time.perf_counter() - started) * 1000)
                if answer.status != 200:
                    raise RuntimeError(f"{load.url} answered {answer.status}: {rest[:500]!r}")

    headers = {"Content-Type": "application/json", **load.headers}
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:
        left = load.warm_up
        await asyncio.gather(*(worker(session) for _ in range(load.concurrency)))
        milliseconds.clear()
        first_byte.clear()
        left = load.requests
        started = time.perf_counter()
        step = load.spread_seconds / load.concurrency
        await asyncio.gather(*(worker(session, place * step) for place in range(load.concurrency)))
        return Measured(time.perf_counter() - started, milliseconds, first_byte)


def send(load: Load) -> Measured:
    """Send the load from a process of its own."""
    import subprocess

    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load"],
        input=json.dumps(asdict(load)).encode(),
        stdout=subprocess.PIPE,
        check=True,
        timeout=600,
    )
    return Measured(**json.loads(done.stdout))


if __name__ == "__main__":
    import uvloop

    print(json.dumps(asdict(uvloop.run(measure(Load(**json.load(sys.stdin)))))))
