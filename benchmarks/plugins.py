"""Plugin tools: what a call costs beside a bare request over the same NATS server, and a thousand agents at once."""

import asyncio
import logging
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

import structlog
import uvloop

from benchmarks.harness import Row
from benchmarks.plugin_agents import RAW_SUBJECT, SCHEMA, TOOL, agent, connect
from codemie.embedded.nats import EmbeddedNats
from codemie.embedded.nats_access import Login
from codemie.plugins import engine
from codemie.plugins.arguments import prepared
from codemie.plugins.engine import Engine
from codemie.plugins.sessions import Session
from codemie.plugins.settings import PluginsSettings
from codemie.plugins.wire.listing import ToolEntry
from codemie.plugins.wire.messages import encode_request

CALLS, WARM_UP, AT_ONCE, ROUNDS = 2000, 200, 64, 40
AGENTS, PER_SECOND, SECONDS = 1000, 200, 5
TEXT = "a" * 100
_ENTRY = ToolEntry(TOOL, "", SCHEMA)
_CONNECT_SECONDS = 60.0

Once = Callable[[], Awaitable[object]]


def measure() -> list[Row]:
    """The rows of the plugin engine."""
    # A line for each agent that comes would be all there is to read.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedNats(Path(folder) / "nats")
        server.start()
        try:
            return uvloop.run(_measure(server))
        finally:
            server.stop()


async def _measure(server: EmbeddedNats) -> list[Row]:
    url = f"nats://{server.url.rpartition('@')[2]}"
    login = Login.PLUGINS.value, server.access.password(Login.PLUGINS)
    async with engine.running([url], [server.access], PluginsSettings.model_validate({})) as opened:
        key = uuid.uuid4().hex
        with _agents(url, *login, [key]):
            rows = await _calls(opened, url, login, key)
            rows.append(await _visible(opened, url, login))
        keys = [uuid.uuid4().hex for _ in range(AGENTS)]
        with _agents(url, *login, keys):
            rows.append(await _thousand(opened, keys))
        return rows


@contextmanager
def _agents(url: str, user: str, password: str, keys: list[str]) -> Iterator[None]:
    command = [sys.executable, "-m", "benchmarks.plugin_agents", url, user, password, *keys]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "ready\n"
        yield
    finally:
        process.stdin.close()
        process.wait(30)


async def _found(opened: Engine, key: str) -> Session:
    until = time.monotonic() + _CONNECT_SECONDS
    while not (found := await opened.registry.sessions(key)):
        assert time.monotonic() < until, "the agent is not seen"
        await asyncio.sleep(0.01)
    return found[0]


async def _calls(opened: Engine, url: str, login: tuple[str, str], key: str) -> list[Row]:
    session = await _found(opened, key)
    client = await connect(url, *login)
    payload = encode_request(session.address.tool(TOOL), f'{{"text": "{TEXT}"}}')

    async def bare() -> None:
        await client.request(RAW_SUBJECT, payload, timeout=5)

    async def through() -> None:
        result = await opened.calls.call(session, TOOL, prepared(_ENTRY, {"text": TEXT}))
        assert result.text == TEXT

    for once in (bare, through):
        await _times(once, WARM_UP)
    # In turns: the machine is not the same from second to second.
    raw, own = list[float](), list[float]()
    for _ in range(10):
        raw += await _times(bare, CALLS // 10)
        own += await _times(through, CALLS // 10)
    p50, p99 = median(own) / median(raw), _p99(own) / _p99(raw)
    alone = Row(
        "plugins.call",
        ratio=p50,
        figures={"p50_ms": median(own), "p99_ms": _p99(own), "p99_ratio": p99},
        baseline={"nats_p50_ms": median(raw), "nats_p99_ms": _p99(raw)},
        target="at most 1.5 x a bare request at p50, 2 x at p99",
        met=p50 <= 1.5 and p99 <= 2,
    )
    rates = [(await _rate(bare), await _rate(through)) for _ in range(3)]
    await client.close()
    bare_rate, own_rate = (median(pair[place] for pair in rates) for place in (0, 1))
    return [
        alone,
        Row(
            f"plugins.call.{AT_ONCE}",
            ratio=own_rate / bare_rate,
            figures={"calls_per_second": own_rate},
            baseline={"nats_requests_per_second": bare_rate},
            target="at least 0.6 x bare requests",
            met=own_rate / bare_rate >= 0.6,
        ),
    ]


async def _times(once: Once, count: int) -> list[float]:
    """Milliseconds of each of many, one after the other."""
    times = list[float]()
    for _ in range(count):
        begun = time.perf_counter()
        await once()
        times.append((time.perf_counter() - begun) * 1000)
    return times


async def _rate(once: Once) -> float:
    """How many a second, with `AT_ONCE` under way."""

    async def several() -> None:
        for _ in range(ROUNDS):
            await once()

    begun = time.perf_counter()
    await asyncio.gather(*(several() for _ in range(AT_ONCE)))
    return AT_ONCE * ROUNDS / (time.perf_counter() - begun)


async def _visible(opened: Engine, url: str, login: tuple[str, str]) -> Row:
    """From the moment an agent is connected until its tools are known."""
    times = list[float]()
    for _ in range(20):
        client, key = await connect(url, *login), uuid.uuid4().hex
        begun = time.perf_counter()
        session_id = await agent(client, key)
        while not any(one.id == session_id for one in opened.registry.everybody()):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.001)
        times.append((time.perf_counter() - begun) * 1000)
        await client.close()
    return Row(
        "plugins.visible",
        ratio=max(times) / 200,
        figures={"p50_ms": median(times), "worst_ms": max(times)},
        target="within 200 ms of connecting",
        met=max(times) <= 200,
    )


async def _thousand(opened: Engine, keys: list[str]) -> Row:
    sessions = [await _found(opened, key) for key in keys]
    loop = asyncio.get_running_loop()

    async def call(session: Session) -> float:
        begun = time.perf_counter()
        result = await opened.calls.call(session, TOOL, prepared(_ENTRY, {"text": TEXT}))
        assert result.text == TEXT
        return (time.perf_counter() - begun) * 1000

    begun, calls = loop.time(), list[asyncio.Task[float]]()
    for number in range(PER_SECOND * SECONDS):
        await asyncio.sleep(max(0.0, begun + number / PER_SECOND - loop.time()))
        calls.append(asyncio.create_task(call(sessions[number * 7 % len(sessions)])))
    results = await asyncio.gather(*calls, return_exceptions=True)
    seconds = loop.time() - begun
    times = [one for one in results if isinstance(one, float)]
    lost = len(results) - len(times)
    return Row(
        f"plugins.agents.{AGENTS}",
        ratio=len(times) / seconds / PER_SECOND,
        figures={"calls": len(results), "lost": lost, "p50_ms": median(times), "p99_ms": _p99(times)},
        target=f"{PER_SECOND} calls/s over {AGENTS} agents, none lost",
        met=lost == 0 and len(times) / seconds >= 0.95 * PER_SECOND,
    )


def _p99(times: list[float]) -> float:
    return quantiles(times, n=100)[98]
